"""Settling: each day once, also after standing still and by two processes; what was missed, made up and finished."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.learning import camp_settlement
from models.learning.attendance import Attendance
from models.learning.attendance_void import AttendanceVoid
from models.learning.camp import Camp, CampStatus
from models.learning.camp_certificate import CampCertificate
from models.learning.camp_day import CampDay
from models.learning.camp_finish import CampFinish
from models.learning.camp_making_up import make_up_day
from models.learning.camp_notice import CampNotice, NoticeKind
from models.learning.camp_place import CampPlace
from models.learning.camp_post import CampPost
from models.learning.camp_progress import camp_progress
from models.learning.camp_settlement import end_due, move_camps_on, settle_due, settle_place
from models.learning.camp_tally import PlaceState
from models.learning.camp_task import CampTask
from models.learning.camp_terms import MissRule, TaskKind, TaskTerms
from models.learning.quiz_standing import QuizStanding
from models.members.member import Member
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from tests.build import a_plan
from tests.conftest import NOON
from tests.learning.build import TONIGHT, a_course, a_session
from tests.learning.camps import (
    DAY,
    STAFF_ID,
    STARTS,
    TUESDAY,
    a_camp,
    a_check_in,
    handed_in,
    joined,
    now,
    outcomes_of,
    posts,
)
from tests.learning.quizzes import a_quiz, passed
from tests.learning.rooms import enrolled, marked
from tests.mall.build import a_buyer, outcomes, points_of, refused, rows_of

END = STARTS + 3 * DAY


async def test_a_day_is_settled_when_it_has_ended_and_once(database: str) -> None:
    camp = await a_camp(misses_allowed=3)
    place = await joined(camp)
    await handed_in(place, 1)

    early = await settle_due(at=STARTS + DAY - timedelta(microseconds=1))
    first, again = await settle_due(at=STARTS + DAY), await settle_due(at=STARTS + DAY)

    assert (early, first, again) == (0, 1, 0)
    assert await outcomes_of(place) == {1: "done"}
    found = await now(place)
    assert (found.settled_through, found.done_days, found.missed_days, found.due_at) == (1, 1, 0, STARTS + 2 * DAY)


async def test_after_days_of_standing_still_everything_is_made_good_at_once(database: str) -> None:
    camp = await a_camp(5, misses_allowed=2, finish_points=80)
    place = await joined(camp)
    for day in (1, 3, 5):
        await handed_in(place, day)
        # Handing in settles what had ended by then.
    await move_camps_on(at=STARTS + 30 * DAY)

    assert await outcomes_of(place) == {1: "done", 2: "missed", 3: "done", 4: "missed", 5: "done"}
    found = await now(place)
    assert (found.state, found.ended_at, found.due_at) == (PlaceState.FINISHED, STARTS + 5 * DAY, None)
    finish = await CampFinish.get()
    assert (finish.finished_at, finish.points) == (STARTS + 5 * DAY, 80)
    assert (await CampCertificate.get()).issued_at == STARTS + 5 * DAY
    assert (await Camp.get()).status is CampStatus.ENDED


async def test_a_finish_is_paid_once_by_however_many_processes(database: str) -> None:
    camp = await a_camp(1, finish_points=80, price=100)
    member = await a_buyer(100)
    place = await joined(camp, member)
    await handed_in(place, 1)

    await asyncio.gather(*(move_camps_on(at=STARTS + DAY) for _ in range(4)))
    await asyncio.gather(*(settle_place(place.id, at=STARTS + 2 * DAY) for _ in range(4)))

    assert (await CampFinish.all().count(), await CampDay.all().count()) == (1, 1)
    assert await PointEntry.filter(member_id=member.id, reason="camp_finish").count() == 1
    assert (await points_of(member), await CampCertificate.all().count()) == (80, 1)
    assert [one.kind for one in await CampNotice.all()] == [NoticeKind.FINISHED]
    assert await reconcile() == []


async def test_two_processes_settle_many_members_once_each(database: str) -> None:
    camp = await a_camp(3, misses_allowed=3)
    places = [await joined(camp) for _ in range(20)]

    counts = await asyncio.gather(*(settle_due(at=END) for _ in range(2)))

    assert sum(counts) == 20
    assert await CampDay.all().count() == 60
    assert {(await now(one)).missed_days for one in places} == {3}


async def test_one_miss_too_many_ends_it_at_the_end_of_that_day(database: str) -> None:
    camp = await a_camp(3, misses_allowed=1, finish_points=80)
    place = await joined(camp)

    await settle_due(at=END + 9 * DAY)

    assert await outcomes_of(place) == {1: "missed", 2: "missed"}
    found = await now(place)
    assert (found.state, found.ended_at, found.settled_through) == (PlaceState.FAILED, STARTS + 2 * DAY, 2)
    assert (await CampFinish.all().count(), await CampCertificate.all().count()) == (0, 0)
    told = await camp_progress(place.member_id, camp.id, at=STARTS + 2 * DAY + timedelta(hours=1))
    assert told is not None
    assert [day.state for day in told.days] == ["missed", "missed", "not_owed"]
    assert (await CampNotice.get()).kind is NoticeKind.OUT


async def test_a_clock_that_is_behind_hands_in_late(database: str) -> None:
    place = await joined(await a_camp(3, misses_allowed=1, allows_late=True))
    await settle_due(at=STARTS + DAY)

    post = await handed_in(place, 1, at=STARTS + DAY - timedelta(milliseconds=5))

    assert (post.is_late, await outcomes_of(place)) == (True, {1: "made_up"})


async def test_or_one_goes_on_without_a_certificate(database: str) -> None:
    camp = await a_camp(3, misses_allowed=0, miss_rule=MissRule.GO_ON, finish_points=80, allows_late=True)
    place = await joined(camp)
    await handed_in(place, 2)
    late = await refused(handed_in(place, 1, at=STARTS + 2 * DAY))
    await handed_in(place, 3)

    await move_camps_on(at=END)

    assert late.code == "CAMP_NOT_MADE_UP"
    assert await outcomes_of(place) == {1: "missed", 2: "done", 3: "done"}
    assert (await now(place)).state is PlaceState.ENDED
    assert (await CampFinish.all().count(), await CampCertificate.all().count()) == (0, 0)


async def test_a_day_of_rest_is_counted_for_nobody(database: str) -> None:
    camp = await a_camp(3, tasks=(*posts(1), TaskTerms(3, TaskKind.POST, "总结")))
    place = await joined(camp)
    await handed_in(place, 1)
    await handed_in(place, 3)

    await settle_due(at=END)

    assert await outcomes_of(place) == {1: "done", 3: "done"}
    assert (await now(place)).state is PlaceState.FINISHED


async def test_who_joined_late_owes_the_days_from_then_on(database: str) -> None:
    camp = await a_camp(3, late_until_day=2)
    place = await joined(camp, at=STARTS + DAY)
    await handed_in(place, 2)
    await handed_in(place, 3)

    await settle_due(at=END)

    assert await outcomes_of(place) == {2: "done", 3: "done"}
    assert (await now(place)).state is PlaceState.FINISHED


async def test_a_day_with_two_tasks_needs_both(database: str) -> None:
    camp = await a_camp(1, tasks=(*posts(1), TaskTerms(1, TaskKind.CHECK_IN, "早起打卡")))
    plan, both, one = await a_plan(), await a_buyer(0), await a_buyer(0)
    for member in (both, one):
        await handed_in(await joined(camp, member), 1)
    await a_check_in(both, plan, TUESDAY, STARTS + DAY / 4)

    await settle_due(at=END)

    assert (await CampPlace.get(member_id=both.id)).state is PlaceState.FINISHED
    assert (await CampPlace.get(member_id=one.id)).state is PlaceState.FAILED


@pytest.mark.parametrize(
    ("offset", "columns", "is_done"),
    [
        (timedelta(0), {}, True),
        (DAY - timedelta(microseconds=1), {}, True),
        (-timedelta(microseconds=1), {}, False),
        (DAY, {}, False),
        (DAY / 4, {"voided_at": STARTS + DAY / 2}, False),
        (DAY / 4, {"voided_at": STARTS + DAY}, True),
    ],
)
async def test_a_check_in_of_the_day_counts(
    database: str, offset: timedelta, columns: dict[str, Any], is_done: bool
) -> None:
    camp, plan = await a_camp(1, tasks=posts(1, TaskKind.CHECK_IN)), await a_plan()
    member = await a_buyer(0)
    place = await joined(camp, member)
    await a_check_in(member, plan, TUESDAY, STARTS + offset, **columns)

    await settle_due(at=END)

    assert await outcomes_of(place) == {1: "done" if is_done else "missed"}


async def test_a_check_in_of_another_plan_does_not_count(database: str) -> None:
    wanted, other = await a_plan(), await a_plan(name="读书打卡", is_default=False)
    camp = await a_camp(1, tasks=(TaskTerms(1, TaskKind.CHECK_IN, "打卡", target_id=wanted.id),))
    member = await a_buyer(0)
    place = await joined(camp, member)
    await a_check_in(member, other, TUESDAY, STARTS + DAY / 4)

    await settle_due(at=END)

    assert await outcomes_of(place) == {1: "missed"}


async def test_camps_that_cannot_end_yet_keep_no_other_from_ending(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(camp_settlement, "ENDED_AT_ONCE", 1)
    stuck, empty = await a_camp(1), await a_camp(2)
    await joined(stuck)

    assert await end_due(at=END) == 1
    assert [(await Camp.get(id=one.id)).status for one in (stuck, empty)] == [CampStatus.PUBLISHED, CampStatus.ENDED]


@pytest.mark.parametrize("day", [-1, 0, 4, 100_000, 2**31 - 1])
async def test_a_day_that_the_camp_does_not_have_is_not_made_up(database: str, day: int) -> None:
    place = await joined(await a_camp(3, misses_allowed=2, allows_late=True))

    refusal = await refused(make_up_day(place.member_id, place.camp_id, day, at=STARTS + DAY))

    assert (refusal.code, (await now(place)).made_up_days) == ("CAMP_DAY_NOT_MISSED", 0)


async def test_a_lesson_is_proven_by_its_attendance_whatever_it_paid(database: str) -> None:
    course = await a_course()
    lesson, other = await a_session(course), await a_session(course, starts_at=TONIGHT - DAY)
    camp = await a_camp(1, tasks=(TaskTerms(1, TaskKind.LESSON, "听课", target_id=lesson.id),))
    before, late, elsewhere, voided, kept = [await enrolled(course) for _ in range(5)]
    places = [await joined(camp, one) for one in (before, late, elsewhere, voided, kept)]
    await marked(lesson, before, voided, kept, at=lesson.ends_at)
    await marked(lesson, late, at=STARTS + DAY)
    await marked(other, elsewhere, at=lesson.ends_at)
    for member, at in ((voided, STARTS + DAY / 2), (kept, STARTS + DAY)):
        attendance = await Attendance.get(member_id=member.id)
        await AttendanceVoid.record(attendance.id, reason="代签", staff_id=STAFF_ID, at=at, once=None)

    await settle_due(at=END)

    assert await rows_of("earning") == 0
    assert [await outcomes_of(one) for one in places] == [
        *({1: "done"}, {1: "missed"}, {1: "missed"}),
        *({1: "missed"}, {1: "done"}),
    ]


async def test_a_quiz_is_proven_by_its_pass_in_time_though_no_rule_paid(database: str) -> None:
    quiz = await a_quiz()
    camp = await a_camp(1, tasks=(TaskTerms(1, TaskKind.QUIZ, "小测", target_id=quiz.id),))
    before, last, late, other, back = [await joined(camp) for _ in range(5)]
    await passed(before.member_id, quiz, at=NOON)
    await passed(last.member_id, quiz, at=STARTS + DAY - timedelta(microseconds=1))
    await passed(late.member_id, quiz, at=STARTS + DAY)
    await passed(other.member_id, await a_quiz(), at=NOON)
    await passed(back.member_id, quiz, at=NOON)
    await QuizStanding.filter(member_id=back.member_id).update(passed_at=None)

    await settle_due(at=END)

    found = [await outcomes_of(one) for one in (before, last, late, other, back)]
    assert found == [{1: "done"}, {1: "done"}, {1: "missed"}, {1: "missed"}, {1: "missed"}]


async def test_a_missed_day_is_made_up_by_handing_it_in_late(database: str) -> None:
    camp = await a_camp(3, misses_allowed=1, allows_late=True, make_ups_most=1)
    place = await joined(camp)

    post = await handed_in(place, 1, at=STARTS + DAY)
    found = await now(place)
    await handed_in(place, 2)
    second = await refused(handed_in(place, 1, at=STARTS + DAY * 1.5))
    await settle_due(at=END)

    assert post.is_late
    assert (found.done_days, found.missed_days, found.made_up_days) == (1, 0, 1)
    assert await outcomes_of(place) == {1: "made_up", 2: "done", 3: "missed"}
    assert second.code == "CAMP_NOT_MADE_UP"
    assert (await now(place)).state is PlaceState.FINISHED


async def test_where_late_is_not_allowed_nothing_is_taken_late(database: str) -> None:
    camp = await a_camp(3, misses_allowed=3)
    place = await joined(camp)

    assert (await refused(handed_in(place, 1, at=STARTS + DAY))).code == "CAMP_NOT_MADE_UP"
    assert (await CampPost.all().count(), await outcomes_of(place)) == (0, {})


async def test_a_day_is_made_up_once_all_of_its_tasks_are_done(database: str) -> None:
    quiz = await a_quiz()
    tasks = (*posts(1), TaskTerms(1, TaskKind.QUIZ, "小测", target_id=quiz.id))
    camp = await a_camp(3, tasks=tasks, misses_allowed=1, allows_late=True)
    place = await joined(camp)
    late = STARTS + DAY * 1.5

    await handed_in(place, 1, at=late)
    still_open = await refused(make_up_day(place.member_id, camp.id, 1, at=late))
    await passed(place.member_id, quiz, at=late)
    ended = await outcomes([make_up_day(place.member_id, camp.id, 1, at=late) for _ in range(4)])

    assert still_open.code == "CAMP_TASKS_OPEN"
    assert ended == {"done": 1, "CAMP_DAY_NOT_MISSED": 3}
    assert await outcomes_of(place) == {1: "made_up"}
    assert ((await now(place)).made_up_days, (await now(place)).missed_days) == (1, 0)


async def test_a_check_in_made_up_for_the_day_makes_it_up(database: str) -> None:
    from models.checkins.check_in import CheckInKind

    camp, plan = await a_camp(3, tasks=posts(3, TaskKind.CHECK_IN), misses_allowed=1, allows_late=True), await a_plan()
    member = await a_buyer(0)
    place = await joined(camp, member)
    late = STARTS + DAY * 1.5

    assert (await refused(make_up_day(member.id, camp.id, 1, at=late))).code == "CAMP_TASKS_OPEN"
    await a_check_in(member, plan, TUESDAY, late, kind=CheckInKind.MAKE_UP)
    await make_up_day(member.id, camp.id, 1, at=late)

    assert await outcomes_of(place) == {1: "made_up"}


async def test_a_day_that_ends_later_than_was_written_down_is_waited_for(database: str) -> None:
    """As after a change of the zone's rules: what is due by the row alone is not due by the clock."""
    place = await joined(await a_camp(1))
    await CampPlace.filter(id=place.id).update(due_at=STARTS)

    assert await settle_due(at=STARTS) == 0
    assert ((await now(place)).due_at, await outcomes_of(place)) == (STARTS + DAY, {})


async def test_a_camp_ends_only_when_everybody_is_settled(database: str) -> None:
    camp = await a_camp(1)
    await joined(camp)

    assert await end_due(at=END) == 0
    await settle_due(at=END)
    assert (await end_due(at=END), await end_due(at=END)) == (1, 0)
    found = await Camp.get()
    assert (found.status, found.closed_at) == (CampStatus.ENDED, STARTS + DAY)


async def test_tasks_of_others_are_not_those_of_the_camp(database: str) -> None:
    camp, other = await a_camp(1), await a_camp(1)
    place = await joined(camp)
    task = await CampTask.get(camp_id=other.id)

    refusal = await refused(
        CampPost.hand_in(place.member_id, task.id, words="早起、跑步、读书", pictures=(), at=STARTS + DAY / 2)
    )

    assert (refusal.code, await CampPost.all().count()) == ("NOT_IN_CAMP", 0)
    assert isinstance(await Member.get(id=place.member_id), Member)
