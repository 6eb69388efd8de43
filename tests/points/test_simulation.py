"""A simulation replays what happened against other rules, tells what would change, and writes nothing."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from models.checkins.check_in import CheckIn
from models.errors import Invalid
from models.members.audience import Audience
from models.points import replayed_world
from models.points.behaviour import Behaviour, Fact
from models.points.budget import Budget, BudgetPlan
from models.points.earn_amount import AmountKind, Formula
from models.points.earn_cause import EarnCause
from models.points.earn_decision import RuleVersion
from models.points.earn_rule import EarnRule
from models.points.earn_terms import Combining, EarnTerms
from models.points.earning import Earning
from models.points.entry import PointEntry
from models.points.level import LevelTerms
from models.points.simulation import Simulation, simulate
from store.database import copy, dialect
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_plan
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.points.level_build import a_ladder, grow

BEGIN, END = NOON - timedelta(days=7), NOON
POSTED, PURCHASED = Behaviour.POSTED, Behaviour.PURCHASED


def a_draft(amount: int = 10, behaviour: Behaviour = POSTED, code: str = "everyday", **terms: object) -> RuleVersion:
    return RuleVersion(behaviour, code, EarnTerms(amount, **terms))  # type: ignore[arg-type]  # what a test is about


async def replayed(*drafts: RuleVersion) -> Simulation:
    return await simulate(drafts, begins_at=BEGIN, ends_at=END, at=NOON)


async def posts(member_id: UUID, count: int, *, begin: datetime = BEGIN) -> None:
    for number in range(count):
        at = begin + timedelta(hours=1, minutes=number)
        await Earning.pay(member_id, POSTED, f"post:{member_id}:{number}"[:80], at=at)


async def test_the_rules_in_force_come_to_what_they_paid(database: str) -> None:
    one, other = await a_member(), await a_member()
    await EarnRule.put(POSTED, EarnTerms(5, day_most=3), at=LONG_AGO)
    await posts(one.id, 5)
    await posts(other.id, 2)

    found = await replayed(a_draft(5, day_most=3))

    paid = sum([earning.amount for earning in await Earning.all()])
    assert (found.cause_count, found.before.points, found.after.points, paid) == (7, 25, 25, 25)
    assert (found.winners(), found.losers()) == ([], [])


async def test_a_level_is_paid_at_its_speed(database: str) -> None:
    member = await a_member()
    await a_ladder(LevelTerms("白银", 500, speed_percent=120))
    await grow(member.id, 500, at=LONG_AGO)
    await EarnRule.put(POSTED, EarnTerms(10), at=LONG_AGO)
    await posts(member.id, 2)

    found = await replayed(a_draft(20), a_draft(5, PURCHASED))

    assert [earning.amount for earning in await Earning.all()] == [12, 12]
    assert (found.before.points, found.after.points) == (24, 48)


async def test_a_wider_rule_pays_what_was_refused_then(database: str) -> None:
    one, other = await a_member(), await a_member()
    await EarnRule.put(POSTED, EarnTerms(5, day_most=1), at=LONG_AGO)
    await posts(one.id, 4)
    await posts(other.id, 1)

    found = await replayed(a_draft(4, day_most=3))

    assert (found.before.points, found.after.points) == (10, 16)
    assert [(change.member_id, change.change) for change in found.winners()] == [(one.id, 7)]
    assert [(change.member_id, change.change) for change in found.losers()] == [(other.id, -1)]
    bands = {(band.least, band.most): band.members for band in found.distribution() if band.members}
    assert bands == {(1, 10): 1, (-10, -1): 1}


async def test_a_behaviour_that_had_no_rule_can_be_tried(database: str) -> None:
    member = await a_member()
    for number, spent in enumerate((9_990, 100, 50)):
        facts = {"spent_minor": spent}
        await Earning.pay(
            member.id, PURCHASED, f"purchase:{number}", at=BEGIN + timedelta(hours=number + 1), facts=facts
        )
    formula = Formula(Fact.SPENT_MINOR, points=2, per=100)

    found = await replayed(a_draft(0, PURCHASED, amount_kind=AmountKind.FORMULA, formula=formula))

    assert (found.before.points, found.after.points, found.after.times) == (0, 200, 2)
    assert found.after.of_behaviour == {PURCHASED: 200}


async def test_check_ins_are_causes_without_a_rule(database: str) -> None:
    member, plan = await a_member(), await a_plan()
    for day in range(3):
        await CheckIn.record(member.id, plan, at=BEGIN + timedelta(days=day, hours=1))

    found = await replayed(a_draft(3, Behaviour.CHECKED_IN))

    assert (found.causes_of, found.after.points) == ({Behaviour.CHECKED_IN: 3}, 9)


async def test_what_was_paid_before_the_period_counts_for_limits(database: str) -> None:
    member = await a_member()
    await EarnRule.put(POSTED, EarnTerms(5), at=LONG_AGO)
    await posts(member.id, 2, begin=BEGIN - timedelta(days=30))
    await Earning.pay(member.id, POSTED, "post:late", at=BEGIN + timedelta(hours=1))

    once, thrice = await replayed(a_draft(5, lifetime_most=2)), await replayed(a_draft(5, lifetime_most=3))

    assert (once.after.points, thrice.after.points) == (0, 5)


async def test_a_budget_stops_the_replay_as_it_stops_a_payment(database: str) -> None:
    members = [await a_member() for _ in range(4)]
    await Budget.open(BudgetPlan("daily", 25), at=LONG_AGO, staff_id=new_id())
    for member in members:
        await posts(member.id, 1)

    found = await replayed(a_draft(10, budget_name="daily"))

    assert (found.after.points, found.after.times, found.after.of_budget) == (20, 2, {"daily": 20})


async def test_an_audience_and_a_rule_beside_it_are_replayed(database: str) -> None:
    group = await a_group()
    inside, outside = await a_place(group), await a_member()
    await posts(inside.id, 1)
    await posts(outside.id, 1)
    festival = a_draft(7, code="festival", combining=Combining.ADDS, audience=Audience(group_ids=(group.id,)))

    found = await replayed(a_draft(2), festival)

    assert found.after.of_member == {inside.id: 9, outside.id: 2}
    assert found.after.of_rule == {(POSTED, "everyday"): 4, (POSTED, "festival"): 7}


async def test_it_writes_nothing(database: str) -> None:
    member = await a_member()
    await posts(member.id, 3)
    before = await EarnCause.all().count()

    await replayed(a_draft(5))

    assert (await PointEntry.all().count(), await Earning.all().count(), await EarnCause.all().count()) == (
        0,
        0,
        before,
    )


@pytest.mark.parametrize(
    ("begin", "end"),
    [(NOON, NOON), (NOON - timedelta(days=93), NOON), (NOON - timedelta(days=101), NOON - timedelta(days=90))],
)
async def test_a_period_has_bounds(database: str, begin: datetime, end: datetime) -> None:
    with pytest.raises(Invalid):
        await simulate([a_draft()], begins_at=begin, ends_at=end, at=NOON)


async def test_drafts_are_checked_like_rules(database: str) -> None:
    for drafts in ([], [a_draft(), a_draft()], [replace(a_draft(), terms=EarnTerms(-1))]):
        with pytest.raises(Invalid):
            await simulate(drafts, begins_at=BEGIN, ends_at=END, at=NOON)


async def test_a_hundred_thousand_causes_take_little_more_than_ten_times_what_ten_thousand_take(database: str) -> None:
    members = [await a_member() for _ in range(20)]
    await EarnRule.put(POSTED, EarnTerms(5, day_most=3, month_points_most=100), at=LONG_AGO)
    step = (END - BEGIN) / 100_000
    rows = [
        (
            *(_raw(new_id()), _raw(members[number % 20].id), "posted", f"post:{number}", "{}", f"post:{number % 997}"),
            *(None, None, "NOTHING_TO_EARN", _raw(BEGIN + step * number)),
        )
        for number in range(100_000)
    ]
    columns = ("id", "member_id", "behaviour", "source", "facts", "target", "pair_id", "circle_id", "refusal")
    taken: dict[int, float] = {}
    for some in (rows[:10_000], rows[10_000:]):
        await copy("earn_cause", (*columns, "created_at"), some)
        started = time.process_time()
        found = await replayed(a_draft(4, day_most=5, target_day_most=1, cooldown_minutes=5))
        taken[found.cause_count] = time.process_time() - started

    assert list(taken) == [10_000, 100_000]
    assert taken[100_000] < 25 * taken[10_000]


async def test_no_one_waits_while_rows_become_causes(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    member, plan, asking = await a_member(), await a_plan(), threading.get_ident()
    await EarnRule.put(POSTED, EarnTerms(5, month_most=3), at=LONG_AGO)
    await posts(member.id, 2)
    await Earning.pay(member.id, POSTED, "post:earlier", at=BEGIN - timedelta(days=1))
    await CheckIn.record(member.id, plan, at=NOON - timedelta(days=1))
    threads: dict[str, int] = {}

    def watched(name: str, made: Callable[..., object]) -> Callable[..., object]:
        def one(*given: object, **named: object) -> object:
            threads[name] = threading.get_ident()
            return made(*given, **named)

        return one

    names = ("_past_cause", "_past_check_in", "_standing", "_past_payment", "Replay")
    for name in names:
        monkeypatch.setattr(replayed_world, name, watched(name, getattr(replayed_world, name)))

    found = await replayed(a_draft(4))

    assert found.cause_count == 3
    assert threads.keys() == {*names}
    assert asking not in threads.values()


def _raw(value: object) -> object:
    """What the driver takes for a column in a bulk load."""
    return value if dialect() == "postgres" else str(value)
