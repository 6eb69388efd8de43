"""Attendance, watching and feedback in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

import strawberry

from engine.cursor import encode_id
from engine.declare import Node, computed, one, record_type
from models.learning import spans
from models.learning.attendance import Attendance as AttendanceRecord
from models.learning.attendance import AttendanceWay
from models.learning.course_session import CourseSession as CourseSessionRecord
from models.learning.feedback import SessionFeedback as SessionFeedbackRecord
from models.learning.roll_call import Marked
from models.learning.watching import Watching as WatchingRecord
from models.members.member import Member as MemberRecord
from schema.actor import ActorKind
from schema.enums import publish
from schema.errors import UserError
from schema.learning.visibility import own_learning, own_or_taught
from schema.members.member import Member
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from schema.learning.course_session import CourseSession
    from schema.viewer import Viewer

SPANS_MOST = 500

publish(
    AttendanceWay,
    "What told of an attendance.",
    code="The code shown in class.",
    hand="A teacher or a colleague.",
    watch="What was watched while it went on.",
    replay="What was watched of its recording.",
)


@record_type(AttendanceRecord, description="That a member took part in a session.", visible=own_or_taught)
class Attendance(Node):
    session: Annotated["CourseSession", strawberry.lazy("schema.learning.course_session")] | None = one(
        CourseSessionRecord, "session_id", description="The session."
    )
    member: Member = one(MemberRecord, "member_id", description="Who took part.")
    way: AttendanceWay = strawberry.field(description="What told of it.")
    minutes: int = strawberry.field(description="For how many minutes.")
    is_late: bool = strawberry.field(description="Whether the member came late.")
    arrived_at: datetime = strawberry.field(description="From when.")
    by_kind: ActorKind = strawberry.field(description="On whose word.")
    created_at: datetime = strawberry.field(description="When it was written down.")
    voided_at: datetime | None = strawberry.field(description="When it was taken back.")


@strawberry.type(description="A piece of a session, in seconds from its beginning.")
class WatchedSpan:
    from_second: int = strawberry.field(description="Its first second.")
    to_second: int = strawberry.field(description="The second before which it ends.")


def _shown(pieces: spans.Spans) -> list[WatchedSpan]:
    return [WatchedSpan(from_second=one.start, to_second=one.end) for one in pieces[:SPANS_MOST]]


@record_type(WatchingRecord, description="What a member has watched of a session.", visible=own_learning)
class Watching(Node):
    session: Annotated["CourseSession", strawberry.lazy("schema.learning.course_session")] | None = one(
        CourseSessionRecord, "session_id", description="The session."
    )
    watched_seconds: int = strawberry.field(description="How many seconds were watched, each counted once.")
    position: int = strawberry.field(description="The second at which one goes on.")
    began_at: datetime = strawberry.field(description="When it was begun.")
    updated_at: datetime = strawberry.field(description="When it was watched last.")

    @computed(needs=("pieces",), bound=SPANS_MOST, description="Which pieces were watched, in order.")
    def watched(self: Any) -> list[WatchedSpan]:
        return _shown(spans.from_json(self.pieces))

    @computed(needs=("pieces",), bound=SPANS_MOST, description="What was left out before the furthest second.")
    def skipped(self: Any) -> list[WatchedSpan]:
        return _shown(spans.skipped(spans.from_json(self.pieces)))


@record_type(SessionFeedbackRecord, description="What a member thinks of a session.", visible=own_learning)
class SessionFeedback(Node):
    member: Member = one(MemberRecord, "member_id", description="Who thinks so.")
    score: int = strawberry.field(description="1 to 5.")
    recommends: int | None = strawberry.field(description="0 to 10, how likely it recommends the course.")
    words: str | None = strawberry.field(description="In its own words.")
    created_at: datetime = strawberry.field(description="When.")


@strawberry.type(description="The code to show in class.")
class AttendanceCode:
    code: str = strawberry.field(description="Six digits.")
    until: datetime = strawberry.field(description="When the next one takes its place.")


@strawberry.input(description="A session, and the code that is shown in it.")
class AttendByCodeInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    session_id: strawberry.ID = strawberry.field(description="The session.")
    code: str = strawberry.field(description="The code.")


@strawberry.input(description="A piece that a player has played, told every few seconds.")
class ReportWatchingInput:
    session_id: strawberry.ID = strawberry.field(description="The session.")
    from_second: int = strawberry.field(description="Its first second.")
    to_second: int = strawberry.field(description="The second before which it ends.")
    client_at: datetime = strawberry.field(description="The player's clock at its end; the same piece counts once.")


@strawberry.input(description="What one thinks of a session that one attended.")
class GiveSessionFeedbackInput:
    session_id: strawberry.ID = strawberry.field(description="The session.")
    score: int = strawberry.field(description="1 to 5.")
    recommends: int | None = strawberry.field(default=None, description="0 to 10, how likely one recommends it.")
    words: str | None = strawberry.field(default=None, description="In words, up to 1000 characters.")


@strawberry.input(description="Who was there.")
class MarkAttendanceInput:
    session_id: strawberry.ID = strawberry.field(description="The session.")
    member_ids: list[strawberry.ID] = strawberry.field(description="The members, 1 to 200.")
    arrived_at: datetime | None = strawberry.field(default=None, description="Since when; from the start if absent.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="An attendance to take back, with what it paid.")
class VoidAttendanceInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    attendance_id: strawberry.ID = strawberry.field(description="The attendance.")
    reason: str = strawberry.field(description="Why, for the audit.")


@strawberry.type(description="What became of one member of a roll call.")
class MarkedRow:
    member_id: strawberry.ID = strawberry.field(description="The member.")
    attendance: Attendance | None = strawberry.field(description="The attendance; absent where it was refused.")
    error: UserError | None = strawberry.field(description="Why it was refused.")

    @classmethod
    def of(cls, marked: Marked, locale: str) -> Self:
        error = UserError.of(marked.refusal, locale) if marked.refusal else None
        member_id, made = strawberry.ID(encode_id("Member", marked.member_id)), _made(marked)
        return cls(member_id=member_id, attendance=made, error=error)


def _made(marked: Marked) -> Any:
    return marked.attendance


@strawberry.type(description="An attendance by the code.")
class AttendByCodePayload(Payload):
    attendance: Attendance | None = changed("The attendance.")
    viewer: Annotated["Viewer", strawberry.lazy("schema.viewer")] | None = changed("The caller after it.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A piece that was taken in.")
class ReportWatchingPayload(Payload):
    watching: Watching | None = changed("What was watched by now.")
    credited: int | None = changed("How many seconds of the piece counted; fewer where time did not allow more.")


@strawberry.type(description="What one thinks.")
class GiveSessionFeedbackPayload(Payload):
    feedback: SessionFeedback | None = changed("What was said.")


@strawberry.type(description="A roll call.")
class MarkAttendancePayload(Payload):
    rows: list[MarkedRow] | None = changed("What became of each member.")


@strawberry.type(description="An attendance that was taken back.")
class VoidAttendancePayload(Payload):
    attendance: Attendance | None = changed("The attendance.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")
