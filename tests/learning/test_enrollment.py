"""Seats of courses: taken exactly, paid and refunded to the lots they came from, waited for in order."""

import asyncio
from datetime import datetime, timedelta

import pytest

from models.actor import SYSTEM
from models.errors import Invalid
from models.idempotency import Once
from models.learning.classroom import Classroom, ClassroomTerms
from models.learning.course import Course, CourseStatus
from models.learning.course_called_off import call_course_off, call_courses_off
from models.learning.course_decision import CourseDecision
from models.learning.course_notice import CourseNotice, CourseNoticeKind
from models.learning.course_terms import CourseKind, CourseTerms
from models.learning.course_vacancy import fill_waiting
from models.learning.enrolling import enrolment_eligibilities
from models.learning.enrolling_by_staff import enrol_by_staff, enrol_groups
from models.learning.enrollment import Enrollment, EnrollmentWay
from models.learning.enrollment_batch import EnrollmentBatch, work_batches_off
from models.learning.enrollment_change import EnrollmentChange, EnrollmentState
from models.learning.enrollment_end import leave_course, refunds_until_of, remove_from_course
from models.learning.session_cancel import cancel_session
from models.members.audience import Audience
from models.members.condition import Condition
from models.members.member import Member, MemberStatus
from models.members.segment import Segment
from models.members.status_change import MemberStatusChange
from models.points.account import Bucket
from models.points.hold import PointHold
from models.points.level import Level
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from tests.build import LONG_AGO, a_member, a_staff
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.learning.build import STAFF_ID, TONIGHT, a_course, a_session
from tests.learning.rooms import a_room, counts, enrol, enrolled, leave
from tests.mall.build import a_buyer, outcomes, points_of, refused, rows_of
from tests.points.build import a_holder, lots_of

REPEATS = 3
DAY = timedelta(days=1)


async def ended(course: Course, status: CourseStatus = CourseStatus.ENDED) -> None:
    await Course.filter(id=course.id).update(status=status)


async def test_a_free_seat_is_taken_once(database: str) -> None:
    course, member = await a_course(seats=2), await a_member()

    place = await enrol(member, course)

    assert (place.state, place.points, place.seated_at) == (EnrollmentState.ENROLLED, 0, NOON)
    assert (await refused(enrol(member, course))).code == "ALREADY_ENROLLED"
    assert await counts(course) == (1, 0)
    assert await rows_of("enrollment_change") == 1


async def test_a_seat_costs_its_points_and_gives_them_back_to_their_lots(database: str) -> None:
    course, member = await a_course(price=60), await a_holder((50, 10), (50, None))
    await a_session(course, starts_at=NOON + 3 * DAY)
    before = await lots_of(member.id)

    place = await enrol(member, course, expected_points=60)
    paid = await points_of(member)
    back = await leave(member, course, at=NOON + DAY)

    assert place.points == 60
    assert (paid, back, await points_of(member)) == (40, 60, 100)
    assert await lots_of(member.id) == before
    assert await counts(course) == (0, 0)
    assert await reconcile() == []


async def test_another_price_than_was_shown_is_refused(database: str) -> None:
    course, member = await a_course(price=60), await a_buyer(100)

    refusal = await refused(enrol(member, course, expected_points=50))

    assert (refusal.code, await points_of(member), await rows_of("enrollment")) == ("COURSE_PRICE_CHANGED", 100, 0)


async def test_too_few_points_take_no_seat(database: str) -> None:
    course, member = await a_course(price=60, seats=1), await a_buyer(59)

    assert (await refused(enrol(member, course))).code == "INSUFFICIENT_POINTS"
    assert (await counts(course), await rows_of("enrollment"), await points_of(member)) == ((0, 0), 0, 59)


async def test_one_key_takes_one_seat(database: str) -> None:
    course, member = await a_course(price=10), await a_buyer(100)
    key = Once.of(f"member:{member.id}", "EnrolInCourse", "key-00000001", {"course": str(course.id)})

    places = await asyncio.gather(*(enrol(member, course, once=key) for _ in range(10)))

    assert len({place.id for place in places}) == 1
    assert (await points_of(member), await counts(course)) == (90, (1, 0))


