"""What behaviours earn: the rules, the month's budgets of the circles, what members did, and two grants of staff.

The rules pay by the kind of the act: shopping by the money, a quiz by the score, talk out of the circle's budget. The
drivers' budget is nearly used up, some answers to a task wait for staff, and a large grant waits for a second person.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from models.points.behaviour import Behaviour, Fact
from models.points.budget import Budget, BudgetPlan
from models.points.budget_balance import balances_of, read_budgets
from models.points.earn_amount import AmountKind, Formula, Peak, Step, Tiers
from models.points.earn_rule import EarnRule
from models.points.earn_terms import Combining, EarnTerms
from models.points.earning import Earning
from models.points.earning_review import EarningReview, Verdict
from models.points.grant_batch import GrantBatch
from models.points.grant_row import GivenRow, GrantRow, NamedBy, pay_granted
from seeds.community import Act, Community
from seeds.personas import Habit, Persona

TALK = "日常互动"
"""The name of the budgets that pay for talk in the groups."""

BUDGET = 3_000
NEARLY = 78
"""How many percent of the drivers' budget are used, of the 80 at which it alerts."""

DAYS = 14
_SHOPPING = Formula(Fact.SPENT_MINOR, points=1, per=100, most=2_000)
_TIERS = Tiers(Fact.COUNT, (Step(3, 30), Step(5, 60), Step(10, 150)))
_SCORES = Tiers(Fact.SCORE, (Step(60, 10), Step(80, 15), Step(100, 30)))

TERMS = {
    Behaviour.PROFILE_COMPLETED: EarnTerms(20, growth=10, lifetime_most=1),
    Behaviour.INTRODUCED: EarnTerms(20, growth=20, lifetime_most=1),
    Behaviour.INVITE_INTRODUCED: EarnTerms(10, growth=5, month_most=20),
    Behaviour.INVITE_FIRST_CHECK_IN: EarnTerms(50, growth=20, month_most=20, release_days=3),
    Behaviour.GRAND_INVITE_FIRST_CHECK_IN: EarnTerms(10, month_most=20, release_days=3),
    Behaviour.INVITED_FIRST_CHECK_IN: EarnTerms(5, lifetime_most=1),
    Behaviour.INVITE_TIER: EarnTerms(amount_kind=AmountKind.TIER, tiers=_TIERS, growth=10),
    Behaviour.POSTED: EarnTerms(5, growth=2, day_most=3, month_points_most=150, budget_name=TALK),
    Behaviour.INTERACTED: EarnTerms(
        2, growth=1, day_most=5, cooldown_minutes=5, target_most=1, pair_day_most=2, budget_name=TALK
    ),
    Behaviour.PLAYED: EarnTerms(3, growth=1, day_most=2, day_points_most=6),
    Behaviour.TASK_DONE: EarnTerms(
        10, growth=5, day_most=3, needs_review=True, release_days=7, requires=(Behaviour.INTRODUCED,)
    ),
    Behaviour.PURCHASED: EarnTerms(
        amount_kind=AmountKind.FORMULA,
        formula=_SHOPPING,
        growth_percent=100,
        level_percents={5: 120, 6: 150},
        release_days=7,
    ),
    Behaviour.COURSE_ATTENDED: EarnTerms(20, growth=10, week_most=3),
    Behaviour.QUIZ_PASSED: EarnTerms(amount_kind=AmountKind.TIER, tiers=_SCORES, growth=10, week_most=3, target_most=1),
    Behaviour.EVENT_ATTENDED: EarnTerms(30, growth=30, month_most=4),
}
"""The everyday rule of each behaviour."""


async def found(community: Community) -> None:
    for behaviour, terms in TERMS.items():
        # Coming to class has been paid for these last weeks only.
        since = community.calendar.now - timedelta(days=DAYS) if behaviour is Behaviour.COURSE_ATTENDED else None
        dated = replace(terms, starts_at=since)
        await EarnRule.put(behaviour, dated, at=community.founded_at, staff_id=community.owner.id)
    await _festival(community)


async def _festival(community: Community) -> None:
    """Rules beside the everyday ones: a week of double points lately, and a bonus on check-ins to come."""
    now = community.calendar.now
    double = Peak(now - timedelta(days=5), now + timedelta(days=2), 200)
    quiz = EarnTerms(amount_kind=AmountKind.TIER, tiers=_SCORES, peaks=(double,), target_most=1, ends_at=double.ends_at)
    bonus = EarnTerms(
        5, day_most=1, combining=Combining.ADDS, starts_at=now + timedelta(days=3), ends_at=now + timedelta(days=10)
    )
    for behaviour, terms, code, title in (
        (Behaviour.QUIZ_PASSED, quiz, "double-week", "答题双倍周"),
        (Behaviour.CHECKED_IN, bonus, "festival", "节日签到加赠"),
    ):
        await EarnRule.put(
            behaviour, terms, code=code, title=title, at=community.founded_at, staff_id=community.owner.id
        )


