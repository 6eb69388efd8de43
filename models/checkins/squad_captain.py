"""What a captain does: names the squad, opens it to matching, hands it over, and lets go who does not keep up."""

from datetime import datetime
from uuid import UUID

from models.actor import Actor, ActorKind
from models.checkins.squad import NAME_MOST, Squad, SquadOver, take_rows
from models.checkins.squad_challenge import SquadChallenge
from models.checkins.squad_forming import caught_up
from models.checkins.squad_leaving import give_up, vacate
from models.checkins.squad_notice import SquadNotice, SquadNoticeKind
from models.checkins.squad_place import SquadPlace, SquadPlaceState
from models.checkins.squad_settlement import held_and_settled
from models.errors import DomainError, Invalid, NotFound, bounded_text
from models.members.member import ACTIVE, Member, MemberNotActive
from models.staff.audit import REASON_MOST
from store.database import transaction


class MateKeepsUp(DomainError):
    code = "MATE_KEEPS_UP"
    zh = "该组员没有缺卡，不能请其退出"
    en = "This mate has missed no day and is not let go."


class SubstitutesNotTaken(DomainError):
    code = "SUBSTITUTES_NOT_TAKEN"
    zh = "替补期已过，不能更换组员"
    en = "No substitute could take the seat any more."


async def change_squad(
    member_id: UUID, squad_id: UUID, *, name: str | None = None, is_open: bool | None = None, at: datetime
) -> Squad:
    """Give a squad another name, or open or close it to matching. Raises `NotCaptain`, `SquadOver`, `NotFound`,
    `Invalid`.
    """
    text = bounded_text(name, "name", least=1, most=NAME_MOST)
    async with transaction():
        squad = await Squad.held(squad_id)
        await Member.touch(member_id, at=at, speaks=text is not None)
        await SquadPlace.in_squad(squad_id, member_id, field="squadId")
        squad.refuse_other_than_captain(member_id)
        _refuse_over(squad)
        squad.name = text or squad.name
        squad.is_open = squad.is_open if is_open is None else is_open
        await squad.save(update_fields=["name", "is_open"])
    return squad


async def hand_squad_over(
    squad_id: UUID, member_id: UUID, *, actor: Actor, at: datetime, reason: str | None = None
) -> Squad:
    """Make a mate the captain: on the captain's word, or on that of staff, who say why.

    Raises `NotCaptain`, `SquadOver`, `MemberNotActive` (for the one who should lead), `NotFound`, `Invalid`.
    """
    is_staff = actor.kind is ActorKind.STAFF
    why = bounded_text(reason or "", "reason", least=int(is_staff), most=REASON_MOST) or None
    async with transaction():
        squad = await Squad.held(squad_id)
        await take_rows([one for one in (actor.id, member_id) if one and actor.kind is ActorKind.MEMBER])
        if actor.kind is ActorKind.MEMBER and actor.id:
            await Member.touch(actor.id, at=at)
            await SquadPlace.in_squad(squad_id, actor.id, field="squadId")
            squad.refuse_other_than_captain(actor.id)
        _refuse_over(squad)
        await SquadPlace.in_squad(squad_id, member_id)
        if (await Member.get(id=member_id)).status not in ACTIVE:
            raise MemberNotActive(field="memberId")
        before = {"captain_id": squad.captain_id}
        squad.captain_id = member_id
        await squad.save(update_fields=["captain_id"])
        after = {"captain_id": member_id}
        await actor.audit("hand_squad_over", squad, before=before, after=after, reason=why, at=at)
        kind = SquadNoticeKind.CAPTAIN
        await SquadNotice.tell([member_id], kind, challenge_id=squad.challenge_id, squad_id=squad_id, at=at)
    return squad


async def relieve(captain_id: UUID, squad_id: UUID, member_id: UUID, *, at: datetime) -> SquadPlace:
    """Let a mate go, stake and all: while the squad forms, or one who has missed days while a substitute may follow.

    Raises `NotCaptain`, `MateKeepsUp`, `SubstitutesNotTaken`, `SquadOver`, `NotFound`, `Invalid`.
    """
    if captain_id == member_id:
        raise Invalid("memberId", zh="组长请先转让", en="a captain hands the squad over first")
    if not await SquadPlace.exists(squad_id=squad_id, member_id=captain_id):
        raise NotFound(field="squadId")
    await caught_up(squad_id, at=at)
    async with transaction():
        squad, challenge = await held_and_settled(squad_id, captain_id, member_id, at=at)
        await Member.touch(captain_id, at=at)
        _refuse_over(squad)
        await SquadPlace.in_squad(squad_id, captain_id, field="squadId")
        squad.refuse_other_than_captain(captain_id)
        place = await SquadPlace.in_squad(squad_id, member_id)
        if squad.is_forming:
            await give_up(place, squad, at=at)
        else:
            _refuse_staying(place, challenge, at=at)
            await place.give_back(at=at)
            await vacate(place, SquadPlaceState.RELIEVED, squad, challenge, at=at)
        kind = SquadNoticeKind.RELIEVED
        await SquadNotice.tell([member_id], kind, challenge_id=challenge.id, squad_id=squad_id, at=at)
    return place


def _refuse_staying(place: SquadPlace, challenge: SquadChallenge, *, at: datetime) -> None:
    if max(challenge.number_of(at), 1) > challenge.substitutes_until_day:
        raise SubstitutesNotTaken()
    if not place.missed_days:
        raise MateKeepsUp()


def _refuse_over(squad: Squad) -> None:
    if not (squad.is_forming or squad.is_running):
        raise SquadOver()
