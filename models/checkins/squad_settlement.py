"""Settling: when a day of a challenge is over, what it came to is written down for each squad, once.

A squad is settled under its own row and those of all its members, all days that are over in their order, so it does not
matter whether the job comes every minute or after a day of standing still, nor how many processes run it: a second one
finds nothing left to do. Whatever else a squad is asked to do settles it first. So what became of it follows from what
happened when, and never from when the job ran.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from models.checkins.squad import Squad, take_rows
from models.checkins.squad_challenge import SquadChallenge
from models.checkins.squad_day import SquadDay
from models.checkins.squad_diploma import SquadDiploma
from models.checkins.squad_notice import SquadNotice, SquadNoticeKind
from models.checkins.squad_payment import pay_finish, pay_milestone, settle_stakes
from models.checkins.squad_place import SquadPlace, SquadPlaceState, tally_of
from models.checkins.squad_proof import done_in
from models.checkins.squad_tally import DayResult, SquadState, Tally, settled
from models.insight.standing import standing_changed
from models.one_by_one import OneByOne
from store.database import transaction

SQUADS_AT_ONCE = 100

Places = Mapping[UUID, SquadPlace]


async def settle(squad: Squad, challenge: SquadChallenge, *, at: datetime) -> int:
    """Settle the days of a squad that are over by `at`; the caller's transaction holds it and its members' rows.

    Returns how many days were written. A cancelled challenge is settled as of its cancellation.
    """
    days = days_over(squad, challenge, at=at)
    if not days:
        return 0
    places = {place.id: place for place in await SquadPlace.of_squad(squad.id)}
    done = await done_in(challenge, [place.member_id for place in places.values()], days)
    who = [(day, {place.id for place in places.values() if place.member_id in done[day]}) for day in days]
    results = settled(tally_of(squad, places.values()), who, squad.rules(challenge))
    await SquadDay.write(squad, challenge, places, results)
    for result in results:
        await _keep(squad, challenge, places, result, at=at)
    await _end_or_go_on(squad, challenge, places, results[-1].after, at=at)
    await standing_changed([place.member_id for place in places.values()], at=at)
    return len(results)


def days_over(squad: Squad, challenge: SquadChallenge, *, at: datetime) -> list[int]:
    """The days of a squad on its way after the last settled one that are over by `at`."""
    if not squad.is_running:
        return []
    until = challenge.as_until(at)
    return [day for day in range(squad.settled_through + 1, challenge.days + 1) if challenge.settles_at(day) <= until]


async def _keep(squad: Squad, challenge: SquadChallenge, places: Places, result: DayResult, *, at: datetime) -> None:
    """What a day has made of the members, and what it pays them."""
    for holder in result.after.holders.values():
        place = places[holder.id]
        place.done_days, place.missed_days = holder.done, holder.missed
        if holder.is_out and place.is_joined:
            place.state, place.last_day = SquadPlaceState.OUT, holder.last_day
            place.ended_at = challenge.settles_at(result.day)
            squad.vacant += 1
            await _tell([place], SquadNoticeKind.OUT, squad, at=at)
    points = challenge.milestones_due.get(result.day)
    if points and result.after.state is not SquadState.FAILED:
        there = [one for one in result.after.survivors() if one.first_day <= result.day]
        paid = await pay_milestone([places[one.id] for one in there], result.day, points, at=at)
        await _tell(paid, SquadNoticeKind.MILESTONE, squad, day=result.day, at=at)


async def _end_or_go_on(squad: Squad, challenge: SquadChallenge, places: Places, tally: Tally, *, at: datetime) -> None:
    squad.settled_through, squad.state = tally.settled_through, tally.state
    squad.done_days, squad.missed_days = tally.done, tally.missed
    if squad.is_running:
        squad.due_at = challenge.settles_at(squad.settled_through + 1)
    else:
        await _end(squad, challenge, places, tally, at=at)
    counts = ["done_days", "missed_days", "state", "last_day", "ended_at", "tier", "points_paid"]
    for place in places.values():
        await place.save(update_fields=counts)
    await squad.save(
        update_fields=[
            *("settled_through", "state", "done_days", "missed_days", "vacant"),
            *("is_whole", "due_at", "ended_at"),
        ]
    )


async def _end(squad: Squad, challenge: SquadChallenge, places: Places, tally: Tally, *, at: datetime) -> None:
    """Pay what a squad has come to, and end the places of who is still there."""
    there = [places[one.id] for one in tally.survivors()]
    finishers = there if squad.state is SquadState.FINISHED else []
    squad.due_at, squad.ended_at = None, challenge.settles_at(tally.settled_through)
    squad.is_whole = len(finishers) == squad.seats
    await pay_finish(finishers, challenge, is_whole=squad.is_whole, at=at)
    await settle_stakes(list(places.values()), finishers, challenge, at=at)
    for place in there:
        place.state = SquadPlaceState.FINISHED if finishers else SquadPlaceState.FAILED
        place.ended_at = squad.ended_at
    if challenge.gives_diploma:
        for place in finishers:
            await SquadDiploma.issue(place, squad.id, at=squad.ended_at)
    await _tell(there, SquadNoticeKind.FINISHED if finishers else SquadNoticeKind.FAILED, squad, at=at)


async def _tell(
    places: Sequence[SquadPlace], kind: SquadNoticeKind, squad: Squad, *, at: datetime, day: int = 0
) -> None:
    await SquadNotice.tell(
        [place.member_id for place in places],
        kind,
        challenge_id=squad.challenge_id,
        squad_id=squad.id,
        day=day,
        at=at,
    )


async def held_and_settled(squad_id: UUID, *also: UUID, at: datetime) -> tuple[Squad, SquadChallenge]:
    """A squad with all rows taken that an act on it needs, those of `also` among them, settled up to its instant."""
    squad, challenge = await _held(squad_id, *also)
    await settle(squad, challenge, at=at)
    return squad, challenge


async def _held(squad_id: UUID, *also: UUID) -> tuple[Squad, SquadChallenge]:
    squad = await Squad.held(squad_id)
    challenge = await SquadChallenge.get(id=squad.challenge_id)
    places = await SquadPlace.of_squad(squad_id)
    await take_rows([*(place.member_id for place in places), *also])
    return squad, challenge


async def settle_squad(squad_id: UUID, *, at: datetime) -> int:
    """Settle one squad; returns how many days."""
    async with transaction():
        squad, challenge = await _held(squad_id)
        return await settle(squad, challenge, at=at)


async def settle_due(*, at: datetime) -> int:
    """Settle what is over by `at`, the longest due first; returns how many squads."""
    done, run = 0, OneByOne("settle squad day")
    due = Squad.filter(due_at__lte=at, state=SquadState.RUNNING, challenge__status="published")
    while some := await due.exclude(id__in=run.failed).order_by("due_at", "id").limit(SQUADS_AT_ONCE):
        for squad in some:
            done += bool(await run.do(squad.id, settle_squad(squad.id, at=at)))
    return done
