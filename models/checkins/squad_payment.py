"""What a challenge pays and takes, each with a reason of its own in the ledger, and once for each place.

The caller holds the squad and the rows of its members. Whoever has left the community for good is paid nothing more.
Lost stakes go to the finishers of the same squad, to the point; where nobody finishes they are spent.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from models.checkins.squad_challenge import SquadChallenge
from models.checkins.squad_place import SquadPlace, SquadPlaceState
from models.checkins.squad_tally import shares
from models.checkins.squad_terms import StakeSplit
from models.members.member import Member, MemberStatus
from models.points.account import Bucket, Currency, of_member, of_platform
from models.points.entry import Move, PointEntry, reward
from models.points.lot import PointLot

MILESTONE, FINISH, EVERY_FINISH = "squad_milestone", "squad_finish", "squad_every_finish"
SHARE, PENALTY = "squad_stake_share", "squad_quit"


async def pay_milestone(places: Iterable[SquadPlace], day: int, points: int, *, at: datetime) -> list[SquadPlace]:
    """Pay those who are there when the squad has come through a day; returns whom."""
    paid = await _present(places)
    moves = [
        reward(
            place.member_id,
            points,
            reason=MILESTONE,
            source=f"{place.source}:{day}",
            currency=Currency.POINTS,
        )
        for place in paid
    ]
    await _post(paid, moves, at=at)
    return paid


async def pay_finish(
    finishers: Sequence[SquadPlace], challenge: SquadChallenge, *, is_whole: bool, at: datetime
) -> None:
    """Pay each finisher its tier, and everybody more where every member has finished."""
    present = await _present(finishers)
    moves: list[Move] = []
    for place in finishers:
        tier = challenge.tier_of(place.done_days)
        place.tier = tier.title if tier else None
        due = {FINISH: tier.points if tier else 0, EVERY_FINISH: challenge.every_finish_points if is_whole else 0}
        if place in present:
            moves += [
                reward(place.member_id, points, reason=reason, source=place.source, currency=Currency.POINTS)
                for reason, points in due.items()
                if points
            ]
    await _post(finishers, moves, at=at)


async def settle_stakes(
    places: Sequence[SquadPlace], finishers: Sequence[SquadPlace], challenge: SquadChallenge, *, at: datetime
) -> None:
    """Give finishers their stakes back, take those of the others, and share these out."""
    kept = {place.id for place in finishers}
    lost = [place for place in places if place.id not in kept and place.state is not SquadPlaceState.RELIEVED]
    for place in sorted(places, key=lambda one: one.member_id):
        if place.id in kept:
            await place.give_back(at=at)
        elif place in lost:
            await place.lose(at=at)
    present = sorted(await _present(finishers), key=lambda one: (-one.done_days, one.seat or 0))
    by_days = challenge.stake_split is StakeSplit.BY_DAYS
    weights = {place.id: place.done_days if by_days else 1 for place in present}
    found = shares(sum(place.stake for place in lost), weights)
    moves = [
        Move(of_platform(Bucket.SPENT), of_member(place.member_id), found[place.id], SHARE, place.source)
        for place in present
        if found.get(place.id)
    ]
    await _post(present, moves, at=at)


async def take_penalty(place: SquadPlace, penalty: int, *, at: datetime) -> int:
    """Take what quitting costs, as far as the member has it; returns how much."""
    own = of_member(place.member_id)
    taken = min(penalty, await PointLot.spendable(own.id, at=at)) if penalty else 0
    if taken:
        await PointEntry.post([Move(own, of_platform(Bucket.SPENT), taken, PENALTY, place.source)], at=at)
    return taken


async def _post(places: Iterable[SquadPlace], moves: Sequence[Move], *, at: datetime) -> None:
    """Post what is paid to members, and add it to what their places have brought."""
    if not moves:
        return
    await PointEntry.post(moves, at=at)
    paid: dict[UUID, int] = {}
    for move in moves:
        paid[move.credit.holder_id] = paid.get(move.credit.holder_id, 0) + move.amount
    for place in places:
        place.points_paid += paid.get(place.member_id, 0)


async def _present(places: Iterable[SquadPlace]) -> list[SquadPlace]:
    """Those whose members have not left for good."""
    asked = list(places)
    gone = Member.filter(id__in=[place.member_id for place in asked], status=MemberStatus.ERASED)
    erased = set(await gone.values_list("id", flat=True)) if asked else set()
    return [place for place in asked if place.member_id not in erased]
