"""How much a rule pays, which of several pays, and every limit, also under fifty causes at one instant."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from models.checkins.check_in import CheckIn
from models.errors import Invalid
from models.members.audience import Audience
from models.points.account import Account, Bucket, Currency, of_member
from models.points.behaviour import Behaviour, Fact
from models.points.earn_amount import AmountKind, Formula, Peak, Rounding, Step, Tiers
from models.points.earn_cause import KEPT_FOR, EarnCause
from models.points.earn_rule import EarnRule
from models.points.earn_terms import Combining, EarnTerms
from models.points.earn_way import ways_to_earn
from models.points.earning import Earning
from models.points.level import Level, LevelTerms
from models.points.reconciliation import reconcile
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_plan
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.points.level_build import a_ladder
from tests.statements import statements

POSTED, PURCHASED = Behaviour.POSTED, Behaviour.PURCHASED
SPENT = Fact.SPENT_MINOR


async def a_rule(amount: int = 5, behaviour: Behaviour = POSTED, code: str = "everyday", **terms: object) -> EarnRule:
    return await EarnRule.put(behaviour, EarnTerms(amount, **terms), code=code, at=LONG_AGO)  # type: ignore[arg-type]  # what a test is about


async def balance_of(member_id: UUID, currency: Currency = Currency.POINTS, bucket: Bucket = Bucket.AVAILABLE) -> int:
    account = await Account.get_or_none(id=of_member(member_id, currency, bucket).id)
    return int(account.balance) if account else 0


async def paid(member_id: UUID, source: str, *, at: datetime = NOON, **about: object) -> int:
    """The points of the largest payment for a post."""
    made = await Earning.pay(member_id, POSTED, source, at=at, **about)  # type: ignore[arg-type]  # what a test is about
    return made.amount if made else 0


@pytest.mark.parametrize(
    ("formula", "spent", "points"),
    [
        (Formula(SPENT, 2, 100), 99, 0),
        (Formula(SPENT, 2, 100), 100, 2),
        (Formula(SPENT, 2, 100), 12_399, 246),
        (Formula(SPENT, 2, 100, Rounding.DOWN), 12_399, 247),
        (Formula(SPENT, 2, 100, Rounding.NEAREST), 12_375, 248),
        (Formula(SPENT, 2, 100, Rounding.NEAREST), 12_374, 247),
        (Formula(SPENT, 2, 100, Rounding.UP), 1, 1),
        (Formula(SPENT, 2, 100, least=5), 100, 5),
        (Formula(SPENT, 2, 100, least=5), 99, 0),
        (Formula(SPENT, 2, 100, most=100), 1_000_000, 100),
        (Formula(SPENT, 2, 100), -500, 0),
    ],
)
def test_a_formula_pays_by_a_fact(formula: Formula, spent: int, points: int) -> None:
    assert formula.of({"spent_minor": spent}) == points


def test_a_formula_without_its_fact_pays_nothing() -> None:
    assert Formula(SPENT, 2).of({}) == 0


@pytest.mark.parametrize(("score", "points"), [(0, 0), (59, 0), (60, 10), (79, 10), (80, 20), (100, 20)])
def test_tiers_pay_by_the_step_that_is_reached(score: int, points: int) -> None:
    tiers = Tiers(Fact.SCORE, (Step(60, 10), Step(80, 20)))

    assert tiers.of({"score": score}) == points


def test_levels_and_peaks_multiply_and_the_larger_peak_holds() -> None:
    week = Peak(NOON, NOON + timedelta(days=7), 150)
    day = Peak(NOON, NOON + timedelta(days=1), 200)
    terms = EarnTerms(5, growth=4, level_percents={3: 110}, peaks=(week, day))

    assert terms.due({}, level=3, at=NOON) == (11, 4)
    assert terms.due({}, level=1, at=NOON + timedelta(days=2)) == (7, 4)
    assert terms.due({}, level=0, at=NOON - timedelta(seconds=1)) == (5, 4)
    # The level's own speed holds where the rule says nothing of that level.
    assert terms.due({}, level=2, at=NOON - timedelta(seconds=1), speed_percent=140) == (7, 4)
    assert terms.due({}, level=3, at=NOON - timedelta(seconds=1), speed_percent=140) == (5, 4)


def test_terms_come_back_from_their_columns_as_they_were() -> None:
    terms = EarnTerms(
        0,
        amount_kind=AmountKind.FORMULA,
        formula=Formula(SPENT, 2, 100, Rounding.UP, 1, 9),
        level_percents={2: 120},
        peaks=(Peak(NOON, NOON + timedelta(days=1), 200),),
        requires=(Behaviour.INTRODUCED,),
        audience=Audience(level_least=2, group_ids=(new_id(),)),
        combining=Combining.ADDS,
    )
    version = EarnRule(behaviour=POSTED, version=1, **terms.columns())

    assert EarnTerms.of_columns(version) == terms


@pytest.mark.parametrize(
    "terms",
    [
        EarnTerms(5, amount_kind=AmountKind.FORMULA),
        EarnTerms(5, formula=Formula(SPENT, 1)),
        EarnTerms(5, amount_kind=AmountKind.FORMULA, formula=Formula(SPENT, 1)),
        EarnTerms(amount_kind=AmountKind.FORMULA, formula=Formula(SPENT, 0)),
        EarnTerms(amount_kind=AmountKind.FORMULA, formula=Formula(SPENT, 1, 0)),
        EarnTerms(amount_kind=AmountKind.FORMULA, formula=Formula(SPENT, 1, least=9, most=8)),
        EarnTerms(amount_kind=AmountKind.TIER, tiers=Tiers(Fact.SCORE, ())),
        EarnTerms(amount_kind=AmountKind.TIER, tiers=Tiers(Fact.SCORE, (Step(9, 1), Step(9, 2)))),
        EarnTerms(5, peaks=(Peak(NOON, NOON, 200),)),
        EarnTerms(5, peaks=(Peak(NOON, NOON + timedelta(1), 10_001),)),
        EarnTerms(5, level_percents={1: -1}),
        EarnTerms(5, day_points_most=0),
        EarnTerms(5, pair_most=0),
        EarnTerms(5, budget_name=" "),
        EarnTerms(5, audience=Audience(new_within_days=0)),
    ],
)
async def test_terms_have_bounds(database: str, terms: EarnTerms) -> None:
    with pytest.raises(Invalid):
        await EarnRule.put(POSTED, terms, at=NOON)

    assert await EarnRule.all().count() == 0


@pytest.mark.parametrize("code", ["", "Festival", "a b", "-x", "x" * 41, "节日"])
async def test_a_code_is_plain(database: str, code: str) -> None:
    with pytest.raises(Invalid):
        await EarnRule.put(POSTED, EarnTerms(5), code=code, at=NOON)


async def test_of_several_rules_the_best_pays_and_those_that_add_pay_beside_it(database: str) -> None:
    member = await a_member()
    await a_rule(5)
    await a_rule(10, code="festival", growth=1)
    await a_rule(3, code="newcomers", combining=Combining.ADDS)

    await Earning.pay(member.id, POSTED, "post:1", at=NOON)
    again = await Earning.pay(member.id, POSTED, "post:1", at=NOON)

    assert again is None
    made = await Earning.filter(member_id=member.id).order_by("number")
    assert [(one.number, one.rule_code, one.amount) for one in made] == [(0, "festival", 10), (1, "newcomers", 3)]
    assert await balance_of(member.id) == 13
    assert await reconcile() == []


async def test_where_the_best_is_used_up_the_next_one_pays(database: str) -> None:
    member = await a_member()
    await a_rule(5)
    await a_rule(10, code="festival", day_most=1)

    assert [await paid(member.id, f"post:{n}") for n in range(3)] == [10, 5, 5]


async def test_a_rule_is_for_its_audience(database: str) -> None:
    group = await a_group()
    inside, outside = await a_place(group), await a_member()
    await a_rule(5)
    await a_rule(9, code="group", audience=Audience(group_ids=(group.id,)))

    assert [await paid(one.id, "post:1") for one in (inside, outside)] == [9, 5]


async def test_a_limit_in_points_pays_what_is_left_of_it(database: str) -> None:
    member = await a_member()
    await a_rule(40, day_points_most=100)

    assert [await paid(member.id, f"post:{n}") for n in range(4)] == [40, 40, 20, 0]
    found = await Earning.eligibility(member.id, POSTED, at=NOON)
    assert [(one.code, one.retry_at) for one in found.refusals] == [
        ("EARN_POINTS_CAP_REACHED", datetime(2026, 11, 23, 16, tzinfo=UTC))
    ]


@pytest.mark.parametrize("limit", ["week_points_most", "month_points_most", "lifetime_points_most"])
async def test_each_limit_in_points_holds(database: str, limit: str) -> None:
    member, _ = await a_member(), await a_rule(40, **{limit: 60})  # type: ignore[arg-type]  # what the case is about

    assert [await paid(member.id, f"post:{n}") for n in range(3)] == [40, 20, 0]


async def test_the_same_thing_is_paid_for_so_often(database: str) -> None:
    member, _ = await a_member(), await a_rule(5, target_day_most=1, target_most=2)
    tomorrow, later = NOON + timedelta(days=1), NOON + timedelta(days=2)

    amounts = [
        await paid(member.id, "like:1", target="post:a"),
        await paid(member.id, "like:2", target="post:a"),
        await paid(member.id, "like:3", target="post:b"),
        await paid(member.id, "like:4", target="post:a", at=tomorrow),
        await paid(member.id, "like:5", target="post:a", at=later),
    ]

    assert amounts == [5, 0, 5, 5, 0]
    assert (await EarnCause.get(source="like:2")).refusal == "EARN_TARGET_CAP_REACHED"


async def test_the_same_two_members_are_paid_for_so_often(database: str) -> None:
    member, _ = await a_member(), await a_rule(5, pair_day_most=1)
    one, other = new_id(), new_id()

    amounts = [await paid(member.id, f"like:{n}", pair=pair) for n, pair in enumerate((one, one, other))]

    assert amounts == [5, 0, 5]


async def test_something_else_must_have_been_paid_before(database: str) -> None:
    member, _ = await a_member(), await a_rule(5, requires=(Behaviour.INTRODUCED,))
    await a_rule(20, Behaviour.INTRODUCED)

    before = await paid(member.id, "post:1")
    found = await Earning.eligibility(member.id, POSTED, at=NOON)
    await Earning.pay(member.id, Behaviour.INTRODUCED, "introduction:1", at=NOON)

    assert (before, [one.code for one in found.refusals]) == (0, ["EARN_PREREQUISITE_MISSING"])
    assert await paid(member.id, "post:2") == 5


async def test_a_level_earns_faster(database: str) -> None:
    member, _ = await a_member(), await a_rule(10, growth=100, level_percents={2: 150})
    await Level.plant_default(at=LONG_AGO)

    assert [await paid(member.id, f"post:{n}") for n in range(2)] == [10, 15]


async def test_the_speed_of_a_level_multiplies_what_rules_pay_and_what_they_foretell(database: str) -> None:
    member, _ = await a_member(), await a_rule(10, growth=500)
    await a_ladder(LevelTerms("白银", 500, speed_percent=120))

    assert [await paid(member.id, f"post:{n}") for n in range(2)] == [10, 12]
    foretold = await Earning.eligibility(member.id, POSTED, at=NOON)
    assert [due.points for due in foretold.preview] == [12]


@pytest.mark.parametrize(
    "terms",
    [{"day_most": 7}, {"day_points_most": 35}, {"lifetime_most": 7}, {"lifetime_points_most": 35}],
)
async def test_limits_are_exact_under_fifty_causes_at_once(database: str, terms: dict[str, int]) -> None:
    member, _ = await a_member(), await a_rule(5, **terms)  # type: ignore[arg-type]  # what the case is about

    await asyncio.gather(*(paid(member.id, f"post:{n}") for n in range(50)))

    assert await balance_of(member.id) == 35
    assert await Earning.all().count() == 7
    assert await EarnCause.filter(refusal__not_isnull=True).count() == 43
    assert await reconcile() == []


async def test_target_and_pair_limits_are_exact_under_fifty_causes_at_once(database: str) -> None:
    member, pair = await a_member(), new_id()
    await a_rule(5, target_most=2, pair_most=3)

    await asyncio.gather(*(paid(member.id, f"like:{n}", target=f"post:{n % 5}", pair=pair) for n in range(50)))

    assert await balance_of(member.id) == 15


async def test_growth_alone_does_not_wait(database: str) -> None:
    member, _ = await a_member(), await a_rule(0, growth=8, release_days=7, needs_review=True)

    earning = await Earning.pay(member.id, POSTED, "post:1", at=NOON)

    assert earning is not None
    assert (earning.release_at, earning.needs_review, await balance_of(member.id, Currency.GROWTH)) == (None, False, 8)


async def test_every_cause_is_kept_for_a_season_with_what_became_of_it(database: str) -> None:
    member, _ = await a_member(), await a_rule(5, day_most=1)
    await paid(member.id, "post:1", facts={Fact.WORDS: 40})
    await paid(member.id, "post:2")

    kept = await EarnCause.all().order_by("source")
    gone = await EarnCause.forget_old(at=NOON + KEPT_FOR + timedelta(seconds=1))

    assert [(one.source, one.facts, one.refusal) for one in kept] == [
        ("post:1", {"words": 40}, None),
        ("post:2", {}, "EARN_CAP_REACHED"),
    ]
    assert (gone, await EarnCause.all().count(), await Earning.all().count()) == (2, 0, 1)


async def test_a_check_in_is_its_own_cause(database: str) -> None:
    member, plan, _ = await a_member(), await a_plan(), await a_rule(3, Behaviour.CHECKED_IN)

    await CheckIn.record(member.id, plan, at=NOON)

    assert [(one.behaviour, one.amount) for one in await Earning.all()] == [(Behaviour.CHECKED_IN, 3)]
    assert await EarnCause.all().count() == 0


async def test_an_audience_is_asked_once_for_all_of_its_rules(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    member, elsewhere = await a_member(), Audience(circle_ids=(new_id(),))
    newcomers = Audience(new_within_days=90)
    for code, audience in (("a", newcomers), ("b", newcomers), ("c", elsewhere), ("d", Audience())):
        await a_rule(5, code=code, audience=audience, combining=Combining.ADDS)

    with statements(monkeypatch) as seen:
        await paid(member.id, "post:1")

    assert [sum("AS gate_0" in one for one in seen), await balance_of(member.id)] == [2, 15]


async def test_rules_that_are_over_are_not_asked(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    member = await a_member()
    await a_rule(5, code="festival", ends_at=NOON, audience=Audience(new_within_days=90))
    await EarnRule.put(POSTED, EarnTerms(5, audience=Audience(new_within_days=90)), is_paused=True, at=LONG_AGO)

    with statements(monkeypatch) as seen:
        amount = await paid(member.id, "post:1")
    await a_rule(5, code="autumn", starts_at=NOON + timedelta(days=1))
    await paid(member.id, "post:2")

    assert (amount, sum("gate_0" in one or "FROM earning e" in one for one in seen)) == (0, 0)
    assert {one.refusal for one in await EarnCause.all()} == {"NOTHING_TO_EARN"}


async def test_a_refused_cause_that_comes_again_may_be_paid(database: str) -> None:
    member, _ = await a_member(), await a_rule(5, day_most=1)
    await paid(member.id, "post:1")

    assert (await paid(member.id, "post:2"), await paid(member.id, "post:2", at=NOON + timedelta(days=1))) == (0, 5)
    assert await EarnCause.filter(refusal__not_isnull=True).count() == 0


async def test_ways_to_earn_are_told_in_a_bounded_number_of_statements(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = await a_member()
    for number, behaviour in enumerate(Behaviour):
        await a_rule(number + 1, behaviour, day_most=2)
    await paid(member.id, "post:1")

    with statements(monkeypatch) as seen:
        ways = await ways_to_earn(member.id, at=NOON)

    assert len(seen) == 3
    assert [way.behaviour for way in ways] == sorted(Behaviour)
    posted = next(way for way in ways if way.behaviour is POSTED)
    assert (posted.eligibility.is_allowed, posted.candidates[0].tally.day.times) == (True, 1)
