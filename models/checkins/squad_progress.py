"""How a squad stands today: who has checked in, who is missing; and whether a member may take part at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.checkins.squad import Squad
from models.checkins.squad_challenge import SquadChallenge, milestones_of, tiers_of
from models.checkins.squad_door import door_refusals, forming_refusals
from models.checkins.squad_notice import SquadNotice, nudge_key
from models.checkins.squad_payment import EVERY_FINISH, FINISH, MILESTONE
from models.checkins.squad_place import AlreadyInChallenge, SquadPlace
from models.checkins.squad_proof import done_on, undone
from models.checkins.squad_terms import SquadMode
from models.eligibility import Due, Eligibility
from models.errors import DomainError
from models.members.condition_sql import Clause
from models.members.member import ACTIVE, Member, MemberNotActive
from models.points.account import of_member
from models.points.entry import InsufficientPoints
from models.points.lot import PointLot


@dataclass(frozen=True)
class MateToday:
    """A mate: whether today is its to do and is done, how many misses are left, and whether one may nudge it now."""

    place: SquadPlace
    is_due: bool
    is_done: bool
    misses_left: int
    may_nudge: bool


@dataclass(frozen=True)
class SquadToday:
    """`day` is today's number: below 1 before the start, and above the last one after it."""

    squad: Squad
    challenge: SquadChallenge
    place: SquadPlace
    day: int
    misses_left: int | None
    mates: tuple[MateToday, ...]


async def squad_today(member_id: UUID, challenge_id: UUID, *, at: datetime) -> SquadToday | None:
    """The caller's squad in a challenge as it stands now; None where it is in none. Raises `NotFound`."""
    challenge = await SquadChallenge.shown(challenge_id)
    own = await SquadPlace.standing(member_id, challenge_id)
    if own is None or own.squad_id is None:
        return None
    squad = await Squad.get(id=own.squad_id)
    places = [place for place in await SquadPlace.of_squad(squad.id) if place.is_joined or place.id == own.id]
    day = challenge.number_of(at)
    done = await done_on(challenge, [one.member_id for one in places], day, until=at)
    sent = SquadNotice.filter(challenge_id=challenge_id, member_id__in=[one.member_id for one in places])
    nudged = set(await sent.filter(key=nudge_key(member_id, day)).values_list("member_id", flat=True))
    is_open = squad.is_running and challenge.is_published and 1 <= day <= challenge.days
    owing = squad.rules(challenge).owing(day) if is_open and squad.seats else range(0)
    mates = [
        MateToday(
            place,
            is_due=place.is_joined and place.seat in owing,
            is_done=place.member_id in done,
            misses_left=max(challenge.misses_allowed - place.missed_days, 0),
            may_nudge=is_open
            and own.is_joined
            and place.is_joined
            and place.member_id not in {member_id, *done, *nudged},
        )
        for place in places
    ]
    allowed = challenge.team_misses_allowed
    left = None if allowed is None else max(allowed - squad.missed_days, 0)
    return SquadToday(squad, challenge, own, day, left, tuple(mates))


async def challenge_eligibility(member_id: UUID, challenge_id: UUID, *, at: datetime) -> Eligibility:
    """Everything that stands against taking part at `at`, and what a full finish pays. Raises `NotFound`."""
    challenge, member = await SquadChallenge.shown(challenge_id), await Member.existing(member_id)
    refusals: list[DomainError] = [] if member.status in ACTIVE else [MemberNotActive()]
    refusals += await door_refusals(challenge, member_id, at=at)
    refusals += forming_refusals(challenge, at=at)
    if await SquadPlace.standing(member_id, challenge_id):
        refusals.append(AlreadyInChallenge())
    if challenge.stake:
        available = await PointLot.spendable(of_member(member_id).id, at=at)
        if available < challenge.stake:
            refusals.append(InsufficientPoints(needed=challenge.stake, available=available))
    return Eligibility(refusals, _preview(challenge))


def _preview(challenge: SquadChallenge) -> Sequence[Due]:
    found = (
        Due(MILESTONE, sum(one.points for one in milestones_of(challenge))),
        Due(FINISH, max((one.points for one in tiers_of(challenge)), default=0)),
        Due(EVERY_FINISH, challenge.every_finish_points),
    )
    return [one for one in found if one.points]


async def missing_today(challenge_id: UUID, group_id: UUID | None, *, at: datetime) -> Clause | None:
    """That a place `{row}` is in a squad on its way and has not done today; None where today is no day of it.

    In a relay it is only the one whose turn it is. Raises `NotFound`.
    """
    challenge = await SquadChallenge.shown(challenge_id)
    day = challenge.number_of(at)
    if not (challenge.is_published and 1 <= day <= challenge.days):
        return None
    open_day = undone(challenge, day)
    turn = " AND {row}.seat = (? - 1) % q.seats + 1" if challenge.mode is SquadMode.RELAY else ""
    sql = (
        "{row}.challenge_id = ? AND {row}.state = 'joined' AND EXISTS (SELECT 1 FROM squad q "  # noqa: S608 - own text, values are bound
        f"WHERE q.id = {{row}}.squad_id AND q.state = 'running'{turn}) AND {open_day.sql}"
    )
    values: tuple[object, ...] = (challenge_id, *((day,) if turn else ()), *open_day.values)
    if group_id:
        sql += " AND EXISTS (SELECT 1 FROM membership s WHERE s.member_id = {row}.member_id AND s.group_id = ?)"
        values += (group_id,)
    return Clause(sql, values)
