"""Points that wait for staff: approved or rejected, each once, many in one go."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from models.errors import Invalid
from models.members.member import Member
from models.points.account import Account, Bucket, of_budget, of_member
from models.points.behaviour import Behaviour
from models.points.budget import Budget, BudgetPlan
from models.points.earn_rule import EarnRule
from models.points.earn_terms import EarnTerms
from models.points.earning import Earning, release_due
from models.points.earning_review import EarningReview, EarningReviewed, Verdict
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place

POSTED = Behaviour.POSTED
OUTCOMES = "isReplay outcomes { earningId review { verdict reason } errors { code } }"


async def an_earning(amount: int = 30, number: int = 1, **terms: object) -> Earning:
    """A payment that waits for staff."""
    given = EarnTerms(amount, **{"needs_review": True, **terms})  # type: ignore[arg-type]  # what a test is about
    await EarnRule.put(POSTED, given, at=LONG_AGO)
    made = await Earning.pay((await a_member()).id, POSTED, f"post:{number}", at=NOON)
    assert made is not None
    return made


async def decide(earning: Earning, verdict: Verdict, reason: str | None = "核实") -> EarningReview:
    return await EarningReview.decide(earning.id, verdict, reason=reason, staff_id=new_id(), at=NOON)


async def balances(member_id: UUID) -> tuple[int, int]:
    """Available and pending."""
    keys = [of_member(member_id, bucket=bucket).id for bucket in (Bucket.AVAILABLE, Bucket.PENDING)]
    found = dict(await Account.filter(id__in=keys).values_list("id", "balance"))
    return found.get(keys[0], 0), found.get(keys[1], 0)


async def test_points_wait_until_they_are_approved(database: str) -> None:
    earning = await an_earning()

    before = await balances(earning.member_id), await release_due(at=NOON + timedelta(days=400))
    await decide(earning, Verdict.APPROVED, None)

    assert before == ((0, 30), 0)
    assert await balances(earning.member_id) == (30, 0)
    assert (await Account.get(id=of_member(earning.member_id).id)).earned_total == 30
    assert await reconcile() == []


async def test_a_review_takes_the_members_row_once(database: str) -> None:
    earning = await an_earning()
    before = (await Member.get(id=earning.member_id)).version

    await decide(earning, Verdict.APPROVED, None)

    assert (await Member.get(id=earning.member_id)).version == before + 1


async def test_rejected_points_go_back_to_where_they_came_from(database: str) -> None:
    budget = await Budget.open(BudgetPlan("daily", 100), at=LONG_AGO, staff_id=new_id())
    earning = await an_earning(growth=5, budget_name="daily")

    await decide(earning, Verdict.REJECTED, "内容重复")

    assert await balances(earning.member_id) == (0, 0)
    assert (await Account.get(id=of_budget(budget.id).id)).balance == 100
    assert {line.note for line in await PointEntry.filter(reason="reversal")} == {"内容重复"}
    assert await reconcile() == []


async def test_days_release_what_nobody_reviewed(database: str) -> None:
    earning = await an_earning(release_days=7)

    assert await release_due(at=NOON + timedelta(days=7)) == 1
    with pytest.raises(EarningReviewed):
        await decide(earning, Verdict.REJECTED)
    assert await balances(earning.member_id) == (30, 0)


@pytest.mark.parametrize("repeat", range(5))
async def test_of_many_who_decide_at_once_one_does(database: str, repeat: int) -> None:
    earning = await an_earning(release_days=7)
    verdicts = [Verdict.APPROVED, Verdict.REJECTED] * 3

    outcomes = await asyncio.gather(
        *(decide(earning, verdict) for verdict in verdicts),
        release_due(at=NOON + timedelta(days=7)),
        return_exceptions=True,
    )

    released = outcomes.pop()
    assert sum(isinstance(one, EarningReview) for one in outcomes) + int(bool(released)) == 1
    assert sum(await balances(earning.member_id)) in (0, 30)
    assert await reconcile() == []


async def test_a_rejection_needs_a_reason_and_what_does_not_wait_is_not_reviewed(database: str) -> None:
    earning = await an_earning()
    await EarnRule.put(POSTED, EarnTerms(5), at=LONG_AGO)
    at_once = await Earning.pay(earning.member_id, POSTED, "post:2", at=NOON)
    assert at_once is not None

    with pytest.raises(Invalid):
        await decide(earning, Verdict.REJECTED, " ")
    for verdict in Verdict:
        with pytest.raises(EarningReviewed):
            await decide(at_once, verdict)

    assert await balances(earning.member_id) == (5, 30)
    assert await EarningReview.all().count() == 0


async def test_many_are_reviewed_in_one_go_each_by_itself(callers: Callers) -> None:
    first, second = await an_earning(number=1), await an_earning(number=2)
    await decide(second, Verdict.APPROVED)
    staff = await callers.staff(await a_staff("points.review", "points.read"))
    gone = public_id(Earning(id=new_id()))
    given = {
        "idempotencyKey": new_key(),
        "earningIds": [public_id(first), public_id(second), gone],
        "verdict": "REJECTED",
        "reason": "刷屏",
    }

    waiting = await staff.data("{ earningsToReview(first: 5) { edges { node { id amount state } } } }")
    done = await staff.do("reviewEarnings", given, OUTCOMES)
    again = await staff.do("reviewEarnings", given, OUTCOMES)

    assert [edge["node"] for edge in waiting["earningsToReview"]["edges"]] == [
        {"id": public_id(first), "amount": "30", "state": "WAITING"}
    ]
    assert [(one["review"], [error["code"] for error in one["errors"]]) for one in done["outcomes"]] == [
        ({"verdict": "REJECTED", "reason": "刷屏"}, []),
        (None, ["EARNING_REVIEWED"]),
        (None, ["NOT_FOUND"]),
    ]
    assert again == {**done, "isReplay": True}
    assert (await balances(first.member_id), await balances(second.member_id)) == ((0, 0), (30, 0))
    assert await AuditRow.filter(action="review_earning", reason="刷屏").count() == 1


async def test_payments_are_not_reviewed_without_the_right(callers: Callers) -> None:
    earning = await an_earning()
    nothing = 'idempotencyKey: "12345678", earningIds: [], verdict: APPROVED'
    query = f"mutation {{ reviewEarnings(input: {{{nothing}}}) {{ isReplay }} }}"

    assert await callers.nobody().error(query) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(query) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("points.grant"))).error(query) == "FORBIDDEN"
    assert await balances(earning.member_id) == (0, 30)


async def test_a_payment_outside_the_scope_looks_as_if_it_were_none(callers: Callers) -> None:
    inside, outside = await an_earning(number=1), await an_earning(number=2)
    await a_place(await a_group(region="华东"), member=await Member.get(id=inside.member_id))
    staff = await callers.staff(await a_staff("points.review", scope=DataScope.REGION, region="华东"))
    ids = [public_id(outside), public_id(Earning(id=new_id())), public_id(inside)]

    done = await staff.do(
        "reviewEarnings", {"idempotencyKey": new_key(), "earningIds": ids, "verdict": "APPROVED"}, OUTCOMES
    )

    found = [[error["code"] for error in one["errors"]] for one in done["outcomes"]]
    assert (found, done["userErrors"]) == ([["NOT_FOUND"], ["NOT_FOUND"], []], [])
    assert (await balances(outside.member_id), await balances(inside.member_id)) == ((0, 30), (30, 0))


async def test_a_member_sees_its_own_payments_and_no_others(callers: Callers) -> None:
    earning, other = await an_earning(), await a_member()
    query = "{ viewer { earnings(first: 5) { edges { node { amount state source review { reason } } } } } }"
    await decide(earning, Verdict.REJECTED, "刷屏")
    owner = await type(other).get(id=earning.member_id)

    mine = await (await callers.member(owner)).data(query)
    theirs = await (await callers.member(other)).data(query)

    assert [edge["node"] for edge in mine["viewer"]["earnings"]["edges"]] == [
        {"amount": "30", "state": "TAKEN_BACK", "source": "post:1", "review": None}
    ]
    assert theirs["viewer"]["earnings"]["edges"] == []
