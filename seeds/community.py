"""What a planting has made so far, by the names that the story uses, and the acts that make the rest.

An act is one thing somebody did at an instant, done by the verb that a request would call. The areas tell their acts
independently of each other; sorted by time they are the history, so every verb finds what it needs already there and
the ledger is in the order of its instants.
"""

from collections import Counter
from collections.abc import Awaitable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Protocol
from uuid import UUID

from models.actor import Actor
from models.checkins.plan import CheckInPlan
from models.groups.circle import Circle
from models.groups.group import Group
from models.members.member import Member
from models.spread.scene_code import SceneCode
from models.staff.staff import Staff
from seeds.calendar import Calendar
from seeds.personas import Habit, Persona


class AlreadyPlanted(Exception):
    """This database holds a community already."""

    def __init__(self) -> None:
        super().__init__("This database holds a community already; plant into an empty one.")


class Deed(Protocol):
    """A verb with all its arguments but the instant."""

    def __call__(self, *, at: datetime) -> Awaitable[object]: ...


@dataclass(frozen=True, order=True)
class Act:
    """Acts of one instant happen in the order in which they were told."""

    at: datetime
    deed: Deed = field(compare=False)


@dataclass
class Community:
    calendar: Calendar
    chance: Random
    personas: list[Persona]
    staff: dict[str, Staff] = field(default_factory=dict)
    circles: dict[str, Circle] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)
    members: list[Member] = field(default_factory=list)
    plans: dict[str, CheckInPlan] = field(default_factory=dict)
    channel_codes: list[SceneCode] = field(default_factory=list)
    rules_version: Counter[UUID] = field(default_factory=Counter)

    @property
    def owner(self) -> Staff:
        return self.staff["demo-owner"]

    @property
    def brand(self) -> Actor:
        """On whose word staff act in the story."""
        return Actor.staff(self.owner.id)

    @property
    def founded_at(self) -> datetime:
        return self.calendar.at(self.calendar.founded_on, 9)

    def member_of(self, persona: Persona) -> Member:
        """The member that a persona has become; personas join in the order of their numbers."""
        return self.members[persona.number]

    def with_habit(self, *habits: Habit, joined_before: date | None = None) -> list[Persona]:
        """The personas of these habits, in the order in which they joined."""
        latest = self.calendar.at(joined_before) if joined_before else self.calendar.now
        return [one for one in self.personas if one.habit in habits and one.joined_at < latest]

    def soon_after(self, at: datetime, *, hours: float) -> datetime:
        """An instant within some hours, and before the present."""
        last = max(self.calendar.now - at, timedelta())
        return at + min(timedelta(hours=hours) * self.chance.random(), last)
