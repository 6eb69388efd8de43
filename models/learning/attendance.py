"""An attendance: a member took part in a session. There is one for each of both that stands, whatever told of it.

It is told by the code shown in class, by hand, or by what was watched: while the session goes on, or of its recording
afterwards, which makes up for having been away. It pays by the rules for `course_attended`, once per session; staff
may void one, which takes back what it paid.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.actor import SYSTEM, Actor, ActorKind
from models.errors import DomainError
from models.groups.group import Group
from models.idempotency import Once, perform_claiming
from models.learning.attendance_code import demand_code
from models.learning.classroom import Classroom
from models.learning.completion import CourseCompletion
from models.learning.course import Course
from models.learning.course_session import CourseSession, SessionState
from models.learning.enrollment import Enrollment
from models.learning.session_access import NotEnrolled, SessionCalledOff
from models.members.member import Member
from models.points.behaviour import Behaviour, Fact
from models.points.earning import Earning
from models.record import Record
from store.database import violates
from store.together import Write

EARLY = timedelta(minutes=15)
"""How long before the start the code lets members in."""


class AttendanceWay(StrEnum):
    """What told of an attendance."""

    CODE = "code"
    HAND = "hand"
    WATCH = "watch"
    REPLAY = "replay"


class AlreadyAttended(DomainError):
    code = "ALREADY_ATTENDED"
    zh = "该课次已签到"
    en = "This session was attended already."


class AttendanceNotOpen(DomainError):
    code = "ATTENDANCE_NOT_OPEN"
    zh = "现在不能签到"
    en = "One cannot sign in to this session now."


@dataclass(frozen=True)
class Presence:
    """How somebody was there: from when, for how many minutes, and what told of it."""

    way: AttendanceWay
    arrived_at: datetime
    minutes: int
    is_late: bool = False

    @classmethod
    def arrived(cls, way: AttendanceWay, session: CourseSession, room: Classroom, arrived_at: datetime) -> Self:
        """From an instant to the end of the session."""
        began = max(arrived_at, session.starts_at)
        minutes = max(int((session.ends_at - began).total_seconds()) // 60, 0)
        is_late = arrived_at > session.starts_at + timedelta(minutes=room.late_minutes)
        return cls(way, arrived_at, min(minutes, session.minutes), is_late)


class Attendance(Record):
    session: fields.ForeignKeyRelation[CourseSession] = fields.ForeignKeyField(
        "models.CourseSession", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    session_id: UUID
    course: fields.ForeignKeyRelation[Course] = fields.ForeignKeyField(
        "models.Course", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    course_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    number = fields.IntField(description="Counts those of the member in the session, with the voided ones, from 1.")
    way = fields.CharEnumField(AttendanceWay, max_length=10)
    minutes = fields.IntField()
    is_late = fields.BooleanField()
    arrived_at: datetime = fields.DatetimeField()
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField()
    voided_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "attendance"
        constraints = (
            UniqueConstraint(fields=("session_id", "member_id"), condition="voided_at IS NULL", name="attendance_once"),
            UniqueConstraint(fields=("session_id", "member_id", "number"), name="attendance_number_once"),
            CheckConstraint(check="minutes >= 0", name="attendance_minutes_from_zero"),
        )
        indexes = (
            Index(fields=("member_id", "created_at", "id"), name="attendance_by_member"),
            Index(fields=("course_id", "member_id"), name="attendance_by_course"),
            Index(fields=("session_id", "created_at", "id"), name="attendance_by_session"),
        )

    @classmethod
    async def by_code(cls, member_id: UUID, session_id: UUID, code: str, *, at: datetime, once: Once | None) -> Self:
        """Sign in with the code shown in class.

        Raises `AttendanceCodeWrong`, `TooManyAttempts`, `AttendanceNotOpen` (with when it opens), `AlreadyAttended`,
        `NotEnrolled`, `SessionCalledOff`, `MemberNotActive`, `NotFound`.
        """
        session = await CourseSession.existing(session_id, field="sessionId")
        room = await Classroom.of(session.course_id)
        # Whoever is there already is told so without a try, or answered as the first time.
        if not await cls.filter(session_id=session_id, member_id=member_id).exists():
            if not await Enrollment.has_seat(member_id, session.course_id):
                raise NotEnrolled()
            refuse_closed(session, room, at=at)
            await demand_code(session, room, code, member_id, at=at)

        async def act(id: UUID, claim: Sequence[Write]) -> Self:
            await Member.touch(member_id, at=at, beside=claim)
            if await cls.filter(session_id=session_id, member_id=member_id).exists():
                raise AlreadyAttended()
            presence = Presence.arrived(AttendanceWay.CODE, session, room, at)
            return await cls.made(session, member_id, presence, Actor.member(member_id), at=at, id=id)

        try:
            return await perform_claiming(once, cls, act, at=at)
        except IntegrityError as error:
            raise refusal_of(error) from None

    @classmethod
    async def made(
        cls,
        session: CourseSession,
        member_id: UUID,
        presence: Presence,
        actor: Actor = SYSTEM,
        *,
        at: datetime,
        id: UUID | None = None,
    ) -> Self:
        """Write one down and pay for it, inside the caller's transaction, which holds the member's row.

        Raises `NotEnrolled`, `SessionCalledOff`; the transaction must end then, and at an `IntegrityError` named
        `attendance_once` for a second one.
        """
        if session.state is SessionState.CANCELLED:
            raise SessionCalledOff()
        if not await Enrollment.has_seat(member_id, session.course_id):
            raise NotEnrolled()
        before = await cls.filter(session_id=session.id, member_id=member_id).count()
        made = cls.of(session, member_id, presence, actor, number=before + 1, at=at)
        made.id = id or made.id
        await made.save(force_create=True)
        course = await Course.get(id=session.course_id)
        await Earning.pay(
            member_id,
            Behaviour.COURSE_ATTENDED,
            made.source,
            at=at,
            facts={Fact.MINUTES: presence.minutes},
            target=f"course:{course.id}",
            circle_id=await _circle_of(course),
        )
        await CourseCompletion.consider(member_id, course, at=at)
        return made

    @classmethod
    def of(
        cls,
        session: CourseSession,
        member_id: UUID,
        presence: Presence,
        actor: Actor,
        *,
        number: int,
        at: datetime,
    ) -> Self:
        """One that is not written yet."""
        return cls(
            session_id=session.id,
            course_id=session.course_id,
            member_id=member_id,
            number=number,
            way=presence.way,
            minutes=presence.minutes,
            is_late=presence.is_late,
            arrived_at=presence.arrived_at,
            by_kind=actor.kind,
            by_id=actor.id,
            created_at=at,
        )

    @property
    def source(self) -> str:
        """What it is paid for; one that was made again after a void is another cause."""
        return f"session:{self.session_id}" if self.number == 1 else f"session:{self.session_id}#{self.number}"


def refuse_closed(session: CourseSession, room: Classroom, *, at: datetime) -> None:
    """Raise where the code lets nobody in: too early, too late, or the session does not take place."""
    if session.state is SessionState.CANCELLED:
        raise SessionCalledOff()
    if at < session.starts_at - EARLY:
        raise AttendanceNotOpen(retry_at=session.starts_at - EARLY)
    admits = session.starts_at + timedelta(minutes=room.admit_minutes) if room.admit_minutes else session.ends_at
    if at >= min(admits, session.ends_at):
        raise AttendanceNotOpen()


def refusal_of(error: IntegrityError) -> Exception:
    """What somebody is told whose attendance is there already."""
    return AlreadyAttended() if violates(error, Attendance, "attendance_once") else error


async def _circle_of(course: Course) -> UUID | None:
    """The circle in which it happened, whose budget pays."""
    if course.group_id:
        return (await Group.get(id=course.group_id)).circle_id
    return course.circle_id
