"""Whether a member may sign up for a camp, told before it tries: every reason, when next, and what a finish pays."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.eligibility import Due, Eligibility
from models.errors import DomainError
from models.learning.camp import Camp
from models.learning.camp_door import CampFull, door_refusals
from models.learning.camp_finish import BONUS
from models.learning.camp_place import AlreadyInCamp, CampPlace
from models.members.member import ACTIVE, Member, MemberNotActive
from models.points.account import of_member
from models.points.entry import InsufficientPoints
from models.points.lot import PointLot


@dataclass(frozen=True)
class CampEligibility:
    """`may_wait`: no seat is free, but there is a waiting list. `seats_left` is None where there is room for all."""

    camp: Camp
    eligibility: Eligibility
    may_wait: bool
    seats_left: int | None


async def camp_eligibility(member_id: UUID, camp_id: UUID, *, at: datetime) -> CampEligibility:
    """Everything that stands against signing up at `at`. Raises `NotFound`."""
    camp, member = await Camp.shown(camp_id), await Member.existing(member_id)
    refusals: list[DomainError] = [] if member.status in ACTIVE else [MemberNotActive()]
    refusals += await door_refusals(camp, member_id, at=at)
    if await CampPlace.standing(member_id, camp_id):
        refusals.append(AlreadyInCamp())
    if camp.price:
        available = await PointLot.spendable(of_member(member_id).id, at=at)
        if available < camp.price:
            refusals.append(InsufficientPoints(needed=camp.price, available=available))
    left = None if camp.seats is None else max(camp.seats - camp.taken, 0)
    is_full = left == 0 or camp.waiting_count > 0
    may_wait = is_full and camp.has_waiting_list and not refusals
    if is_full:
        refusals.append(CampFull())
    preview = [Due(BONUS, camp.finish_points)] if camp.finish_points else []
    return CampEligibility(camp, Eligibility(refusals, preview), may_wait, left)