async def test_leaving_too_late_gives_nothing_back(database: str) -> None:
    course, member = await a_course(price=60), await a_buyer(100)
    session = await a_session(course, starts_at=NOON + 3 * DAY)
    await a_room(course, leave_hours=48)
    await enrol(member, course)

    assert (await refunds_until_of([course.id]))[course.id] == session.starts_at - 2 * DAY
    assert await leave(member, course, at=NOON + DAY + timedelta(seconds=1)) == 0
    assert await points_of(member) == 40
    assert (await refused(enrol(member, course, at=NOON + 2 * DAY))).code == "INSUFFICIENT_POINTS"
    assert await counts(course) == (0, 0)


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_no_seat_is_given_twice(database: str, repeat: int) -> None:
    course, members = await a_course(seats=3, price=10), [await a_buyer(100) for _ in range(12)]

    told = await outcomes([enrol(member, course) for member in members])

    assert told == {"done": 3, "COURSE_FULL": 9}
    assert await counts(course) == (3, 0)
    assert sum([await points_of(member) for member in members]) == 12 * 100 - 30
    assert await reconcile() == []


async def test_who_waits_moves_up_in_order_with_points_set_aside(database: str) -> None:
    course = await a_course(seats=1, price=60)
    await a_session(course, starts_at=NOON + 3 * DAY)
    seated, first, second = [await a_buyer(100) for _ in range(3)]
    await enrol(seated, course)
    waiting = await enrol(first, course, waits=True, at=NOON + timedelta(seconds=1))
    await enrol(second, course, waits=True, at=NOON + timedelta(seconds=2))
    set_aside = (await points_of(first), await points_of(first, Bucket.HELD))

    await leave(seated, course, at=NOON + DAY)

    assert (waiting.state, set_aside) == (EnrollmentState.WAITING, (40, 60))
    moved = await Enrollment.get(id=waiting.id)
    assert (moved.state, moved.seated_at) == (EnrollmentState.ENROLLED, NOON + DAY)
    notice = await CourseNotice.get(member_id=first.id)
    assert (notice.kind, notice.course_id, notice.created_at) == (CourseNoticeKind.SEATED, course.id, NOON + DAY)
    assert (await points_of(first), await points_of(first, Bucket.HELD)) == (40, 0)
    assert (await points_of(second, Bucket.HELD), await points_of(seated)) == (60, 100)
    assert await counts(course) == (1, 1)
    assert await leave(first, course, at=NOON + DAY) == 60
    assert await counts(course) == (1, 0)
    assert [await points_of(one) for one in (seated, first, second)] == [100, 100, 40]
    assert await reconcile() == []


async def test_waiting_no_longer_gives_everything_back(database: str) -> None:
    course, member = await a_course(seats=1, price=60), await a_holder((100, 5))
    await enrolled(course, await a_buyer(100))
    before = await lots_of(member.id)
    await enrol(member, course, waits=True)

    assert (await refused(enrol(member, course, waits=True))).code == "ALREADY_WAITING_FOR_COURSE"
    assert await leave(member, course) == 60
    assert (await lots_of(member.id), await counts(course)) == (before, (1, 0))


async def test_a_walk_in_passes_nobody_who_waits(database: str) -> None:
    course = await a_course(seats=1)
    await enrolled(course)
    await enrolled(course, waits=True)
    await Course.filter(id=course.id).update(seats=2)  # a seat that is about to be filled

    assert (await refused(enrol(await a_member(), course))).code == "COURSE_FULL"
    assert await fill_waiting(at=NOON) == 1
    assert await counts(course) == (2, 0)


async def test_one_whose_waiting_cannot_end_keeps_no_other_from_its_points(database: str) -> None:
    course = await a_course(seats=1, price=10)
    await enrol(await a_buyer(100), course)
    broken, sound = await a_buyer(100), await a_buyer(100)
    stuck = await enrol(broken, course, waits=True)
    await enrol(sound, course, waits=True)
    await PointHold.filter(source=stuck.source).update(source="enrollment:lost")
    await Course.filter(id=course.id).update(status=CourseStatus.ENDED, ended_at=NOON)

    assert await fill_waiting(at=NOON) == 1
    assert [await points_of(one) for one in (broken, sound)] == [90, 100]
    assert await counts(course) == (1, 1)


