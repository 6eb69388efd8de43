"""Staff give, take and take back points: with a right, a reason, once per key, and told to the audit."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from models.checkins.check_in import CheckIn
from models.errors import DomainError
from models.members.member import Member, MemberErased
from models.points.account import Account, Bucket, Currency, of_member
from models.points.adjustment import PointAdjustment
from models.points.earn_rule import Behaviour, EarnRule, EarnTerms
from models.points.earning import Earning, release_due
from models.points.entry import PointEntry
from models.points.level import Level
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_plan, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON

DONE = "isReplay adjustment { kind amount reason entries { amount balanceAfter state note } }"
STATEMENT = "{ viewer { pointEntries(first: 20) { edges { node { amount reason state currency } } } } }"


async def balance_of(member_id: UUID, bucket: Bucket = Bucket.AVAILABLE, currency: Currency = Currency.POINTS) -> int:
    account = await Account.get_or_none(id=of_member(member_id, currency, bucket).id)
    return int(account.balance) if account else 0


async def granted(member_id: UUID, amount: int) -> PointAdjustment:
    return await PointAdjustment.grant(member_id, amount, reason="补发", staff_id=new_id(), at=NOON, once=None)


async def test_a_grant_pays_once_per_key_and_is_told(callers: Callers) -> None:
    member, staff = await a_member(), await callers.staff(await a_staff("points.grant", "points.read"))
    given = {"idempotencyKey": new_key(), "memberId": public_id(member), "amount": "200", "reason": "活动获奖"}

    first = await staff.do("grantPoints", given, DONE)
    again = await staff.do("grantPoints", given, DONE)

    assert first["adjustment"] == {
        "kind": "GRANT",
        "amount": "200",
        "reason": "活动获奖",
        "entries": [{"amount": "200", "balanceAfter": "200", "state": "AVAILABLE", "note": "活动获奖"}],
    }
    assert again == {**first, "isReplay": True}
    assert await balance_of(member.id) == 200
    row = await AuditRow.get()
    assert (row.action, row.before, row.after) == ("grant_points", {}, {"available_points": 200})


async def test_points_are_granted_with_an_expiry_of_their_own(callers: Callers) -> None:
    member, staff = await a_member(), await callers.staff(await a_staff("points.grant"))
    given = {"memberId": public_id(member), "amount": "200", "reason": "限时积分"}
    lots = "{ viewer { pointLots { expiresAt amount } } }"

    over = await staff.refusal("grantPoints", given | {"idempotencyKey": new_key(), "expiresAt": NOON.isoformat()})
    until = {"idempotencyKey": new_key(), "expiresAt": "2026-12-01T00:00:00+08:00"}
    await staff.do("grantPoints", given | until)

    assert over == "INVALID_INPUT"
    assert (await (await callers.member(member)).data(lots))["viewer"]["pointLots"] == [
        {"expiresAt": "2026-11-30T16:00:00Z", "amount": "200"}
    ]


async def test_a_deduction_takes_what_there_is_and_no_more(callers: Callers) -> None:
    member, staff = await a_member(), await callers.staff(await a_staff("points.grant", "points.read"))
    await granted(member.id, 100)
    given = {"memberId": public_id(member), "reason": "误发扣回"}

    too_much = await staff.do("deductPoints", given | {"idempotencyKey": new_key(), "amount": "101"})
    done = await staff.do("deductPoints", given | {"idempotencyKey": new_key(), "amount": "100"}, DONE)

    assert [(one["code"], one["message"]) for one in too_much["userErrors"]] == [
        ("INSUFFICIENT_POINTS", "积分不足：需要 101，可用 100")
    ]
    assert done["adjustment"]["entries"] == [
        {"amount": "-100", "balanceAfter": "0", "state": "SPENT", "note": "误发扣回"}
    ]
    assert await reconcile() == []


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": "1000000001"},
        {"reason": " "},
        {"currency": "GROWTH", "expiresAt": "2027-01-01T00:00:00Z"},
    ],
)
async def test_bad_grants_are_refused(callers: Callers, change: dict[str, str]) -> None:
    member, staff = await a_member(), await callers.staff(await a_staff("points.grant"))
    given = {"idempotencyKey": new_key(), "memberId": public_id(member), "amount": "5", "reason": "活动获奖"}

    assert await staff.refusal("grantPoints", given | change) == "INVALID_INPUT"
    assert await PointEntry.all().count() == 0
    assert await AuditRow.all().count() == 0


async def test_members_outside_the_scope_are_not_there(callers: Callers) -> None:
    member = await a_member()
    staff = await callers.staff(await a_staff("points.grant", scope=DataScope.OWN_GROUPS))
    given = {"idempotencyKey": new_key(), "memberId": public_id(member), "amount": "5", "reason": "活动获奖"}

    assert await staff.refusal("grantPoints", given) == "NOT_FOUND"


@pytest.mark.parametrize("mutation", ["grantPoints", "deductPoints"])
async def test_points_are_not_given_without_the_right(callers: Callers, mutation: str) -> None:
    given = 'idempotencyKey: "12345678", memberId: "x", amount: 5, reason: "x"'
    query = f"mutation {{ {mutation}(input: {{{given}}}) {{ isReplay }} }}"

    assert await callers.nobody().error(query) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(query) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("points.read"))).error(query) == "FORBIDDEN"


async def test_a_grant_is_taken_back_once(callers: Callers) -> None:
    member, staff = await a_member(), await callers.staff(await a_staff("points.grant", "points.read"))
    await granted(member.id, 50)
    line = await PointEntry.get(member_id=member.id)

    done = await staff.do(
        "reverseEntry", {"idempotencyKey": new_key(), "entryId": public_id(line), "reason": "发错人"}, DONE
    )
    again = await staff.refusal(
        "reverseEntry", {"idempotencyKey": new_key(), "entryId": public_id(line), "reason": "发错人"}
    )

    assert [(one["amount"], one["state"]) for one in done["adjustment"]["entries"]] == [("-50", "REVERSED")]
    assert again == "ENTRY_REVERSED"
    assert (await Account.get(id=of_member(member.id).id)).earned_total == 0
    statement = await (await callers.member(member)).data(STATEMENT)
    states = [edge["node"]["state"] for edge in statement["viewer"]["pointEntries"]["edges"]]
    assert states == ["REVERSED", "REVERSED"]


async def test_taking_back_takes_the_members_row_once(database: str) -> None:
    member = await a_member()
    await granted(member.id, 30)
    before, line = (await Member.get(id=member.id)).version, await PointEntry.get(member_id=member.id)

    await PointAdjustment.reverse(line.id, reason="误发", staff_id=new_id(), at=NOON, once=None)

    assert (await Member.get(id=member.id)).version == before + 1


async def test_a_line_is_taken_back_once_by_many_at_once(database: str) -> None:
    member = await a_member()
    await granted(member.id, 50)
    await granted(member.id, 50)
    line = await PointEntry.filter(member_id=member.id).first()
    assert line is not None

    outcomes = await asyncio.gather(
        *(PointAdjustment.reverse(line.id, reason="发错人", staff_id=new_id(), at=NOON, once=None) for _ in range(6)),
        return_exceptions=True,
    )

    codes = [one.code if isinstance(one, DomainError) else "done" for one in outcomes]
    assert sorted(codes) == ["ENTRY_REVERSED"] * 5 + ["done"]
    assert await balance_of(member.id) == 50


@pytest.mark.parametrize("released", [False, True])
async def test_an_earning_goes_back_whole_from_where_it_lies(database: str, released: bool) -> None:
    member = await a_member()
    await EarnRule.put(Behaviour.POSTED, EarnTerms(30, growth=9, release_days=7), at=LONG_AGO)
    await Earning.pay(member.id, Behaviour.POSTED, "post:1", at=NOON)
    if released:
        await release_due(at=NOON + timedelta(days=7))
    line = await PointEntry.get(member_id=member.id, bucket=Bucket.PENDING, amount=30)

    await PointAdjustment.reverse(line.id, reason="内容违规", staff_id=new_id(), at=NOON, once=None)

    assert [await balance_of(member.id, bucket) for bucket in (Bucket.AVAILABLE, Bucket.PENDING)] == [0, 0]
    assert await balance_of(member.id, currency=Currency.GROWTH) == 0
    assert await release_due(at=NOON + timedelta(days=30)) == 0
    assert await reconcile() == []


async def test_the_pay_of_a_check_in_and_a_spending_are_not_taken_back_by_themselves(database: str) -> None:
    member, plan = await a_member(), await a_plan(base_growth=0)
    await CheckIn.record(member.id, plan, at=NOON)
    await PointAdjustment.deduct(member.id, 5, reason="误发", staff_id=new_id(), at=NOON, once=None)

    for line in await PointEntry.filter(member_id=member.id):
        with pytest.raises(DomainError) as refused:
            await PointAdjustment.reverse(line.id, reason="试试", staff_id=new_id(), at=NOON, once=None)
        assert refused.value.code == "ENTRY_NOT_REVERSIBLE"

    assert await balance_of(member.id) == 5


async def test_a_statement_tells_what_became_of_each_line(callers: Callers) -> None:
    member = await a_member()
    await EarnRule.put(Behaviour.POSTED, EarnTerms(30, release_days=7), at=LONG_AGO)
    await Earning.pay(member.id, Behaviour.POSTED, "post:1", at=NOON)
    caller = await callers.member(member)

    before = await caller.data(STATEMENT)
    await release_due(at=NOON + timedelta(days=7))
    after = await caller.data(STATEMENT)

    assert [edge["node"]["state"] for edge in before["viewer"]["pointEntries"]["edges"]] == ["PENDING"]
    lines = [(edge["node"]["amount"], edge["node"]["state"]) for edge in after["viewer"]["pointEntries"]["edges"]]
    assert sorted(lines) == [("-30", "AVAILABLE"), ("30", "AVAILABLE"), ("30", "AVAILABLE")]


async def test_a_level_follows_growth_and_tells_what_is_missing(callers: Callers) -> None:
    member = await a_member()
    await Level.plant_default(at=LONG_AGO)
    caller = await callers.member(member)
    query = "{ viewer { level { growth level { name } nextLevel { name } growthToNext } } }"

    begin = await caller.data(query)
    await PointAdjustment.grant(
        member.id, 120, currency=Currency.GROWTH, reason="补发", staff_id=new_id(), at=NOON, once=None
    )
    later = await caller.data(query)

    assert begin["viewer"]["level"] == {
        "growth": "0",
        "level": {"name": "新芽"},
        "nextLevel": {"name": "青铜"},
        "growthToNext": "100",
    }
    assert later["viewer"]["level"] == {
        "growth": "120",
        "level": {"name": "青铜"},
        "nextLevel": {"name": "白银"},
        "growthToNext": "380",
    }


async def test_rules_are_put_by_those_with_the_right_and_read_by_members(callers: Callers) -> None:
    member = await callers.member(await a_member())
    staff = await callers.staff(await a_staff("points.rules"))
    given = {"behaviour": "POSTED", "amount": "5", "dayMost": 3, "expectedVersion": 0, "reason": "上线"}

    put = await staff.do("putEarnRule", given, "rule { version }")
    stale = await staff.refusal("putEarnRule", given)
    rules = await member.data(
        "{ earnRules(first: 10) { edges { node { behaviour amount dayMost } } }"
        "  earnEligibility(behaviour: POSTED) { isAllowed } }"
    )

    assert put["rule"] == {"version": 1}
    assert stale == "EARN_RULE_CHANGED"
    assert rules == {
        "earnRules": {"edges": [{"node": {"behaviour": "POSTED", "amount": "5", "dayMost": 3}}]},
        "earnEligibility": {"isAllowed": True},
    }
    assert await AuditRow.filter(action="put_earn_rule", reason="上线").count() == 1


async def test_an_erased_member_is_given_nothing(database: str) -> None:
    member, staff = await a_member(status="erased"), await a_staff()

    for act in (PointAdjustment.grant, PointAdjustment.deduct):
        with pytest.raises(MemberErased):
            await act(member.id, 5, reason="补发", staff_id=staff.id, at=NOON, once=None)

    assert await PointAdjustment.all().count() == 0
