"""Earn rules pay what they say, as often as they say, and say why not."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from models.errors import Invalid
from models.points.account import Account, Bucket, Currency, of_member
from models.points.adjustment import PointAdjustment
from models.points.earn_rule import Behaviour, EarnRule, EarnRuleChanged, EarnTerms
from models.points.earning import Earning, release_due
from models.points.entry import PointEntry
from models.points.reconciliation import reconcile
from store.database import fetch_value
from store.ids import new_id
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON

POSTED = Behaviour.POSTED
SHANGHAI_MIDNIGHT = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)


async def a_rule(amount: int = 5, behaviour: Behaviour = POSTED, **terms: object) -> EarnRule:
    return await EarnRule.put(behaviour, EarnTerms(amount, **terms), at=LONG_AGO)  # type: ignore[arg-type]  # what a test is about


async def balance_of(member_id: UUID, currency: Currency = Currency.POINTS, bucket: Bucket = Bucket.AVAILABLE) -> int:
    account = await Account.get_or_none(id=of_member(member_id, currency, bucket).id)
    return int(account.balance) if account else 0


async def test_a_rule_pays_points_and_growth_and_is_named_in_the_lines(database: str) -> None:
    member, rule = await a_member(), await a_rule(5, growth=8)

    await Earning.pay(member.id, POSTED, "post:1", at=NOON)

    assert (await balance_of(member.id), await balance_of(member.id, Currency.GROWTH)) == (5, 8)
    lines = await PointEntry.filter(member_id=member.id)
    assert {(line.reason, line.rule_id, line.rule_version) for line in lines} == {("posted", rule.id, 1)}


async def test_a_cause_is_paid_once(database: str) -> None:
    member, _ = await a_member(), await a_rule(5)

    paid = await asyncio.gather(*(Earning.pay(member.id, POSTED, "post:1", at=NOON) for _ in range(10)))

    assert sum(one is not None for one in paid) == 1
    assert await balance_of(member.id) == 5


@pytest.mark.parametrize("repeat", range(5))
async def test_caps_are_exact_when_causes_come_at_once(database: str, repeat: int) -> None:
    member, _ = await a_member(), await a_rule(5, day_most=3)

    await asyncio.gather(*(Earning.pay(member.id, POSTED, f"post:{n}", at=NOON) for n in range(12)))

    assert await fetch_value("SELECT count(*) FROM earning") == 3
    assert await balance_of(member.id) == 15


@pytest.mark.parametrize(
    ("terms", "next_at"),
    [
        ({"day_most": 1}, SHANGHAI_MIDNIGHT),
        ({"week_most": 1}, datetime(2026, 11, 29, 16, 0, tzinfo=UTC)),
        ({"month_most": 1}, datetime(2026, 11, 30, 16, 0, tzinfo=UTC)),
        ({"cooldown_minutes": 30}, NOON + timedelta(minutes=30)),
    ],
)
async def test_a_limit_says_when_next_and_then_pays(database: str, terms: dict[str, int], next_at: datetime) -> None:
    member, _ = await a_member(), await a_rule(**terms)  # type: ignore[arg-type]  # what the case is about
    await Earning.pay(member.id, POSTED, "post:1", at=NOON)

    found = await Earning.eligibility(member.id, POSTED, at=NOON)

    assert (found.is_allowed, found.next_at) == (False, next_at)
    just_before = next_at - timedelta(microseconds=1)
    assert await Earning.pay(member.id, POSTED, "post:2", at=just_before) is None
    assert await Earning.pay(member.id, POSTED, "post:3", at=next_at) is not None


async def test_a_payment_that_was_taken_back_cools_nothing_down(database: str) -> None:
    member, _ = await a_member(), await a_rule(5, cooldown_minutes=30)
    paid = await Earning.pay(member.id, POSTED, "post:1", at=NOON)
    assert paid is not None
    await PointAdjustment.reverse(
        (await PointEntry.get(member_id=member.id, source=paid.entry_source)).id,
        reason="误发",
        staff_id=new_id(),
        at=NOON + timedelta(minutes=1),
        once=None,
    )

    found = await Earning.eligibility(member.id, POSTED, at=NOON + timedelta(minutes=2))
    again = await Earning.pay(member.id, POSTED, "post:2", at=NOON + timedelta(minutes=2))
    cold = await Earning.eligibility(member.id, POSTED, at=NOON + timedelta(minutes=31))

    assert (found.is_allowed, again is not None, await balance_of(member.id)) == (True, True, 5)
    assert cold.next_at == NOON + timedelta(minutes=32)


async def test_once_means_once(database: str) -> None:
    member, _ = await a_member(), await a_rule(20, Behaviour.PROFILE_COMPLETED, lifetime_most=1)
    await Earning.pay(member.id, Behaviour.PROFILE_COMPLETED, "profile:1", at=NOON)

    found = await Earning.eligibility(member.id, Behaviour.PROFILE_COMPLETED, at=NOON + timedelta(days=400))

    assert ([refusal.code for refusal in found.refusals], found.next_at) == (["EARN_CAP_REACHED"], None)


async def test_eligibility_names_every_reason(database: str) -> None:
    member, _ = await a_member(), await a_rule(5, day_most=1, cooldown_minutes=10)
    await Earning.pay(member.id, POSTED, "post:1", at=NOON)
    await type(member).filter(id=member.id).update(status="frozen")

    found = await Earning.eligibility(member.id, POSTED, at=NOON)

    assert [refusal.code for refusal in found.refusals] == [
        "MEMBER_NOT_ACTIVE",
        "EARN_CAP_REACHED",
        "EARN_COOLING_DOWN",
    ]
    assert [(due.reason, due.points) for due in found.preview] == [("posted", 5)]


async def test_a_behaviour_without_a_rule_pays_nothing(database: str) -> None:
    member = await a_member()

    assert await Earning.pay(member.id, POSTED, "post:1", at=NOON) is None
    assert [one.code for one in (await Earning.eligibility(member.id, POSTED, at=NOON)).refusals] == ["NOTHING_TO_EARN"]


async def test_a_rule_pays_from_its_start_until_its_end(database: str) -> None:
    member, _ = await a_member(), await a_rule(5, starts_at=NOON, ends_at=NOON + timedelta(hours=1))
    instants = [NOON - timedelta(seconds=1), NOON, NOON + timedelta(hours=1)]

    paid = [await Earning.pay(member.id, POSTED, f"post:{n}", at=at) for n, at in enumerate(instants)]

    assert [one is not None for one in paid] == [False, True, False]


async def test_a_new_version_leaves_what_was_paid(database: str) -> None:
    member, _ = await a_member(), await a_rule(5)
    await Earning.pay(member.id, POSTED, "post:1", at=NOON)

    await EarnRule.put(POSTED, EarnTerms(50), at=NOON, expected_version=1)
    await Earning.pay(member.id, POSTED, "post:2", at=NOON)

    lines = await PointEntry.filter(member_id=member.id).order_by("id")
    assert [(line.amount, line.rule_version) for line in lines] == [(5, 1), (50, 2)]


async def test_two_who_change_a_rule_at_once_do_not_overwrite_each_other(database: str) -> None:
    await a_rule(5)

    outcomes = await asyncio.gather(
        *(EarnRule.put(POSTED, EarnTerms(n), at=NOON, expected_version=1) for n in (6, 7)), return_exceptions=True
    )

    assert sorted(type(one).__name__ for one in outcomes) == ["EarnRule", "EarnRuleChanged"]
    with pytest.raises(EarnRuleChanged):
        await EarnRule.put(POSTED, EarnTerms(8), at=NOON, expected_version=0)


@pytest.mark.parametrize(
    "terms",
    [
        EarnTerms(0),
        EarnTerms(-1),
        EarnTerms(2**53),
        EarnTerms(5, day_most=0),
        EarnTerms(5, starts_at=NOON, ends_at=NOON),
    ],
)
async def test_terms_have_bounds(database: str, terms: EarnTerms) -> None:
    with pytest.raises(Invalid):
        await EarnRule.put(POSTED, terms, at=NOON)


async def test_waiting_points_are_released_when_their_day_comes(database: str) -> None:
    member, _ = await a_member(), await a_rule(30, release_days=7)
    await Earning.pay(member.id, POSTED, "post:1", at=NOON)

    early = await release_due(at=NOON + timedelta(days=7) - timedelta(seconds=1))
    waiting = await balance_of(member.id), await balance_of(member.id, bucket=Bucket.PENDING)
    released = await asyncio.gather(*(release_due(at=NOON + timedelta(days=7)) for _ in range(3)))

    assert (early, waiting) == (0, (0, 30))
    assert sum(released) == 1
    assert (await balance_of(member.id), await balance_of(member.id, bucket=Bucket.PENDING)) == (30, 0)
    assert (await Account.get(id=of_member(member.id).id)).earned_total == 30
    assert await reconcile() == []
