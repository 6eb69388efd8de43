"""Gifts between members: closed until staff open them, within exact limits, and never a way to make points last."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from models.errors import DomainError
from models.groups.group import Group
from models.members.member import Member, MemberNotActive
from models.points.entry import PointEntry
from models.points.gift import PointGift
from models.points.gift_policy import GiftPolicy, GiftReach, GiftTerms
from models.points.reconciliation import reconcile
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from store.database import fetch_value
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_staff, new_key, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.points.build import DAY, a_holder, balance_of, lots_of, spent
from tests.statements import WITH_PLANS, statements

MIDNIGHT = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)
GIVEN = "isReplay gift { amount note receiver { id } } viewer { account { available } }"
ASK = """query($receiver: ID!, $amount: BigInt) { giftEligibility(receiverId: $receiver, amount: $amount) {
    isAllowed nextAt least most reasons { code message } } }"""


async def gifts_open(**terms: object) -> GiftPolicy:
    given = GiftTerms(**{"is_open": True, "reach": GiftReach.EVERYBODY, **terms})  # type: ignore[arg-type]  # what a test is about
    return await GiftPolicy.put(given, staff_id=new_id(), at=LONG_AGO)


async def given(sender: Member, receiver: Member, amount: int, *, at: datetime = NOON) -> PointGift:
    return await PointGift.give(sender.id, receiver.id, amount, at=at, once=None)


async def refused(sender: Member, receiver: Member, amount: int = 10, *, at: datetime = NOON) -> DomainError:
    lines = await PointEntry.all().count()
    with pytest.raises(DomainError) as refusal:
        await given(sender, receiver, amount, at=at)
    assert await PointEntry.all().count() == lines
    return refusal.value


async def test_points_are_given_once_per_key(callers: Callers) -> None:
    sender, receiver, _ = await a_holder((100, 30)), await a_member(), await gifts_open()
    caller = await callers.member(sender)
    wish = {"idempotencyKey": new_key(), "receiverId": public_id(receiver), "amount": "30", "note": "生日快乐"}

    first = await caller.do("givePoints", wish, GIVEN)
    again = await caller.do("givePoints", wish, GIVEN)

    assert first["gift"] == {"amount": "30", "note": "生日快乐", "receiver": {"id": public_id(receiver)}}
    assert first["viewer"] == {"account": {"available": "70"}}
    assert again == {**first, "isReplay": True}
    assert await balance_of(receiver.id) == 30
    assert await reconcile() == []


async def test_points_that_are_given_keep_their_life(database: str) -> None:
    sender, receiver, _ = await a_holder((5, 2), (20, 30), (9, None)), await a_holder(), await gifts_open()

    await given(sender, receiver, 7)
    await given(receiver, sender, 7)

    assert await lots_of(sender.id) == [(5, 2), (20, 30), (9, None)]
    assert await lots_of(receiver.id) == []


async def test_a_gift_is_no_earning(database: str) -> None:
    sender, receiver, _ = await a_holder((100, 30)), await a_holder(), await gifts_open()

    await given(sender, receiver, 7)

    assert await fetch_value("SELECT SUM(earned_total) AS points FROM account") == 100


async def test_gifts_are_closed_until_they_are_opened(database: str) -> None:
    sender, receiver = await a_holder((100, 30)), await a_member()

    before = await refused(sender, receiver)
    await gifts_open(is_open=False)
    after = await refused(sender, receiver)

    assert (before.code, after.code) == ("GIFTS_CLOSED", "GIFTS_CLOSED")


async def test_nobody_gives_to_itself(database: str) -> None:
    sender, _ = await a_holder((100, 30)), await gifts_open()

    assert (await refused(sender, sender)).code == "GIFT_TO_ONESELF"


@pytest.mark.parametrize("status", ["frozen", "left", "erased"])
async def test_whoever_takes_no_part_is_given_nothing(database: str, status: str) -> None:
    sender, receiver, _ = await a_holder((100, 30)), await a_member(status=status), await gifts_open()

    assert (await refused(sender, receiver)).code == "GIFT_RECEIVER_NOT_ACTIVE"


async def test_the_frozen_give_and_spend_nothing(callers: Callers) -> None:
    sender, receiver, _ = await a_holder((100, 30), status="frozen"), await a_member(), await gifts_open()
    wish = {"idempotencyKey": new_key(), "receiverId": public_id(receiver), "amount": "30"}

    assert await (await callers.member(sender)).refusal("givePoints", wish) == "MEMBER_NOT_ACTIVE"
    with pytest.raises(MemberNotActive):
        await given(sender, receiver, 10)
    assert await balance_of(sender.id) == 100


async def test_the_muted_may_give_but_not_add_a_word(callers: Callers) -> None:
    sender, receiver, _ = await a_holder((100, 30), status="muted"), await a_member(), await gifts_open()
    caller = await callers.member(sender)
    wish = {"idempotencyKey": new_key(), "receiverId": public_id(receiver), "amount": "30"}

    assert await caller.refusal("givePoints", wish | {"note": "哈哈"}) == "MEMBER_MUTED"
    assert (await caller.do("givePoints", wish))["userErrors"] == []


async def test_a_shared_group_may_be_needed(database: str) -> None:
    group: Group = await a_group()
    sender, receiver, stranger = await a_place(group), await a_place(group), await a_member()
    await gifts_open(reach=GiftReach.SHARED_GROUP)
    rich = await a_holder((100, 30))
    await give_all(rich, sender)

    assert (await refused(sender, stranger)).code == "GIFT_OUT_OF_REACH"
    assert (await given(sender, receiver, 10)).amount == 10


async def give_all(rich: Member, to: Member) -> None:
    terms = GiftTerms(is_open=True, reach=GiftReach.EVERYBODY)
    before = await GiftPolicy.in_force()
    await GiftPolicy.put(terms, staff_id=new_id(), at=LONG_AGO)
    await given(rich, to, 100)
    await GiftPolicy.put(before, staff_id=new_id(), at=LONG_AGO)


@pytest.mark.parametrize("amount", [4, 51, 0, -5])
async def test_a_gift_has_bounds(database: str, amount: int) -> None:
    sender, receiver, _ = await a_holder((100, 30)), await a_member(), await gifts_open(amount_least=5, amount_most=50)

    assert (await refused(sender, receiver, amount)).code == "INVALID_INPUT"


@pytest.mark.parametrize(
    ("terms", "code", "next_at"),
    [
        ({"sent_day_most": 25}, "GIFT_LIMIT_REACHED", MIDNIGHT),
        ({"sent_month_most": 25}, "GIFT_LIMIT_REACHED", MIDNIGHT + DAY * 7),
        ({"received_day_most": 25}, "GIFT_RECEIVER_LIMIT_REACHED", MIDNIGHT),
        ({"received_month_most": 25}, "GIFT_RECEIVER_LIMIT_REACHED", MIDNIGHT + DAY * 7),
    ],
)
async def test_a_limit_says_what_is_left_and_when_it_counts_anew(
    database: str, terms: dict[str, int], code: str, next_at: datetime
) -> None:
    sender, receiver, _ = await a_holder((100, 30)), await a_member(), await gifts_open(**terms)
    await given(sender, receiver, 20)

    refusal = await refused(sender, receiver, 6)
    await given(sender, receiver, 5)
    just_before = await refused(sender, receiver, 1, at=next_at - timedelta(microseconds=1))
    await given(sender, receiver, 25, at=next_at)

    assert (refusal.code, refusal.facts, refusal.retry_at) == (code, {"left": 5}, next_at)
    assert just_before.facts == {"left": 0}


async def test_none_is_not_zero(database: str) -> None:
    sender, receiver = await a_holder((100, 30)), await a_member()
    await gifts_open(sent_day_most=0)

    assert (await refused(sender, receiver, 1)).facts == {"left": 0}


@pytest.mark.parametrize("repeat", range(5))
async def test_limits_are_exact_when_many_give_at_once(database: str, repeat: int) -> None:
    senders, receiver = [await a_holder((100, 30)) for _ in range(3)], await a_member()
    await gifts_open(received_day_most=50)

    await asyncio.gather(*(given(sender, receiver, 10) for sender in senders for _ in range(4)), return_exceptions=True)

    assert await balance_of(receiver.id) == 50
    assert await reconcile() == []


async def test_twenty_gifts_from_a_hundred_points_give_a_hundred(database: str) -> None:
    sender, receivers, _ = await a_holder((100, 30)), [await a_member() for _ in range(4)], await gifts_open()

    await asyncio.gather(*(given(sender, receivers[n % 4], 20) for n in range(20)), return_exceptions=True)

    assert await balance_of(sender.id) == 0
    assert sum([await balance_of(one.id) for one in receivers]) == 100
    assert await reconcile() == []


async def test_members_who_give_each_other_at_once_wait_for_nobody_for_ever(database: str) -> None:
    one, other = await a_holder((3_000, 30)), await a_holder((3_000, 9))
    await gifts_open(sent_day_most=None, sent_month_most=None, received_day_most=None, received_month_most=None)
    here, there = [given(one, other, 3) for _ in range(25)], [given(other, one, 2) for _ in range(25)]

    await asyncio.gather(*(gift for pair in zip(here, there, strict=True) for gift in pair))

    assert (await balance_of(one.id), await balance_of(other.id)) == (2_975, 3_025)
    assert await reconcile() == []


async def test_eligibility_says_every_reason_and_how_much(callers: Callers) -> None:
    sender, receiver, broke = await a_holder((100, 30)), await a_member(), await a_member(status="frozen")
    await gifts_open(sent_day_most=40, amount_least=5)
    await spent(sender.id, 70)
    caller = await callers.member(sender)

    able = await caller.data(ASK, receiver=public_id(receiver))
    await given(sender, receiver, 20)
    unable = await caller.data(ASK, receiver=public_id(broke), amount="21")

    assert able["giftEligibility"] == {"isAllowed": True, "nextAt": None, "least": "5", "most": "30", "reasons": []}
    found = unable["giftEligibility"]
    assert (found["isAllowed"], found["nextAt"], found["most"]) == (False, None, "10")
    assert [reason["code"] for reason in found["reasons"]] == [
        "GIFT_RECEIVER_NOT_ACTIVE",
        "GIFT_LIMIT_REACHED",
        "INSUFFICIENT_POINTS",
    ]


async def test_both_see_the_gift_and_nobody_else_does(callers: Callers) -> None:
    sender, receiver, _ = await a_holder((100, 30)), await a_member(), await gifts_open()
    gift = await given(sender, receiver, 20)
    node = "query($id: ID!) { node(id: $id) { ... on PointGift { amount } } }"
    lists = "{ viewer { giftsSent(first: 5) { edges { node { amount } } } giftsReceived(first: 5) { totalCount } } }"

    seen = [
        await caller.data(node, id=public_id(gift))
        for caller in (
            await callers.member(sender),
            await callers.member(receiver),
            await callers.member(await a_member()),
            await callers.staff(await a_staff("points.read")),
            await callers.staff(await a_staff("points.read", scope=DataScope.OWN_GROUPS)),
        )
    ]
    listed = await (await callers.member(sender)).data(lists)

    assert [one["node"] for one in seen] == [{"amount": "20"}, {"amount": "20"}, None, {"amount": "20"}, None]
    assert listed["viewer"] == {
        "giftsSent": {"edges": [{"node": {"amount": "20"}}]},
        "giftsReceived": {"totalCount": 0},
    }


async def test_the_statement_of_the_giver_says_they_are_gone(callers: Callers) -> None:
    sender, receiver, _ = await a_holder((100, 30)), await a_member(), await gifts_open()
    await given(sender, receiver, 20)
    query = "{ viewer { pointEntries(first: 1) { edges { node { amount state reason } } } } }"

    states = [await (await callers.member(one)).data(query) for one in (sender, receiver)]

    assert [one["viewer"]["pointEntries"]["edges"][0]["node"] for one in states] == [
        {"amount": "-20", "state": "SPENT", "reason": "gift"},
        {"amount": "20", "state": "AVAILABLE", "reason": "gift"},
    ]


async def test_staff_open_gifts_and_the_audit_hears_of_it(callers: Callers) -> None:
    staff, member = await callers.staff(await a_staff("points.rules")), await callers.member(await a_member())
    rules = {"isOpen": True, "reach": "EVERYBODY", "sentDayMost": "100", "expectedVersion": 0, "reason": "春节活动"}

    put = await staff.do("putGiftPolicy", rules, "policy { version isOpen sentDayMost sentMonthMost }")
    stale = await staff.refusal("putGiftPolicy", rules)
    bad = await staff.refusal("putGiftPolicy", {"isOpen": True, "amountLeast": "5", "amountMost": "4"})
    read = await member.data("{ giftPolicy { version isOpen } }")

    assert put["policy"] == {"version": 1, "isOpen": True, "sentDayMost": "100", "sentMonthMost": None}
    assert (stale, bad) == ("GIFT_POLICY_CHANGED", "INVALID_INPUT")
    assert read == {"giftPolicy": {"version": 1, "isOpen": True}}
    row = await AuditRow.get(action="put_gift_policy")
    assert (row.before, row.reason) == (None, "春节活动")


async def test_gifts_need_a_member_and_their_rules_the_right(callers: Callers) -> None:
    give = 'mutation { givePoints(input: {idempotencyKey: "12345678", receiverId: "x", amount: 5}) { isReplay } }'
    put = "mutation { putGiftPolicy(input: {isOpen: true}) { userErrors { code } } }"
    member, staff = await callers.member(await a_member()), await callers.staff(await a_staff("points.read"))

    assert [await callers.nobody().error(one) for one in (give, put)] == ["UNAUTHENTICATED"] * 2
    assert [await staff.error(one) for one in (give, put)] == ["FORBIDDEN"] * 2
    assert await member.error(put) == "FORBIDDEN"
    assert await member.refusal("givePoints", {"idempotencyKey": new_key(), "receiverId": "x", "amount": "5"}) == (
        "NOT_FOUND"
    )


@WITH_PLANS
async def test_lists_of_gifts_take_as_many_statements_however_long(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    sender, _ = await a_holder((100, 30)), await gifts_open()
    caller, staff = await callers.member(sender), await callers.staff(await a_staff("points.read"))
    names = "edges { node { amount sender { nickname } receiver { nickname } } }"
    queries = [(caller, f"{{ viewer {{ giftsSent(first: 20) {{ {names} }} pointLots {{ amount }} }} }}")]
    queries.append((staff, f"{{ pointGifts(first: 20) {{ {names} }} }}"))

    async def counts() -> list[int]:
        found = []
        for who, query in queries:
            with statements(monkeypatch) as seen:
                await who.data(query)
            found.append(len(seen))
        return found

    await given(sender, await a_member(), 5)
    one = await counts()
    for _ in range(6):
        await given(sender, await a_member(), 5)
    many = await counts()

    assert one == many
    assert max(many) <= 4
