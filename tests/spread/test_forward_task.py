"""Tasks: drafts and versions, the rule check before publishing, the kill switch and the void."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from models.errors import Invalid
from models.play.draw_terms import ChanceRule, ChanceSource
from models.points import deed
from models.points.account import Bucket, of_member, of_platform
from models.points.deed import Deed
from models.points.entry import Move, PointEntry
from models.points.reconciliation import reconcile
from models.spread.forward_claim import ForwardClaim
from models.spread.forward_eligibility import ForwardStep, forward_eligibility
from models.spread.forward_ending import ForwardEnding, PendingDecided, unwind_due
from models.spread.forward_hand_in import ForwardHandIn
from models.spread.forward_reward import ForwardReward, ForwardRewardState
from models.spread.forward_settlement import collect_owed, settle_due
from models.spread.forward_task import (
    ForwardTask,
    ForwardTaskOver,
    ForwardTaskState,
    ForwardTaskStopped,
    PendingFate,
)
from models.spread.forward_task_version import (
    ForwardTaskChanged,
    ForwardTaskPublished,
    ForwardTaskVersion,
    change_forward_task,
    publish_forward_task,
)
from models.spread.forward_terms import ForwardProofMode, Material, MaterialKind, Measure, Milestone
from models.spread.scene_code import SceneCode
from models.spread.sharing_acceptance import Accepted, SharingAcceptance, SharingRulesViolated
from models.spread.sharing_look import look_at_rules
from models.staff.audit import AuditRow
from store.database import fetch_value, transaction
from tests.build import a_member
from tests.conftest import NOON
from tests.play.build import a_budget, give
from tests.play.draws import a_draw
from tests.spread.forwarding import (
    ACCEPTED,
    COPY,
    DAY,
    STAFF_ID,
    WORDS,
    a_draft,
    a_task,
    claimed,
    counted,
    honour,
    points_of,
    taken,
)

pytestmark = pytest.mark.usefixtures("database", "empty_redis")


async def stopped(task: ForwardTask, pending: PendingFate, *, at: object = NOON) -> ForwardEnding:
    return await ForwardEnding.stop(task.id, pending, reason="发现刷量", staff_id=STAFF_ID, at=at)  # type: ignore[arg-type]  # an instant


async def voided(task: ForwardTask) -> ForwardEnding:
    return await ForwardEnding.void(task.id, reason="素材有误", staff_id=STAFF_ID, at=NOON + 3 * DAY)


async def test_what_breaks_rules_is_not_published_in_the_mini_program() -> None:
    draft = await a_draft()

    with pytest.raises(SharingRulesViolated) as refusal:
        await publish_forward_task(draft.id, expected_version=0, staff_id=STAFF_ID, at=NOON)

    assert "[REWARD_FOR_SHARING]" in refusal.value.sentence("zh-CN")
    assert "[REWARD_FOR_SHARING]" in refusal.value.sentence("en")
    assert (await ForwardTask.get(id=draft.id)).state is ForwardTaskState.DRAFT
    assert await ForwardTaskVersion.all().count() == 0


async def test_an_acceptance_is_kept_word_for_word() -> None:
    draft = await a_draft()

    opened = await publish_forward_task(draft.id, acceptance=ACCEPTED, expected_version=0, staff_id=STAFF_ID, at=NOON)

    [kept] = await SharingAcceptance.all()
    assert (kept.task_id, kept.version, kept.words) == (draft.id, 1, WORDS)
    assert (kept.staff_id, kept.created_at) == (STAFF_ID, NOON)
    assert [one["code"] for one in kept.clauses] == [one.code for one in opened.clauses] == ["REWARD_FOR_SHARING"]
    row = await AuditRow.get(action="accept_sharing_risk")
    assert row.after == {"version": 1, "clauses": ["REWARD_FOR_SHARING"], "words": WORDS}


async def test_an_acceptance_of_a_word_is_none() -> None:
    draft = await a_draft()

    with pytest.raises(Invalid):
        await publish_forward_task(
            draft.id, acceptance=replace(ACCEPTED, words="同意"), expected_version=0, staff_id=STAFF_ID, at=NOON
        )

    assert await SharingAcceptance.all().count() == 0


async def test_outside_the_mini_program_clauses_are_warnings() -> None:
    draft = await a_draft(in_mini_program=False)

    opened = await publish_forward_task(draft.id, expected_version=0, staff_id=STAFF_ID, at=NOON)

    assert [one.code for one in opened.clauses] == ["REWARD_FOR_SHARING"]
    assert opened.task.state is ForwardTaskState.PUBLISHED
    assert await SharingAcceptance.all().count() == 0


async def test_what_breaks_nothing_is_published_without_a_word() -> None:
    opened = await publish_forward_task((await a_draft(counted())).id, expected_version=0, staff_id=STAFF_ID, at=NOON)

    assert opened.clauses == []
    with pytest.raises(ForwardTaskPublished):
        await publish_forward_task(opened.task.id, expected_version=1, staff_id=STAFF_ID, at=NOON)


async def test_a_change_of_a_published_task_is_checked_anew() -> None:
    task = await a_task(counted())
    worse = replace(counted(), is_required=True)

    with pytest.raises(SharingRulesViolated):
        await change_forward_task(task.id, worse, expected_version=1, reason="改", staff_id=STAFF_ID, at=NOON)
    better = replace(counted(), title="邀请好友打卡")
    await change_forward_task(task.id, better, expected_version=1, reason="改名", staff_id=STAFF_ID, at=NOON)

    assert [one.version for one in await ForwardTaskVersion.all().order_by("version")] == [1, 2]
    assert await ForwardTaskVersion.terms_of(task.id, 1) == counted().checked()
    assert await ForwardTaskVersion.terms_of(task.id, 2) == better.checked()


async def test_of_two_who_edit_one_reads_again() -> None:
    draft = await a_draft()
    await change_forward_task(draft.id, honour(points=5), expected_version=0, reason=None, staff_id=STAFF_ID, at=NOON)

    with pytest.raises(ForwardTaskChanged):
        await change_forward_task(
            draft.id, honour(points=9), expected_version=0, reason=None, staff_id=STAFF_ID, at=NOON
        )

    assert (await ForwardTask.get(id=draft.id)).points == 5


@pytest.mark.parametrize(
    "rules",
    [
        {"ends_at": NOON - 2 * DAY},
        {"materials": ()},
        {"points": -1},
        {"sample_percent": 101},
        {"milestones": (counted().milestones[0],)},
        {"total_most": 0},
        {"targets": ()},
        {"points": 0, "gives_chance": True},
        {"page": "pages/nowhere/nowhere"},
        {"materials": (replace(COPY, text=None),)},
    ],
)
async def test_terms_that_cannot_be_are_refused(rules: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await a_draft(**rules)

    assert await ForwardTask.all().count() == 0


async def test_stopping_holds_at_once_against_taking_and_claiming() -> None:
    task = await a_task()
    claim = await taken(task)

    await stopped(task, PendingFate.WAIT)

    for act in (
        ForwardClaim.take((await a_member()).id, task.id, at=NOON),
        ForwardHandIn.record(claim.member_id, task.id, at=NOON),
    ):
        with pytest.raises(ForwardTaskStopped):
            await act
    assert await ForwardReward.all().count() == 0


async def test_what_is_pending_waits_until_staff_choose() -> None:
    task = await a_task()
    claim = await claimed(task)
    await stopped(task, PendingFate.WAIT)
    assert await settle_due(at=NOON + 2 * DAY) == 0
    with pytest.raises(PendingDecided):
        await stopped(task, PendingFate.WAIT)

    await stopped(task, PendingFate.RELEASE, at=NOON + DAY)

    assert await settle_due(at=NOON + 2 * DAY) == 1
    assert await points_of(claim.member_id) == (0, 20)
    with pytest.raises(PendingDecided):
        await stopped(task, PendingFate.TAKE_BACK)


async def test_what_is_pending_is_taken_back_where_staff_choose_so_and_what_was_paid_stays() -> None:
    budget = await a_budget(100)
    task = await a_task(budget_id=budget.id)
    paid = await claimed(task)
    await settle_due(at=NOON + DAY)
    waiting = await claimed(task, at=NOON + DAY)

    await stopped(task, PendingFate.TAKE_BACK, at=NOON + DAY)

    assert await unwind_due(at=NOON + DAY) == 1
    assert await unwind_due(at=NOON + DAY) == 0
    assert await points_of(paid.member_id) == (0, 20)
    assert await points_of(waiting.member_id) == (0, 0)
    assert await fetch_value("SELECT balance FROM account WHERE holder = 'budget'") == 80


async def test_a_void_takes_everything_back_once() -> None:
    task = await a_task()
    paid, waiting = await claimed(task), await claimed(task, at=NOON + 2 * DAY)
    await settle_due(at=NOON + DAY)

    await voided(task)

    assert await unwind_due(at=NOON + 3 * DAY) == 1
    assert [await points_of(one.member_id) for one in (paid, waiting)] == [(0, 0), (0, 0)]
    assert await unwind_due(at=NOON + 3 * DAY) == 0
    assert {one.state for one in await ForwardReward.all()} == {ForwardRewardState.TAKEN_BACK}
    assert await reconcile() == []
    with pytest.raises(ForwardTaskOver):
        await voided(task)


async def test_what_was_spent_is_owed_and_collected_later() -> None:
    task = await a_task()
    claim = await claimed(task)
    await settle_due(at=NOON + DAY)
    own = of_member(claim.member_id)
    async with transaction():
        await PointEntry.post([Move(own, of_platform(Bucket.SPENT), 15, "order", "test:spent")], at=NOON + DAY)

    await voided(task)
    await unwind_due(at=NOON + 3 * DAY)

    assert (await ForwardReward.get()).state is ForwardRewardState.OWED
    assert await points_of(claim.member_id) == (0, 5)
    assert await collect_owed(at=NOON + 4 * DAY) == 0
    await give(own, 30, at=NOON + 4 * DAY)
    assert await collect_owed(at=NOON + 5 * DAY) == 1
    assert await points_of(claim.member_id) == (0, 15)
    assert await reconcile() == []


async def test_claims_and_the_kill_switch_at_one_instant_leave_nothing_half_done() -> None:
    task = await a_task()
    claims = [await taken(task) for _ in range(6)]

    outcomes = await asyncio.gather(
        *(ForwardHandIn.record(one.member_id, task.id, at=NOON) for one in claims[:3]),
        stopped(task, PendingFate.TAKE_BACK),
        *(ForwardHandIn.record(one.member_id, task.id, at=NOON) for one in claims[3:]),
        return_exceptions=True,
    )

    done = [one for one in outcomes if isinstance(one, ForwardHandIn)]
    assert {type(one) for one in outcomes} <= {ForwardHandIn, ForwardTaskStopped, ForwardEnding}
    assert (await ForwardTask.get(id=task.id)).claimed == len(done) == await ForwardReward.all().count()
    await unwind_due(at=NOON)
    assert [await points_of(one.member_id) for one in claims] == [(0, 0)] * 6
    assert await reconcile() == []


async def test_a_paid_task_is_a_deed_where_it_gives_chances(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Deed] = []

    async def hear(one: Deed) -> None:
        told.append(one)

    monkeypatch.setattr(deed, "_answers", [hear])
    claims = [await claimed(await a_task(gives_chance=gives)) for gives in (False, True)]

    await settle_due(at=NOON + DAY)

    assert [(one.member_id, one.source) for one in told] == [(claims[1].member_id, f"forward_claim:{claims[1].id}")]


async def test_eligibility_names_the_next_step_and_exactly_what_it_brings() -> None:
    task, member = await a_task(), await a_member()

    before = await forward_eligibility(member.id, task.id, at=NOON)
    await taken(task, member)
    between = await forward_eligibility(member.id, task.id, at=NOON)
    await ForwardHandIn.record(member.id, task.id, at=NOON)
    after = await forward_eligibility(member.id, task.id, at=NOON)

    assert [one.step for one in (before, between, after)] == [
        ForwardStep.TAKE,
        ForwardStep.CLAIM,
        ForwardStep.NOTHING,
    ]
    assert [one.eligibility.is_allowed for one in (before, between, after)] == [True, True, False]
    assert [(one.reason, one.points) for one in before.eligibility.preview] == [("forward_task", 20)]
    assert after.eligibility.preview == ()


async def test_eligibility_tells_every_reason_and_when_next() -> None:
    budget = await a_budget(1)
    task = await a_task(day_most=1, budget_id=budget.id, points=1)
    await claimed(task)

    found = await forward_eligibility((await a_member()).id, task.id, at=NOON)
    early = await forward_eligibility((await a_member()).id, (await a_task()).id, at=NOON - 2 * DAY)

    assert [one.code for one in found.eligibility.refusals] == ["FORWARD_QUOTA_REACHED", "FORWARD_BUDGET_USED_UP"]
    assert found.eligibility.next_at is None
    assert early.eligibility.next_at == NOON - DAY


@pytest.mark.parametrize(
    "rules",
    [
        {"materials": (Material(MaterialKind.CARD, text="茶会"),)},
        {"materials": (COPY, Material(MaterialKind.POSTER, text="茶会"))},
        {"page": "pages/index/index"},
        {"mode": ForwardProofMode.VISITS, "points": 0, "milestones": (Milestone(Measure.VISITS, 3, 5),)},
    ],
)
async def test_nothing_outside_the_mini_program_leads_into_it(rules: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        await a_draft(in_mini_program=False, **rules)

    assert await ForwardTask.all().count() == 0


async def test_who_takes_a_task_outside_the_mini_program_gets_no_code() -> None:
    claim = await claimed(await a_task(in_mini_program=False))

    assert claim.code_id is None
    assert await SceneCode.all().count() == 0
    assert await points_of(claim.member_id) == (20, 0)


async def test_nobody_accepts_a_clause_that_it_was_not_shown() -> None:
    draft = await a_draft(description=None)
    seen = Accepted(WORDS, frozenset({"REWARD_FOR_SHARING"}))

    with pytest.raises(SharingRulesViolated) as refusal:
        await publish_forward_task(draft.id, acceptance=seen, expected_version=0, staff_id=STAFF_ID, at=NOON)

    assert "[RULES_NOT_SHOWN]" in refusal.value.sentence("en")
    assert await SharingAcceptance.all().count() == 0
    with pytest.raises(ForwardTaskChanged):
        await publish_forward_task(draft.id, acceptance=ACCEPTED, expected_version=7, staff_id=STAFF_ID, at=NOON)
    task = await a_task(counted())
    worse = replace(counted(), is_required=True)
    with pytest.raises(SharingRulesViolated):
        await change_forward_task(
            task.id, worse, expected_version=1, reason="改", acceptance=seen, staff_id=STAFF_ID, at=NOON
        )
    assert (await ForwardTask.get(id=task.id)).version == 1


async def test_what_comes_to_break_a_rule_later_is_found_the_next_day() -> None:
    task, good = await a_task(counted()), await a_task(honour(points=0))
    assert await look_at_rules(at=NOON) == 0
    await a_draw(chance_rules={ChanceSource.INVITE: ChanceRule(1, 3)}, ends_at=NOON + 20 * DAY)

    assert await look_at_rules(at=NOON) == 0
    assert await look_at_rules(at=NOON + DAY) == 1

    assert (await ForwardTask.get(id=task.id)).broken == ["RANDOM_OUTCOME"]
    assert (await ForwardTask.get(id=good.id)).broken == []
    await change_forward_task(
        task.id, counted(), expected_version=1, reason="知悉", acceptance=ACCEPTED, staff_id=STAFF_ID, at=NOON + DAY
    )
    assert (await ForwardTask.get(id=task.id)).broken == []
    assert await look_at_rules(at=NOON + 2 * DAY) == 0


async def test_the_kill_switch_waits_for_a_release_under_way_and_stops_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    task = await a_task()
    claims = [await claimed(task) for _ in range(2)]
    post, under_way, order = PointEntry.post, asyncio.Event(), list[str]()

    async def stop() -> None:
        await under_way.wait()
        await stopped(task, PendingFate.WAIT, at=NOON + 2 * DAY)
        order.append("stopped")

    ending = asyncio.create_task(stop())

    async def slow(*given: Any, **more: Any) -> Any:
        under_way.set()
        await asyncio.wait([ending], timeout=0.3)
        order.append("paid")
        return await post(*given, **more)

    first, second = await ForwardReward.all().order_by("id")
    monkeypatch.setattr(PointEntry, "post", slow)
    assert await first.release(at=NOON + 2 * DAY)
    await ending
    assert order == ["paid", "stopped"]
    assert not await second.release(at=NOON + 2 * DAY)
    assert sorted([await points_of(one.member_id) for one in claims]) == [(0, 20), (20, 0)]


async def test_settling_and_voiding_at_one_instant_move_each_point_once() -> None:
    budget = await a_budget(200)
    task = await a_task(budget_id=budget.id)
    claims = [await claimed(task) for _ in range(6)]

    await asyncio.gather(*(settle_due(at=NOON + 3 * DAY) for _ in range(3)), voided(task))
    await asyncio.gather(*(unwind_due(at=NOON + 3 * DAY) for _ in range(3)))

    assert [await points_of(one.member_id) for one in claims] == [(0, 0)] * 6
    assert {one.state for one in await ForwardReward.all()} == {ForwardRewardState.TAKEN_BACK}
    assert await fetch_value("SELECT balance FROM account WHERE holder = 'budget'") == 200
    assert await reconcile() == []
