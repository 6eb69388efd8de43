"""A session: one meeting of a course, at an instant and with a teacher.

It stands in the timetable under a number that is never given twice. One that a weekly slot made keeps the slot and the
local day it was made for, also when it is moved: so making the slot's sessions again makes none a second time. Every
change is a new version; whoever decides on an old one is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, Invalid, bounded_text, picture_address, within
from models.learning.course import Course
from models.learning.course_terms import MINUTES_MOST, PLACE_MOST, TITLE_MOST
from models.learning.teacher import Teacher
from models.record import Record
from models.staff.audit import columns_of
from store.database import among, fetch, fetch_value, transaction

CHAPTERS_MOST = 50
CHAPTER_MOST = 60


class SessionState(StrEnum):
    """What has become of a session."""

    SCHEDULED = "scheduled"
    CANCELLED = "cancelled"
    DONE = "done"


class SessionChanged(DomainError):
    code = "SESSION_CHANGED"
    zh = "该课次刚被他人修改，请刷新后重试"
    en = "Somebody changed this session meanwhile; read it again."
    field = "expectedVersion"


class SessionOver(DomainError):
    code = "SESSION_OVER"
    zh = "该课次已开始、已结束或已取消"
    en = "This session has begun, is over or was called off."


@dataclass(frozen=True)
class Chapter:
    """A part of a session's recording, from a second of it on."""

    title: str
    from_second: int


@dataclass(frozen=True)
class SessionTerms:
    """What staff say of a session beside when it is; a place, link or teacher of None is the course's."""

    title: str | None = None
    live_url: str | None = None
    location: str | None = None
    replay_url: str | None = None
    replay_until: datetime | None = None
    is_preview: bool = False
    chapters: tuple[Chapter, ...] = ()

    def columns(self) -> dict[str, Any]:
        """What the columns hold, or `Invalid`."""
        return asdict(self) | {
            "title": bounded_text(self.title, "title", most=TITLE_MOST) or None,
            "live_url": picture_address(self.live_url, "liveUrl"),
            "location": bounded_text(self.location, "location", most=PLACE_MOST) or None,
            "replay_url": picture_address(self.replay_url, "replayUrl"),
            "chapters": _known_chapters(self.chapters),
        }


