"""A seat that was bought in the mall: it lies with its order, which pays for it, and ends with it.

While an order waits for its cash the seat is reserved: it is taken, and opens nothing yet. So an order that comes to be
paid always has its seat, and one that is not paid in time gives it to the next.
"""

from datetime import datetime, timedelta
from uuid import UUID

from models.actor import SYSTEM, Actor
from models.errors import NotFound
from models.insight.standing import standing_changed
from models.learning.attendance import Attendance
from models.learning.course import Course, CourseStatus
from models.learning.enrolling import enrolment_refusals
from models.learning.enrollment import Enrollment, EnrollmentWay
from models.learning.enrollment_change import EnrollmentChange, EnrollmentState
from models.learning.enrollment_end import Ending, end_enrollment

AFTER_DECISION = timedelta(days=1)


async def reserve_seat(member_id: UUID, course_id: UUID, order_id: UUID, *, at: datetime) -> None:
    """Take a seat for an order that is not paid yet, inside its transaction, which holds the member's row.

    Raises everything that `enrolment_refusals` finds, `CourseFull`, `NotFound`.
    """
    place = await _allowed(member_id, course_id, order_id, at=at)
    await place.begin(Actor.member(member_id), waits=False, reserves=True, at=at)


async def give_seat(member_id: UUID, course_id: UUID, order_id: UUID, *, at: datetime) -> None:
    """Give the buyer the seat that was reserved for the order, or else take one. Raises as `reserve_seat`."""
    reserved = await Enrollment.get_or_none(order_id=order_id, state=EnrollmentState.RESERVED)
    if reserved is None:
        place = await _allowed(member_id, course_id, order_id, at=at)
        await place.begin(Actor.member(member_id), waits=False, at=at)
        return
    reserved.state, reserved.seated_at = EnrollmentState.ENROLLED, at
    await reserved.save(update_fields=["state", "seated_at"])
    await EnrollmentChange.record(reserved, SYSTEM, at=at)
    await standing_changed([member_id], at=at)


async def take_seat_back(order_id: UUID, *, at: datetime) -> bool:
    """End the seat of an order; False where its member has attended a session, and keeps it. None is no matter."""
    place = await Enrollment.get_or_none(order_id=order_id, ended_at__isnull=True)
    if place is None:
        return True
    used = Attendance.filter(member_id=place.member_id, course_id=place.course_id, voided_at__isnull=True)
    if place.seated_at is not None and await used.filter(created_at__gte=place.seated_at).exists():
        return False
    await end_enrollment(place, Ending(SYSTEM, EnrollmentState.REMOVED, refunds=False), at=at)
    return True


async def refundable_until(course_id: UUID, earliest: datetime) -> datetime:
    """Until when an order for a seat stays open: not before it is decided whether the course takes place."""
    decides_at = (await Course.get(id=course_id)).decides_at
    return max(earliest, decides_at + AFTER_DECISION) if decides_at else earliest


async def demand_course_on_offer(course_id: UUID) -> None:
    """Raise `NotFound` for a course that cannot be put on the shelf."""
    if not await Course.exists(id=course_id, status=CourseStatus.PUBLISHED):
        raise NotFound(field="targetId")


async def _allowed(member_id: UUID, course_id: UUID, order_id: UUID, *, at: datetime) -> Enrollment:
    course = await Course.existing(course_id, field="targetId")
    for refusal in (await enrolment_refusals(member_id, [course], at=at))[course.id]:
        raise refusal
    return Enrollment(course_id=course_id, member_id=member_id, way=EnrollmentWay.ORDER, points=0, order_id=order_id)
