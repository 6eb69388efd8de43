"""Whether a member may enrol in courses: everything that stands against it, when next, and what a seat costs.

The refusals are found in one place: enrolling raises the first of those that a page of courses shows as reasons. What
is decided by a statement (the seats, the points) is only foretold here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

import orjson

from models.eligibility import Eligibility
from models.errors import DomainError
from models.learning.classroom import Classroom
from models.learning.course import Course, CourseStatus
from models.learning.course_seat import CourseFull
from models.members.audience import Audience
from models.members.member import ACTIVE, Member, MemberNotActive
from models.points.account import of_member
from models.points.entry import InsufficientPoints
from store.database import among, fetch, fetch_value
from store.ids import as_id


class AlreadyEnrolled(DomainError):
    code = "ALREADY_ENROLLED"
    zh = "您已报名该课程"
    en = "You are enrolled in this course already."


class AlreadyWaitingForCourse(DomainError):
    code = "ALREADY_WAITING_FOR_COURSE"
    zh = "您已在该课程的候补名单中"
    en = "You are on the waiting list of this course already."


class CourseNotOpen(DomainError):
    code = "COURSE_NOT_OPEN"
    zh = "该课程当前不接受报名"
    en = "This course takes nobody at present."


class PrerequisiteMissing(DomainError):
    code = "PREREQUISITE_MISSING"
    zh = "需先完成课程「{title}」"
    en = "The course {title} has to be completed before."


@dataclass(frozen=True)
class Applicant:
    """What has to be known of a member to say whether it may enrol in some courses."""

    at: datetime
    rooms: Mapping[UUID, Classroom]
    states: Mapping[UUID, str]
    completed: frozenset[UUID]
    titles: Mapping[UUID, str]
    barred: Mapping[UUID, Sequence[DomainError]]

    @classmethod
    async def of(cls, member_id: UUID, courses: Sequence[Course], *, at: datetime) -> Self:
        ids = [course.id for course in courses]
        rooms = await Classroom.of_courses(ids)
        wanted = sorted({one for room in rooms.values() for one in room.requires})
        return cls(
            at=at,
            rooms=rooms,
            states=await _states(member_id, ids),
            completed=await completed_among(member_id, wanted) if wanted else frozenset(),
            titles={one.id: one.title for one in await Course.filter(id__in=wanted)} if wanted else {},
            barred=await _barred(member_id, courses, at=at),
        )

    def refusals(self, course: Course) -> Iterator[DomainError]:
        """Everything that stands against a seat in a course, seats and points aside."""
        state = self.states.get(course.id)
        if state is not None:
            yield AlreadyWaitingForCourse() if state == "waiting" else AlreadyEnrolled()
        yield from self._closed(course)
        yield from self.barred[course.id]
        missing = (one for one in self.rooms[course.id].requires if one not in self.completed)
        yield from (PrerequisiteMissing(title=self.titles.get(one, "")) for one in missing)

    def _closed(self, course: Course) -> Iterator[DomainError]:
        room = self.rooms[course.id]
        is_past = room.enrols_until is not None and room.enrols_until <= self.at
        if course.status is not CourseStatus.PUBLISHED or is_past:
            yield CourseNotOpen()
        elif room.enrols_from is not None and room.enrols_from > self.at:
            yield CourseNotOpen(retry_at=room.enrols_from)


async def enrolment_refusals(
    member_id: UUID, courses: Sequence[Course], *, at: datetime
) -> dict[UUID, list[DomainError]]:
    """By course, everything that stands against a seat, seats and points aside."""
    applicant = await Applicant.of(member_id, courses, at=at)
    return {course.id: list(applicant.refusals(course)) for course in courses}


async def enrolment_eligibilities(member_id: UUID, courses: Sequence[Course], *, at: datetime) -> list[Eligibility]:
    """One answer for each course, in a number of statements that grows with different audiences alone."""
    member, found = await Member.existing(member_id), await enrolment_refusals(member_id, courses, at=at)
    balance = "SELECT balance FROM account WHERE id = $1"
    available = int(await fetch_value(balance, of_member(member_id).id) or 0)
    inactive = [] if member.status in ACTIVE else [MemberNotActive()]
    return [Eligibility([*inactive, *found[course.id], *_foretold(course, available)]) for course in courses]


def _foretold(course: Course, available: int) -> Iterator[DomainError]:
    if course.seats is not None and (course.enrolled_count >= course.seats or course.waiting_count):
        yield CourseFull()
    if course.price and course.price > available:
        yield InsufficientPoints(needed=course.price, available=available)


async def completed_among(member_id: UUID, course_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those of some courses that a member has completed."""
    sql = (
        "SELECT course_id FROM course_completion WHERE member_id = $1 AND revoked_at IS NULL "  # noqa: S608 - own text
        f"AND {among('course_id', 2, 'uuid')}"
    )
    return frozenset(as_id(row["course_id"]) for row in await fetch(sql, member_id, list(course_ids)))


async def _states(member_id: UUID, course_ids: Sequence[UUID]) -> dict[UUID, str]:
    """How a member stands in courses that it has not left."""
    sql = (
        "SELECT course_id, state FROM enrollment WHERE member_id = $1 AND ended_at IS NULL "  # noqa: S608 - own text
        f"AND {among('course_id', 2, 'uuid')}"
    )
    return {as_id(row["course_id"]): str(row["state"]) for row in await fetch(sql, member_id, list(course_ids))}


async def _barred(member_id: UUID, courses: Sequence[Course], *, at: datetime) -> dict[UUID, list[DomainError]]:
    """By course, what its place and its audience say of the member; equal ones share the answer."""
    known: dict[bytes, list[DomainError]] = {}
    found: dict[UUID, list[DomainError]] = {}
    for course in courses:
        refusals: dict[type[DomainError], DomainError] = {}
        for audience in (_place_of(course), course.for_whom):
            key = orjson.dumps(audience.to_json(), option=orjson.OPT_SORT_KEYS)
            if key not in known:
                known[key] = await audience.refusals(member_id, at=at)
            refusals |= {type(one): one for one in known[key]}
        found[course.id] = list(refusals.values())
    return found


def _place_of(course: Course) -> Audience:
    """Those whose course it is: of its group, of its circle, or everybody."""
    return Audience(
        group_ids=(course.group_id,) if course.group_id else (),
        circle_ids=(course.circle_id,) if course.circle_id else (),
    )
