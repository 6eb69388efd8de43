"""Daily briefs in the contract."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.declare import Node, one, record_type
from models.groups.circle import Circle as CircleRecord
from models.spread.daily_brief import DailyBrief as DailyBriefRecord
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from schema.groups.circle import Circle


@record_type(DailyBriefRecord, description="A circle's brief of a day.")
class DailyBrief(Node):
    circle: Annotated["Circle", strawberry.lazy("schema.groups.circle")] = one(
        CircleRecord, "circle_id", description="Whose brief it is."
    )
    day: date = strawberry.field(description="The day it is for.")
    title: str = strawberry.field(description="Its heading.")
    body: str = strawberry.field(description="Its text.")
    published_at: datetime = strawberry.field(description="When it was published.")


@strawberry.input(description="A circle's brief of a day.")
class PublishDailyBriefInput:
    circle_id: strawberry.ID = strawberry.field(description="Whose brief it is.")
    day: date = strawberry.field(description="The day it is for; one brief a day and circle.")
    title: str = strawberry.field(description="Its heading, 1 to 60 characters.")
    body: str = strawberry.field(description="Its text, 1 to 5000 characters.")


@strawberry.input(description="What to correct in a brief; what is absent stays.")
class ReviseDailyBriefInput:
    brief_id: strawberry.ID = strawberry.field(description="The brief.")
    title: str | None = strawberry.field(default=None, description="Its heading, 1 to 60 characters.")
    body: str | None = strawberry.field(default=None, description="Its text, 1 to 5000 characters.")


@strawberry.type
class DailyBriefPayload(Payload):
    daily_brief: DailyBrief | None = changed("The brief.")


@strawberry.type(description="A brief that was published.")
class PublishDailyBriefPayload(DailyBriefPayload):
    pass


@strawberry.type(description="A brief that was corrected.")
class ReviseDailyBriefPayload(DailyBriefPayload):
    pass
