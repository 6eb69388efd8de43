"""The policy of visits: how long a touch is remembered, and which visits do not count.

It is never changed: a new version takes its place, and says so in the audit. What a visit came to by the version of its
time stays as it is.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, bounded_text, within
from models.versioned import Versioned


class VisitPolicyChanged(DomainError):
    code = "VISIT_POLICY_CHANGED"
    zh = "访问统计设置刚被他人修改，请刷新后重试"
    en = "Somebody changed the policy of visits meanwhile; read it again."
    field = "expectedVersion"


@dataclass(frozen=True)
class VisitRules:
    """What a version says. `window_days` is how long a touch counts for whoever comes later, and how long a visitor
    who came before is known; more than `burst_count` visits to a code from one address within `burst_minutes` are a
    burst, and of one day no more than `address_day_count` of them count."""

    window_days: int = 30
    burst_count: int = 20
    burst_minutes: int = 10
    address_day_count: int = 30
    excludes_circle_mates: bool = False

    def checked(self) -> Self:
        """These rules, or `Invalid`."""
        within("windowDays", self.window_days, 1, 90)
        within("burstCount", self.burst_count, 1, 1_000)
        within("burstMinutes", self.burst_minutes, 1, 24 * 60)
        within("addressDayCount", self.address_day_count, 1, 500)
        return self


class VisitPolicy(Versioned):
    version = fields.IntField()
    is_active = fields.BooleanField(default=True, description="Whether it is the version that holds.")
    window_days = fields.IntField()
    burst_count = fields.IntField()
    burst_minutes = fields.IntField()
    address_day_count = fields.IntField(description="How many visits to a code from one address count in a day.")
    excludes_circle_mates = fields.BooleanField(description="Whether visits of the inviter's circle mates count not.")
    created_at: datetime = fields.DatetimeField()

    changed = VisitPolicyChanged

    class Meta:
        table = "visit_policy"
        constraints = (
            UniqueConstraint(fields=("version",), name="visit_policy_version_once"),
            UniqueConstraint(fields=("is_active",), condition="is_active", name="visit_policy_one_active"),
        )

    @classmethod
    async def current(cls) -> VisitRules:
        """The rules that hold; those of the house where staff never decided."""
        policy = await cls.get_or_none(is_active=True)
        return policy.rules if policy else VisitRules()

    @classmethod
    async def put(cls, rules: VisitRules, *, expected_version: int, staff_id: UUID, reason: str, at: datetime) -> Self:
        """Make new rules hold from now on.

        Raises `Invalid`, and `VisitPolicyChanged` where the version that holds is not the expected one (0: none).
        """
        why = bounded_text(reason, "reason", least=1, most=200)
        return await cls.succeed(
            asdict(rules.checked()), staff_id=staff_id, expected_version=expected_version, reason=why, at=at
        )

    def told(self) -> dict[str, object]:
        return asdict(self.rules)

    @property
    def rules(self) -> VisitRules:
        given: dict[str, Any] = {name: getattr(self, name) for name in VisitRules.__dataclass_fields__}
        return VisitRules(**given)
