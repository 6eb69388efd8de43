"""What a member can see of its own in learning: what it was told, and its calendar feeds."""

from datetime import datetime

import strawberry

from engine.declare import Connection, Node, connection, one, record_type
from engine.relation import Condition
from models.learning.calendar_feed import CalendarFeed as CalendarFeedRecord
from models.learning.course import Course as CourseRecord
from models.learning.course_notice import CourseNotice as CourseNoticeRecord
from models.learning.course_notice import CourseNoticeKind
from models.learning.course_session import CourseSession as CourseSessionRecord
from schema.enums import publish
from schema.learning.calendar_feed import CalendarFeed
from schema.learning.course import Course
from schema.learning.course_session import CourseSession
from schema.learning.visibility import own_notices

HOLDS = Condition("{row}.revoked_at IS NULL")

publish(
    CourseNoticeKind,
    "What somebody who is enrolled is told.",
    reminder="A session begins soon.",
    moved="A session was moved.",
    cancelled="A session was called off.",
    substituted="Another teacher gives a session.",
    no_go="The course does not take place.",
    seated="The caller, who waited, has a seat now.",
)


@record_type(CourseNoticeRecord, description="What a member was told of a course.", visible=own_notices)
class CourseNotice(Node):
    kind: CourseNoticeKind = strawberry.field(description="What it is about.")
    course: Course | None = one(CourseRecord, "course_id", description="The course.")
    session: CourseSession | None = one(CourseSessionRecord, "session_id", description="The session.")
    session_count: int = strawberry.field(description="How many sessions it is about: this one and those after it.")
    reason: str | None = strawberry.field(description="Why.")
    created_at: datetime = strawberry.field(description="When it was told.")


@strawberry.type
class CoursesViewer:
    course_notices: Connection[CourseNotice] = connection(
        CourseNoticeRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="Reminders and news of the caller's courses, newest first.",
    )
    calendar_feeds: Connection[CalendarFeed] = connection(
        CalendarFeedRecord,
        "member_id",
        order=("-created_at", "-id"),
        where=HOLDS,
        description="The feeds that the caller made and that still hold, newest first.",
    )