async def test_who_may_not_take_part_is_passed_over(database: str) -> None:
    course, seated = await a_course(seats=1, price=10), await a_buyer()
    await enrol(seated, course)
    frozen, following = await a_buyer(100), await a_buyer(100)
    await enrol(frozen, course, waits=True)
    await enrol(following, course, waits=True, at=NOON + timedelta(seconds=1))
    await Member.filter(id=frozen.id).update(status=MemberStatus.FROZEN)

    await leave(seated, course)

    assert await Enrollment.has_seat(following.id, course.id)
    assert (await Enrollment.get(member_id=frozen.id)).state is EnrollmentState.REMOVED
    assert (await points_of(frozen), await counts(course)) == (100, (1, 0))


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_leaves_and_enrolments_at_one_instant_keep_the_counts_true(database: str, repeat: int) -> None:
    course = await a_course(seats=3, price=10)
    inside, outside = [await a_buyer(100) for _ in range(3)], [await a_buyer(100) for _ in range(6)]
    for member in inside:
        await enrol(member, course)

    await outcomes(
        [
            *(leave(member, course) for member in inside),
            *(enrol(member, course, waits=number % 2 == 0) for number, member in enumerate(outside)),
        ]
    )
    await fill_waiting(at=NOON)

    taken = await Enrollment.filter(state=EnrollmentState.ENROLLED).count()
    waiting = await Enrollment.filter(state=EnrollmentState.WAITING).count()
    assert await counts(course) == (taken, waiting)
    assert waiting == 0 or taken == 3
    spent = sum([100 - await points_of(member) for member in (*inside, *outside)])
    assert spent == 10 * (taken + waiting)
    assert await reconcile() == []


async def test_a_course_that_is_called_off_gives_everybody_everything_back(database: str) -> None:
    course = await a_course(seats=1, price=60)
    await a_session(course, starts_at=TONIGHT)
    seated, waiting = await a_holder((100, 5)), await a_buyer(100)
    before = await lots_of(seated.id)
    await enrol(seated, course)
    await enrol(waiting, course, waits=True)
    await ended(course)

    assert await call_course_off(course.id, actor=SYSTEM, at=TONIGHT, reason="报名未达标") == 2
    assert await call_course_off(course.id, actor=SYSTEM, at=TONIGHT) == 0

    assert [await points_of(one) for one in (seated, waiting)] == [100, 100]
    assert (await lots_of(seated.id), await counts(course)) == (before, (0, 0))
    assert await EnrollmentChange.filter(state=EnrollmentState.CALLED_OFF, reason="报名未达标").count() == 2
    assert await reconcile() == []


async def test_a_no_go_gives_everybody_everything_back(database: str) -> None:
    course = await a_course(CourseKind.TEMPORARY, sign_up_target=5, decides_at=NOON + DAY, price=60)
    member = await a_buyer(100)
    await enrol(member, course)

    assert await CourseDecision.decide_due(at=NOON + DAY) == 1
    await call_courses_off(at=NOON + DAY)
    assert await call_courses_off(at=NOON + DAY) == 0

    assert (await points_of(member), await counts(course)) == (100, (0, 0))
    assert (await EnrollmentChange.get(state=EnrollmentState.CALLED_OFF)).reason == "报名人数未达到开课目标"


async def close(course: Course, *, at: datetime) -> None:
    version = (await Course.get(id=course.id)).version
    await Course.close(
        course.id, CourseStatus.ENDED, expected_version=version, reason="讲师离职", staff_id=STAFF_ID, at=at
    )


async def test_a_course_that_ends_before_it_began_is_called_off_and_no_other(database: str) -> None:
    never, begun = await a_course(price=60), await a_course(price=60)
    members = [await a_buyer(100) for _ in range(2)]
    for course, member in zip((never, begun), members, strict=True):
        await enrol(member, course)
    off, held = await a_session(never), await a_session(begun)
    await cancel_session(off.id, reason="讲师离职", expected_version=1, staff_id=STAFF_ID, at=NOON)

    await close(never, at=held.ends_at)
    await close(begun, at=held.ends_at)

    assert await call_courses_off(at=TONIGHT + DAY) == 1
    assert [await points_of(member) for member in members] == [100, 40]
    assert [await counts(course) for course in (never, begun)] == [(0, 0), (1, 0)]


async def test_who_waits_for_a_course_that_is_over_gets_its_points_back(database: str) -> None:
    course, member = await a_course(seats=1, price=60), await a_buyer(100)
    await enrolled(course, await a_buyer(100))
    await enrol(member, course, waits=True)
    await ended(course)

    assert await fill_waiting(at=NOON) == 1
    assert (await points_of(member), await counts(course)) == (100, (1, 0))


async def test_a_closed_account_gives_its_seat_up(database: str) -> None:
    course, leaving, waiting = await a_course(seats=1), await a_member(), await a_member()
    await enrol(leaving, course)
    await enrol(waiting, course, waits=True)

    staff = await a_staff()
    await MemberStatusChange.by_staff(
        leaving.id, MemberStatus.LEFT, reason="本人申请退出", staff_id=staff.id, at=NOON + DAY
    )

    assert await Enrollment.has_seat(waiting.id, course.id)
    assert await counts(course) == (1, 0)


