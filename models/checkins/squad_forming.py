"""Forming: what happens when squads are closed, once for each challenge and squad, whenever the job comes by.

First who asked for it is matched, under the challenge's row. Then squads that are too small are dissolved and the
others set out, each under its own. Whoever found no squad has its stake back. An act on a squad that is still waiting
for all this does it first (`caught_up`), so it finds what a punctual job would have left behind.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from models.checkins.squad import Squad, new_squad_code, take_rows
from models.checkins.squad_challenge import ChallengeStatus, SquadChallenge
from models.checkins.squad_matching import Candidate, OpenSquad, matched
from models.checkins.squad_notice import SquadNotice, SquadNoticeKind
from models.checkins.squad_place import SquadPlace, SquadPlaceState
from models.checkins.squad_tally import SquadState
from models.insight.standing import standing_changed
from models.members.member import Member, MemberStatus
from models.one_by_one import OneByOne
from store.clock import as_instant
from store.database import among, execute, fetch, transaction
from store.ids import as_id, new_id

AT_ONCE = 100
NEWCOMER = timedelta(days=30)
"""How long somebody counts as new where newcomers and others are mixed."""

_PEOPLE = (
    "SELECT p.id, p.squad_id, p.state, m.joined_at, COALESCE(r.inviter_id, m.id) AS family FROM squad_place p "
    "JOIN member m ON m.id = p.member_id LEFT JOIN referral r ON r.invitee_id = m.id "
    "WHERE p.challenge_id = $1 AND p.state IN ('waiting', 'joined') AND m.status IN ('normal', 'muted') ORDER BY p.id"
)


async def match_challenge(challenge_id: UUID, *, at: datetime) -> bool:
    """Match whoever asked for it, once squads are closed; False where that is not due, or was done."""
    async with transaction():
        challenge = await SquadChallenge.held(challenge_id)
        if challenge.matched_at or challenge.status is ChallengeStatus.DRAFT or not _are_closed(challenge, at=at):
            return False
        if challenge.waiting_count:
            await _match(challenge)
        challenge.matched_at = challenge.forms_until
        await challenge.save(update_fields=["matched_at", "waiting_count"])
    return True


def _are_closed(challenge: SquadChallenge, *, at: datetime) -> bool:
    return challenge.forms_until <= challenge.as_until(at)


async def _match(challenge: SquadChallenge) -> None:
    people: dict[UUID | None, list[Candidate]] = {}
    oldest: dict[UUID, datetime] = {}
    for row in await fetch(_PEOPLE, challenge.id):
        joined_at, place_id = as_instant(row["joined_at"]), as_id(row["id"])
        is_new = challenge.forms_until - joined_at < NEWCOMER
        squad_id = as_id(row["squad_id"]) if row["squad_id"] else None
        people.setdefault(squad_id, []).append(Candidate(place_id, is_new, as_id(row["family"])))
        oldest[place_id] = joined_at
    squads = await Squad.filter(challenge_id=challenge.id, state=SquadState.FORMING, is_open=True).order_by("id")
    found = await asyncio.to_thread(
        matched,
        people.get(None, ()),
        [OpenSquad(one.id, tuple(people.get(one.id, ())), one.size_most - one.taken) for one in squads],
        least=challenge.size_least,
        most=challenge.size_most,
        seed=challenge.id.int,
    )
    for squad_id, joined in found.joins.items():
        await _let_in(challenge, squad_id, [one.id for one in joined])
    for number, group in enumerate(found.squads, start=1):
        await _put_together(challenge, number, sorted((one.id for one in group), key=lambda one: (oldest[one], one)))


async def _let_in(challenge: SquadChallenge, squad_id: UUID, place_ids: Sequence[UUID]) -> None:
    """Let some into a squad that forms; where it has filled meanwhile they are left over."""
    sql = "UPDATE squad SET taken = taken + $1 WHERE id = $2 AND state = 'forming' AND taken + $1 <= size_most"
    if await execute(sql, len(place_ids), squad_id):
        await _seat(challenge, squad_id, place_ids)


async def _put_together(challenge: SquadChallenge, number: int, place_ids: Sequence[UUID]) -> None:
    """Make a squad of some; the captain is who has been in the community longest."""
    captain = await SquadPlace.get(id=place_ids[0])
    squad = await Squad.create(
        id=new_id(),
        challenge_id=challenge.id,
        name=f"同行第{number}组",
        code=new_squad_code(),
        captain_id=captain.member_id,
        is_matched=True,
        size_most=challenge.size_most,
        taken=len(place_ids),
        created_at=challenge.forms_until,
        due_at=challenge.forms_until,
    )
    await _seat(challenge, squad.id, place_ids)


async def _seat(challenge: SquadChallenge, squad_id: UUID, place_ids: Sequence[UUID]) -> None:
    at = challenge.forms_until
    sql = f"UPDATE squad_place SET squad_id = $1, state = 'joined', joined_at = $2 WHERE {among('id', 3, 'uuid')}"  # noqa: S608 - own text, values are bound
    await execute(sql, squad_id, at, list(place_ids))
    challenge.waiting_count -= len(place_ids)
    members = await SquadPlace.filter(id__in=list(place_ids)).values_list("member_id", flat=True)
    kind = SquadNoticeKind.MATCHED
    await SquadNotice.tell([as_id(one) for one in members], kind, challenge_id=challenge.id, squad_id=squad_id, at=at)


async def set_out(squad_id: UUID, *, at: datetime) -> bool:
    """Send a squad on its way, or dissolve it for being too small; False where that is not due, or was done."""
    async with transaction():
        squad = await Squad.held(squad_id)
        challenge = await SquadChallenge.get(id=squad.challenge_id)
        if not squad.is_forming or challenge.matched_at is None:
            return False
        places = await SquadPlace.of_squad(squad_id)
        await take_rows(place.member_id for place in places)
        places = await _without_gone(squad, challenge, places, at=at)
        if len(places) < challenge.size_least:
            await _dissolve(squad, challenge, places, at=at)
        else:
            await _start(squad, challenge, places, at=at)
    return True


async def _without_gone(
    squad: Squad, challenge: SquadChallenge, places: Sequence[SquadPlace], *, at: datetime
) -> list[SquadPlace]:
    """Who is still a member of the community; the places of others are given up."""
    members = {member.id: member.status for member in await Member.filter(id__in=[one.member_id for one in places])}
    stay = [place for place in places if members[place.member_id] not in (MemberStatus.LEFT, MemberStatus.ERASED)]
    for place in places:
        if place not in stay:
            await place.give_back(at=at)
            await place.end(SquadPlaceState.LEFT, at=challenge.forms_until)
            squad.taken -= 1
    return stay


async def _dissolve(squad: Squad, challenge: SquadChallenge, places: Sequence[SquadPlace], *, at: datetime) -> None:
    for place in places:
        await place.give_back(at=at)
        await place.end(SquadPlaceState.DISSOLVED, at=challenge.forms_until)
    squad.state, squad.ended_at, squad.due_at = SquadState.DISSOLVED, challenge.forms_until, None
    await squad.save(update_fields=["state", "ended_at", "due_at", "taken"])
    await _tell(squad, places, SquadNoticeKind.DISSOLVED, at=at)


async def _start(squad: Squad, challenge: SquadChallenge, places: Sequence[SquadPlace], *, at: datetime) -> None:
    for seat, place in enumerate(places, start=1):
        place.seat = seat
        await place.save(update_fields=["seat"])
    if all(place.member_id != squad.captain_id for place in places):
        squad.captain_id = places[0].member_id
    squad.state, squad.started_at, squad.seats = SquadState.RUNNING, challenge.forms_until, len(places)
    squad.due_at = challenge.settles_at(1)
    await squad.save(update_fields=["state", "started_at", "seats", "due_at", "taken", "captain_id"])
    await _tell(squad, places, SquadNoticeKind.STARTED, at=at)


async def _tell(squad: Squad, places: Sequence[SquadPlace], kind: SquadNoticeKind, *, at: datetime) -> None:
    members = [place.member_id for place in places]
    await SquadNotice.tell(members, kind, challenge_id=squad.challenge_id, squad_id=squad.id, at=at)
    await standing_changed(members, at=at)


async def let_go(place_id: UUID, state: SquadPlaceState, *, at: datetime) -> bool:
    """Give a place back that waits for a squad and finds none; False where it waits no more."""
    known = await SquadPlace.get(id=place_id)
    async with transaction():
        challenge = await SquadChallenge.held(known.challenge_id)
        await Member.bump(known.member_id)
        place = await SquadPlace.get(id=place_id)
        if place.state is not SquadPlaceState.WAITING:
            return False
        await place.give_back(at=at)
        await place.end(state, at=challenge.as_until(challenge.forms_until))
        await execute("UPDATE squad_challenge SET waiting_count = waiting_count - 1 WHERE id = $1", challenge.id)
        kind = SquadNoticeKind(state) if state is SquadPlaceState.CANCELLED else SquadNoticeKind.UNMATCHED
        await SquadNotice.tell([place.member_id], kind, challenge_id=challenge.id, squad_id=None, at=at)
    return True


async def caught_up(squad_id: UUID, *, at: datetime) -> None:
    """Do for a squad what is due by `at` and no job has done yet, its days aside."""
    squad = await Squad.existing(squad_id, field="squadId")
    if squad.is_forming:
        await match_challenge(squad.challenge_id, at=at)
        await set_out(squad_id, at=at)


async def form_due(*, at: datetime) -> int:
    """Match, send out and dissolve what is due; returns how many challenges, squads and places."""
    done, run = 0, OneByOne("form squads")
    closed = SquadChallenge.filter(forms_until__lte=at, matched_at__isnull=True)
    for challenge in await closed.exclude(status=ChallengeStatus.DRAFT).order_by("forms_until", "id"):
        done += bool(await run.do(challenge.id, match_challenge(challenge.id, at=at)))
    forming = Squad.filter(due_at__lte=at, state=SquadState.FORMING, challenge__matched_at__isnull=False)
    while squads := await forming.exclude(id__in=run.failed).order_by("due_at", "id").limit(AT_ONCE):
        for squad in squads:
            done += bool(await run.do(squad.id, set_out(squad.id, at=at)))
    for challenge in await SquadChallenge.filter(matched_at__isnull=False, waiting_count__gt=0):
        waiting = SquadPlace.filter(challenge_id=challenge.id, state=SquadPlaceState.WAITING).order_by("id")
        while places := await waiting.exclude(id__in=run.failed).limit(AT_ONCE):
            for place in places:
                done += bool(await run.do(place.id, let_go(place.id, SquadPlaceState.DISSOLVED, at=at)))
    return done
