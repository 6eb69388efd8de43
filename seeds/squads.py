"""Three challenges of 21 days for squads: one that is over, one that goes on, and one for which squads form.

Nobody checks in for them: what counts are the check-ins of the story, so who comes by every day comes through.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from models.checkins.squad import Squad
from models.checkins.squad_challenge import SquadChallenge
from models.checkins.squad_challenge_version import create_challenge, publish_challenge
from models.checkins.squad_joining import enlist, form_squad, join_squad
from models.checkins.squad_notice import AlreadyNudged, MateCheckedIn, SquadNotice
from models.checkins.squad_place import SquadPlace, SquadPlaceState
from models.checkins.squad_terms import Milestone, SquadMode, SquadTerms, Tier
from models.checkins.squad_unwinding import move_squads_on
from seeds.community import Act, Community
from seeds.personas import Habit, Persona
from store.database import savepoint

OVER, RUNNING, OPEN = "21 天早起挑战", "21 天不断签挑战", "21 天新年习惯挑战"
OVER_AGO, RUNNING_AGO, AHEAD = 25, 9, 4
DAYS = 21
NAMES = ("六点俱乐部", "早鸟联盟", "晨光小队", "不迟到的人", "向阳而生", "豆浆油条")
SIZE = 4
_DAY = timedelta(days=1)
_TIERS = (Tier("完赛", 14, 60), Tier("坚持之星", 18, 120), Tier("全勤王", DAYS, 200))


def acts(community: Community) -> Iterator[Act]:
    calendar, chance = community.calendar, Random(21)
    over_on, running_on = calendar.today - OVER_AGO * _DAY, calendar.today - RUNNING_AGO * _DAY
    ahead_on = calendar.today + AHEAD * _DAY
    yield from _told(
        community, _over(community, over_on), _cast(community, over_on, chance, with_first=False), squads=4
    )
    # The one that `make token` logs in leads a squad of the one that goes on.
    cast = _cast(community, running_on, chance, with_first=True)
    yield from _told(community, _running(community, running_on), cast, squads=5)
    others = _cast(community, ahead_on, chance, with_first=False)
    yield from _told(community, _open(community, ahead_on), others, squads=2, room=1)
    for back in range(OVER_AGO, -1, -1):
        yield Act(calendar.at(calendar.today - back * _DAY, 0.1), move_squads_on)
    for back in range(RUNNING_AGO - 1, 0, -1):
        at = calendar.at(calendar.today - back * _DAY, 21)
        yield Act(at, partial(_nudge, chance.randrange(1_000)))


def _over(community: Community, starts_on: date) -> SquadTerms:
    return SquadTerms(
        OVER,
        community.plans["daily"].id,
        DAYS,
        starts_on,
        summary="四人一组，二十一天里一起完成八成的打卡；全组都坚持到最后，人人再加奖励。",
        size_most=SIZE,
        mode=SquadMode.TOTAL_DAYS,
        misses_allowed=6,
        goal_percent=70,
        milestones=(Milestone(7, 10), Milestone(14, 20)),
        tiers=_TIERS,
        every_finish_points=100,
    )


def _running(community: Community, starts_on: date) -> SquadTerms:
    return SquadTerms(
        RUNNING,
        community.plans["daily"].id,
        DAYS,
        starts_on,
        summary="一个人走得快，一群人走得远：每人最多缺五天，全组最多缺十五天。",
        size_most=SIZE,
        mode=SquadMode.ALL_SURVIVE,
        misses_allowed=5,
        team_misses_allowed=15,
        substitutes_until_day=7,
        quit_penalty=20,
        milestones=(Milestone(7, 15), Milestone(14, 25)),
        tiers=_TIERS,
        every_finish_points=150,
    )


def _open(community: Community, starts_on: date) -> SquadTerms:
    return SquadTerms(
        OPEN,
        community.plans["daily"].id,
        DAYS,
        starts_on,
        summary="新老成员混编，接力打卡；还没有队友也可以报名自动组队。",
        size_most=SIZE,
        mode=SquadMode.RELAY,
        misses_allowed=1,
        goal_percent=90,
        substitutes_until_day=10,
        tiers=(Tier("接力完成", 4, 80),),
        every_finish_points=60,
    )


def _cast(community: Community, starts_on: date, chance: Random, *, with_first: bool) -> list[Persona]:
    found = community.with_habit(Habit.ACTIVE, joined_before=starts_on - 5 * _DAY)
    first = [one for one in found if one.number == 0 and with_first]
    others = [one for one in found if one.number > 0]
    return [*first, *chance.sample(others, min(len(others), 6 * SIZE))]


def _told(
    community: Community, terms: SquadTerms, cast: Sequence[Persona], *, squads: int, room: int = 0
) -> Iterator[Act]:
    """It is published, some form squads and others join them, and the rest ask to be matched; squads leave `room`."""
    calendar, day = community.calendar, terms.starts_on - 4 * _DAY
    yield Act(calendar.at(day - _DAY, 10), partial(_publish, community, terms))
    for number, persona in enumerate(cast):
        at = calendar.at(day, 9 + number / 4)
        home, place = divmod(number, SIZE)
        if home >= squads or place >= SIZE - room:
            yield Act(at, partial(_enlist, community, persona, terms.title))
        elif place == 0:
            yield Act(at, partial(_form, community, persona, terms.title, NAMES[home]))
        else:
            yield Act(at, partial(_join, community, persona, terms.title, NAMES[home]))


async def _publish(community: Community, terms: SquadTerms, *, at: datetime) -> None:
    draft = await create_challenge(terms, staff_id=community.owner.id, at=at, once=None)
    await publish_challenge(draft.id, expected_version=1, staff_id=community.owner.id, at=at)


async def _form(community: Community, persona: Persona, title: str, name: str, *, at: datetime) -> None:
    challenge = await SquadChallenge.get(title=title)
    await form_squad(community.member_of(persona).id, challenge.id, name=name, at=at, once=None)


async def _join(community: Community, persona: Persona, title: str, name: str, *, at: datetime) -> None:
    squad = await Squad.get(challenge__title=title, name=name)
    await join_squad(community.member_of(persona).id, squad.code, at=at, once=None)


async def _enlist(community: Community, persona: Persona, title: str, *, at: datetime) -> None:
    challenge = await SquadChallenge.get(title=title)
    await enlist(community.member_of(persona).id, challenge.id, at=at, once=None)


async def _nudge(number: int, *, at: datetime) -> None:
    """Captains remind whoever has not come by that evening."""
    for squad in await Squad.filter(challenge__title=RUNNING, state="running").order_by("id"):
        mates = SquadPlace.filter(squad_id=squad.id, state=SquadPlaceState.JOINED).exclude(member_id=squad.captain_id)
        found = await mates.order_by("id")
        if not found or not await SquadPlace.exists(squad_id=squad.id, member_id=squad.captain_id, state="joined"):
            continue
        mate = found[number % len(found)]
        try:
            async with savepoint():
                await SquadNotice.nudge(squad.captain_id, squad.id, mate.member_id, at=at)
        except (AlreadyNudged, MateCheckedIn):
            continue
