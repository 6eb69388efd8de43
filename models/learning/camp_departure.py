"""A closed account leaves its camps: days that have ended count as they would have, and its seats go to the next."""

from datetime import datetime
from uuid import UUID

from models.learning.camp import Camp, CampStatus
from models.learning.camp_leaving import give_up
from models.learning.camp_place import CampPlace
from models.learning.camp_settlement import settle
from models.learning.camp_tally import PlaceState

_OPEN = (PlaceState.JOINED, PlaceState.WAITING)


async def leave_all_camps(member_id: UUID, *, at: datetime) -> None:
    """Give up the places of a closed account, whose row the caller's transaction holds.

    Points go back as they would to anybody: those set aside always, those paid unless the camp has begun and goes on.
    """
    for place in await CampPlace.filter(member_id=member_id, state__in=_OPEN).order_by("camp_id"):
        camp = await Camp.held(place.camp_id)
        await settle(place, camp, at=at)
        if place.state in _OPEN:
            refunds = at < camp.starts_at or camp.status is CampStatus.CANCELLED
            await give_up(place, PlaceState.LEFT, refunds=refunds, at=at)
