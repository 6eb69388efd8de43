"""A vacancy: a seat of a camp came free, or there are more of them, so the first on its waiting list gets it.

The seat is filled in a transaction of its own after the one that freed it, as in groups: a second member's row is never
taken behind the camp's. In between `waiting_count` keeps others off, and the outbox keeps the vacancy over a crash.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.insight.standing import standing_changed
from models.learning import seat_price
from models.learning.camp import VACANCY, Camp
from models.learning.camp_leaving import give_up
from models.learning.camp_notice import CampNotice, NoticeKind
from models.learning.camp_place import CampPlace
from models.learning.camp_tally import PlaceState
from models.members.member import ACTIVE, Member
from store.database import execute, transaction
from store.outbox import Payload, effect


@effect(VACANCY)
async def fill_vacancies(payloads: Sequence[Payload]) -> None:
    for payload in payloads:
        await fill(UUID(str(payload["camp_id"])), at=datetime.fromisoformat(str(payload["at"])))


async def fill(camp_id: UUID, *, at: datetime) -> None:
    """Let those who wait in, first come first served, while there are free seats."""
    while place := await _first_waiting(camp_id):
        if not await _seated(place.id, at=at):
            return


async def _first_waiting(camp_id: UUID) -> CampPlace | None:
    return await CampPlace.filter(camp_id=camp_id, state=PlaceState.WAITING).order_by("signed_up_at", "id").first()


async def _seated(place_id: UUID, *, at: datetime) -> bool:
    """Seat the one who waits; False where there is no seat or nobody may join any more."""
    async with transaction():
        place = await CampPlace.held(place_id)
        if place.state is not PlaceState.WAITING:
            return True
        camp = await Camp.held(place.camp_id)
        if camp.joins_until <= at:
            return False
        if (await Member.get(id=place.member_id)).status not in ACTIVE:
            await give_up(place, PlaceState.LEFT, at=at)
            return True
        if not await camp.take_seat(is_next_in_line=True):
            return False
        await execute("UPDATE camp SET waiting_count = waiting_count - 1 WHERE id = $1", camp.id)
        await seat_price.take_set_aside(place, at=at)
        place.seat(camp, at=at)
        await place.save()
        await CampNotice.tell([place.member_id], camp, NoticeKind.SEATED, at=at)
        await standing_changed([place.member_id], at=at)
    return True
