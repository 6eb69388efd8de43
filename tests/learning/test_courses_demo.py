"""The demo's courses: what stands in the timetable, and what happened to it."""

from datetime import timedelta

from models.learning.course import Course
from models.learning.course_decision import CourseDecision, DecisionOutcome
from models.learning.course_session import CourseSession, SessionState
from models.learning.holiday import Holiday
from models.learning.session_change import SessionChange, SessionChangeKind
from models.learning.teacher import Teacher
from models.learning.warm_up import WarmUpState, WarmUpTask
from seeds import learning_courses
from seeds.learning_courses import COMING, HELD, HOLIDAY, PLAN, WEEKLY
from store.brand_day import brand_day
from tests.conftest import NOON
from tests.seeds.conftest import DAYS, demo, demo_url

__all__ = ["demo", "demo_url"]


async def sessions(title: str) -> list[CourseSession]:
    course = await Course.get(title=title)
    return await CourseSession.filter(course_id=course.id).order_by("starts_at")


async def test_three_courses_come_back_every_week(demo: None) -> None:
    for weekly in WEEKLY:
        found = await sessions(weekly.title)
        assert {one.local_date.isoweekday() for one in found if one.local_date} == {weekly.weekday}
        assert sum(one.starts_at < NOON for one in found) >= DAYS // 7 - 1
        assert sum(one.starts_at > NOON for one in found) >= learning_courses.WEEKS_AHEAD - 1
        assert {one.state for one in found if one.ends_at <= NOON} <= {SessionState.DONE, SessionState.CANCELLED}
        assert all(one.title for one in found if one.make_up_for_id is None)


async def test_no_session_is_on_the_holiday(demo: None) -> None:
    holiday = await Holiday.get(name=HOLIDAY)

    assert holiday.day.isoweekday() == 3
    assert not await CourseSession.filter(local_date=holiday.day).exists()


async def test_something_has_happened_to_the_timetable(demo: None) -> None:
    kinds = {one.kind for one in await SessionChange.all()}
    moved = await CourseSession.get(original_starts_at__isnull=False)

    assert kinds == set(SessionChangeKind)
    assert moved.original_starts_at
    assert moved.starts_at - moved.original_starts_at == timedelta(days=1)
    assert await CourseSession.filter(make_up_for_id__isnull=False).count() == 1
    substituted = await CourseSession.get(substitute_for_id__isnull=False)
    assert (await Teacher.get(id=substituted.teacher_id)).member_id


async def test_one_tasting_was_held_and_one_is_warmed_up_for(demo: None) -> None:
    held, coming = await Course.get(title=HELD), await Course.get(title=COMING)
    today = brand_day(NOON)

    assert (await CourseDecision.get(course_id=held.id)).outcome is DecisionOutcome.GO
    assert not await WarmUpTask.filter(course_id=held.id, state=WarmUpState.OPEN).exists()
    tasks = await WarmUpTask.filter(course_id=coming.id).order_by("day")
    [session] = await sessions(COMING)
    due = [brand_day(session.starts_at) + timedelta(days=one.day) for one in tasks]
    assert len(tasks) == len(PLAN)
    assert [one.state is WarmUpState.OPEN for one in tasks] == [day >= today for day in due]
    assert {one.state for one in tasks} == set(WarmUpState)
