"""A classroom: the rules by which the members of a course come in, take part and finish.

Every course has them; one that was never said anything of goes by the defaults. They are one row beside the course's,
changed while the course's row is held, and whoever decides on a version that holds no more is refused. Courses that
require each other would let nobody in, so a ring of them is refused.
"""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, Invalid, NotFound, bounded_text, within
from models.learning.course import Course
from models.record import Record
from models.staff.audit import REASON_MOST, columns_of
from store.database import among, dialect, fetch, transaction

PREREQUISITES_MOST = 20
LEAVE_HOURS_MOST = 60 * 24
MINUTES_MOST = 24 * 60
CODE_SECONDS_LEAST, CODE_SECONDS_MOST = 20, 3_600
PERCENT_MOST = 100
SPEED_PERCENT_MOST = 400


class Unlock(StrEnum):
    """When a session of a course can be watched and its materials be read by those who have a seat."""

    OPEN = "open"
    BY_DATE = "by_date"
    BY_PREVIOUS = "by_previous"


class ClassroomChanged(DomainError):
    code = "CLASSROOM_CHANGED"
    zh = "课堂规则刚被他人修改，请刷新后重试"
    en = "Somebody changed the rules of this classroom meanwhile; read them again."
    field = "expectedVersion"


class PrerequisiteRing(DomainError):
    code = "PREREQUISITE_RING"
    zh = "课程之间不能互为先修"
    en = "Courses cannot require each other in a ring."
    field = "prerequisiteIds"


@dataclass(frozen=True)
class ClassroomTerms:
    """All that staff say of a classroom.

    Enrolling is open from `enrols_from` to `enrols_until`; a seat that is given up at least `leave_hours` before the
    first session is refunded. The code shown in class changes every `code_seconds`, None: it holds for the session.
    Whoever comes more than `late_minutes` after the start is late, and after `admit_minutes` (None: the end) the code
    lets nobody in. Having watched `watch_percent` of a session counts as attending it, after its end where `makes_up`.
    Of what was watched no more than `speed_percent` of the time that went by counts. A course is completed when what is
    given of the last three holds: percent of its length, minutes attended, the quiz passed; where none is, when every
    session was attended.
    """

    enrols_from: datetime | None = None
    enrols_until: datetime | None = None
    leave_hours: int = 24
    enrols_group: bool = False
    prerequisite_ids: tuple[UUID, ...] = ()
    unlock: Unlock = Unlock.OPEN
    code_seconds: int | None = 60
    late_minutes: int = 10
    admit_minutes: int | None = None
    makes_up: bool = True
    watch_percent: int = 80
    speed_percent: int = 200
    completion_percent: int | None = None
    completion_minutes: int | None = None
    quiz_id: UUID | None = None

    def columns(self) -> dict[str, Any]:
        """What the columns hold, or `Invalid`."""
        within("leaveHours", self.leave_hours, 0, LEAVE_HOURS_MOST)
        within("codeSeconds", self.code_seconds, CODE_SECONDS_LEAST, CODE_SECONDS_MOST)
        within("lateMinutes", self.late_minutes, 0, MINUTES_MOST)
        within("admitMinutes", self.admit_minutes, 1, MINUTES_MOST)
        within("watchPercent", self.watch_percent, 1, PERCENT_MOST)
        within("speedPercent", self.speed_percent, PERCENT_MOST, SPEED_PERCENT_MOST)
        within("completionPercent", self.completion_percent, 1, PERCENT_MOST)
        within("completionMinutes", self.completion_minutes, 1, PREREQUISITES_MOST * MINUTES_MOST)
        within("prerequisiteIds", len(self.prerequisite_ids), 0, PREREQUISITES_MOST)
        if self.enrols_from and self.enrols_until and self.enrols_from >= self.enrols_until:
            raise Invalid("enrolsUntil", zh="结束时间应晚于开始时间", en="it must be after the start")
        return asdict(self) | {"prerequisite_ids": sorted({str(one) for one in self.prerequisite_ids})}


