"""Settling: when a business day of a camp has ended, what its tasks came to is written down for each member, once.

A place is settled under its member's row, all days that have ended in their order, so it does not matter whether the
job comes every minute or after a day of standing still, nor how many processes run it: a second one finds nothing left
to do. Whatever else a place is asked to do settles it first. So what became of a member follows from what happened
when, and never from when the job ran.
"""

from datetime import datetime
from uuid import UUID

from models.learning.camp import Camp, CampStatus
from models.learning.camp_day import CampDay
from models.learning.camp_finish import CampFinish
from models.learning.camp_leaving import give_up
from models.learning.camp_notice import CampNotice, NoticeKind
from models.learning.camp_place import CampPlace, rules_of
from models.learning.camp_proof import Window, proven, window_of
from models.learning.camp_tally import DayOutcome, PlaceState, settled
from models.learning.camp_task import CampTask
from models.one_by_one import OneByOne
from store.database import fetch, transaction
from store.ids import as_id

PLACES_AT_ONCE = 200
ENDED_AT_ONCE = 100

_SETTLED = (
    "SELECT c.id FROM camp c WHERE c.status = 'published' AND c.ends_at <= $1 AND NOT EXISTS (SELECT 1 FROM "
    "camp_place p WHERE p.camp_id = c.id AND p.state IN ('joined', 'waiting')) ORDER BY c.ends_at, c.id LIMIT $2"
)


async def settle(place: CampPlace, camp: Camp, *, at: datetime) -> int:
    """Settle the days of a place that have ended by `at`; the caller's transaction holds its member's row.

    Returns how many days were written. A cancelled camp is settled as of its cancellation.
    """
    if place.state is not PlaceState.JOINED:
        return 0
    ended = days_ended(camp, place.settled_through, at)
    if not ended:
        return 0
    tally, outcomes = settled(place.tally, await days_done(camp, place, ended), rules_of(camp))
    await CampDay.bulk_create([_written(place, camp, day, outcome) for day, outcome in outcomes.items()])
    await place.keep(tally, camp, ended_at=camp.day_ends(tally.settled_through))
    if tally.state is PlaceState.FINISHED:
        await CampFinish.record(place, camp, at=at)
        await CampNotice.tell([place.member_id], camp, NoticeKind.FINISHED, at=at)
    if tally.state is PlaceState.FAILED:
        await CampNotice.tell([place.member_id], camp, NoticeKind.OUT, at=at)
    return len(outcomes)


def days_ended(camp: Camp, settled_through: int, at: datetime) -> list[int]:
    """The days after the last settled one that have ended by `at`, or before the camp was cancelled."""
    until = min(at, camp.closed_at) if camp.status is CampStatus.CANCELLED and camp.closed_at else at
    return [day for day in range(settled_through + 1, camp.days + 1) if camp.day_ends(day) <= until]


async def days_done(camp: Camp, place: CampPlace, days: list[int]) -> list[tuple[int, bool | None]]:
    """Whether each of some days was done by its end; None for a day of rest."""
    asked: list[tuple[CampTask, Window]] = [
        (task, window_of(camp, task.day)) for task in await CampTask.filter(camp_id=camp.id, day__in=days)
    ]
    found: dict[int, bool] = {}
    for (task, _), is_done in zip(asked, await proven(place.member_id, asked), strict=True):
        found[task.day] = found.get(task.day, True) and is_done
    return [(day, found.get(day)) for day in days]


def _written(place: CampPlace, camp: Camp, day: int, outcome: DayOutcome) -> CampDay:
    return CampDay(
        place_id=place.id,
        camp_id=camp.id,
        member_id=place.member_id,
        day=day,
        outcome=outcome,
        settled_at=camp.day_ends(day),
    )


async def settle_place(place_id: UUID, *, at: datetime) -> bool:
    """Settle one place. A wait that can bring no seat any more ends with its points given back."""
    async with transaction():
        place = await CampPlace.held(place_id)
        camp = await Camp.get(id=place.camp_id)
        if place.state is PlaceState.WAITING:
            if camp.joins_until > at:
                await CampPlace.filter(id=place_id).update(due_at=camp.joins_until)
                return False
            await give_up(place, PlaceState.LEFT, at=at)
            return True
        days = await settle(place, camp, at=at)
        if not days and place.state is PlaceState.JOINED:
            # A day of rest; or the zone's rules have changed since it was written down when the day ends.
            await CampPlace.filter(id=place_id).update(due_at=camp.day_ends(place.settled_through + 1))
        return days > 0


async def settle_due(*, at: datetime) -> int:
    """Settle what has ended by `at`, the longest due first; returns how many places."""
    done, run = 0, OneByOne("settle camp day")
    due = CampPlace.filter(due_at__lte=at, camp__status=CampStatus.PUBLISHED).order_by("due_at", "id")
    while some := await due.exclude(id__in=run.failed).limit(PLACES_AT_ONCE):
        for place in some:
            done += bool(await run.do(place.id, settle_place(place.id, at=at)))
    return done


async def end_due(*, at: datetime) -> int:
    """End camps whose last day is over and settled for everybody; returns how many."""
    rows = await fetch(_SETTLED, at, ENDED_AT_ONCE)
    ended = 0
    for camp in await Camp.filter(id__in=[as_id(row["id"]) for row in rows]):
        still = Camp.filter(id=camp.id, status=CampStatus.PUBLISHED)
        ended += await still.update(status=CampStatus.ENDED, closed_at=camp.ends_at)
    return ended


async def move_camps_on(*, at: datetime) -> int:
    """Settle what is due, then end what is over."""
    return await settle_due(at=at) + await end_due(at=at)
