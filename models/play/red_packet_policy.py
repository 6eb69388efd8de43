"""The policy of red packets: who may send how much, who may receive how much in a day, and what is sent by itself.

It is never changed: a new version takes its place, and says so in the audit. A limit that is None does not hold; one
that is 0 lets nothing through. Days are the brand's business days.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic.alias_generators import to_camel
from tortoise import fields
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, bounded_text, within
from models.points.budget import Budget
from models.points.posting import POINTS_LIMIT
from models.versioned import Versioned

SHARES_MOST = 10_000
"""No packet has more shares, whatever a policy says: all of them are cut when it is sent."""

GREETING_MOST = 60
HOURS_MOST = 24 * 30
DAYS_MOST = 366
COUNT_MOST = 1_000_000


class RedPacketPolicyChanged(DomainError):
    code = "RED_PACKET_POLICY_CHANGED"
    zh = "红包设置刚被他人修改，请刷新后重试"
    en = "Somebody changed the policy of red packets meanwhile; read it again."
    field = "expectedVersion"


@dataclass(frozen=True)
class SenderLimits:
    """What a sender of one kind may put into a packet, and send in a day."""

    total_most: int | None = None
    count_most: int | None = None
    sends_per_day: int | None = None
    points_per_day: int | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(**stored)


@dataclass(frozen=True)
class PacketRules:
    """What a version says."""

    members_may_send: bool = True
    senders_may_grab: bool = True
    member_limits: SenderLimits = SenderLimits(20_000, 100, 10, 20_000)
    group_limits: SenderLimits = SenderLimits(50_000, 500, 20, 100_000)
    brand_limits: SenderLimits = field(default_factory=SenderLimits)
    share_least: int = 1
    received_per_day: int | None = 50
    received_points_per_day: int | None = None
    lifetime_hours: int = 24
    lifetime_hours_most: int = 24 * 7
    welcome_within_days: int = 7
    birthday_points: int | None = None
    birthday_hour: int = 8
    birthday_budget_id: UUID | None = None
    birthday_greeting: str = "生日快乐！"

    def checked(self) -> Self:
        """These rules as they are kept, or `Invalid`."""
        for name in ("member_limits", "group_limits", "brand_limits"):
            for part, most in asdict(getattr(self, name)).items():
                within(f"{to_camel(name)}.{to_camel(part)}", most, 0, POINTS_LIMIT)
        within("shareLeast", self.share_least, 1, POINTS_LIMIT)
        within("receivedPerDay", self.received_per_day, 0, COUNT_MOST)
        within("receivedPointsPerDay", self.received_points_per_day, 0, POINTS_LIMIT)
        within("lifetimeHoursMost", self.lifetime_hours_most, 1, HOURS_MOST)
        within("lifetimeHours", self.lifetime_hours, 1, self.lifetime_hours_most)
        within("welcomeWithinDays", self.welcome_within_days, 0, DAYS_MOST)
        within("birthdayPoints", self.birthday_points, 1, POINTS_LIMIT)
        within("birthdayHour", self.birthday_hour, 0, 23)
        greeting = bounded_text(self.birthday_greeting, "birthdayGreeting", most=GREETING_MOST) or ""
        return replace(self, birthday_greeting=greeting)


class RedPacketPolicy(Versioned):
    version = fields.IntField()
    is_active = fields.BooleanField(default=True, description="Whether it is the version that holds.")
    members_may_send = fields.BooleanField()
    senders_may_grab = fields.BooleanField(description="Whether a sender may take a share of its own packet.")
    member_limits: dict[str, Any] = fields.JSONField()
    group_limits: dict[str, Any] = fields.JSONField()
    brand_limits: dict[str, Any] = fields.JSONField()
    share_least = fields.BigIntField()
    received_per_day: int | None = fields.IntField(null=True, description="Shares a member may take in a day.")
    received_points_per_day: int | None = fields.BigIntField(null=True)
    lifetime_hours = fields.IntField(description="How long a packet is open where its sender does not say.")
    lifetime_hours_most = fields.IntField()
    welcome_within_days = fields.IntField(description="How long after a newcomer's introduction it may be welcomed.")
    birthday_points: int | None = fields.BigIntField(null=True, description="Absent: no packets for birthdays.")
    birthday_hour = fields.SmallIntField(description="The hour of the brand's zone from which they are sent.")
    birthday_budget_id: UUID | None = fields.UUIDField(null=True, description="Absent: from the platform.")
    birthday_greeting = fields.CharField(max_length=GREETING_MOST)
    created_at: datetime = fields.DatetimeField()

    changed = RedPacketPolicyChanged

    class Meta:
        table = "red_packet_policy"
        constraints = (
            UniqueConstraint(fields=("version",), name="red_packet_policy_version_once"),
            UniqueConstraint(fields=("is_active",), condition="is_active", name="red_packet_policy_one_active"),
            CheckConstraint(check="share_least >= 1", name="red_packet_policy_shares_something"),
        )

    @classmethod
    async def current(cls) -> Self:
        """The version that holds; the default rules, unsaved, in a database that was never prepared."""
        return await cls.get_or_none(is_active=True) or cls(version=0, **_columns(PacketRules()))

    @classmethod
    async def plant_default(cls, *, at: datetime) -> None:
        """Put the default rules where there are none; safe to call at every start."""
        if not await cls.exists():
            first = cls(version=1, created_at=at, **_columns(PacketRules()))
            await cls.bulk_create([first], ignore_conflicts=True)

    @classmethod
    async def hold(cls, *, at: datetime) -> Self:
        """Take the row under which the brand's packets of a day are counted, until the caller's transaction ends.

        It is that of the version that holds, which is returned.
        """
        while (found := await cls.select_for_update(no_key=True).get_or_none(is_active=True)) is None:
            # Whoever waited for a version that was replaced meanwhile finds the new one at the next look.
            await cls.plant_default(at=at)
        return found

    @classmethod
    async def put(cls, rules: PacketRules, *, expected_version: int, staff_id: UUID, reason: str, at: datetime) -> Self:
        """Make new rules hold from now on.

        Raises `Invalid`, and `RedPacketPolicyChanged` where the version that holds is not the expected one.
        """
        why = bounded_text(reason, "reason", least=1, most=200)
        kept = rules.checked()
        await Budget.demand_open(kept.birthday_budget_id, field="birthdayBudgetId")
        return await cls.succeed(
            _columns(kept), staff_id=staff_id, expected_version=expected_version, reason=why, at=at
        )

    def told(self) -> dict[str, object]:
        return _columns(self.rules)

    @property
    def rules(self) -> PacketRules:
        given: dict[str, Any] = {name: getattr(self, name) for name in PacketRules.__dataclass_fields__}
        limits = {name: SenderLimits.from_json(given[name]) for name in given if name.endswith("_limits")}
        return PacketRules(**{**given, **limits})


def _columns(rules: PacketRules) -> dict[str, Any]:
    """The rules by column; limits as JSON keeps them."""
    return asdict(rules)
