"""Those who have a seat are told once: of what begins soon, of what changed, of what does not take place."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from models.learning.course import Course
from models.learning.course_decision import CourseDecision
from models.learning.course_notice import CourseNotice, CourseNoticeKind, due_distance, tell_of_changes
from models.learning.course_session import CourseSession
from models.learning.course_terms import CourseKind
from models.learning.enrollment import Enrollment
from models.learning.enrollment_change import EnrollmentState
from models.learning.session_cancel import cancel_session
from models.learning.session_change import TOPIC as CHANGED
from models.learning.session_move import Shift, move_following, move_session
from models.learning.substitution import substitute
from models.members.member import Member, MemberStatus
from store import outbox
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON
from tests.learning.build import STAFF_ID, TONIGHT, a_course, a_session, a_teacher
from tests.mall.build import a_buyer, points_of

pytestmark = pytest.mark.usefixtures("database")

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


async def a_learner(course: Course, member: Member | None = None) -> Member:
    found = member or await a_member()
    await Enrollment.enrol(found.id, course.id, at=LONG_AGO, once=None)
    return found


async def told(member: Member) -> list[tuple[str, int]]:
    notices = await CourseNotice.filter(member_id=member.id).order_by("created_at", "id")
    return [(str(one.kind), one.mark) for one in notices]


def acting(session: CourseSession, **more: Any) -> dict[str, Any]:
    return {
        "reason": "讲师出差",
        "expected_version": session.version,
        "staff_id": STAFF_ID,
        "at": NOON,
        **more,
    }


@pytest.mark.parametrize(
    ("left", "distance"),
    [(1441, None), (1440, 1440), (61, 1440), (60, 60), (10, 10), (1, 10)],
)
def test_the_nearest_distance_is_told(left: int, distance: int | None) -> None:
    assert due_distance([1440, 60, 10], timedelta(minutes=left)) == distance


async def test_each_reminder_is_told_once() -> None:
    course = await a_course(reminders=(1440, 60, 10))
    member = await a_learner(course)
    session = await a_session(course)

    counts = [
        await CourseNotice.remind(at=session.starts_at - before)
        for before in (DAY + MINUTE, DAY, DAY - MINUTE, HOUR, 59 * MINUTE, 10 * MINUTE, 9 * MINUTE)
    ]

    assert counts == [0, 1, 0, 1, 0, 1, 0]
    assert await told(member) == [("reminder", 1440), ("reminder", 60), ("reminder", 10)]


async def test_what_comes_late_is_told_at_the_nearest_distance_only() -> None:
    course = await a_course(reminders=(1440, 60, 10))
    session = await a_session(course)
    member = await a_learner(course)

    await CourseNotice.remind(at=session.starts_at - 30 * MINUTE)

    assert await told(member) == [("reminder", 60)]


async def test_nobody_is_reminded_of_what_has_begun_was_called_off_or_is_not_theirs() -> None:
    course, other = await a_course(), await a_course()
    member, gone = await a_learner(course), await a_learner(course)
    await Enrollment.filter(member_id=gone.id).update(state=EnrollmentState.LEFT, ended_at=NOON)
    frozen = await a_learner(course)
    await Member.filter(id=frozen.id).update(status=MemberStatus.ERASED)
    await a_session(other)
    session = await a_session(course)
    off = await a_session(course, starts_at=TONIGHT + HOUR)
    await cancel_session(off.id, **acting(off))
    await CourseNotice.all().delete()

    assert await CourseNotice.remind(at=session.starts_at - MINUTE) == 1
    assert await CourseNotice.remind(at=session.starts_at) == 0

    assert await told(member) == [("reminder", 10)]
    assert await CourseNotice.all().count() == 1


async def test_many_sessions_and_members_are_reminded_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.learning.course_notice.SESSIONS_AT_ONCE", 2)
    monkeypatch.setattr("models.learning.course_notice.NOTICES_AT_ONCE", 2)
    course = await a_course()
    members = [await a_learner(course) for _ in range(3)]
    for _ in range(5):
        await a_session(course)

    assert await CourseNotice.remind(at=TONIGHT - HOUR) == 15
    assert len(await told(members[0])) == 5


async def test_of_several_that_remind_at_once_each_member_hears_one() -> None:
    course = await a_course()
    members = [await a_learner(course) for _ in range(3)]
    await a_session(course)

    await asyncio.gather(*(CourseNotice.remind(at=TONIGHT - HOUR) for _ in range(4)))

    assert [await told(one) for one in members] == [[("reminder", 60)]] * 3


async def test_a_session_that_fails_keeps_no_other_from_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    course = await a_course()
    member = await a_learner(course)
    bad, _ = await a_session(course), await a_session(course, starts_at=TONIGHT + MINUTE)
    tell = CourseNotice.tell

    async def failing(self: CourseNotice, *states: Any, **at: Any) -> int:
        if self.session_id == bad.id:
            raise RuntimeError("坏数据")
        return await tell(self, *states, **at)

    monkeypatch.setattr(CourseNotice, "tell", failing)

    assert await CourseNotice.remind(at=TONIGHT - HOUR) == 1
    assert len(await told(member)) == 1


async def test_who_has_a_seat_is_told_of_changes() -> None:
    course = await a_course()
    member, stranger = await a_learner(course), await a_member()
    session, later = await a_session(course), await a_session(course, starts_at=TONIGHT + 7 * DAY)

    moved = await move_session(session.id, TONIGHT + DAY, **acting(session))
    given = await substitute(moved.id, (await a_teacher()).id, **acting(moved))
    await cancel_session(given[0].id, **acting(given[0], reason="台风停课"))
    await move_following(later.id, Shift(days=1), **acting(later))

    assert await told(member) == [("moved", 2), ("substituted", 3), ("cancelled", 4), ("moved", 2)]
    cancelled = await CourseNotice.get(kind=CourseNoticeKind.CANCELLED)
    assert (cancelled.reason, cancelled.session_id, cancelled.course_id) == ("台风停课", session.id, course.id)
    assert await told(stranger) == []


async def test_an_act_on_many_sessions_is_told_once() -> None:
    course = await a_course()
    member = await a_learner(course)
    first = await a_session(course)
    for week in (1, 2):
        await a_session(course, starts_at=TONIGHT + week * 7 * DAY)

    await move_following(first.id, Shift(days=1), **acting(first))

    notice = await CourseNotice.get(member_id=member.id)
    assert (notice.session_id, notice.session_count, notice.mark) == (first.id, 3, 2)


async def test_changes_reach_members_also_after_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies between the commit and the telling; what is told twice is read once."""
    course = await a_course()
    member = await a_learner(course)
    session = await a_session(course)

    async def dying(payloads: Sequence[outbox.Payload]) -> None:
        raise RuntimeError("进程退出")

    with monkeypatch.context() as patched:
        patched.setitem(outbox._effects, CHANGED, dying)
        await move_session(session.id, TONIGHT + DAY, **acting(session))
    assert await told(member) == []
    [row] = await outbox.Outbox.filter(topic=CHANGED)

    await outbox.relay(at=NOON + MINUTE)
    await tell_of_changes([row.payload])

    assert await told(member) == [("moved", 2)]


async def test_a_no_go_is_told_once_and_gives_back_what_seats_cost() -> None:
    course = await a_course(CourseKind.TEMPORARY, sign_up_target=3, decides_at=NOON, price=200)
    await a_session(course, starts_at=TONIGHT + DAY)
    await a_session(course, starts_at=TONIGHT + 2 * DAY)
    member = await a_learner(course, await a_buyer(500))
    assert await points_of(member) == 300

    await CourseDecision.decide_due(at=NOON)

    assert await told(member) == [("no_go", 0)]
    assert await points_of(member) == 500
    assert (await Enrollment.get(member_id=member.id)).state is EnrollmentState.CALLED_OFF