async def test_gates_stand_before_a_seat(database: str) -> None:
    await Level.plant_default(at=LONG_AGO)
    group = await a_group()
    of_group = await a_course(group_id=group.id)
    of_circle = await a_course(circle_id=group.circle_id)
    for_high = await a_course(audience=Audience(level_least=3))
    draft = await a_course(is_published=False)
    early, late = await a_course(), await a_course()
    await a_room(early, enrols_from=NOON + DAY)
    await a_room(late, enrols_until=NOON)
    member, inside = await a_member(), await a_place(group)

    async def code(course: Course, who: Member = member) -> str:
        return (await refused(enrol(who, course))).code

    assert [await code(one) for one in (of_group, of_circle)] == ["NOT_IN_AUDIENCE", "NOT_IN_AUDIENCE"]
    assert await code(for_high) == "LEVEL_TOO_LOW"
    assert [await code(one) for one in (draft, early, late)] == ["COURSE_NOT_OPEN"] * 3
    assert (await refused(enrol(member, early))).retry_at == NOON + DAY
    assert await rows_of("enrollment") == 0
    await enrol(inside, of_group)
    await enrol(inside, of_circle)


async def test_a_page_says_everything_that_stands_against_a_seat(database: str) -> None:
    await Level.plant_default(at=LONG_AGO)
    before, member = await a_course(title="茶艺入门"), await a_buyer(10)
    open_one = await a_course()
    barred = await a_course(price=60, seats=1, audience=Audience(level_least=3))
    await a_room(barred, prerequisite_ids=(before.id,), enrols_from=NOON + DAY)
    await Course.filter(id=barred.id).update(enrolled_count=1)

    barred = await Course.get(id=barred.id)
    free, closed = await enrolment_eligibilities(member.id, [open_one, barred], at=NOON)

    assert (free.is_allowed, free.refusals) == (True, [])
    assert [one.code for one in closed.refusals] == [
        "COURSE_NOT_OPEN",
        "LEVEL_TOO_LOW",
        "PREREQUISITE_MISSING",
        "COURSE_FULL",
        "INSUFFICIENT_POINTS",
    ]
    assert "茶艺入门" in closed.refusals[2].sentence("zh-CN")
    assert closed.next_at is None


async def test_courses_do_not_require_each_other(database: str) -> None:
    first, second, third = [await a_course() for _ in range(3)]
    await a_room(second, prerequisite_ids=(first.id,))
    await a_room(third, prerequisite_ids=(second.id,))

    for terms in ({"prerequisite_ids": (third.id,)}, {"prerequisite_ids": (first.id,)}):
        assert (await refused(a_room(first, **terms))).code == "PREREQUISITE_RING"
    assert await Classroom.all().count() == 2


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_of_two_halves_of_a_ring_one_is_refused(database: str, repeat: int) -> None:
    first, second = await a_course(), await a_course()

    told = await outcomes([a_room(first, prerequisite_ids=(second.id,)), a_room(second, prerequisite_ids=(first.id,))])

    assert told == {"done": 1, "PREREQUISITE_RING": 1}


async def test_rules_are_decided_on_the_version_that_holds(database: str) -> None:
    course = await a_course()
    await a_room(course, late_minutes=5)
    put = Classroom.put(course.id, ClassroomTerms(), expected_version=0, staff_id=STAFF_ID, at=NOON)

    assert (await refused(put)).code == "CLASSROOM_CHANGED"
    assert (await Classroom.of(course.id)).late_minutes == 5
    assert await AuditRow.filter(action="put_classroom").count() == 1


async def test_only_a_groups_free_course_takes_its_members_by_itself(database: str) -> None:
    with pytest.raises(Invalid):
        await a_room(await a_course(), enrols_group=True)
    group = await a_group()
    with pytest.raises(Invalid):
        await a_room(await a_course(group_id=group.id, price=1), enrols_group=True)
    assert await rows_of("classroom") == 0


async def test_members_of_a_group_are_enrolled_by_themselves_once(database: str) -> None:
    group = await a_group()
    course = await a_course(group_id=group.id, seats=3)
    await a_room(course, enrols_group=True)
    first, second = await a_place(group), await a_place(group)

    assert await enrol_groups(at=NOON) == 2
    await leave(first, course)
    third, fourth = await a_place(group), await a_place(group)
    assert await enrol_groups(at=NOON) == 2
    assert await enrol_groups(at=NOON) == 0

    places = await Enrollment.filter(state=EnrollmentState.ENROLLED)
    assert {place.member_id for place in places} == {second.id, third.id, fourth.id}
    assert {place.way for place in places} == {EnrollmentWay.GROUP}


