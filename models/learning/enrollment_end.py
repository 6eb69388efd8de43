"""How an enrolment ends: its member leaves, staff take the seat away, or the course is called off.

A place on the waiting list gives back what it had set aside, always. A seat is refunded to the lots that paid for it
where it is given up in time, where staff say so, and where the course does not take place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.actor import Actor
from models.errors import DomainError, bounded_text
from models.idempotency import Once, perform_once
from models.insight.standing import standing_changed
from models.learning import seat_price
from models.learning.classroom import Classroom
from models.learning.course import Course
from models.learning.course_seat import give_seat_back, wait_no_longer
from models.learning.enrollment import REFUND, Enrollment
from models.learning.enrollment_change import REASON_MOST, EnrollmentChange, EnrollmentState
from models.members.member import Member
from models.staff.audit import AuditRow
from store.clock import as_instant
from store.database import among, fetch
from store.ids import as_id


class EnrollmentEnded(DomainError):
    code = "ENROLLMENT_ENDED"
    zh = "该报名已结束"
    en = "This enrolment has ended before."


class BoughtInMall(DomainError):
    code = "BOUGHT_IN_MALL"
    zh = "该席位由商城订单购得，请在订单中退款"
    en = "This seat was bought by an order; refund that."


@dataclass(frozen=True)
class Ending:
    """On whose word an enrolment ends, as what, whether its seat is refunded; `change_id` is the change's id."""

    actor: Actor
    state: EnrollmentState
    refunds: bool = True
    reason: str | None = None
    change_id: UUID | None = None


async def leave_course(
    member_id: UUID, course_id: UUID, *, at: datetime, once: Once | None, reason: str | None = None
) -> EnrollmentChange:
    """Give up a seat, or a place on the waiting list; in time the points go back.

    Raises `CourseOver`, `BoughtInMall`, `MemberNotActive`, `NotFound`.
    """
    text = bounded_text(reason, "reason", most=REASON_MOST) or None

    async def write(id: UUID) -> EnrollmentChange:
        await Member.touch(member_id, at=at)
        place = await Enrollment.open_of(member_id, course_id)
        (await Course.get(id=course_id)).refuse_over()
        if place.order_id:
            raise BoughtInMall()
        refunds = await is_refunded(course_id, at=at)
        ending = Ending(Actor.member(member_id), EnrollmentState.LEFT, refunds=refunds, reason=text, change_id=id)
        return await end_enrollment(place, ending, at=at)

    return await perform_once(once, EnrollmentChange, write, at=at)


async def remove_from_course(
    enrollment_id: UUID, *, refunds: bool, reason: str, staff_id: UUID, at: datetime, once: Once | None
) -> EnrollmentChange:
    """Staff take a seat away, or a place on the waiting list.

    Raises `EnrollmentEnded`, `BoughtInMall`, `Invalid`, `NotFound`.
    """
    why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
    known = await Enrollment.existing(enrollment_id, field="enrollmentId")

    async def write(id: UUID) -> EnrollmentChange:
        await Member.bump(known.member_id)
        place = await Enrollment.get(id=enrollment_id)
        if place.ended_at is not None:
            raise EnrollmentEnded()
        if place.order_id:
            raise BoughtInMall()
        before = {"state": place.state, "points": place.points}
        ending = Ending(Actor.staff(staff_id), EnrollmentState.REMOVED, refunds=refunds, reason=why, change_id=id)
        change = await end_enrollment(place, ending, at=at)
        after = {"state": place.state, "refunded": change.refunded}
        await AuditRow.write(
            staff_id=staff_id, action="remove_from_course", subject=place, before=before, after=after, reason=why, at=at
        )
        return change

    return await perform_once(once, EnrollmentChange, write, at=at)


async def leave_all_courses(member_id: UUID, *, at: datetime) -> None:
    """Give up the seats and places of a closed account, whose row the caller's transaction holds; none is refunded."""
    for place in await Enrollment.filter(member_id=member_id, ended_at__isnull=True).order_by("course_id"):
        ending = Ending(Actor.member(member_id), EnrollmentState.LEFT, refunds=False, reason="账号已关闭")
        await end_enrollment(place, ending, at=at)


async def end_enrollment(place: Enrollment, ending: Ending, *, at: datetime) -> EnrollmentChange:
    """End an enrolment inside the caller's transaction, which holds the member's row and has read it since."""
    was_seated = place.holds_seat
    place.state, place.ended_at = ending.state, at
    await place.save(update_fields=["state", "ended_at"])
    if was_seated:
        await give_seat_back(place.course_id, at=at)
    else:
        await wait_no_longer(place.course_id)
    refunded = await _given_back(place, ending, was_seated=was_seated, at=at)
    change = await EnrollmentChange.record(
        place, ending.actor, at=at, refunded=refunded, reason=ending.reason, id=ending.change_id
    )
    await standing_changed([place.member_id], at=at)
    return change


async def _given_back(place: Enrollment, ending: Ending, *, was_seated: bool, at: datetime) -> int:
    """The points that went back: what was set aside always, what was spent where the ending says so."""
    points = int(place.points)
    if not points or (was_seated and not ending.refunds):
        return 0
    await (seat_price.refund(place, REFUND, at=at) if was_seated else seat_price.release(place, at=at))
    return points


async def is_refunded(course_id: UUID, *, at: datetime) -> bool:
    """Whether a seat that is given up now is refunded."""
    until = (await refunds_until_of([course_id]))[course_id]
    return until is None or at <= until


async def refunds_until_of(course_ids: Sequence[UUID]) -> dict[UUID, datetime | None]:
    """By course until when a seat that is given up is refunded; None while the course has no session."""
    rooms = await Classroom.of_courses(list(dict.fromkeys(course_ids)))
    sql = (
        "SELECT course_id, MIN(starts_at) AS first FROM course_session WHERE state <> 'cancelled' "  # noqa: S608 - own text
        f"AND {among('course_id', 1, 'uuid')} GROUP BY course_id"
    )
    firsts = {as_id(row["course_id"]): as_instant(row["first"]) for row in await fetch(sql, list(rooms))}
    return {one: room.refunds_until(firsts.get(one)) for one, room in rooms.items()}
