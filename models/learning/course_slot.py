"""A weekly slot: on which weekday, at what local time, by whom and where a fixed course is held.

A slot only makes sessions; what was made stands by itself. When a series moves to another time from some session on,
its slot ends before that day and another one begins, so that the days of each stay told apart.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.expressions import Q
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import DomainError, bounded_text, picture_address, within
from models.learning.course import Course
from models.learning.course_terms import MINUTES_MOST, PLACE_MOST, CourseKind, known_zone
from models.learning.local_time import instant_of
from models.learning.teacher import Teacher
from models.record import Record
from models.staff.audit import columns_of
from store.database import transaction

SLOTS_MOST = 50
"""Of those that have not ended."""


class OnlyFixedCourses(DomainError):
    code = "ONLY_FIXED_COURSES"
    zh = "仅固定课程可设置每周时段"
    en = "Only a fixed course has weekly slots."


class TooManySlots(DomainError):
    code = "TOO_MANY_SLOTS"
    zh = "一门课程最多 {most} 个每周时段"
    en = "A course has at most {most} weekly slots."


@dataclass(frozen=True)
class SlotTerms:
    """What staff say of a slot. `weekday` is 1 for Monday; `minute` counts on the wall from midnight.

    What is None is the course's.
    """

    weekday: int
    minute: int
    zone: str | None = None
    minutes: int | None = None
    teacher_id: UUID | None = None
    live_url: str | None = None
    location: str | None = None

    async def columns(self, course: Course) -> dict[str, Any]:
        """What the columns hold. Raises `Invalid`, `NotFound`."""
        within("weekday", self.weekday, 1, 7)
        within("minutes", self.minutes, 1, MINUTES_MOST)
        if self.teacher_id:
            await Teacher.existing(self.teacher_id, field="teacherId")
        return asdict(self) | {
            "zone": known_zone(self.zone) if self.zone else course.zone,
            "live_url": picture_address(self.live_url, "liveUrl"),
            "location": bounded_text(self.location, "location", most=PLACE_MOST) or None,
        }


class CourseSlot(Record):
    course: fields.ForeignKeyRelation[Course] = fields.ForeignKeyField(
        "models.Course", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    course_id: UUID
    weekday = fields.SmallIntField(description="1 for Monday.")
    minute = fields.SmallIntField(description="On the wall, from midnight.")
    zone = fields.CharField(max_length=60)
    minutes: int | None = fields.IntField(null=True)
    teacher_id: UUID | None = fields.UUIDField(null=True)
    live_url = fields.CharField(max_length=500, null=True)
    location = fields.CharField(max_length=200, null=True)
    starts_on: date | None = fields.DateField(null=True, description="The first day on which it makes a session.")
    ends_on: date | None = fields.DateField(null=True, description="The last day on which it makes one.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "course_slot"
        constraints = (
            CheckConstraint(check="weekday BETWEEN 1 AND 7", name="course_slot_on_a_weekday"),
            CheckConstraint(check="minute BETWEEN 0 AND 1439", name="course_slot_within_a_day"),
        )
        indexes = (Index(fields=("course_id", "weekday", "minute", "id"), name="course_slot_by_course"),)

    @classmethod
    async def add(
        cls, course_id: UUID, terms: SlotTerms, *, expected_version: int, staff_id: UUID, at: datetime
    ) -> Self:
        """Give a fixed course a slot.

        Raises `OnlyFixedCourses`, `TooManySlots`, `CourseChanged`, `CourseOver`, `Invalid`.
        """
        async with transaction():
            course = await Course.held(course_id, expected_version=expected_version)
            course.refuse_over()
            if course.kind is not CourseKind.FIXED:
                raise OnlyFixedCourses()
            goes_on = Q(ends_on__isnull=True) | Q(ends_on__gte=at.date())
            if await cls.filter(goes_on, course_id=course.id).count() >= SLOTS_MOST:
                raise TooManySlots(most=SLOTS_MOST)
            slot = await cls.create(course_id=course.id, created_at=at, **await terms.columns(course))
            await course.turned(at=at)
            await course.audit("add_course_slot", None, slot.told(), None, staff_id=staff_id, at=at)
        return slot

    @classmethod
    async def change(cls, id: UUID, terms: SlotTerms, *, expected_version: int, staff_id: UUID, at: datetime) -> Self:
        """Say a slot anew for the sessions that it is yet to make; `expected_version` is the course's."""
        async with transaction():
            course, slot = await cls._taken(id, expected_version)
            before = slot.told()
            slot.update_from_dict(await terms.columns(course))
            await slot.save()
            await course.turned(at=at)
            await course.audit("change_course_slot", before, slot.told(), None, staff_id=staff_id, at=at)
        return slot

    @classmethod
    async def end(cls, id: UUID, last_day: date, *, expected_version: int, staff_id: UUID, at: datetime) -> Self:
        """Let a slot make nothing after a day; sessions that are there stay. Raises as `change` does."""
        async with transaction():
            course, slot = await cls._taken(id, expected_version)
            before, slot.ends_on = slot.told(), last_day
            await slot.save(update_fields=["ends_on"])
            await course.turned(at=at)
            await course.audit("end_course_slot", before, slot.told(), None, staff_id=staff_id, at=at)
        return slot

    @classmethod
    async def _taken(cls, id: UUID, expected_version: int) -> tuple[Course, Self]:
        known = await cls.existing(id, field="slotId")
        course = await Course.held(known.course_id, expected_version=expected_version)
        course.refuse_over()
        return course, await cls.get(id=id)

    def makes_on(self, day: date) -> bool:
        """Whether it would make a session on a day, holidays aside."""
        has_begun = self.starts_on is None or self.starts_on <= day
        return has_begun and (self.ends_on is None or day <= self.ends_on) and day.isoweekday() == self.weekday

    def starts_at(self, day: date) -> datetime:
        """The instant at which its session of a day begins."""
        return instant_of(day, self.minute, self.zone)

    async def succeeded(self, last_day: date, *, days: int, minute: int, at: datetime) -> Self:
        """End it on a day, and begin another one for what followed, which lies `days` later at a `minute`."""
        later = timedelta(days=days)
        ends_on, self.ends_on = self.ends_on + later if self.ends_on else None, last_day
        await self.save(update_fields=["ends_on"])
        starts_on = last_day + timedelta(days=1) + later
        kept: dict[str, Any] = columns_of(self, "course_id", "zone", "minutes", "teacher_id", "live_url", "location")
        weekday = (self.weekday - 1 + days) % 7 + 1
        return await type(self).create(
            weekday=weekday, minute=minute, starts_on=starts_on, ends_on=ends_on, created_at=at, **kept
        )

    def told(self) -> dict[str, object]:
        """What the audit keeps of it."""
        return {"slot_id": self.id, **columns_of(self, *SlotTerms.__dataclass_fields__, "starts_on", "ends_on")}
