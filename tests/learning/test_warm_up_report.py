"""The report on a warm-up: sign-ups beside what was done, turnout beside that of other courses."""

from datetime import date, datetime, timedelta

import pytest

from models.learning.course import Course
from models.learning.course_terms import CourseKind
from models.learning.enrollment import Enrollment
from models.learning.enrollment_change import EnrollmentState
from models.learning.warm_up import OnlyTemporaryCourses, WarmUpChannel, WarmUpState, WarmUpTask, WarmUpTerms
from models.learning.warm_up_report import WarmUpDay, WarmUpReport, warm_up_report
from models.staff.colleague import DataScope
from tests.build import a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group
from tests.learning.build import STAFF_ID, TONIGHT, a_course, a_session
from tests.learning.rooms import enrolled, leave, marked
from tests.mall.build import refused

DAY = timedelta(days=1)
POSTER = WarmUpTerms(-14, "发布悬念海报", WarmUpChannel.GROUP_CHAT)
VIDEO = WarmUpTerms(-3, "嘉宾短视频", WarmUpChannel.SHORT_VIDEO)


async def a_tasting(*done: bool, title: str = "秋茶品鉴会") -> Course:
    """A temporary course with as many tasks, some of which were done at noon on Monday."""
    course = await a_course(CourseKind.TEMPORARY, title=title, sign_up_target=3)
    terms = [POSTER, VIDEO][: len(done)]
    tasks = await WarmUpTask.plan(course.id, terms, expected_version=2, staff_id=STAFF_ID, at=NOON)
    for task, is_done in zip(tasks, done, strict=True):
        state = WarmUpState.DONE if is_done else WarmUpState.SKIPPED
        await WarmUpTask.close(task.id, state, proof_text="已发群", staff_id=STAFF_ID, at=NOON)
    return course


async def held(course: Course, *, seats: int, came: int, starts_at: datetime = TONIGHT) -> None:
    """So many had a seat in its session, and so many of them came."""
    session = await a_session(course, starts_at=starts_at)
    members = [await enrolled(course) for _ in range(seats)]
    if came:
        await marked(session, *members[:came])


async def report(course: Course, at: datetime = TONIGHT + DAY) -> WarmUpReport:
    return await warm_up_report(course.id, at=at)


async def test_each_day_shows_what_was_due_done_and_signed_up(database: str) -> None:
    course = await a_tasting(True, False)
    await a_session(course, starts_at=TONIGHT + 3 * DAY)
    await enrolled(course, at=NOON)
    # The last second of Monday in Shanghai, and the first of Tuesday.
    await enrolled(course, at=NOON + timedelta(hours=12) - timedelta(seconds=1))
    await enrolled(course, at=NOON + timedelta(hours=12))

    days = (await report(course)).days

    assert len(days) == 15
    assert (days[0].day, days[0].local_date, days[0].due) == (-14, date(2026, 11, 12), 1)
    assert days[11:13] == [
        WarmUpDay(day=-3, local_date=date(2026, 11, 23), due=1, done=1, sign_ups=2),
        WarmUpDay(day=-2, local_date=date(2026, 11, 24), due=0, done=0, sign_ups=1),
    ]
    assert days[-1].local_date == date(2026, 11, 26)


async def test_turnout_is_who_came_of_those_with_a_seat(database: str) -> None:
    course = await a_tasting(True, True)
    gone = await enrolled(course)
    await leave(gone, course)
    await held(course, seats=4, came=3)

    figures = (await report(course)).figures

    assert (figures.tasks, figures.done, figures.done_percent) == (2, 2, 100)
    assert (figures.target, figures.sign_ups, figures.seated, figures.attended) == (3, 5, 4, 3)
    assert figures.turnout_percent == 75
    assert await Enrollment.filter(state=EnrollmentState.LEFT).count() == 1


async def test_courses_that_were_warmed_up_for_stand_beside_those_that_were_not(database: str) -> None:
    well, less, bare = await a_tasting(True, True), await a_tasting(True, False), await a_tasting()
    await held(well, seats=4, came=4)
    await held(less, seats=3, came=1)
    await held(bare, seats=1, came=1)
    await held(await a_course(title="固定课"), seats=5, came=0)
    coming = await a_tasting(True)
    await held(coming, seats=2, came=0, starts_at=TONIGHT + 9 * DAY)

    found = await report(coming)

    assert [one.course_id for one in found.others] == [bare.id, less.id, well.id]
    effects = [found.well_warmed, found.less_warmed]
    assert [(one.courses, one.seated, one.attended, one.turnout_percent) for one in effects] == [
        (1, 4, 4, 100),
        (2, 4, 2, 50),
    ]
    assert [one.sign_ups_per_course for one in effects] == [4, 2]
    assert found.figures.turnout_percent == 0


async def test_a_course_without_sessions_or_others_has_nothing_to_tell(database: str) -> None:
    found = await report(await a_tasting())

    assert (found.days, found.others, found.figures.turnout_percent) == ((), [], None)
    assert found.well_warmed.turnout_percent is None
    assert isinstance(await refused(report(await a_course())), OnlyTemporaryCourses)


async def test_staff_read_it_within_their_scope(callers: Callers) -> None:
    course = await a_tasting(True)
    await held(course, seats=2, came=1)
    query = (
        "query($id: ID!) { warmUpReport(courseId: $id) { course { title donePercent turnoutPercent } "
        "days { day signUps } others { title } wellWarmed { courses } lessWarmed { turnoutPercent } } }"
    )
    staff = await callers.staff(await a_staff("courses.read"))
    regional = await callers.staff(await a_staff("courses.read", region="华南", scope=DataScope.REGION))

    found = (await staff.data(query, id=public_id(course)))["warmUpReport"]

    assert found["course"] == {"title": "秋茶品鉴会", "donePercent": 100, "turnoutPercent": 50}
    assert found["days"][-1] == {"day": 0, "signUps": 2}
    assert (found["others"], found["wellWarmed"]) == ([], {"courses": 0})
    assert await regional.error(query, id=public_id(course)) == "NOT_FOUND"


async def test_staff_of_a_region_compare_with_courses_that_they_see(callers: Callers) -> None:
    south, east = await a_group(region="华南"), await a_group(region="华东")
    kind, ids = CourseKind.TEMPORARY, {"本区沙龙": south.id, "邻区沙龙": east.id, "品牌沙龙": None}
    courses = {title: await a_course(kind, title=title, group_id=one) for title, one in ids.items()}
    for course in courses.values():
        await a_session(course, starts_at=NOON - DAY)
    staff = await callers.staff(await a_staff("courses.read", region="华南", scope=DataScope.REGION))
    query = "query($id: ID!) { warmUpReport(courseId: $id) { others { title } lessWarmed { courses } } }"

    found = (await staff.data(query, id=public_id(courses["本区沙龙"])))["warmUpReport"]

    assert found == {"others": [{"title": "品牌沙龙"}], "lessWarmed": {"courses": 1}}


@pytest.mark.parametrize("who", ["member", "nobody"])
async def test_nobody_else_reads_it(callers: Callers, who: str) -> None:
    course = await a_tasting()
    caller = callers.nobody() if who == "nobody" else await callers.member(await enrolled(course))
    query = "query($id: ID!) { warmUpReport(courseId: $id) { course { title } } }"

    assert await caller.error(query, id=public_id(course)) == ("UNAUTHENTICATED" if who == "nobody" else "FORBIDDEN")
