"""A temporary course is warmed up for and decided on, once: by its target at its instant, or by hand."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from models.errors import Invalid
from models.learning.course import Course, CourseChanged, CourseOver, CourseStatus
from models.learning.course_decision import NOT_ENOUGH, CourseDecided, CourseDecision, DecisionOutcome
from models.learning.course_session import CourseSession, SessionState
from models.learning.course_terms import CourseKind
from models.learning.warm_up import (
    OnlyTemporaryCourses,
    WarmUpChannel,
    WarmUpState,
    WarmUpTask,
    WarmUpTaskClosed,
    WarmUpTerms,
)
from models.staff.audit import AuditRow
from store.ids import new_id
from tests.conftest import NOON
from tests.learning.build import STAFF_ID, TONIGHT, a_course, a_session
from tests.mall.build import outcomes, refused

pytestmark = pytest.mark.usefixtures("database")

DAY = timedelta(days=1)
TEASER = WarmUpTerms(-14, "发布悬念海报", WarmUpChannel.GROUP_CHAT, copy="两周后，一起认识秋茶")
COUNTDOWN = WarmUpTerms(-1, "倒计时提醒", WarmUpChannel.MOMENTS)


async def a_tasting(enrolled: int = 0, target: int = 30, **terms: Any) -> Course:
    """A temporary course with a target, decided on tomorrow, with two sessions."""
    course = await a_course(
        CourseKind.TEMPORARY, title="秋茶品鉴会", sign_up_target=target, decides_at=NOON + DAY, **terms
    )
    await Course.filter(id=course.id).update(enrolled_count=enrolled)
    await a_session(course, starts_at=TONIGHT + 3 * DAY)
    await a_session(course, starts_at=TONIGHT + 4 * DAY)
    return await Course.get(id=course.id)


def by_hand(course: Course, outcome: DecisionOutcome, **more: Any) -> Any:
    said = {"reason": "嘉宾已确认", "expected_version": course.version, "staff_id": STAFF_ID, "at": NOON, **more}
    return CourseDecision.make(course.id, outcome, **said)


async def states(course: Course) -> list[SessionState]:
    return [one.state for one in await CourseSession.filter(course_id=course.id).order_by("number")]


async def test_before_its_instant_nothing_is_decided() -> None:
    course = await a_tasting()

    assert await CourseDecision.decide_due(at=NOON + DAY - timedelta(seconds=1)) == 0

    assert await CourseDecision.all().count() == 0
    assert (await Course.get(id=course.id)).status is CourseStatus.PUBLISHED


@pytest.mark.parametrize(
    ("enrolled", "outcome", "status", "state"),
    [
        (30, DecisionOutcome.GO, CourseStatus.PUBLISHED, SessionState.SCHEDULED),
        (29, DecisionOutcome.NO_GO, CourseStatus.ENDED, SessionState.CANCELLED),
    ],
)
async def test_the_target_decides(
    enrolled: int, outcome: DecisionOutcome, status: CourseStatus, state: SessionState
) -> None:
    course = await a_tasting(enrolled)

    assert await CourseDecision.decide_due(at=NOON + DAY) == 1
    assert await CourseDecision.decide_due(at=NOON + 2 * DAY) == 0

    decision = await CourseDecision.get(course_id=course.id)
    assert (decision.outcome, decision.sign_ups, decision.target, decision.staff_id) == (outcome, enrolled, 30, None)
    assert decision.reason == (None if outcome is DecisionOutcome.GO else NOT_ENOUGH)
    assert (await Course.get(id=course.id)).status is status
    assert await states(course) == [state, state]


async def test_staff_decide_by_hand_and_the_target_no_more() -> None:
    course = await a_tasting(3)

    await by_hand(course, DecisionOutcome.GO)

    assert await CourseDecision.decide_due(at=NOON + DAY) == 0
    assert await states(course) == [SessionState.SCHEDULED] * 2
    row = await AuditRow.get(action="decide_on_course")
    assert (row.reason, row.after) == ("嘉宾已确认", {"outcome": "go", "sign_ups": 3, "target": 30})
    assert isinstance(await refused(by_hand(course, DecisionOutcome.NO_GO)), CourseDecided)


async def test_a_no_go_by_hand_ends_the_course() -> None:
    course = await a_tasting(40)

    await by_hand(course, DecisionOutcome.NO_GO, reason="场地临时征用")

    ended = await Course.get(id=course.id)
    assert (ended.status, ended.ended_at) == (CourseStatus.ENDED, NOON)
    assert await states(course) == [SessionState.CANCELLED] * 2
    assert {one.cancel_reason for one in await CourseSession.all()} == {"场地临时征用"}


async def test_a_decision_is_made_once_however_many_make_it() -> None:
    course = await a_tasting(40)

    ended = await asyncio.gather(
        outcomes([by_hand(course, DecisionOutcome.GO), by_hand(course, DecisionOutcome.NO_GO)]),
        CourseDecision.decide_due(at=NOON + DAY),
    )

    assert await CourseDecision.all().count() == 1
    assert ended[0]["done"] + ended[1] == 1


async def test_only_what_is_temporary_and_goes_on_is_decided_on() -> None:
    fixed = await a_course()
    over = await a_tasting()
    await Course.filter(id=over.id).update(status=CourseStatus.ENDED)
    changed = await a_tasting()

    assert isinstance(await refused(by_hand(fixed, DecisionOutcome.GO)), OnlyTemporaryCourses)
    assert isinstance(await refused(by_hand(over, DecisionOutcome.GO)), CourseOver)
    assert isinstance(await refused(by_hand(changed, DecisionOutcome.GO, expected_version=1)), CourseChanged)
    assert isinstance(await refused(by_hand(changed, DecisionOutcome.GO, reason=" ")), Invalid)
    assert await CourseDecision.all().count() == 0


async def planned(course: Course, *tasks: WarmUpTerms) -> list[WarmUpTask]:
    known = await Course.get(id=course.id)
    return await WarmUpTask.plan(course.id, list(tasks), expected_version=known.version, staff_id=STAFF_ID, at=NOON)


def closed(task: WarmUpTask, state: WarmUpState = WarmUpState.DONE, **proof: Any) -> Any:
    return WarmUpTask.close(task.id, state, staff_id=STAFF_ID, at=NOON, **proof)


async def test_a_plan_is_data_and_written_anew_around_what_was_done() -> None:
    course = await a_tasting()
    first, _ = await planned(course, TEASER, COUNTDOWN)
    await closed(first, proof_text="群内 38 人回复")

    plan = await planned(course, WarmUpTerms(-3, "嘉宾短视频", WarmUpChannel.SHORT_VIDEO))

    assert [(one.day, one.state) for one in plan] == [(-14, WarmUpState.DONE), (-3, WarmUpState.OPEN)]
    assert await AuditRow.filter(action="plan_warm_up").count() == 2


async def test_a_task_is_done_once_with_a_proof() -> None:
    task, _ = await planned(await a_tasting(), TEASER, COUNTDOWN)

    assert isinstance(await refused(closed(task)), Invalid)
    ended = await outcomes([closed(task, proof_text="已发群"), closed(task, WarmUpState.SKIPPED, proof_text="改期")])

    assert ended == {"done": 1, WarmUpTaskClosed.code: 1}
    stored = await WarmUpTask.get(id=task.id)
    assert (stored.closed_by, stored.closed_at, stored.state is WarmUpState.OPEN) == (STAFF_ID, NOON, False)


async def test_a_task_is_opened_again() -> None:
    task, _ = await planned(await a_tasting(), TEASER, COUNTDOWN)
    await closed(task, WarmUpState.SKIPPED, proof_text="改期")

    again = await WarmUpTask.reopen(task.id, reason="仍需执行", staff_id=STAFF_ID, at=NOON)

    assert (again.state, again.proof_text, again.closed_at) == (WarmUpState.OPEN, None, None)
    assert await AuditRow.filter(action__in=("close_warm_up_task", "reopen_warm_up_task")).count() == 2


async def test_a_plan_lies_within_two_weeks_of_a_temporary_course() -> None:
    course = await a_tasting()

    assert (await refused(planned(course, WarmUpTerms(-15, "预告", WarmUpChannel.MOMENTS)))).field == "day"
    assert (await refused(planned(course, WarmUpTerms(1, "预告", WarmUpChannel.MOMENTS)))).field == "day"
    stranger = WarmUpTerms(-1, "预告", WarmUpChannel.MOMENTS, by_staff_id=new_id())
    assert (await refused(planned(course, stranger))).field == "byStaffId"
    assert isinstance(await refused(planned(await a_course(), TEASER)), OnlyTemporaryCourses)
    assert await WarmUpTask.all().count() == 0
