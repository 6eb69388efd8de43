"""What happened to a few of the active: a day missed and mended or protected by a card, a check-in that was voided."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial

from models.checkins.card import CardKind, CardLimitReached, CheckInCard
from models.checkins.check_in import CheckIn
from models.checkins.void import CheckInVoid
from seeds.community import Act, Community
from seeds.personas import Habit, Persona
from store.database import savepoint

_ONE_DAY = timedelta(days=1)
_BEFORE_DAWN = 5.0
"""Hours into a day, before anybody checks in."""


class Fate(StrEnum):
    MADE_UP = "made_up"
    PROTECTED = "protected"
    VOIDED = "voided"
    PREPARED = "prepared"


_CARDS = (Fate.MADE_UP, Fate.PROTECTED, Fate.PREPARED)


@dataclass(frozen=True)
class Incident:
    """Something that happened to an active persona around one day."""

    persona: Persona
    day: date
    fate: Fate

    def changed(self, days: set[date]) -> set[date]:
        """The days on which the persona comes by, so that the incident makes sense."""
        around = {self.day + n * _ONE_DAY for n in (-3, -2, -1, 0, 1)}
        missed = {self.day} if self.fate in (Fate.MADE_UP, Fate.PROTECTED) else set()
        return (days | around) - missed


def incidents(community: Community) -> dict[int, Incident]:
    """By the number of the persona; never the one that `make token` logs in, whose days are told elsewhere."""
    calendar, chance = community.calendar, community.chance
    seasoned = community.with_habit(Habit.ACTIVE, joined_before=calendar.today - timedelta(days=calendar.length // 2))
    candidates = [one for one in seasoned if one.number > 0]
    chosen = chance.sample(candidates, min(len(candidates), 4 + len(community.personas) // 25))
    found = {}
    for number, persona in enumerate(chosen):
        fate = Fate.VOIDED if number == 0 else _CARDS[number % len(_CARDS)]
        day = calendar.today - timedelta(days=3 + chance.randrange(max(calendar.length // 4, 1)))
        found[persona.number] = Incident(persona, day, fate)
    return found


def acts(community: Community, incident: Incident) -> Iterator[Act]:
    """A freeze is bought on the morning of the day it protects; a make-up card when the day after is over."""
    days_later = {Fate.PROTECTED: 0, Fate.PREPARED: 1, Fate.VOIDED: 1, Fate.MADE_UP: 2}[incident.fate]
    deed = {
        Fate.PROTECTED: partial(_buy, community, incident, CardKind.FREEZE),
        Fate.PREPARED: partial(_buy, community, incident, CardKind.FREEZE),
        Fate.VOIDED: partial(_void, community, incident),
        Fate.MADE_UP: partial(_make_up, community, incident),
    }[incident.fate]
    yield Act(community.calendar.at(incident.day + days_later * _ONE_DAY, _BEFORE_DAWN), deed)


async def _buy(community: Community, incident: Incident, kind: CardKind, *, at: datetime) -> None:
    """Buy a card, unless the member holds as many as it may, out of the mall."""
    member, plan = community.member_of(incident.persona), community.plans["daily"]
    with suppress(CardLimitReached):
        async with savepoint():
            await CheckInCard.buy(member.id, plan, kind, at=at, once=None)


async def _make_up(community: Community, incident: Incident, *, at: datetime) -> None:
    await _buy(community, incident, CardKind.MAKE_UP, at=at)
    member = community.member_of(incident.persona)
    await CheckIn.make_up(member.id, community.plans["daily"], incident.day, at=at, once=None)


async def _void(community: Community, incident: Incident, *, at: datetime) -> None:
    member, plan = community.member_of(incident.persona), community.plans["daily"]
    check_in = await CheckIn.get(member_id=member.id, plan_id=plan.id, business_day=incident.day)
    reason = "盗用他人照片签到，经核实作废"
    await CheckInVoid.record(check_in.id, staff_id=community.owner.id, reason=reason, at=at, once=None)
