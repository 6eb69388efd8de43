"""The policy of the timetable: what staff are warned of. It forbids nothing.

It is never changed: a new version takes its place, and says so in the audit.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, Invalid, bounded_text, within
from models.learning.course_terms import MINUTES_MOST
from models.staff.audit import REASON_MOST
from models.versioned import Versioned

WEEK_MOST = 100


class TimetablePolicyChanged(DomainError):
    code = "TIMETABLE_POLICY_CHANGED"
    zh = "排课设置刚被他人修改，请刷新后重试"
    en = "Somebody changed the policy of the timetable meanwhile; read it again."
    field = "expectedVersion"


@dataclass(frozen=True)
class TimetableRules:
    """Sessions that a group should have in an ISO week, and minutes that a session should last."""

    week_least: int = 2
    week_most: int = 3
    minutes_least: int = 30
    minutes_most: int = 45

    def checked(self) -> Self:
        within("weekLeast", self.week_least, 0, WEEK_MOST)
        within("weekMost", self.week_most, 0, WEEK_MOST)
        within("minutesLeast", self.minutes_least, 1, MINUTES_MOST)
        within("minutesMost", self.minutes_most, 1, MINUTES_MOST)
        if self.week_least > self.week_most:
            raise Invalid("weekLeast", zh="不能大于上限", en="it is above the most")
        if self.minutes_least > self.minutes_most:
            raise Invalid("minutesLeast", zh="不能大于上限", en="it is above the most")
        return self


class TimetablePolicy(Versioned):
    version = fields.IntField()
    is_active = fields.BooleanField(default=True, description="Whether it is the version that holds.")
    week_least = fields.IntField()
    week_most = fields.IntField()
    minutes_least = fields.IntField()
    minutes_most = fields.IntField()
    created_at: datetime = fields.DatetimeField()

    changed = TimetablePolicyChanged

    class Meta:
        table = "timetable_policy"
        constraints = (
            UniqueConstraint(fields=("version",), name="timetable_policy_version_once"),
            UniqueConstraint(fields=("is_active",), condition="is_active", name="timetable_policy_one_active"),
        )

    @classmethod
    async def current(cls) -> Self:
        """The version that holds; the default rules, unsaved, where staff have not said any."""
        return await cls.get_or_none(is_active=True) or cls(version=0, **asdict(TimetableRules()))

    @classmethod
    async def put(
        cls, rules: TimetableRules, *, expected_version: int, staff_id: UUID, reason: str, at: datetime
    ) -> Self:
        """Make new rules hold from now on. Raises `Invalid`, `TimetablePolicyChanged`."""
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        columns: Mapping[str, Any] = asdict(rules.checked())
        return await cls.succeed(columns, staff_id=staff_id, expected_version=expected_version, reason=why, at=at)

    def told(self) -> dict[str, object]:
        return asdict(self.rules)

    @property
    def rules(self) -> TimetableRules:
        return TimetableRules(**{name: getattr(self, name) for name in TimetableRules.__dataclass_fields__})
