"""How a member stands in a camp, day by day; and before signing up, whether that is allowed."""

from datetime import date, datetime
from typing import Self

import strawberry

from engine.declare import mirrored
from models.learning.camp_eligibility import CampEligibility as CampEligibilityFound
from models.learning.camp_progress import CampProgress as CampProgressFound
from models.learning.camp_progress import DayProgress as DayProgressFound
from models.learning.camp_progress import DayState
from models.learning.camp_tally import PlaceState
from schema.eligibility import Eligibility
from schema.enums import publish
from schema.learning.camp import Camp
from schema.learning.camp_place import CampPlace
from schema.learning.camp_task import CampTask

publish(
    DayState,
    "How a day of a camp stands for a member.",
    named="CampDayState",
    done="All its tasks were done.",
    made_up="It was missed and made up.",
    missed="It was missed.",
    open="It is today, and something is still to be done.",
    ahead="It is still to come.",
    rest="It has no tasks.",
    not_owed="It lies before the member came, or after it was over for the member.",
)


@strawberry.type(description="Whether the caller may sign up for a camp now.")
class CampEligibility:
    camp: Camp = strawberry.field(description="The camp.")
    eligibility: Eligibility = strawberry.field(description="Whether it is allowed, every reason, and when next.")
    may_wait: bool = strawberry.field(description="Whether nothing but a seat is missing, and one may wait for it.")
    seats_left: int | None = strawberry.field(description="How many seats are free; absent: there is room for all.")

    @classmethod
    def of(cls, found: CampEligibilityFound, locale: str) -> Self:
        return cls(
            camp=mirrored(found.camp),
            eligibility=Eligibility.of(found.eligibility, locale),
            may_wait=found.may_wait,
            seats_left=found.seats_left,
        )


@strawberry.type(description="An unlocked task, and whether it is done.")
class CampTaskProgress:
    task: CampTask = strawberry.field(description="The task.")
    is_done: bool = strawberry.field(description="Whether the member has done it by now, in time or late.")


@strawberry.type(description="A day of a camp as it stands for a member.")
class CampDayProgress:
    day: int = strawberry.field(description="The day, from 1.")
    business_day: date = strawberry.field(description="Its date in the zone of the camp.")
    opens_at: datetime = strawberry.field(description="When it begins.")
    ends_at: datetime = strawberry.field(description="When it has ended.")
    state: DayState = strawberry.field(description="How it stands.")
    tasks: list[CampTaskProgress] = strawberry.field(description="Its tasks, once it has begun.")

    @classmethod
    def of(cls, found: DayProgressFound) -> Self:
        return cls(
            day=found.day,
            business_day=found.business_day,
            opens_at=found.opens_at,
            ends_at=found.ends_at,
            state=found.state,
            tasks=[CampTaskProgress(task=mirrored(one.task), is_done=one.is_done) for one in found.tasks],
        )


@strawberry.type(description="How a member stands in a camp now, also by days that no job has settled yet.")
class CampProgress:
    camp: Camp = strawberry.field(description="The camp.")
    place: CampPlace = strawberry.field(description="The member's place.")
    state: PlaceState = strawberry.field(description="Where the member stands.")
    done_days: int = strawberry.field(description="Days that have ended and were done, those made up included.")
    missed_days: int = strawberry.field(description="Days that were missed and not made up.")
    made_up_days: int = strawberry.field(description="Days that were made up.")
    misses_left: int = strawberry.field(description="How many more days may be missed.")
    rank: int = strawberry.field(description="The place by days done, from 1; equal ones share it.")
    ranked: int = strawberry.field(description="Of how many.")
    days: list[CampDayProgress] = strawberry.field(description="Every day, the first in front.")

    @classmethod
    def of(cls, found: CampProgressFound) -> Self:
        return cls(
            camp=mirrored(found.camp),
            place=mirrored(found.place),
            state=found.tally.state,
            done_days=found.tally.done,
            missed_days=found.tally.missed,
            made_up_days=found.tally.made_up,
            misses_left=found.misses_left,
            rank=found.rank,
            ranked=found.ranked,
            days=[CampDayProgress.of(one) for one in found.days],
        )
