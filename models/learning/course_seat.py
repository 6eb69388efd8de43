"""Seats of a course: how they are taken, given back, and waited for.

`enrolled_count` and `waiting_count` are changed by one conditional statement each, whose row count decides, so no
number of callers at one instant fills a seat twice. While somebody waits a seat is nobody's but the first one's. A seat
that comes free is told of through the outbox, and filled in a transaction of its own after the one that freed it: that
one holds another member's row and then the course's, and a second member's behind it would cross with who enrols.
"""

from datetime import datetime
from uuid import UUID

from models.errors import DomainError
from models.learning.course import Course
from store.database import execute
from store.outbox import Outbox

SEAT_FREE = "course_seat_free"

_HAS_ROOM = "status = 'published' AND (seats IS NULL OR enrolled_count < seats)"


class CourseFull(DomainError):
    code = "COURSE_FULL"
    zh = "该课程名额已满"
    en = "This course is full."


async def take_seat(course_id: UUID, *, is_walk_in: bool) -> bool:
    """Take a seat; a walk-in passes nobody who waits. False where there is none, or the course takes nobody."""
    door = f"{_HAS_ROOM} AND waiting_count = 0" if is_walk_in else _HAS_ROOM
    sql = f"UPDATE course SET enrolled_count = enrolled_count + 1 WHERE id = $1 AND {door}"  # noqa: S608 - own text
    return await execute(sql, course_id) == 1


async def give_seat_back(course_id: UUID, *, at: datetime) -> None:
    """One seat fewer taken; whoever waits longest gets it after the commit."""
    await execute("UPDATE course SET enrolled_count = enrolled_count - 1 WHERE id = $1", course_id)
    await tell_waiting(await Course.get(id=course_id), at=at)


async def wait_for_seat(course_id: UUID) -> None:
    await execute("UPDATE course SET waiting_count = waiting_count + 1 WHERE id = $1", course_id)


async def wait_no_longer(course_id: UUID) -> None:
    await execute("UPDATE course SET waiting_count = waiting_count - 1 WHERE id = $1", course_id)


async def tell_waiting(course: Course, *, at: datetime) -> None:
    """Have free seats filled from the waiting list once the caller's transaction commits."""
    if course.waiting_count and not course.is_over:
        await Outbox.put(SEAT_FREE, {"course_id": str(course.id), "at": at.isoformat()}, at=at)
