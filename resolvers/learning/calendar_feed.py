"""Calendar feeds: made and revoked by members for themselves, and by staff for groups in their scope."""

from uuid import UUID

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.context import Context
from auth.permissions import IsMemberOr
from auth.scope import demand_group
from engine.declare import Connection, mirrored
from engine.relation import Condition
from models.errors import NotFound
from models.learning.calendar_feed import CalendarFeed as CalendarFeedRecord
from models.staff.right import StaffRight
from resolvers.learning.timetable import PLANNING
from schema.ids import id_of, optional_id_of
from schema.learning.calendar_feed import (
    CalendarFeed,
    MakeCalendarFeedInput,
    MakeCalendarFeedPayload,
    RevokeCalendarFeedInput,
    RevokeCalendarFeedPayload,
)
from schema.payload import listed, mutation

MAKING = IsMemberOr(StaffRight.COURSES_WRITE)


@strawberry.type
class CalendarFeedQueries:
    group_calendar_feeds: Connection[CalendarFeed] = listed(
        CalendarFeedRecord,
        order=("-created_at", "-id"),
        where=Condition("{row}.revoked_at IS NULL"),
        allow=PLANNING,
        description="The feeds of groups in the scope of staff that still hold, newest first.",
    )


@strawberry.type
class CalendarFeedMutations:
    @mutation(allow=MAKING, description="Make a calendar feed, of one's own courses or of a group; it is shown once.")
    async def make_calendar_feed(self, info: Info, input: MakeCalendarFeedInput) -> MakeCalendarFeedPayload:
        context, group_id = info.context, optional_id_of("Group", input.group_id, field="groupId")
        if context.caller.kind is CallerKind.MEMBER:
            feed, token = await CalendarFeedRecord.of_member(context.member_id, group_id=group_id, at=context.at)
        elif group_id is None:
            raise NotFound(field="groupId")
        else:
            await demand_group(context, group_id)
            feed, token = await CalendarFeedRecord.of_group(group_id, staff_id=context.staff_id, at=context.at)
        return MakeCalendarFeedPayload(feed=mirrored(feed), path=f"/calendar/{feed.kind}/{token}.ics")

    @mutation(allow=MAKING, description="End a calendar feed at once.")
    async def revoke_calendar_feed(self, info: Info, input: RevokeCalendarFeedInput) -> RevokeCalendarFeedPayload:
        context, feed_id = info.context, id_of("CalendarFeed", input.feed_id, field="feedId")
        if context.caller.kind is CallerKind.MEMBER:
            feed = await CalendarFeedRecord.revoke(feed_id, member_id=context.member_id, at=context.at)
        else:
            await _demand_feed(context, feed_id)
            feed = await CalendarFeedRecord.revoke(feed_id, staff_id=context.staff_id, at=context.at)
        return RevokeCalendarFeedPayload(feed=mirrored(feed))


async def _demand_feed(context: Context, feed_id: UUID) -> None:
    feed = await CalendarFeedRecord.get_or_none(id=feed_id)
    if feed is None or feed.group_id is None:
        raise NotFound(field="feedId")
    await demand_group(context, feed.group_id, field="feedId")
