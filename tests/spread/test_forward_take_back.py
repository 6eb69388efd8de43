"""Taking a claim back: everything that it brought, once, whatever had become of it; and what is owed since."""

import asyncio
from collections import Counter

import pytest

from models.errors import NotFound
from models.play.draw_chance import DrawChance
from models.play.draw_terms import ChanceRule, ChanceSource
from models.points.account import Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from models.points.reconciliation import reconcile
from models.spread.forward_claim import ForwardClaim, ForwardClaimState
from models.spread.forward_hand_in import ForwardHandIn, NoProofAsked
from models.spread.forward_progress import weigh_due
from models.spread.forward_reward import ForwardReward, ForwardRewardNotOwed, ForwardRewardState
from models.spread.forward_settlement import collect_owed, settle_due
from models.spread.forward_take_back import ForwardClaimTakenBack, ForwardTakeBack
from models.spread.forward_terms import Measure, Milestone
from models.staff.audit import AuditRow
from store.database import fetch_value, transaction
from store.ids import new_id
from tests.conftest import NOON
from tests.play.build import a_budget, give
from tests.play.draws import a_draw
from tests.spread.forwarding import (
    DAY,
    HOUR,
    STAFF_ID,
    a_proof,
    a_task,
    claimed,
    counted,
    points_of,
    screenshot,
    taken,
    visited,
)

pytestmark = pytest.mark.usefixtures("database", "empty_redis")

TWO_VISITS, THREE_VISITS = Milestone(Measure.VISITS, 2, 5), Milestone(Measure.VISITS, 3, 10)


async def taken_back(claim: ForwardClaim) -> ForwardTakeBack:
    return await ForwardTakeBack.record(claim.id, reason="刷量", staff_id=STAFF_ID, at=NOON + 3 * DAY)


async def test_what_was_paid_and_what_is_pending_comes_back_and_nothing_more_is_paid() -> None:
    budget = await a_budget(100)
    claim = await taken(await a_task(counted(TWO_VISITS, THREE_VISITS, budget_id=budget.id)))
    await visited(claim, "phone-1", "phone-2")
    await weigh_due(at=NOON + 2 * HOUR)
    await settle_due(at=NOON + 2 * DAY)
    await visited(claim, "phone-3", at=NOON + 2 * DAY)
    await weigh_due(at=NOON + 3 * DAY)
    assert await points_of(claim.member_id) == (10, 5)

    await taken_back(claim)

    assert await points_of(claim.member_id) == (0, 0)
    assert await fetch_value("SELECT balance FROM account WHERE holder = 'budget'") == 100
    now = await ForwardClaim.get()
    assert (now.state, now.weighed_at) == (ForwardClaimState.TAKEN_BACK, None)
    row = await AuditRow.get(action="take_back_forward_claim")
    assert (row.reason, row.before, row.after) == ("刷量", {"state": "taken"}, {"state": "taken_back", "amount": 15})
    await weigh_due(at=NOON + 4 * DAY)
    assert await ForwardReward.all().count() == 2
    assert await reconcile() == []


async def test_a_claim_is_taken_back_once_however_often_at_once() -> None:
    claim = await claimed(await a_task(screenshot()))

    outcomes = await asyncio.gather(*(taken_back(claim) for _ in range(4)), return_exceptions=True)

    assert Counter(type(one).__name__ for one in outcomes) == {"ForwardTakeBack": 1, "ForwardClaimTakenBack": 3}
    assert await points_of(claim.member_id) == (0, 0)
    assert await AuditRow.filter(action="take_back_forward_claim").count() == 1
    with pytest.raises(ForwardClaimTakenBack):
        await taken_back(claim)
    with pytest.raises(NotFound):
        await ForwardTakeBack.record(new_id(), reason="无", staff_id=STAFF_ID, at=NOON)


async def test_what_was_taken_back_is_not_disputed() -> None:
    claim = await claimed(await a_task(screenshot()))
    await taken_back(claim)
    proof_id = (await a_proof(claim.member_id)).id

    with pytest.raises(NoProofAsked):
        await ForwardHandIn.prove(claim.member_id, claim.id, proof_id=proof_id, at=NOON + 3 * DAY)


async def test_what_a_crash_leaves_is_finished_by_the_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    paid, waiting = await claimed(await a_task()), await claimed(await a_task(hold_hours=24 * 9))
    await settle_due(at=NOON + DAY)

    async def die(*_: object, **__: object) -> bool:
        raise ConnectionError

    with monkeypatch.context() as patch:
        patch.setattr(ForwardReward, "take_back", die)
        for claim in (paid, waiting):
            with pytest.raises(ConnectionError):
                await taken_back(claim)

    assert await settle_due(at=NOON + 3 * DAY) == 1
    assert await collect_owed(at=NOON + 3 * DAY) == 1
    assert [await points_of(one.member_id) for one in (paid, waiting)] == [(0, 0)] * 2
    assert {one.note for one in await ForwardReward.all()} == {"刷量"}
    assert await reconcile() == []


async def test_what_was_spent_is_owed_until_it_is_there_or_staff_let_it_be() -> None:
    claims = [await claimed(await a_task()) for _ in range(2)]
    await settle_due(at=NOON + DAY)
    for number, claim in enumerate(claims):
        own = of_member(claim.member_id)
        async with transaction():
            source = f"test:spent:{number}"
            await PointEntry.post([Move(own, of_platform(Bucket.SPENT), 15, "order", source)], at=NOON + DAY)
        await taken_back(claim)
    assert {one.state for one in await ForwardReward.all()} == {ForwardRewardState.OWED}
    first, second = await ForwardReward.all().order_by("id")

    waived = await ForwardReward.waive(first.id, reason="情有可原", staff_id=STAFF_ID, at=NOON + 4 * DAY)
    await give(of_member(second.member_id), 20, at=NOON + 4 * DAY)

    assert waived.state is ForwardRewardState.WAIVED
    assert await AuditRow.filter(action="waive_forward_reward").count() == 1
    assert await collect_owed(at=NOON + 5 * DAY) == 1
    assert await points_of(first.member_id) == (0, 5)
    assert await points_of(second.member_id) == (0, 5)
    with pytest.raises(ForwardRewardNotOwed):
        await ForwardReward.waive(second.id, reason="已还", staff_id=STAFF_ID, at=NOON + 5 * DAY)


async def test_chances_that_a_task_gave_and_nobody_used_go_with_its_points() -> None:
    rule = {ChanceSource.TASK: ChanceRule(1, 3)}
    draw = await a_draw(chance_rules=rule, ends_at=NOON + 20 * DAY)
    kept, used = await claimed(await a_task(gives_chance=True)), await claimed(await a_task(gives_chance=True))
    await settle_due(at=NOON + DAY)
    assert await DrawChance.filter(draw_id=draw.id).count() == 2
    await DrawChance.filter(member_id=used.member_id).update(used=1)

    for claim in (kept, used):
        await taken_back(claim)

    assert [one.member_id for one in await DrawChance.filter(draw_id=draw.id)] == [used.member_id]
