"""Circles in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.declare import Connection, Node, connection, record_type
from engine.relation import Condition
from models.groups.circle import Circle as CircleRecord
from models.groups.group import Group as GroupRecord
from models.spread.daily_brief import DailyBrief as DailyBriefRecord
from schema.payload import Payload, changed
from schema.spread.daily_brief import DailyBrief

if TYPE_CHECKING:
    from schema.groups.group import Group

IN_USE = Condition("{row}.status = 'active'")


@record_type(CircleRecord, description="A theme under which groups gather, or the brand's official circle.")
class Circle(Node):
    slug: str = strawberry.field(description="A short name for addresses, unique.")
    name: str = strawberry.field(description="Its name.")
    summary: str | None = strawberry.field(description="What it is about.")
    is_official: bool = strawberry.field(description="Whether it is the brand's official circle.")
    position: int = strawberry.field(description="Where it stands among the circles, lowest first.")
    created_at: datetime = strawberry.field(description="When it was opened.")
    groups: Connection[Annotated["Group", strawberry.lazy("schema.groups.group")]] = connection(
        GroupRecord,
        "circle_id",
        order=("created_at", "id"),
        where=IN_USE,
        description="Its groups in use, the oldest first.",
    )
    daily_briefs: Connection[DailyBrief] = connection(
        DailyBriefRecord, "circle_id", order=("-day", "-id"), description="Its daily briefs, newest first."
    )


@strawberry.input(description="A circle to open.")
class OpenCircleInput:
    slug: str = strawberry.field(description="Up to 40 lower-case letters, digits and hyphens; unique.")
    name: str = strawberry.field(description="Its name, 1 to 40 characters.")
    summary: str | None = strawberry.field(default=None, description="What it is about, up to 300 characters.")
    position: int = strawberry.field(default=0, description="Where it stands among the circles, lowest first.")
    is_official: bool = strawberry.field(default=False, description="Whether it is the one official circle.")


@strawberry.input(description="What to change about a circle; what is absent stays.")
class UpdateCircleInput:
    circle_id: strawberry.ID = strawberry.field(description="The circle.")
    name: str | None = strawberry.field(default=None, description="Its name, 1 to 40 characters.")
    summary: str | None = strawberry.field(default=None, description="What it is about; empty clears it.")
    position: int | None = strawberry.field(default=None, description="Where it stands among the circles.")


@strawberry.type
class CirclePayload(Payload):
    circle: Circle | None = changed("The circle.")


@strawberry.type(description="A circle that was opened.")
class OpenCirclePayload(CirclePayload):
    pass


@strawberry.type(description="A circle that was changed.")
class UpdateCirclePayload(CirclePayload):
    pass
