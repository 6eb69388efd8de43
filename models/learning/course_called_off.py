"""A course that does not take place: every seat and every place on its waiting list ends, and all points go back.

It was decided against, or ended before anything of it was held.

Each ends in a transaction of its own, so one that fails keeps no other from it, and the next run tries it again.
"""

from datetime import datetime
from uuid import UUID

from models.actor import SYSTEM, Actor
from models.learning.enrollment import Enrollment
from models.learning.enrollment_change import EnrollmentState
from models.learning.enrollment_end import Ending, end_enrollment
from models.members.member import Member
from models.one_by_one import OneByOne
from store.database import fetch, transaction
from store.ids import as_id

COURSES_AT_ONCE = 100
ENDED_AT_ONCE = 200

_NOT_HELD = (
    "SELECT c.id, d.reason FROM course c LEFT JOIN course_decision d ON d.course_id = c.id AND d.outcome = 'no_go' "
    "WHERE c.status IN ('ended', 'archived') AND (d.id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM course_session s "
    "WHERE s.course_id = c.id AND s.state <> 'cancelled' AND s.starts_at < c.ended_at)) AND EXISTS "
    "(SELECT 1 FROM enrollment e WHERE e.course_id = c.id AND e.ended_at IS NULL) ORDER BY c.id LIMIT $1"
)


async def call_courses_off(*, at: datetime) -> int:
    """End what is left of the courses that were not held; returns how many enrolments ended."""
    rows = await fetch(_NOT_HELD, COURSES_AT_ONCE)
    return sum([await call_course_off(as_id(row["id"]), actor=SYSTEM, at=at, reason=row["reason"]) for row in rows])


async def call_course_off(course_id: UUID, *, actor: Actor, at: datetime, reason: str | None = None) -> int:
    """End every enrolment of a course that does not take place, each in a transaction of its own; returns how many.

    Whatever fails stays for the next call, and whatever has ended is left alone, so it may be called again. It is
    called after the course was closed, so that nobody enrols behind it.
    """
    ended, run = 0, OneByOne("end enrolment")
    places = Enrollment.filter(course_id=course_id, ended_at__isnull=True).order_by("id")
    while some := await places.exclude(id__in=run.failed).limit(ENDED_AT_ONCE):
        for place in some:
            ended += bool(await run.do(place.id, call_enrollment_off(place, actor, reason, at=at)))
    return ended


async def call_enrollment_off(place: Enrollment, actor: Actor, reason: str | None, *, at: datetime) -> bool:
    """End one enrolment, with all its points back; False where it has ended meanwhile."""
    async with transaction():
        await Member.bump(place.member_id)
        now = await Enrollment.get(id=place.id)
        if now.ended_at is not None:
            return False
        await end_enrollment(now, Ending(actor, EnrollmentState.CALLED_OFF, reason=reason), at=at)
        return True