class CourseSession(Record):
    course: fields.ForeignKeyRelation[Course] = fields.ForeignKeyField(
        "models.Course", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    course_id: UUID
    slot_id: UUID | None = fields.UUIDField(null=True, description="The weekly slot that made it.")
    local_date: date | None = fields.DateField(null=True, description="The day of the slot that it was made for.")
    number = fields.IntField()
    state = fields.CharEnumField(SessionState, max_length=10, default=SessionState.SCHEDULED)
    starts_at: datetime = fields.DatetimeField()
    ends_at: datetime = fields.DatetimeField()
    minutes = fields.IntField()
    teacher: fields.ForeignKeyNullableRelation[Teacher] = fields.ForeignKeyField(
        "models.Teacher", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True
    )
    teacher_id: UUID | None
    substitute_for_id: UUID | None = fields.UUIDField(null=True, description="The teacher who is stood in for.")
    title = fields.CharField(max_length=60, null=True)
    live_url = fields.CharField(max_length=500, null=True)
    location = fields.CharField(max_length=200, null=True)
    replay_url = fields.CharField(max_length=500, null=True)
    replay_until: datetime | None = fields.DatetimeField(null=True)
    is_preview = fields.BooleanField(default=False, description="Whether it is open to those without a seat.")
    chapters: list[dict[str, Any]] = fields.JSONField(default=list)
    original_starts_at: datetime | None = fields.DatetimeField(null=True, description="When it was to be, once moved.")
    make_up_for_id: UUID | None = fields.UUIDField(null=True, description="The cancelled session it makes up for.")
    cancel_reason = fields.CharField(max_length=200, null=True)
    version = fields.IntField(default=1)
    created_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    class Meta:
        table = "course_session"
        constraints = (
            UniqueConstraint(fields=("course_id", "number"), name="course_session_number_once"),
            UniqueConstraint(fields=("course_id", "slot_id", "local_date"), name="course_session_slot_once"),
            CheckConstraint(check="minutes > 0 AND starts_at < ends_at", name="course_session_has_length"),
        )
        indexes = (
            Index(fields=("course_id", "starts_at", "id"), name="course_session_by_course"),
            Index(fields=("state", "starts_at", "id"), name="course_session_by_state"),
            Index(fields=("starts_at", "id"), name="course_session_by_start"),
            Index(fields=("teacher_id", "starts_at"), name="course_session_by_teacher"),
        )

    @classmethod
    async def add(
        cls,
        course_id: UUID,
        terms: SessionTerms,
        *,
        starts_at: datetime,
        minutes: int | None = None,
        teacher_id: UUID | None = None,
        staff_id: UUID,
        at: datetime,
    ) -> Self:
        """Put one session in the timetable. Raises `CourseOver`, `Invalid`, `NotFound`."""
        columns = terms.columns()
        within("minutes", minutes, 1, MINUTES_MOST)
        if teacher_id:
            await Teacher.existing(teacher_id, field="teacherId")
        async with transaction():
            course = await Course.held(course_id)
            course.refuse_over()
            session = cls.of(course, await cls.next_number(course_id), starts_at, minutes, at=at)
            session.update_from_dict(columns | {"teacher_id": teacher_id or course.teacher_id})
            await session.save(force_create=True)
            after = {"session_id": session.id, **columns_of(session, "number", *TOLD)}
            await course.audit("add_session", None, after, None, staff_id=staff_id, at=at)
        return session

    @classmethod
    async def say(cls, id: UUID, terms: SessionTerms, *, expected_version: int, staff_id: UUID, at: datetime) -> Self:
        """Say anew what it is about, where it is and where its recording lies. Raises `SessionChanged`, `Invalid`."""
        columns = terms.columns()
        async with transaction():
            course, session = await cls.taken(id, expected_version=expected_version)
            before = columns_of(session, *columns)
            await session.turned(columns, at=at)
            await session.audit(course, "describe_session", before, None, staff_id=staff_id, at=at)
        return session

    @classmethod
    async def taken(cls, id: UUID, *, expected_version: int) -> tuple[Course, Self]:
        """A session and its course, with the course's row held. Raises `SessionChanged`, `NotFound`."""
        known = await cls.existing(id, field="sessionId")
        course = await Course.held(known.course_id)
        session = await cls.get(id=id)
        if session.version != expected_version:
            raise SessionChanged()
        return course, session

    @classmethod
    def of(cls, course: Course, number: int, starts_at: datetime, minutes: int | None, *, at: datetime) -> Self:
        """A session of a course that is not written yet."""
        length = minutes or course.minutes
        return cls(
            course_id=course.id,
            number=number,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=length),
            minutes=length,
            teacher_id=course.teacher_id,
            created_at=at,
            updated_at=at,
        )

    @classmethod
    async def next_number(cls, course_id: UUID) -> int:
        """The number of the next session; the caller holds the course."""
        last = await fetch_value("SELECT MAX(number) AS last FROM course_session WHERE course_id = $1", course_id)
        return int(last or 0) + 1

    async def following(self) -> list[Self]:
        """This one and those of its series after it that are still to come; the caller holds the course."""
        series = type(self).filter(course_id=self.course_id, state=SessionState.SCHEDULED, slot_id=self.slot_id)
        if self.slot_id is None or self.local_date is None:
            return await series.filter(starts_at__gte=self.starts_at).order_by("starts_at", "id")
        return await series.filter(local_date__gte=self.local_date).order_by("local_date")

    async def turned(self, columns: Mapping[str, Any], *, at: datetime) -> None:
        """Write some columns down as the next version. One statement decides which of two editors was first."""
        self.update_from_dict({**columns, "version": self.version + 1, "updated_at": at})
        written = {name: getattr(self, name) for name in (*columns, "version", "updated_at")}
        if not await type(self).filter(id=self.id, version=self.version - 1).update(**written):
            raise SessionChanged()

    async def audit(
        self,
        course: Course,
        action: str,
        before: Mapping[str, object],
        reason: str | None,
        *,
        staff_id: UUID,
        at: datetime,
    ) -> None:
        """Write what a staff member did with it: the columns of `before` as they stand now."""
        after = {"session_id": self.id, **columns_of(self, "number", *before)}
        await course.audit(action, {"session_id": self.id, **before}, after, reason, staff_id=staff_id, at=at)

    @classmethod
    async def next_of(cls, course_ids: Sequence[UUID], *, at: datetime) -> dict[UUID, Self]:
        """For each of some courses the first session that is not over; courses without one are missing."""
        sql = (
            "SELECT s.* FROM course_session s WHERE s.id IN (SELECT (SELECT n.id FROM course_session n "  # noqa: S608 - own text, values are bound
            "WHERE n.course_id = c.id AND n.state = 'scheduled' AND n.ends_at > $2 ORDER BY n.starts_at, n.id LIMIT 1) "
            f"FROM course c WHERE {among('c.id', 1, 'uuid')})"
        )
        found = [cls.from_row(row) for row in await fetch(sql, list(course_ids), at)]
        return {one.course_id: one for one in found}

    @classmethod
    async def finish(cls, *, at: datetime) -> int:
        """Say of the sessions that are over that they are done; returns how many."""
        return await cls.filter(state=SessionState.SCHEDULED, ends_at__lte=at).update(state=SessionState.DONE)

    def refuse_begun(self, *, at: datetime) -> None:
        """Raise `SessionOver` where nothing can be done about it any more."""
        if self.state is not SessionState.SCHEDULED or self.starts_at <= at:
            raise SessionOver()


TOLD = ("starts_at", "minutes", "teacher_id", "state", "title")


def _known_chapters(chapters: tuple[Chapter, ...]) -> list[dict[str, Any]]:
    if len(chapters) > CHAPTERS_MOST:
        raise Invalid("chapters", zh=f"最多 {CHAPTERS_MOST} 节", en=f"at most {CHAPTERS_MOST}")
    starts = [one.from_second for one in chapters]
    if any(one < 0 for one in starts) or starts != sorted(set(starts)):
        raise Invalid("chapters", zh="时间应依次递增", en="they must begin one after the other")
    return [
        {
            "title": bounded_text(one.title, "chapters.title", least=1, most=CHAPTER_MOST),
            "from_second": one.from_second,
        }
        for one in chapters
    ]
