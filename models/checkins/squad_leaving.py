"""Going out of a challenge: before squads are closed without further ado, afterwards at a price.

Who quits a squad on its way leaves the stake behind and pays the penalty; the seat stays empty until a substitute takes
it over. Asked twice, each of these answers as the first time.
"""

from datetime import datetime
from uuid import UUID

from models.checkins.squad import Squad, SquadNotRunning
from models.checkins.squad_challenge import SquadChallenge
from models.checkins.squad_forming import caught_up
from models.checkins.squad_notice import SquadNotice, SquadNoticeKind
from models.checkins.squad_payment import take_penalty
from models.checkins.squad_place import SquadPlace, SquadPlaceState
from models.checkins.squad_settlement import held_and_settled
from models.checkins.squad_tally import SquadState
from models.errors import DomainError, NotFound
from models.insight.standing import standing_changed
from models.members.member import Member
from store.database import execute, transaction

_ENDED = "UPDATE squad SET state = 'dissolved', ended_at = $1, due_at = NULL WHERE id = $2"


class ChallengeBegun(DomainError):
    code = "CHALLENGE_BEGUN"
    zh = "组队已截止，现在退出属于中途退出"
    en = "Squads are closed; to go now is to quit."


async def leave_challenge(member_id: UUID, place_id: UUID, *, at: datetime) -> SquadPlace:
    """Give a place up while squads form, stake and all.

    Raises `ChallengeBegun` once squads are closed, `NotFound`, `MemberNotActive`.
    """
    known = await SquadPlace.get_or_none(id=place_id, member_id=member_id)
    if known is None:
        raise NotFound(field="squadPlaceId")
    async with transaction():
        challenge = await SquadChallenge.held(known.challenge_id)
        place = await SquadPlace.get(id=place_id)
        squad = await Squad.held(place.squad_id) if place.squad_id else None
        await Member.touch(member_id, at=at)
        place = await SquadPlace.get(id=place_id)
        if place.state is SquadPlaceState.LEFT:
            return place
        is_open = challenge.is_published and at < challenge.forms_until and challenge.matched_at is None
        if not is_open or place.state not in (SquadPlaceState.WAITING, SquadPlaceState.JOINED):
            raise ChallengeBegun()
        await give_up(place, squad, at=at)
    return place


async def give_up(place: SquadPlace, squad: Squad | None, *, at: datetime) -> None:
    """End a place while squads form, inside the caller's transaction, which holds squad and member."""
    await place.give_back(at=at)
    await place.end(SquadPlaceState.LEFT, at=at)
    await standing_changed([place.member_id], at=at)
    if squad is None:
        sql = "UPDATE squad_challenge SET waiting_count = waiting_count - 1 WHERE id = $1"
        await execute(sql, place.challenge_id)
        return
    await execute("UPDATE squad SET taken = taken - 1 WHERE id = $1", squad.id)
    if not await pass_on(squad, place.member_id, at=at):
        squad.state = SquadState.DISSOLVED
        await execute(_ENDED, at, squad.id)


async def quit_squad(member_id: UUID, squad_id: UUID, *, at: datetime) -> SquadPlace:
    """Leave a squad on its way for good. Raises `SquadNotRunning`, `NotFound`, `MemberNotActive`."""
    known = await SquadPlace.filter(squad_id=squad_id, member_id=member_id).exclude(state=SquadPlaceState.LEFT).first()
    if known is None:
        raise NotFound(field="squadId")
    await caught_up(squad_id, at=at)
    async with transaction():
        squad, challenge = await held_and_settled(squad_id, member_id, at=at)
        await Member.touch(member_id, at=at)
        place = await SquadPlace.get(id=known.id)
        if place.state is SquadPlaceState.QUIT:
            return place
        is_over = challenge.number_of(at) > challenge.days or not challenge.is_published
        if is_over or not (squad.is_running and place.is_joined):
            raise SquadNotRunning()
        await vacate(place, SquadPlaceState.QUIT, squad, challenge, at=at)
        await take_penalty(place, challenge.quit_penalty, at=at)
        await pass_on(squad, member_id, at=at)
    return place


async def vacate(
    place: SquadPlace, state: SquadPlaceState, squad: Squad, challenge: SquadChallenge, *, at: datetime
) -> None:
    """End a place in a squad on its way as of yesterday, so that today is for whoever takes the seat over."""
    today = max(challenge.number_of(at), 1)
    await place.end(state, at=at, last_day=today - 1)
    await squad.vacate()
    mates = await SquadPlace.filter(squad_id=squad.id, state=SquadPlaceState.JOINED)
    await SquadNotice.tell(
        [mate.member_id for mate in mates],
        SquadNoticeKind.SEAT_EMPTY,
        challenge_id=challenge.id,
        squad_id=squad.id,
        day=today,
        about=place.id,
        at=at,
    )
    await standing_changed([place.member_id], at=at)


async def pass_on(squad: Squad, member_id: UUID, *, at: datetime) -> bool:
    """Where the captain has gone, make the mate the captain that came first; False where nobody is left."""
    mates = SquadPlace.filter(squad_id=squad.id, state=SquadPlaceState.JOINED).order_by("joined_at", "id")
    next_one = await mates.first()
    if next_one is None:
        return False
    if squad.captain_id == member_id:
        squad.captain_id = next_one.member_id
        await squad.save(update_fields=["captain_id"])
        await SquadNotice.tell(
            [next_one.member_id],
            SquadNoticeKind.CAPTAIN,
            challenge_id=squad.challenge_id,
            squad_id=squad.id,
            at=at,
        )
    return True
