"""The policy for newcomers of a group or a circle: how many days they have, which steps are wanted, whose days count.

A group goes by its own, else by its circle's, else by the defaults. Whoever joins takes the rules along that hold at
that instant, so a change never moves the days of somebody who is under way.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID
from zoneinfo import ZoneInfoNotFoundError

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.actor import Actor
from models.errors import DomainError, Invalid, bounded_text, within
from models.groups.circle import Circle
from models.groups.group import Group
from models.record import Record
from models.spread.newcomer_step import NewcomerStep
from models.staff.audit import REASON_MOST
from store.clock import business_day, day_start, zone_named
from store.database import transaction, violates
from store.settings import settings

DAYS_MOST = 60
ZONE_MOST = 64
IN_FORCE = "p.is_in_force AND (p.group_id = g.id OR p.circle_id = g.circle_id)"
"""Whether a policy `p` holds in a group `g`, as SQL; where two do, the group's own goes first."""


class NewcomerPolicyChanged(DomainError):
    code = "NEWCOMER_POLICY_CHANGED"
    zh = "新人设置刚被他人修改，请刷新后重试"
    en = "Somebody changed the policy for newcomers meanwhile; read it again."
    field = "expectedVersion"


@dataclass(frozen=True)
class NewcomerRules:
    """Day 0 is the business day of joining and `days` the number of the last one."""

    zone: str
    day_start_hour: int
    days: int = 7
    steps: tuple[NewcomerStep, ...] = tuple(NewcomerStep)

    @classmethod
    def default(cls) -> Self:
        """Seven days by the brand's own time, and every step."""
        return cls(settings().brand_zone, settings().day_start_hour)

    def checked(self) -> Self:
        """These rules, or `Invalid`."""
        within("days", self.days, 1, DAYS_MOST)
        within("dayStartHour", self.day_start_hour, 0, 23)
        if not self.steps or len(set(self.steps)) < len(self.steps):
            raise Invalid("steps", zh="至少一项，且不得重复", en="name at least one, and each once")
        bounded_text(self.zone, "zone", least=1, most=ZONE_MOST)
        try:
            zone_named(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Invalid("zone", zh="没有这个时区", en="there is no such zone") from None
        return self

    def day_of(self, at: datetime) -> date:
        """The business day of an instant."""
        return business_day(at, self.zone, self.day_start_hour)

    def end_of(self, day: date) -> datetime:
        """The first instant after a business day."""
        return day_start(day + timedelta(days=1), self.zone, self.day_start_hour)

    def told(self) -> dict[str, Any]:
        """By column, as the database and the audit keep it."""
        kept = {"zone": self.zone, "day_start_hour": self.day_start_hour, "days": self.days}
        return {**kept, "steps": [str(step) for step in NewcomerStep if step in self.steps]}


class NewcomerPolicy(Record):
    group: fields.ForeignKeyNullableRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True
    )
    group_id: UUID | None
    circle: fields.ForeignKeyNullableRelation[Circle] = fields.ForeignKeyField(
        "models.Circle", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True
    )
    circle_id: UUID | None
    zone = fields.CharField(max_length=ZONE_MOST)
    day_start_hour = fields.SmallIntField()
    days = fields.SmallIntField(description="The number of the last day; the day of joining is 0.")
    steps: list[str] = fields.JSONField(description="Which steps are wanted.")
    is_in_force = fields.BooleanField(default=True, description="Kept once it was taken away, so that versions go on.")
    version = fields.IntField(default=1)
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "newcomer_policy"
        constraints = (
            UniqueConstraint(fields=("group_id",), name="newcomer_policy_one_of_group"),
            UniqueConstraint(fields=("circle_id",), name="newcomer_policy_one_of_circle"),
            CheckConstraint(check="(group_id IS NULL) <> (circle_id IS NULL)", name="newcomer_policy_of_one"),
            CheckConstraint(check="days BETWEEN 1 AND 60", name="newcomer_policy_days"),
        )

    @property
    def rules(self) -> NewcomerRules:
        return NewcomerRules(
            self.zone, self.day_start_hour, self.days, tuple(NewcomerStep(step) for step in self.steps)
        )

    @classmethod
    async def of_group(cls, group: Group) -> Self | None:
        """The policy that a group goes by: its own, else its circle's; none where the defaults hold."""
        found = await cls.filter(Q(group_id=group.id) | Q(circle_id=group.circle_id), is_in_force=True)
        return min(found, key=lambda one: one.group_id is None, default=None)

    @classmethod
    async def own(cls, home: Group | Circle) -> Self | None:
        """A group's or circle's own, also once it was taken away."""
        return await cls.get_or_none(**_key(home))

    @classmethod
    async def put(
        cls,
        home: Group | Circle,
        rules: NewcomerRules,
        *,
        expected_version: int,
        actor: Actor,
        reason: str,
        at: datetime,
    ) -> Self:
        """Have a group or a circle go by these rules from now on.

        Raises `Invalid`, and `NewcomerPolicyChanged` where there is another version than the expected one (0: none).
        """
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        told = rules.checked().told()
        try:
            async with transaction():
                before = await cls.own(home)
                facts = before.rules.told() if before and before.is_in_force else None
                after = await cls._turn(home, before, expected_version, told | {"is_in_force": True}, at=at)
                await actor.audit("put_newcomer_policy", after, before=facts, after=told, reason=why, at=at)
        except IntegrityError as error:
            names = ("newcomer_policy_one_of_group", "newcomer_policy_one_of_circle")
            if any(violates(error, cls, name) for name in names):
                raise NewcomerPolicyChanged() from None
            raise
        return after

    @classmethod
    async def remove(
        cls, home: Group | Circle, *, expected_version: int, actor: Actor, reason: str, at: datetime
    ) -> None:
        """Have a group go by its circle's policy again, or a circle by the defaults. Raises as `put`.

        Its row stays, so that a version that somebody read before never comes again.
        """
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        async with transaction():
            before = await cls.own(home)
            if before is None or not before.is_in_force:
                raise NewcomerPolicyChanged()
            after = await cls._turn(home, before, expected_version, {"is_in_force": False}, at=at)
            facts = before.rules.told()
            await actor.audit("remove_newcomer_policy", after, before=facts, after=None, reason=why, at=at)

    @classmethod
    async def _turn(
        cls,
        home: Group | Circle,
        before: Self | None,
        expected_version: int,
        changes: dict[str, Any],
        *,
        at: datetime,
    ) -> Self:
        """Write the version that follows the expected one, if that is still the last."""
        if (before.version if before else 0) != expected_version:
            raise NewcomerPolicyChanged()
        changes = {**changes, "version": expected_version + 1, "changed_at": at}
        if before is None:
            return await cls.create(**_key(home), **changes)
        if not await cls.filter(id=before.id, version=expected_version).update(**changes):
            raise NewcomerPolicyChanged()
        return await cls.get(id=before.id)

    @classmethod
    async def inherit(cls, group_id: UUID, from_group_id: UUID, *, at: datetime) -> None:
        """Give a newly opened group the policy of the one before it in its series."""
        before = await cls.get_or_none(group_id=from_group_id, is_in_force=True)
        if before:
            await cls.create(group_id=group_id, **before.rules.told(), changed_at=at)


def _key(home: Group | Circle) -> dict[str, Any]:
    return {"group_id" if isinstance(home, Group) else "circle_id": home.id}
