"""The demo's classrooms keep what those of requests keep: seats are counted, who came had one, and was paid for it."""

from datetime import timedelta

from models.learning.attendance import Attendance
from models.learning.completion import CourseCompletion
from models.learning.course import Course
from models.learning.course_session import CourseSession
from models.learning.enrollment import Enrollment
from models.learning.enrollment_change import EnrollmentChange, EnrollmentState
from models.learning.feedback import SessionFeedback
from models.learning.material import Material
from models.learning.progress import progress_of
from models.learning.teacher import Teacher
from models.learning.teacher_statistics import teacher_statistics
from models.learning.watching import Watching
from models.points.behaviour import Behaviour
from models.points.earning import Earning
from seeds.learning_classroom import PAID_DAYS
from seeds.learning_courses import COMING, HELD, WEEKLY
from tests.conftest import NOON
from tests.seeds.conftest import demo, demo_url

__all__ = ["demo", "demo_url"]

DAY = timedelta(days=1)


async def test_seats_are_counted(demo: None) -> None:
    for course in await Course.all():
        places = Enrollment.filter(course_id=course.id)
        assert course.enrolled_count == await places.filter(state=EnrollmentState.ENROLLED).count()
        if course.title in (*(weekly.title for weekly in WEEKLY), HELD, COMING):
            assert course.enrolled_count > 0
    coming = await Course.get(title=COMING)
    assert coming.enrolled_count == coming.seats
    waiting = await Enrollment.filter(course_id=coming.id, state=EnrollmentState.WAITING)
    assert len(waiting) == coming.waiting_count > 0
    assert {one.points for one in waiting} == {coming.price}
    assert await Enrollment.filter(state=EnrollmentState.LEFT).count() == 1
    assert await EnrollmentChange.all().count() == await Enrollment.all().count() + 1


async def test_who_came_had_a_seat_and_is_paid_for_these_last_weeks(demo: None) -> None:
    came = await Attendance.all()
    seats = {(place.course_id, place.member_id): place for place in await Enrollment.all()}

    assert len(came) >= 15
    assert {one.is_late for one in came} == {True, False}
    for one in came:
        place = seats[one.course_id, one.member_id]
        assert place.seated_at
        assert place.seated_at < one.created_at
    paid = await Earning.filter(behaviour=Behaviour.COURSE_ATTENDED, source__startswith="session:")
    assert paid
    assert all(one.created_at > NOON - (PAID_DAYS + 1) * DAY for one in paid)
    lately = [one for one in came if one.created_at > NOON - PAID_DAYS * DAY]
    assert {one.source for one in paid} <= {one.source for one in lately}


async def test_thoughts_are_of_those_who_came(demo: None) -> None:
    came = {(one.session_id, one.member_id) for one in await Attendance.all()}
    thoughts = await SessionFeedback.all()

    assert thoughts
    assert {(one.session_id, one.member_id) for one in thoughts} <= came
    teachers = [one.id for one in await Teacher.all()]
    figures = await teacher_statistics(teachers, since=NOON - 60 * DAY, until=NOON, at=NOON)
    assert sum(one.attended for one in figures) == len(came)
    assert all(one.score and one.score >= 4 for one in figures if one.scored)


async def test_something_is_watched_read_and_completed(demo: None) -> None:
    recorded = await CourseSession.get(replay_url__isnull=False)
    seen = await Watching.filter(session_id=recorded.id)

    assert seen
    assert all(0 < one.watched_seconds <= recorded.minutes * 60 for one in seen)
    assert await Material.all().count() == 2 * len(WEEKLY)
    for one in await CourseCompletion.all():
        assert (await progress_of(one.member_id, [one.course_id]))[one.course_id].minutes_attended >= one.minutes