def acts(community: Community) -> Iterator[Act]:
    calendar, chance = community.calendar, community.chance
    opened_at = max(calendar.at(calendar.today.replace(day=1)), calendar.at(calendar.first_day))
    yield Act(opened_at, partial(_open_budgets, community))
    lively = community.with_habit(Habit.ACTIVE, joined_before=calendar.today - timedelta(days=DAYS))
    days = [day for day in calendar.days[-DAYS:] if calendar.at(day) >= opened_at] or calendar.days[-1:]
    for number, persona in enumerate(chance.sample(lively, min(len(lively), 36))):
        for turn in range(3):
            at = calendar.moment(chance.choice(days), chance)
            yield Act(at, partial(_deed, community, persona, 3 * number + turn))
        yield Act(calendar.at(days[-1], 1 + number / 20), partial(_task, community, persona, number))
    for day in days:
        yield Act(calendar.at(day, 23.5), read_budgets)
    yield Act(calendar.at(calendar.today - timedelta(days=2), 10), partial(_small_grant, community, lively[:6]))
    yield Act(calendar.now - timedelta(minutes=20), partial(_large_grant, community, lively[:25]))
    yield Act(calendar.now - timedelta(minutes=10), partial(_nearly_use_up, community))


async def _open_budgets(community: Community, *, at: datetime) -> None:
    for circle in community.circles.values():
        month = community.calendar.today.replace(day=1)
        plan = BudgetPlan(TALK, BUDGET, circle_id=circle.id, month=month, renews=True)
        await Budget.open(plan, at=at, staff_id=community.owner.id)


async def _deed(community: Community, persona: Persona, number: int, *, at: datetime) -> None:
    """One of the things that members do; the areas that these belong to will say it themselves."""
    member, chance = community.member_of(persona), community.chance
    behaviour, facts = (
        (Behaviour.POSTED, {Fact.WORDS: 20 + number % 90}),
        (Behaviour.INTERACTED, {}),
        (Behaviour.PURCHASED, {Fact.SPENT_MINOR: 9_900 + 1_000 * (number % 40)}),
        (Behaviour.POSTED, {Fact.WORDS: 12}),
        (Behaviour.QUIZ_PASSED, {Fact.SCORE: 50 + 10 * (number % 6)}),
        (Behaviour.PLAYED, {}),
        (Behaviour.COURSE_ATTENDED, {Fact.MINUTES: 35}),
    )[chance.randrange(7)]
    await Earning.pay(
        member.id,
        behaviour,
        f"demo:{number}",
        at=at,
        facts={str(name): value for name, value in facts.items()},
        target=f"demo:{number % 9}",
        circle_id=community.circles[persona.theme].id,
    )


async def _task(community: Community, persona: Persona, number: int, *, at: datetime) -> None:
    """A few did a task; staff have decided about some of those, and the others wait."""
    if number % 4:
        return
    earning = await Earning.pay(community.member_of(persona).id, Behaviour.TASK_DONE, f"demo-task:{number}", at=at)
    if earning and number % 8 == 0:
        verdict = Verdict.REJECTED if number % 24 == 0 else Verdict.APPROVED
        reason = "截图与任务不符" if verdict is Verdict.REJECTED else None
        await EarningReview.decide(earning.id, verdict, reason=reason, staff_id=community.owner.id, at=at)


async def _small_grant(community: Community, people: list[Persona], *, at: datetime) -> None:
    batch = await _drawn_up(community, "品茗小聚出镜奖励", people, 66, at=at)
    await GrantBatch.submit(batch.id, staff_id=community.owner.id, at=at)
    await pay_granted(at=at)


async def _large_grant(community: Community, people: list[Persona], *, at: datetime) -> None:
    """It waits for a second person."""
    batch = await _drawn_up(community, "年度优秀成员奖励", people, 888, at=at)
    await GrantBatch.submit(batch.id, staff_id=community.owner.id, at=at)


async def _drawn_up(community: Community, name: str, people: list[Persona], amount: int, *, at: datetime) -> GrantBatch:
    batch = await GrantBatch.draft(name=name, reason=name, staff_id=community.owner.id, at=at)
    codes = [community.member_of(persona).invite_code for persona in people]
    rows = [GivenRow(NamedBy.INVITE_CODE, code, amount) for code in codes]
    await GrantRow.add(batch.id, rows, staff_id=community.owner.id, at=at)
    return batch


async def _nearly_use_up(community: Community, *, at: datetime) -> None:
    """The drivers' budget is cut to little more than what it has paid."""
    budget = await Budget.get(circle_id=community.circles["auto"].id, name=TALK, closed_at__isnull=True)
    spent = (await balances_of([budget.id]))[budget.id].spent
    amount = max(spent * 100 // NEARLY, spent + 1)
    await Budget.resize(budget.id, amount, reason="本月预算收紧", staff_id=community.owner.id, at=at)
    await read_budgets(at=at)
