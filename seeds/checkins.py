"""Sixty days of check-ins: who comes by when, the words beside it, cards bought and used, and one that was voided."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from models.checkins.check_in import CheckIn
from models.checkins.plan import CheckInPlan, CycleKind, PlanScope
from models.checkins.plan_version import open_plan
from models.spread.invite_stage import reach
from models.spread.invite_stage_name import InviteStage
from seeds import cards
from seeds.cards import incidents
from seeds.community import Act, Community
from seeds.personas import Habit, Persona
from seeds.texts import CHECK_IN_WORDS, RUN_WORDS
from store.settings import settings

_ONE_DAY = timedelta(days=1)
_WRITES = 0.18
"""How many of the check-ins bear words."""

_DAYS_A_WEEK = {Habit.ACTIVE: ((5, 6, 7), (3, 4, 5)), Habit.PASSIVE: ((1, 2), (1, 1))}


async def open_daily(community: Community, **rules: object) -> CheckInPlan:
    """The default plan, by the brand's days."""
    return await _open(community, {"name": "每日签到"} | rules, scope=PlanScope.ALL, scope_id=None)


async def found(community: Community) -> None:
    community.plans["daily"] = await open_daily(community)
    ladder = [{"days": 3, "points": 5}, {"days": 7, "points": 15}, {"days": 14, "points": 30}]
    running = {
        "name": "晨跑打卡",
        "cycle": CycleKind.ISO_WEEK,
        "base_points": 5,
        "base_growth": 5,
        "finish_bonus": 20,
        "consecutive_ladder": ladder,
        "cumulative_ladder": [{"days": 30, "points": 50}],
    }
    group = community.groups["sports"]
    community.plans["running"] = await _open(community, running, scope=PlanScope.GROUP, scope_id=group.id)


async def _open(
    community: Community, rules: dict[str, object], *, scope: PlanScope, scope_id: UUID | None
) -> CheckInPlan:
    days: dict[str, object] = {"zone": settings().brand_zone, "day_start_hour": settings().day_start_hour}
    return await open_plan(
        days | rules,
        scope=scope,
        scope_id=scope_id,
        is_default=scope is PlanScope.ALL,
        staff_id=community.owner.id,
        at=community.founded_at,
    )


def acts(community: Community) -> Iterator[Act]:
    special = incidents(community)
    for persona in community.personas:
        days = _days(community, persona)
        if incident := special.get(persona.number):
            days = incident.changed(days)
            yield from cards.acts(community, incident)
        moments = (community.calendar.moment(day, community.chance) for day in sorted(days))
        earliest = persona.joined_at + timedelta(hours=6)
        for number, at in enumerate(at for at in moments if earliest < at < community.calendar.now):
            words = community.chance.choice(CHECK_IN_WORDS) if community.chance.random() < _WRITES else None
            yield Act(at, partial(_check_in, community, persona, words, is_first=number == 0))
        if persona.theme == "sports" and persona.habit is not Habit.SILENT:
            yield from _runs(community, persona)


async def _check_in(community: Community, persona: Persona, words: str | None, *, is_first: bool, at: datetime) -> None:
    """A check-in; the first one of somebody who was brought also pays the one who brought it."""
    member = community.member_of(persona)
    await CheckIn.record(member.id, community.plans["daily"], at=at, content=words)
    if is_first:
        await reach(member.id, InviteStage.FIRST_CHECK_IN, at=at)


async def _run(community: Community, persona: Persona, words: str, *, at: datetime) -> None:
    await CheckIn.record(community.member_of(persona).id, community.plans["running"], at=at, content=words)


def _days(community: Community, persona: Persona) -> set[date]:
    """The days on which a persona comes by; the one that `make token` logs in has the seventh day of a cycle ahead."""
    calendar, chance = community.calendar, community.chance
    if persona.habit is Habit.SILENT:
        return set()
    counts, weights = _DAYS_A_WEEK[persona.habit]
    is_diligent = persona.habit is Habit.ACTIVE and chance.random() < 0.2
    days: set[date] = set()
    for start in range(0, calendar.length, 7):
        week = calendar.days[start : start + 7]
        wanted = 7 if is_diligent else chance.choices(counts, weights)[0]
        days |= set(chance.sample(week, min(len(week), wanted)))
    if persona.number == 0:
        last_six = {calendar.today - n * _ONE_DAY for n in range(1, 7)}
        days = (days | last_six) - {calendar.today, calendar.today - 7 * _ONE_DAY}
    return days


def _runs(community: Community, persona: Persona) -> Iterator[Act]:
    """Runners also check in with their group, a few times a week in the last four weeks."""
    calendar, chance = community.calendar, community.chance
    share = 0.6 if persona.habit is Habit.ACTIVE else 0.15
    for day in calendar.days[-28:]:
        at = calendar.at(day, 6 + 2.5 * chance.random())
        if chance.random() < share and persona.joined_at + 2 * _ONE_DAY < at < calendar.now:
            yield Act(at, partial(_run, community, persona, chance.choice(RUN_WORDS)))
