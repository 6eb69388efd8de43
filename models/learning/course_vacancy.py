"""A seat of a course came free, so the first on its waiting list gets it, and what it had set aside is spent."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.actor import SYSTEM
from models.insight.standing import standing_changed
from models.learning import seat_price
from models.learning.course import Course
from models.learning.course_called_off import call_enrollment_off
from models.learning.course_notice import CourseNotice, CourseNoticeKind
from models.learning.course_seat import SEAT_FREE, take_seat, wait_no_longer
from models.learning.enrollment import Enrollment
from models.learning.enrollment_change import EnrollmentChange, EnrollmentState
from models.learning.enrollment_end import Ending, end_enrollment
from models.members.member import ACTIVE, Member
from models.one_by_one import OneByOne
from store.database import fetch, transaction
from store.ids import as_id
from store.outbox import Payload, effect

COURSES_AT_ONCE = 200


@effect(SEAT_FREE)
async def fill_free_seats(payloads: Sequence[Payload]) -> None:
    for payload in payloads:
        await fill(UUID(str(payload["course_id"])), at=datetime.fromisoformat(str(payload["at"])))


async def fill(course_id: UUID, *, at: datetime) -> int:
    """Seat those who wait, first come first served, while there are free seats; returns how many."""
    seated, waiting = 0, Enrollment.filter(course_id=course_id, state=EnrollmentState.WAITING)
    while first := await waiting.order_by("created_at", "id").first():
        came = await _admit(first, at=at)
        if came is None:
            break
        seated += came
    return seated


async def fill_waiting(*, at: datetime) -> int:
    """Look after every course with a waiting list: seats that were added, lists of courses that are over."""
    filled, run = 0, OneByOne("fill seats of a course")
    rows = await fetch(
        "SELECT id FROM course WHERE waiting_count > 0 AND (status <> 'published' OR seats IS NULL OR "
        "enrolled_count < seats) ORDER BY id LIMIT $1",
        COURSES_AT_ONCE,
    )
    for course_id in (as_id(row["id"]) for row in rows):
        course = await Course.get(id=course_id)
        act = _dissolve(course, at=at) if course.is_over else fill(course_id, at=at)
        filled += await run.do(course_id, act) or 0
    return filled


async def _admit(first: Enrollment, *, at: datetime) -> bool | None:
    """Seat the one who has waited longest; False where it is out of the running, None where no seat is left."""
    async with transaction():
        await Member.bump(first.member_id)
        place = await Enrollment.get(id=first.id)
        if place.state is not EnrollmentState.WAITING:
            return False
        if (await Member.get(id=place.member_id)).status not in ACTIVE:
            await end_enrollment(place, Ending(SYSTEM, EnrollmentState.REMOVED, reason="成员当前不能参与"), at=at)
            return False
        if not await take_seat(place.course_id, is_walk_in=False):
            return None
        await wait_no_longer(place.course_id)
        place.state, place.seated_at = EnrollmentState.ENROLLED, at
        await place.save(update_fields=["state", "seated_at"])
        await seat_price.take_set_aside(place, at=at)
        await EnrollmentChange.record(place, SYSTEM, at=at)
        await _tell(place, at=at)
        await standing_changed([place.member_id], at=at)
        return True


async def _tell(place: Enrollment, *, at: datetime) -> None:
    """Tell the member, who was away, that it has a seat."""
    await CourseNotice.create(
        member_id=place.member_id,
        course_id=place.course_id,
        subject_id=place.id,
        kind=CourseNoticeKind.SEATED,
        mark=0,
        created_at=at,
    )


async def _dissolve(course: Course, *, at: datetime) -> int:
    """Let those go who wait for a course that is over; one that fails keeps no other from it."""
    ended, run = 0, OneByOne("end waiting for course")
    for place in await Enrollment.filter(course_id=course.id, state=EnrollmentState.WAITING).order_by("id"):
        ended += bool(await run.do(place.id, call_enrollment_off(place, SYSTEM, None, at=at)))
    return ended
