"""Cancelling a camp: nobody joins any more at once, and one after the other its members have their points back.

What had come to an end before it was cancelled stays as it ended. A job goes on, also after a crash, until the last
member has been told.
"""

from datetime import datetime
from uuid import UUID

from models.errors import bounded_text
from models.learning.camp import Camp, CampOver, CampStatus
from models.learning.camp_leaving import give_up
from models.learning.camp_notice import CampNotice, NoticeKind
from models.learning.camp_place import CampPlace
from models.learning.camp_settlement import settle
from models.learning.camp_tally import PlaceState
from models.one_by_one import OneByOne
from models.staff.audit import REASON_MOST
from store.database import transaction

UNWOUND_AT_ONCE = 100
_OPEN = (PlaceState.JOINED, PlaceState.WAITING)


async def cancel_camp(id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Camp:
    """Cancel a camp, a draft or one that is published. Raises `CampOver`, `Invalid`, `NotFound`."""
    why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
    async with transaction():
        camp = await Camp.held(id)
        is_over = camp.is_published and camp.ends_at <= at
        if is_over or camp.status in (CampStatus.ENDED, CampStatus.CANCELLED):
            raise CampOver()
        before: dict[str, object] = {"status": camp.status}
        camp.status, camp.closed_at, camp.version = CampStatus.CANCELLED, at, camp.version + 1
        await camp.save(update_fields=["status", "closed_at", "version"])
        await camp.audit("cancel_camp", before, staff_id=staff_id, reason=why, at=at)
    return camp


async def unwind_cancelled(*, at: datetime) -> int:
    """Give the members of cancelled camps their points back; returns how many members."""
    unwound, run = 0, OneByOne("unwind camp")
    for camp in await Camp.filter(status=CampStatus.CANCELLED, unwound_at__isnull=True).order_by("closed_at", "id"):
        opened = CampPlace.filter(camp_id=camp.id, state__in=_OPEN)
        while some := await opened.exclude(id__in=run.failed).order_by("id").limit(UNWOUND_AT_ONCE):
            for place in some:
                unwound += bool(await run.do(place.id, _unwind(place.id, at=at)))
        if not await opened.exists():
            await Camp.filter(id=camp.id).update(unwound_at=at)
    return unwound


async def _unwind(place_id: UUID, *, at: datetime) -> bool:
    """End one place; what it had come to before the cancellation comes first."""
    async with transaction():
        place = await CampPlace.held(place_id)
        camp = await Camp.get(id=place.camp_id)
        await settle(place, camp, at=at)
        if place.state not in _OPEN:
            return False
        await give_up(place, PlaceState.CANCELLED, at=at)
        await CampNotice.tell([place.member_id], camp, NoticeKind.CANCELLED, at=at)
    return True
