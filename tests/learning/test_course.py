"""Courses: drafted, changed by one editor at a time, published, closed; what they say is within bounds."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.errors import Invalid, NotFound
from models.learning.course import (
    Course,
    CourseChanged,
    CourseOver,
    CoursePublished,
    CourseStatus,
    SeatsBelowEnrolled,
    SessionsToCome,
)
from models.learning.course_session import Chapter, CourseSession, SessionChanged, SessionTerms
from models.learning.course_terms import CourseKind, CourseTerms
from models.learning.teacher import Teacher, TeacherChanged, TeacherTerms
from models.members.audience import Audience
from models.staff.audit import AuditRow
from store.ids import new_id
from tests.conftest import NOON
from tests.groups.build import a_circle, a_group
from tests.learning.build import STAFF_ID, TONIGHT, a_course, a_session, a_teacher
from tests.mall.build import outcomes, refused

pytestmark = pytest.mark.usefixtures("database")


def changing(course: Course, **terms: Any) -> Any:
    said = CourseTerms(**{"title": "周一行业观察", **terms})
    return Course.change(course.id, said, expected_version=course.version, staff_id=STAFF_ID, at=NOON)


async def test_a_draft_holds_what_was_said_and_is_told_to_the_audit() -> None:
    teacher = await a_teacher("周岚")

    course = await a_course(is_published=False, teacher_id=teacher.id, seats=40, reminders=(10, 1440, 10))

    stored = await Course.get(id=course.id)
    assert (stored.status, stored.version, stored.seats, stored.minutes) == (CourseStatus.DRAFT, 1, 40, 40)
    assert (stored.zone, stored.reminders, stored.teacher_id) == ("Asia/Shanghai", [1440, 10], teacher.id)
    row = await AuditRow.get(subject_id=course.id)
    assert (row.action, row.actor_id, row.before) == ("draft_course", STAFF_ID, None)
    assert row.after
    assert row.after["seats"] == 40


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ({"title": " "}, "title"),
        ({"minutes": 0}, "minutes"),
        ({"seats": 0}, "seats"),
        ({"price": 0}, "price"),
        ({"zone": "Asia/Atlantis"}, "zone"),
        ({"zone": "../etc/passwd"}, "zone"),
        ({"reminders": (1, 2, 3, 4, 5, 6)}, "reminders"),
        ({"reminders": (0,)}, "reminders"),
        ({"live_url": "javascript:alert(1)"}, "liveUrl"),
        ({"sign_up_target": 30}, "signUpTarget"),
    ],
)
async def test_a_course_outside_the_bounds_is_refused(terms: dict[str, Any], field: str) -> None:
    refusal = await refused(a_course(is_published=False, **terms))

    assert (type(refusal), refusal.field) == (Invalid, field)
    assert await Course.all().count() == 0


async def test_a_course_is_of_a_group_or_of_a_circle() -> None:
    circle = await a_circle()
    group = await a_group(circle=circle)

    both = await refused(a_course(group_id=group.id, circle_id=circle.id))
    unknown = await refused(a_course(teacher_id=new_id()))

    assert (type(both), both.field) == (Invalid, "circleId")
    assert (type(unknown), unknown.field) == (NotFound, "teacherId")
    assert await Course.all().count() == 0


async def test_only_a_temporary_course_is_decided_on_and_against_a_target() -> None:
    refusal = await refused(a_course(CourseKind.TEMPORARY, decides_at=NOON))
    course = await a_course(CourseKind.TEMPORARY, decides_at=NOON, sign_up_target=30, purpose="拉新", theme="秋茶品鉴")

    assert refusal.field == "signUpTarget"
    assert (course.sign_up_target, course.decides_at, course.theme) == (30, NOON, "秋茶品鉴")


async def test_of_two_editors_the_second_is_refused() -> None:
    course = await a_course(is_published=False)

    ended = await outcomes([changing(course, title="周一财经观察"), changing(course, title="周一新能源观察")])

    assert ended == {"done": 1, CourseChanged.code: 1}
    assert (await Course.get(id=course.id)).version == 2
    assert await AuditRow.filter(action="change_course").count() == 1


async def test_a_change_says_all_of_a_course_anew() -> None:
    circle, teacher = await a_circle(), await a_teacher()
    course = await a_course(teacher_id=teacher.id, seats=40, theme="新能源")

    await changing(course, circle_id=circle.id, audience=Audience(circle_ids=(circle.id,)), reminders=())

    stored = await Course.get(id=course.id)
    assert (stored.circle_id, stored.teacher_id, stored.seats, stored.theme) == (circle.id, None, None, None)
    assert (stored.for_whom, stored.reminders) == (Audience(circle_ids=(circle.id,)), [])
    row = await AuditRow.get(action="change_course")
    assert row.before
    assert row.after
    assert (row.before["seats"], row.after["seats"]) == (40, None)
    assert row.after["circle_id"] == str(circle.id)


async def test_seats_never_fall_below_who_is_enrolled() -> None:
    course = await a_course(seats=10)
    await Course.filter(id=course.id).update(enrolled_count=7)

    refusal = await refused(changing(course, seats=6))

    assert isinstance(refusal, SeatsBelowEnrolled)
    assert refusal.facts == {"enrolled": 7}
    assert (await changing(course, seats=7)).seats == 7


async def test_a_course_is_published_once_and_not_after_its_decision() -> None:
    course = await a_course(is_published=False)
    late = await a_course(CourseKind.TEMPORARY, is_published=False, decides_at=NOON, sign_up_target=5)

    published = await Course.publish(course.id, expected_version=1, staff_id=STAFF_ID, at=NOON)

    assert (published.status, published.published_at, published.version) == (CourseStatus.PUBLISHED, NOON, 2)
    with pytest.raises(CoursePublished):
        await Course.publish(course.id, expected_version=2, staff_id=STAFF_ID, at=NOON)
    assert (await refused(Course.publish(late.id, expected_version=1, staff_id=STAFF_ID, at=NOON))).field == "decidesAt"


async def test_a_course_ends_and_is_archived_and_stays_so() -> None:
    course = await a_course()

    async def closed(status: CourseStatus, version: int) -> Course:
        return await Course.close(
            course.id, status, expected_version=version, reason="本季结束", staff_id=STAFF_ID, at=NOON
        )

    session = await a_session(course, starts_at=NOON - timedelta(minutes=10), minutes=40)
    with pytest.raises(CourseOver):
        await closed(CourseStatus.ARCHIVED, 2)
    with pytest.raises(SessionsToCome):
        await closed(CourseStatus.ENDED, 2)
    await CourseSession.finish(at=session.ends_at)
    ended = await closed(CourseStatus.ENDED, 2)
    archived = await closed(CourseStatus.ARCHIVED, 3)

    assert (ended.status, ended.ended_at) == (CourseStatus.ENDED, NOON)
    assert archived.status is CourseStatus.ARCHIVED
    with pytest.raises(CourseOver):
        await changing(archived)
    with pytest.raises(CourseOver):
        await a_session(archived)
    assert await CourseSession.all().count() == 1


async def test_a_teacher_is_one_person_and_changed_by_one_editor() -> None:
    teacher = await a_teacher("周岚")
    said = TeacherTerms("周岚", title="高级茶艺师")

    changed = await Teacher.change(teacher.id, said, expected_version=1, staff_id=STAFF_ID, at=NOON)

    assert (changed.title, changed.version) == ("高级茶艺师", 2)
    with pytest.raises(TeacherChanged):
        await Teacher.change(teacher.id, said, expected_version=1, staff_id=STAFF_ID, at=NOON)
    assert (await refused(a_teacher("何志远", member_id=new_id()))).field == "memberId"


async def test_sessions_are_numbered_and_take_over_what_the_course_says() -> None:
    teacher, other = await a_teacher(), await a_teacher()
    course = await a_course(teacher_id=teacher.id, minutes=45)

    added = await asyncio.gather(*(a_session(course, starts_at=TONIGHT + timedelta(days=n)) for n in range(3)))
    last = await a_session(course, minutes=30, teacher_id=other.id, title="加场")

    assert sorted(one.number for one in added) == [1, 2, 3]
    assert {(one.teacher_id, one.minutes) for one in added} == {(teacher.id, 45)}
    assert (last.number, last.teacher_id, last.minutes) == (4, other.id, 30)
    assert last.ends_at == TONIGHT + timedelta(minutes=30)
    assert await AuditRow.filter(subject_id=course.id, action="add_session").count() == 4


async def test_a_session_is_described_by_one_editor_at_a_time() -> None:
    session = await a_session(await a_course())
    said = SessionTerms(
        title="新能源车怎么选", chapters=(Chapter("开场", 0), Chapter("三电系统", 300)), is_preview=True
    )

    described = await CourseSession.say(session.id, said, expected_version=1, staff_id=STAFF_ID, at=NOON)

    stored = await CourseSession.get(id=session.id)
    assert (described.version, stored.title, stored.is_preview) == (2, "新能源车怎么选", True)
    assert stored.chapters == [{"title": "开场", "from_second": 0}, {"title": "三电系统", "from_second": 300}]
    with pytest.raises(SessionChanged):
        await CourseSession.say(session.id, said, expected_version=1, staff_id=STAFF_ID, at=NOON)


async def test_chapters_follow_one_another() -> None:
    course = await a_course()

    refusal = await refused(a_session(course, chapters=(Chapter("三电系统", 300), Chapter("开场", 0))))

    assert (refusal.field, await CourseSession.all().count()) == ("chapters", 0)