class Classroom(Record):
    course: fields.ForeignKeyRelation[Course] = fields.ForeignKeyField(
        "models.Course", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    course_id: UUID
    enrols_from: datetime | None = fields.DatetimeField(null=True)
    enrols_until: datetime | None = fields.DatetimeField(null=True)
    leave_hours = fields.IntField(default=24)
    enrols_group = fields.BooleanField(default=False, description="Whether its group's members are enrolled by itself.")
    prerequisite_ids: list[str] = fields.JSONField(default=list)
    unlock = fields.CharEnumField(Unlock, max_length=20, default=Unlock.OPEN)
    code_seconds: int | None = fields.IntField(null=True, default=60)
    late_minutes = fields.IntField(default=10)
    admit_minutes: int | None = fields.IntField(null=True)
    makes_up = fields.BooleanField(default=True)
    watch_percent = fields.IntField(default=80)
    speed_percent = fields.IntField(default=200)
    completion_percent: int | None = fields.IntField(null=True)
    completion_minutes: int | None = fields.IntField(null=True)
    quiz_id: UUID | None = fields.UUIDField(null=True)
    version = fields.IntField(default=0, description="0 while nothing was said and the defaults hold.")
    updated_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "classroom"
        constraints = (UniqueConstraint(fields=("course_id",), name="classroom_one"),)

    @classmethod
    async def put(
        cls,
        course_id: UUID,
        terms: ClassroomTerms,
        *,
        expected_version: int,
        reason: str | None = None,
        staff_id: UUID,
        at: datetime,
    ) -> Self:
        """Say the rules of a course's classroom anew.

        Raises `ClassroomChanged`, `PrerequisiteRing`, `CourseOver`, `Invalid`, `NotFound`.
        """
        columns, why = terms.columns(), bounded_text(reason, "reason", most=REASON_MOST) or None
        async with transaction():
            required = await _taken(course_id, set(terms.prerequisite_ids))
            course = await Course.held(course_id)
            course.refuse_over()
            await _refuse_unfit(course, terms, required)
            room = await cls.of(course_id)
            if room.version != expected_version:
                raise ClassroomChanged()
            before = columns_of(room, *TOLD) if room.version else None
            room.update_from_dict({**columns, "version": room.version + 1, "updated_at": at})
            await room.save(force_create=not expected_version, force_update=bool(expected_version))
            await course.audit("put_classroom", before, columns_of(room, *TOLD), why, staff_id=staff_id, at=at)
        return room

    @classmethod
    async def of(cls, course_id: UUID) -> Self:
        """The rules of a course's classroom, or the defaults, which are not written down."""
        return await cls.get_or_none(course_id=course_id) or cls(course_id=course_id)

    @classmethod
    async def of_courses(cls, course_ids: list[UUID]) -> dict[UUID, Self]:
        """The same for many courses, in one statement."""
        known = {room.course_id: room for room in await cls.filter(course_id__in=course_ids)}
        return {one: known.get(one) or cls(course_id=one) for one in course_ids}

    @property
    def requires(self) -> list[UUID]:
        """The courses that have to be completed before."""
        return [UUID(one) for one in self.prerequisite_ids]

    def refunds_until(self, first_starts_at: datetime | None) -> datetime | None:
        """Until when giving a seat up is refunded; None: as long as no session is in the timetable."""
        return first_starts_at - timedelta(hours=self.leave_hours) if first_starts_at else None


TOLD = tuple(ClassroomTerms.__dataclass_fields__)


async def _refuse_unfit(course: Course, terms: ClassroomTerms, required: set[UUID]) -> None:
    """Raise where the rules name what is not there, or what a course of its kind cannot have."""
    wanted = set(terms.prerequisite_ids)
    if await Course.filter(id__in=list(wanted)).count() < len(wanted):
        raise NotFound(field="prerequisiteIds")
    if course.id in required:
        raise PrerequisiteRing()
    if terms.enrols_group and (course.group_id is None or course.price):
        raise Invalid("enrolsGroup", zh="仅用于社群的免费课程", en="only a group's course that costs nothing can")


async def _taken(course_id: UUID, wanted: set[UUID]) -> set[UUID]:
    """All courses that these require in the end, with their rows and the course's own taken in one order.

    A ring can only close where what a course requires leads back to it. Two who write two parts of one at the same
    instant both reach a course of the other's, so the second waits for the first, and looks again.
    """
    held: set[UUID] = set()
    while True:
        reached = await _reached(wanted)
        if reached | {course_id} <= held or not wanted:
            return reached
        held = reached | {course_id}
        if dialect() == "postgres":
            sql = f"SELECT id FROM course WHERE {among('id', 1, 'uuid')} ORDER BY id FOR NO KEY UPDATE"  # noqa: S608 - own text
            await fetch(sql, sorted(held))


async def _reached(wanted: set[UUID]) -> set[UUID]:
    reached: set[UUID] = set()
    while wanted:
        reached |= wanted
        rows = await Classroom.filter(course_id__in=list(wanted))
        wanted = {one for row in rows for one in row.requires} - reached
    return reached