async def test_a_course_that_comes_to_cost_something_takes_no_group_for_nothing(database: str) -> None:
    group = await a_group()
    course = await a_course(group_id=group.id)
    await a_room(course, enrols_group=True)
    await a_place(group)
    said = CourseTerms("周一行业观察", group_id=group.id, price=60)
    await Course.change(course.id, said, expected_version=course.version, staff_id=STAFF_ID, at=NOON)

    assert (await enrol_groups(at=NOON), await rows_of("enrollment")) == (0, 0)


async def test_staff_enrol_past_the_gates_and_never_past_the_seats(database: str) -> None:
    await Level.plant_default(at=LONG_AGO)
    course = await a_course(seats=1, price=60, audience=Audience(level_least=3))
    member, other = await a_member(), await a_member()

    async def by_hand(who: Member, **about: bool) -> Enrollment:
        return await enrol_by_staff(who.id, course.id, reason="嘉宾", staff_id=STAFF_ID, at=NOON, once=None, **about)

    place = await by_hand(member)

    assert (place.state, place.points, place.way) == (EnrollmentState.ENROLLED, 0, EnrollmentWay.STAFF)
    assert (await refused(by_hand(other))).code == "COURSE_FULL"
    assert (await refused(by_hand(member))).code == "ALREADY_ENROLLED"
    assert (await by_hand(other, waits=True)).state is EnrollmentState.WAITING
    assert await AuditRow.filter(action="enrol_member").count() == 2


async def test_staff_take_a_seat_away_with_or_without_its_points(database: str) -> None:
    course, kept, back = await a_course(price=60), await a_buyer(100), await a_buyer(100)
    await a_session(course, starts_at=TONIGHT)
    for member, refunds in ((kept, False), (back, True)):
        place = await enrol(member, course)
        removed = await remove_from_course(
            place.id, refunds=refunds, reason="扰乱课堂", staff_id=STAFF_ID, at=TONIGHT, once=None
        )
        assert removed.refunded == (60 if refunds else 0)
        again = remove_from_course(place.id, refunds=True, reason="再", staff_id=STAFF_ID, at=TONIGHT, once=None)
        assert (await refused(again)).code == "ENROLLMENT_ENDED"

    assert [await points_of(member) for member in (kept, back)] == [40, 100]
    assert await AuditRow.filter(action="remove_from_course").count() == 2


async def test_a_group_or_a_segment_is_enrolled_at_once(database: str) -> None:
    group, course = await a_group(), await a_course(seats=4)
    members = [await a_place(group) for _ in range(3)]
    await enrol(members[0], course)
    others = [await a_member() for _ in range(2)]
    segment = await Segment.make(
        name="新朋友", condition=Condition("joined_within_days", 3_000), staff_id=STAFF_ID, at=LONG_AGO
    )
    by_group = await EnrollmentBatch.begin(course.id, group_id=group.id, staff_id=STAFF_ID, at=NOON, once=None)
    assert await work_batches_off(at=NOON) == 3
    by_segment = await EnrollmentBatch.begin(
        course.id, segment_id=segment.id, waits=True, staff_id=STAFF_ID, at=NOON, once=None
    )
    assert await work_batches_off(at=NOON) == 5
    assert await work_batches_off(at=NOON) == 0

    async def told(batch: EnrollmentBatch) -> tuple[int, int, int, bool]:
        found = await EnrollmentBatch.get(id=batch.id)
        return found.enrolled, found.waiting, found.refused, found.ended_at == NOON

    assert await told(by_group) == (2, 0, 1, True)
    assert await told(by_segment) == (1, 1, 3, True)
    assert await counts(course) == (4, 1)
    assert await Enrollment.filter(member_id__in=[one.id for one in others]).count() == 2


async def test_leaving_is_done_once_a_key_and_by_its_member_alone(database: str) -> None:
    course, member, stranger = await a_course(price=60), await a_buyer(100), await a_buyer(100)
    await enrol(member, course)
    key = Once.of(f"member:{member.id}", "LeaveCourse", "key-00000001", {"course": str(course.id)})

    assert (await refused(leave(stranger, course))).code == "NOT_FOUND"
    changes = await asyncio.gather(*(leave_course(member.id, course.id, at=NOON, once=key) for _ in range(5)))

    assert len({change.id for change in changes}) == 1
    assert (await points_of(member), await counts(course)) == (100, (0, 0))
