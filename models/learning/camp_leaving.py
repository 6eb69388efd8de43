"""Giving a place in a camp up: the seat goes to whoever waits first, the points to the lots that they came from."""

from datetime import datetime
from uuid import UUID

from models.errors import DomainError, NotFound
from models.insight.standing import standing_changed
from models.learning import seat_price
from models.learning.camp import VACANCY, Camp
from models.learning.camp_place import CampPlace
from models.learning.camp_tally import PlaceState
from models.members.member import Member
from store.database import execute, transaction
from store.outbox import Outbox

REFUND = "camp_refund"


class CampStarted(DomainError):
    code = "CAMP_STARTED"
    zh = "训练营已开始，不能退出"
    en = "This camp has begun and cannot be left any more."


async def leave_camp(member_id: UUID, place_id: UUID, *, at: datetime) -> CampPlace:
    """Give a place up before the camp begins, points and all; one on the waiting list at any time.

    A place that was given up before stays as it is, so it may be asked again. Raises `CampStarted`, `NotFound`,
    `MemberNotActive`.
    """
    async with transaction():
        await Member.touch(member_id, at=at)
        place = await CampPlace.get_or_none(id=place_id, member_id=member_id)
        if place is None:
            raise NotFound(field="placeId")
        if place.state is PlaceState.LEFT:
            return place
        camp = await Camp.held(place.camp_id)
        may_leave = place.state is PlaceState.JOINED and at < camp.starts_at and camp.is_published
        if place.state is not PlaceState.WAITING and not may_leave:
            raise CampStarted()
        await give_up(place, PlaceState.LEFT, at=at)
        return place


async def give_up(place: CampPlace, state: PlaceState, *, refunds: bool = True, at: datetime) -> None:
    """End a place with its points given back, inside the caller's transaction, which holds the member's row.

    What was set aside goes back always, what was paid only where it `refunds`.
    """
    if place.state is PlaceState.WAITING:
        await execute("UPDATE camp SET waiting_count = waiting_count - 1 WHERE id = $1", place.camp_id)
        await seat_price.release(place, at=at)
    else:
        await execute("UPDATE camp SET taken = taken - 1 WHERE id = $1", place.camp_id)
        if refunds:
            await seat_price.refund(place, REFUND, at=at)
        await Outbox.put(VACANCY, {"camp_id": str(place.camp_id), "at": at.isoformat()}, at=at)
    place.state, place.ended_at, place.due_at = state, at, None
    await place.save(update_fields=["state", "ended_at", "due_at"])
    await standing_changed([place.member_id], at=at)
