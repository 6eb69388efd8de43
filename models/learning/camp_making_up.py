"""Making up: a missed day counts as done once its tasks were done late, as long as the member is not lost."""

from datetime import datetime, timedelta
from uuid import UUID

from models.errors import DomainError
from models.learning.camp import Camp
from models.learning.camp_day import CampDay
from models.learning.camp_place import CampPlace, rules_of
from models.learning.camp_proof import proven, window_of
from models.learning.camp_settlement import settle
from models.learning.camp_tally import DayOutcome, PlaceState
from models.learning.camp_task import CampTask
from models.members.member import Member
from store.database import transaction

_INSTANT = timedelta(microseconds=1)


class NotInCamp(DomainError):
    code = "NOT_IN_CAMP"
    zh = "您不在该训练营中，或已结束"
    en = "You do not take part in this camp, or not any more."


class CampDayNotMissed(DomainError):
    code = "CAMP_DAY_NOT_MISSED"
    zh = "这一天没有缺勤，无需补交"
    en = "This day was not missed."
    field = "day"


class CampNotMadeUp(DomainError):
    code = "CAMP_NOT_MADE_UP"
    zh = "该训练营不支持补交，或补交次数已用完"
    en = "Nothing can be made up in this camp, or not any more."


class CampTasksOpen(DomainError):
    code = "CAMP_TASKS_OPEN"
    zh = "这一天还有任务未完成"
    en = "Not all tasks of this day are done."


async def taking_part(member_id: UUID, camp_id: UUID, *, at: datetime, speaks: bool = False) -> tuple[CampPlace, Camp]:
    """The place of a member for an act of its own inside the caller's transaction: its row is taken, its days settled.

    Raises `NotInCamp`, `NotFound`, `MemberNotActive`, `MemberMuted`; what was settled is then settled again later.
    """
    await Member.touch(member_id, at=at, speaks=speaks)
    camp = await Camp.shown(camp_id)
    place = await CampPlace.standing(member_id, camp_id)
    if place is None:
        raise NotInCamp()
    await settle(place, camp, at=at)
    if place.state is not PlaceState.JOINED or not camp.is_published:
        raise NotInCamp()
    return place, camp


async def make_up_day(member_id: UUID, camp_id: UUID, day: int, *, at: datetime) -> CampDay:
    """Count a missed day as done, whose tasks were all done by now.

    Raises `CampDayNotMissed`, `CampNotMadeUp`, `CampTasksOpen`, `NotInCamp`, `NotFound`, `MemberNotActive`.
    """
    async with transaction():
        place, camp = await taking_part(member_id, camp_id, at=at)
        refuse_making_up(place, camp)
        found = await CampDay.get_or_none(place_id=place.id, day=day) if 1 <= day <= camp.days else None
        if found is None or found.outcome is not DayOutcome.MISSED:
            raise CampDayNotMissed()
        if not await _is_done_late(place, camp, day, at=at):
            raise CampTasksOpen()
        return await _made_up(place, camp, found, at=at)


def refuse_making_up(place: CampPlace, camp: Camp) -> None:
    """Raise `CampNotMadeUp` where no day can be made up any more."""
    is_used_up = camp.make_ups_most is not None and place.made_up_days >= camp.make_ups_most
    if not camp.allows_late or place.is_lost or is_used_up:
        raise CampNotMadeUp()


async def make_up_if_done(place: CampPlace, camp: Camp, day: int, *, at: datetime) -> None:
    """Make a day up where the last of its tasks was just done, inside the caller's transaction."""
    found = await CampDay.get_or_none(place_id=place.id, day=day, outcome=DayOutcome.MISSED)
    if found and await _is_done_late(place, camp, day, at=at):
        await _made_up(place, camp, found, at=at)


async def take_back_day(place: CampPlace, camp: Camp, day: int, *, at: datetime) -> None:
    """Count a day as missed that was done, inside the caller's transaction, which holds the member's row."""
    if place.state is not PlaceState.JOINED:
        return
    done = CampDay.filter(place_id=place.id, day=day, outcome__in=(DayOutcome.DONE, DayOutcome.MADE_UP))
    found = await done.first()
    if found is None:
        return
    was_made_up = found.outcome is DayOutcome.MADE_UP
    await CampDay.filter(id=found.id).update(outcome=DayOutcome.MISSED, made_up_at=None)
    await place.keep(place.tally.take_back(rules_of(camp), was_made_up=was_made_up), camp, ended_at=at)


async def _is_done_late(place: CampPlace, camp: Camp, day: int, *, at: datetime) -> bool:
    window = window_of(camp, day, closes_at=at + _INSTANT)
    tasks = await CampTask.filter(camp_id=camp.id, day=day)
    return all(await proven(place.member_id, [(task, window) for task in tasks]))


async def _made_up(place: CampPlace, camp: Camp, found: CampDay, *, at: datetime) -> CampDay:
    found.outcome, found.made_up_at = DayOutcome.MADE_UP, at
    await found.save(update_fields=["outcome", "made_up_at"])
    await place.keep(place.tally.make_up(), camp, ended_at=at)
    return found
