"""Builders of challenges, of squads that go through them, and of their check-ins."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from models.checkins.check_in import CheckIn, CheckInKind
from models.checkins.plan import CheckInPlan
from models.checkins.squad import Squad
from models.checkins.squad_challenge import SquadChallenge
from models.checkins.squad_challenge_version import create_challenge, publish_challenge
from models.checkins.squad_day import SquadDay, SquadMark
from models.checkins.squad_forming import form_due
from models.checkins.squad_joining import form_squad, join_squad
from models.checkins.squad_place import SquadPlace
from models.checkins.squad_terms import SquadTerms
from models.members.member import Member
from store.ids import new_id
from tests.build import LONG_AGO, a_member, a_plan
from tests.conftest import NOON
from tests.mall.build import a_buyer

STAFF_ID = new_id()
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TUESDAY = date(2026, 11, 24)
STARTS = datetime.fromisoformat("2026-11-24T00:00+08:00")
"""When the challenge of most tests begins, and squads are closed: the midnight after `NOON`."""


async def terms(days: int = 3, **rules: Any) -> SquadTerms:
    """A challenge that begins tomorrow, where a single miss ends it for all."""
    if "plan_id" not in rules:
        rules["plan_id"] = (await CheckInPlan.first() or await a_plan()).id
    given = {"title": "21 天早起小组挑战", "starts_on": TUESDAY, "size_least": 2, "size_most": 4, **rules}
    return SquadTerms(days=days, **given)


async def a_draft_challenge(days: int = 3, **rules: Any) -> SquadChallenge:
    return await create_challenge(await terms(days, **rules), staff_id=STAFF_ID, at=LONG_AGO, once=None)


async def a_challenge(days: int = 3, **rules: Any) -> SquadChallenge:
    """A published one."""
    draft = await a_draft_challenge(days, **rules)
    return await publish_challenge(draft.id, expected_version=1, staff_id=STAFF_ID, at=LONG_AGO)


async def a_squad(
    challenge: SquadChallenge, size: int = 2, *, members: Sequence[Member] = (), at: datetime = NOON, **about: Any
) -> list[SquadPlace]:
    """A squad that forms; its places, the captain's in front."""
    found = [*members]
    while len(found) < size:
        found.append(await (a_buyer() if challenge.stake else a_member()))
    name = about.pop("name", "早起的鸟儿")
    first = await form_squad(found[0].id, challenge.id, name=name, at=at, once=None, **about)
    squad = await Squad.get(id=first.squad_id)
    others = [
        await join_squad(one.id, squad.code, at=at + timedelta(seconds=n), once=None)
        for n, one in enumerate(found[1:], start=1)
    ]
    return [first, *others]


async def a_running_squad(
    challenge: SquadChallenge, size: int = 2, *, members: Sequence[Member] = ()
) -> list[SquadPlace]:
    """A squad that has set out."""
    places = await a_squad(challenge, size, members=members, at=min(NOON, challenge.forms_until - HOUR))
    await form_due(at=challenge.forms_until)
    return [await now(place) for place in places]


async def checked_in(place: SquadPlace, *days: int, at: datetime | None = None, **columns: Any) -> None:
    """The bare rows of check-ins, at nine of each day itself."""
    challenge = await SquadChallenge.get(id=place.challenge_id)
    for day in days:
        given = {"kind": CheckInKind.DAILY, "day_index": 1, "streak_days": 1, "points_paid": 0, **columns}
        await CheckIn.create(
            member_id=place.member_id,
            plan_id=challenge.plan_id,
            plan_version=1,
            business_day=challenge.date_of(day),
            created_at=at or challenge.day_opens(day) + 9 * HOUR,
            **given,
        )


async def now(place: SquadPlace) -> SquadPlace:
    return await SquadPlace.get(id=place.id)


async def squad_of(place: SquadPlace) -> Squad:
    return await Squad.get(id=place.squad_id)


async def marks_of(place: SquadPlace) -> dict[int, bool]:
    """What the settled days came to for a member, of those it owed."""
    return {one.day: bool(one.is_done) for one in await SquadMark.filter(place_id=place.id).order_by("day")}


async def days_of(place: SquadPlace) -> list[tuple[int, int, int]]:
    """The settled days of a squad: number, done, missed."""
    return [(one.day, one.done, one.missed) for one in await SquadDay.filter(squad_id=place.squad_id).order_by("day")]
