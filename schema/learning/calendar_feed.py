"""Calendar feeds in the contract."""

from datetime import datetime

import strawberry

from engine.declare import Node, one, record_type
from models.groups.group import Group as GroupRecord
from models.learning.calendar_feed import CalendarFeed as CalendarFeedRecord
from models.learning.calendar_feed import FeedKind
from schema.enums import publish
from schema.groups.group import Group
from schema.learning.visibility import feeds_seen
from schema.payload import Payload, changed

publish(
    FeedKind,
    "Whose timetable a feed shows.",
    named="CalendarFeedKind",
    member="The sessions of the courses that a member is enrolled in.",
    group="The sessions of a group, of its circle and of the brand.",
)


@record_type(CalendarFeedRecord, description="A timetable that calendar programs read.", visible=feeds_seen)
class CalendarFeed(Node):
    kind: FeedKind = strawberry.field(description="Whose timetable it shows.")
    group: Group | None = one(GroupRecord, "group_id", description="The group.")
    created_at: datetime = strawberry.field(description="When it was made.")
    revoked_at: datetime | None = strawberry.field(description="When it was revoked, by hand or by a newer one.")


@strawberry.input(description="A feed; the one that the caller had of the same kind is revoked by it.")
class MakeCalendarFeedInput:
    group_id: strawberry.ID | None = strawberry.field(
        default=None, description="The group; absent: the caller's own courses."
    )


@strawberry.input(description="A feed that nobody reads any more.")
class RevokeCalendarFeedInput:
    feed_id: strawberry.ID = strawberry.field(description="The feed.")


@strawberry.type(description="A new feed. Its address is shown here and never again.")
class MakeCalendarFeedPayload(Payload):
    feed: CalendarFeed | None = changed("The feed.")
    path: str | None = changed("The path at this host under which calendar programs read it.")


@strawberry.type(description="A feed that was revoked.")
class RevokeCalendarFeedPayload(Payload):
    feed: CalendarFeed | None = changed("The feed.")
