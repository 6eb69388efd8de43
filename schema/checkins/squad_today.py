"""How the caller's squad stands today; and before taking part, whether that is allowed."""

from typing import Self

import strawberry

from engine.declare import mirrored
from models.checkins.squad_progress import MateToday as MateTodayFound
from models.checkins.squad_progress import SquadToday as SquadTodayFound
from schema.checkins.squad import Squad, SquadPlace


@strawberry.type(description="A mate today.")
class SquadMateToday:
    place: SquadPlace = strawberry.field(description="Its place.")
    is_due: bool = strawberry.field(description="Whether today is its to do.")
    is_done: bool = strawberry.field(description="Whether it has checked in today.")
    misses_left: int = strawberry.field(description="How many more days it may miss.")
    viewer_may_nudge: bool = strawberry.field(description="Whether the caller may remind it now.")

    @classmethod
    def of(cls, found: MateTodayFound) -> Self:
        return cls(
            place=mirrored(found.place),
            is_due=found.is_due,
            is_done=found.is_done,
            misses_left=found.misses_left,
            viewer_may_nudge=found.may_nudge,
        )


@strawberry.type(description="The caller's squad in a challenge as it stands now.")
class SquadToday:
    squad: Squad = strawberry.field(description="The squad.")
    place: SquadPlace = strawberry.field(description="The caller's place.")
    day: int = strawberry.field(description="The number of today: below 1 before the start.")
    misses_left: int | None = strawberry.field(description="How many more days all may miss; absent: any number.")
    mates: list[SquadMateToday] = strawberry.field(description="Who is in it, the caller too.")

    @classmethod
    def of(cls, found: SquadTodayFound) -> Self:
        return cls(
            squad=mirrored(found.squad),
            place=mirrored(found.place),
            day=found.day,
            misses_left=found.misses_left,
            mates=[SquadMateToday.of(one) for one in found.mates],
        )
