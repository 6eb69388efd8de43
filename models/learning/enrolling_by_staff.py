"""Staff enrol a member by hand: past its audience and what it requires, never past its seats; it costs nothing."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.actor import SYSTEM, Actor
from models.errors import bounded_text
from models.idempotency import Once, perform_claiming
from models.learning.course import Course, CourseStatus
from models.learning.enrolling import AlreadyEnrolled, AlreadyWaitingForCourse, CourseNotOpen
from models.learning.enrollment import Enrollment, EnrollmentWay, refusal_of
from models.learning.enrollment_change import EnrollmentState
from models.members.member import ACTIVE, Member, MemberNotActive
from models.one_by_one import OneByOne
from models.staff.audit import REASON_MOST
from store.database import fetch, transaction
from store.ids import as_id
from store.together import Write, write

JOINING_AT_ONCE = 200


async def enrol_by_staff(
    member_id: UUID,
    course_id: UUID,
    *,
    waits: bool = False,
    reason: str | None = None,
    staff_id: UUID,
    at: datetime,
    once: Once | None,
) -> Enrollment:
    """Give a member a seat or, where there is none and it `waits`, a place on the waiting list.

    Raises `CourseFull`, `CourseNotOpen`, `AlreadyEnrolled`, `AlreadyWaitingForCourse`, `MemberNotActive`, `NotFound`.
    """
    why, actor = bounded_text(reason, "reason", most=REASON_MOST) or None, Actor.staff(staff_id)

    async def act(id: UUID, claim: Sequence[Write]) -> Enrollment:
        await write(*claim)
        await Member.hold(member_id)
        place = Enrollment(id=id, course_id=course_id, member_id=member_id, way=EnrollmentWay.STAFF, points=0)
        await seat(place, actor, waits=waits, at=at)
        after = {"course_id": course_id, "member_id": member_id, "state": place.state}
        await actor.audit("enrol_member", place, before=None, after=after, reason=why, at=at)
        return place

    try:
        return await perform_claiming(once, Enrollment, act, at=at)
    except IntegrityError as error:
        raise refusal_of(error) from None


async def seat(place: Enrollment, actor: Actor, *, waits: bool, at: datetime) -> None:
    """Begin an enrolment that costs nothing, inside the caller's transaction, which holds the member's row."""
    if (await Member.get(id=place.member_id)).status not in ACTIVE:
        raise MemberNotActive()
    if (await Course.existing(place.course_id, field="courseId")).status is not CourseStatus.PUBLISHED:
        raise CourseNotOpen()
    known = await Enrollment.get_or_none(course_id=place.course_id, member_id=place.member_id, ended_at__isnull=True)
    if known:
        raise AlreadyWaitingForCourse() if known.state is EnrollmentState.WAITING else AlreadyEnrolled()
    await place.begin(actor, waits=waits, at=at)


_JOINING = (
    "SELECT s.id AS place_id, s.member_id, c.id AS course_id FROM classroom r JOIN course c ON c.id = r.course_id "
    "JOIN membership s ON s.group_id = c.group_id JOIN member m ON m.id = s.member_id "
    "WHERE r.enrols_group AND c.price IS NULL AND c.status = 'published' AND c.waiting_count = 0 "
    "AND (c.seats IS NULL OR c.enrolled_count < c.seats) "
    "AND m.status IN ('normal', 'muted') AND (r.enrols_until IS NULL OR r.enrols_until > $1) AND s.id > $2 "
    "AND NOT EXISTS (SELECT 1 FROM enrollment e WHERE e.course_id = c.id AND e.member_id = s.member_id) "
    "ORDER BY s.id LIMIT $3"
)


async def enrol_groups(*, at: datetime) -> int:
    """Enrol the members of groups in the courses that take them by themselves; who has left one stays out of it.

    A course that has come to cost something takes nobody by itself any more. Whoever is left out of one of
    several courses of its group is found by the next run. Returns how many enrolled.
    """
    enrolled, run, last = 0, OneByOne("enrol group"), UUID(int=0)
    while rows := await fetch(_JOINING, at, last, JOINING_AT_ONCE):
        for row in rows:
            act = _joined(as_id(row["member_id"]), as_id(row["course_id"]), at=at)
            enrolled += bool(await run.do(as_id(row["place_id"]), act))
        last = as_id(rows[-1]["place_id"])
    return enrolled


async def _joined(member_id: UUID, course_id: UUID, *, at: datetime) -> bool:
    """False where the course is full by now, or costs something."""
    async with transaction():
        await Member.bump(member_id)
        course = await Course.held(course_id)
        is_full = course.seats is not None and course.enrolled_count >= course.seats
        is_shut = is_full or course.price or course.waiting_count
        if is_shut or await Enrollment.exists(course_id=course_id, member_id=member_id):
            return False
        place = Enrollment(course_id=course_id, member_id=member_id, way=EnrollmentWay.GROUP, points=0)
        await seat(place, SYSTEM, waits=False, at=at)
        return True
