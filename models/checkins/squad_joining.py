"""Coming into a challenge: by forming a squad, by a squad's code, or by asking to be matched.

The code also lets a substitute into a squad on its way, as long as a seat is empty and the challenge still takes some.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from models.checkins.squad import NAME_MOST, Squad, SquadOver, new_squad_code
from models.checkins.squad_challenge import ChallengeStatus, SquadChallenge
from models.checkins.squad_door import SquadsClosed, door_refusals, forming_refusals
from models.checkins.squad_forming import caught_up
from models.checkins.squad_notice import SquadNotice, SquadNoticeKind
from models.checkins.squad_place import AlreadyInChallenge, SquadPlace, SquadPlaceState
from models.checkins.squad_settlement import held_and_settled
from models.errors import DomainError, NotFound, bounded_text
from models.idempotency import Once, perform_once
from models.insight.standing import standing_changed
from models.members.member import Member
from store.database import execute, violates


class NoMatching(DomainError):
    code = "NO_MATCHING"
    zh = "该挑战不提供自动组队"
    en = "Nobody is matched for this challenge."


class SubstitutesOver(DomainError):
    code = "SUBSTITUTES_OVER"
    zh = "小组已出发，不再接受替补"
    en = "This squad is on its way and takes no substitutes any more."


async def form_squad(
    member_id: UUID, challenge_id: UUID, *, name: str, is_open: bool = True, at: datetime, once: Once | None
) -> SquadPlace:
    """Form a squad, as its captain. Returns the captain's place.

    Raises what stands at the door, `AlreadyInChallenge`, `InsufficientPoints`, `MemberNotActive`, `MemberMuted`,
    `NotFound`, `Invalid`.
    """
    text = bounded_text(name, "name", least=1, most=NAME_MOST) or ""

    async def act(id: UUID) -> SquadPlace:
        challenge = await _open(challenge_id, member_id, at=at, speaks=True)
        squad = await Squad.create(
            challenge_id=challenge.id,
            name=text,
            code=new_squad_code(),
            captain_id=member_id,
            is_open=is_open and challenge.has_matching,
            size_most=challenge.size_most,
            taken=1,
            created_at=at,
            due_at=challenge.forms_until,
        )
        return await _written(id, challenge, member_id, squad=squad, at=at)

    return await _once(once, act, at=at)


async def enlist(member_id: UUID, challenge_id: UUID, *, at: datetime, once: Once | None) -> SquadPlace:
    """Ask to be matched when squads are closed. Raises as `form_squad`, and `NoMatching`."""

    async def act(id: UUID) -> SquadPlace:
        challenge = await _open(challenge_id, member_id, at=at)
        if not challenge.has_matching:
            raise NoMatching()
        await execute("UPDATE squad_challenge SET waiting_count = waiting_count + 1 WHERE id = $1", challenge.id)
        return await _written(id, challenge, member_id, squad=None, at=at)

    return await _once(once, act, at=at)


async def join_squad(member_id: UUID, code: str, *, at: datetime, once: Once | None) -> SquadPlace:
    """Come into a squad by its code, while it forms or as a substitute.

    Raises as `form_squad`, and `SquadFull`, `SquadOver`, `SubstitutesOver`.
    """
    known = await Squad.coded(code)
    await caught_up(known.id, at=at)

    async def act(id: UUID) -> SquadPlace:
        squad = await Squad.held(known.id)
        challenge = await SquadChallenge.get(id=squad.challenge_id)
        if not squad.is_forming:
            return await _substitute(id, squad.id, member_id, at=at)
        await Member.touch(member_id, at=at)
        await _refuse(challenge, member_id, at=at)
        await squad.take_place()
        return await _written(id, challenge, member_id, squad=squad, at=at)

    return await _once(once, act, at=at)


async def _substitute(id: UUID, squad_id: UUID, member_id: UUID, *, at: datetime) -> SquadPlace:
    """Take an empty seat of a squad over, from today on."""
    squad, challenge = await held_and_settled(squad_id, member_id, at=at)
    await Member.touch(member_id, at=at)
    if not squad.is_running:
        raise SquadOver()
    for refusal in await door_refusals(challenge, member_id, at=at):
        raise refusal
    day = max(challenge.number_of(at), 1)
    if day > challenge.substitutes_until_day:
        raise SubstitutesOver() if challenge.substitutes_until_day else SquadsClosed()
    if await SquadPlace.standing(member_id, challenge.id):
        raise AlreadyInChallenge()
    await squad.take_over()
    places = await SquadPlace.of_squad(squad_id)
    held = {place.seat for place in places if place.is_joined}
    seat = next(number for number in range(1, squad.seats + 1) if number not in held)
    await SquadNotice.tell(
        [place.member_id for place in places if place.is_joined],
        SquadNoticeKind.SUBSTITUTED,
        challenge_id=challenge.id,
        squad_id=squad_id,
        day=day,
        about=id,
        at=at,
    )
    return await _written(id, challenge, member_id, squad=squad, at=at, seat=seat, first_day=day, is_substitute=True)


async def _open(challenge_id: UUID, member_id: UUID, *, at: datetime, speaks: bool = False) -> SquadChallenge:
    """A challenge for somebody who may take part, with its row and the member's taken."""
    challenge = await SquadChallenge.held(challenge_id)
    if challenge.status is ChallengeStatus.DRAFT:
        raise NotFound(field="challengeId")
    await Member.touch(member_id, at=at, speaks=speaks)
    await _refuse(challenge, member_id, at=at)
    return challenge


async def _refuse(challenge: SquadChallenge, member_id: UUID, *, at: datetime) -> None:
    for refusal in await door_refusals(challenge, member_id, at=at):
        raise refusal
    for refusal in forming_refusals(challenge, at=at):
        raise refusal
    if await SquadPlace.standing(member_id, challenge.id):
        raise AlreadyInChallenge()


async def _written(
    id: UUID,
    challenge: SquadChallenge,
    member_id: UUID,
    *,
    squad: Squad | None,
    at: datetime,
    seat: int | None = None,
    first_day: int = 1,
    is_substitute: bool = False,
) -> SquadPlace:
    """Write a place down, with its stake set aside."""
    place = SquadPlace(
        id=id,
        challenge_id=challenge.id,
        squad_id=squad.id if squad else None,
        member_id=member_id,
        state=SquadPlaceState.JOINED if squad else SquadPlaceState.WAITING,
        is_substitute=is_substitute,
        seat=seat,
        first_day=first_day,
        created_at=at,
        joined_at=at if squad else None,
    )
    await place.set_aside(challenge, at=at)
    await place.save(force_create=True)
    await standing_changed([member_id], at=at)
    return place


async def _once(once: Once | None, act: Callable[[UUID], Awaitable[SquadPlace]], *, at: datetime) -> SquadPlace:
    try:
        return await perform_once(once, SquadPlace, act, at=at)
    except IntegrityError as error:
        if violates(error, SquadPlace, "squad_place_once"):
            raise AlreadyInChallenge() from None
        raise
