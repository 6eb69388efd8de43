"""A camp: so many days in a row, each with its tasks, for members who signed up and are counted day by day.

A day of a camp is a business day of its own zone, so what counts for it follows from instants alone. Seats are taken
and given back by one conditional statement. Locks: the member's row first, then the camp's, then accounts.

A draft is written as a whole, again and again. Once it is published, what members count on stays (`FIXED`), and so do
the tasks of the days that have begun; of two editors the one who read the older version is refused.
"""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.day_by_day import DayByDay
from models.errors import DomainError, NotFound
from models.groups.circle import Circle
from models.groups.group import Group
from models.learning.camp_terms import SUMMARY_MOST, TITLE_MOST, CampTerms, MissRule
from models.staff.audit import AuditRow
from store.database import execute

VACANCY = "camp_vacancy"

_TAKE = (
    "UPDATE camp SET taken = taken + 1 WHERE id = $1 AND status = 'published' "
    "AND (seats IS NULL OR taken < seats) AND (waiting_count = 0 OR $2)"
)


class CampStatus(StrEnum):
    """What has become of a camp."""

    DRAFT = "draft"
    PUBLISHED = "published"
    ENDED = "ended"
    CANCELLED = "cancelled"


class CampOver(DomainError):
    code = "CAMP_OVER"
    zh = "该训练营已结束或已取消"
    en = "This camp is over."


class Camp(DayByDay):
    status = fields.CharEnumField(CampStatus, max_length=10, default=CampStatus.DRAFT)
    title = fields.CharField(max_length=TITLE_MOST)
    summary = fields.CharField(max_length=SUMMARY_MOST, null=True)
    days = fields.SmallIntField()
    starts_on: date = fields.DateField()
    zone = fields.CharField(max_length=40)
    day_start_hour = fields.SmallIntField()
    starts_at: datetime = fields.DatetimeField(description="When its first day begins.")
    ends_at: datetime = fields.DatetimeField(description="When its last day has ended.")
    circle: fields.ForeignKeyNullableRelation[Circle] = fields.ForeignKeyField(
        "models.Circle", null=True, related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    circle_id: UUID | None
    group: fields.ForeignKeyNullableRelation[Group] = fields.ForeignKeyField(
        "models.Group", null=True, related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    group_id: UUID | None
    audience: dict[str, Any] = fields.JSONField(default=dict)
    seats: int | None = fields.IntField(null=True, description="Absent where there is room for everybody.")
    has_waiting_list = fields.BooleanField(default=False)
    taken = fields.IntField(default=0)
    waiting_count = fields.IntField(default=0)
    price = fields.IntField(default=0)
    signs_up_from: datetime | None = fields.DatetimeField(null=True)
    signs_up_until: datetime | None = fields.DatetimeField(null=True)
    joins_until: datetime = fields.DatetimeField(description="The first instant at which nobody joins any more.")
    late_until_day = fields.SmallIntField(default=0)
    misses_allowed = fields.SmallIntField(default=0)
    miss_rule = fields.CharEnumField(MissRule, max_length=10, default=MissRule.OUT)
    allows_late = fields.BooleanField(default=False)
    make_ups_most: int | None = fields.SmallIntField(null=True)
    finish_points = fields.IntField(default=0)
    gives_certificate = fields.BooleanField(default=True)
    certificate_days: int | None = fields.IntField(null=True)
    remind_hour: int | None = fields.SmallIntField(null=True, description="The hour of the clock in its zone.")
    version = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()
    published_at: datetime | None = fields.DatetimeField(null=True)
    closed_at: datetime | None = fields.DatetimeField(null=True, description="When it ended or was cancelled.")
    unwound_at: datetime | None = fields.DatetimeField(
        null=True, description="When the last of a cancelled one's members had its points back."
    )

    class Meta:
        table = "camp"
        constraints = (
            CheckConstraint(check="days BETWEEN 1 AND 100", name="camp_length"),
            CheckConstraint(
                check="taken >= 0 AND waiting_count >= 0 AND (seats IS NULL OR taken <= seats)",
                name="camp_within_seats",
            ),
            CheckConstraint(check="price >= 0 AND finish_points >= 0", name="camp_never_takes"),
            CheckConstraint(check="circle_id IS NULL OR group_id IS NULL", name="camp_of_one_place"),
        )
        indexes = (
            Index(fields=("starts_at", "id"), name="camp_by_start"),
            Index(fields=("status", "ends_at"), name="camp_by_status"),
        )

    @classmethod
    async def held(cls, id: UUID) -> Self:
        """The camp with its row taken until the caller's transaction ends; members' rows must be taken before."""
        return await cls.locked(id, field="campId")

    @classmethod
    async def shown(cls, id: UUID) -> Self:
        """A camp that members may know of; raises `NotFound`."""
        camp = await cls.existing(id, field="campId")
        if camp.status is CampStatus.DRAFT:
            raise NotFound(field="campId")
        return camp

    @property
    def is_published(self) -> bool:
        return self.status is CampStatus.PUBLISHED

    async def take_seat(self, *, is_next_in_line: bool = False) -> bool:
        """Take a seat where there is one, and nobody waits for it but the next in line."""
        return await execute(_TAKE, self.id, is_next_in_line) == 1

    async def audit(
        self, action: str, before: dict[str, object] | None, *, staff_id: UUID, reason: str | None, at: datetime
    ) -> None:
        await AuditRow.write(
            staff_id=staff_id,
            action=action,
            subject=self,
            before=before,
            after=self.told() if before is None else {name: getattr(self, name) for name in before},
            reason=reason,
            at=at,
        )

    def told(self) -> dict[str, object]:
        """What the audit keeps of a camp's terms."""
        return {name: getattr(self, name) for name in CampTerms.__dataclass_fields__ if name != "tasks"}

    def set_instants(self) -> None:
        """Say the instants that follow from the terms."""
        self.starts_at, self.ends_at = self.day_opens(1), self.day_ends(self.days)
        closes_at = self.day_ends(self.late_until_day)
        self.joins_until = min(self.signs_up_until, closes_at) if self.signs_up_until else closes_at
