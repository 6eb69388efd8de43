"""Sessions in the contract: what is held when, by whom, and what became of it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from engine.declare import Connection, Node, computed, connection, one, record_type
from models.learning.course import Course as CourseRecord
from models.learning.course_session import Chapter as ChapterValue
from models.learning.course_session import CourseSession as CourseSessionRecord
from models.learning.course_session import SessionState, SessionTerms
from models.learning.session_change import SessionChange as SessionChangeRecord
from models.learning.session_change import SessionChangeKind
from models.learning.teacher import Teacher as TeacherRecord
from schema.enums import publish
from schema.learning.session_room import SessionRoom
from schema.learning.teacher import Teacher
from schema.learning.visibility import of_courses_seen
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from schema.learning.course import Course

publish(
    SessionState,
    "What has become of a session.",
    named="CourseSessionState",
    scheduled="It is to come, or goes on.",
    cancelled="It was called off.",
    done="It is over.",
)
publish(
    SessionChangeKind,
    "What was done to a session.",
    moved="It was moved to another instant.",
    cancelled="It was called off.",
    substituted="Another teacher gives it.",
)


@strawberry.type(description="A part of a session's recording.")
class Chapter:
    title: str = strawberry.field(description="What it is about.")
    from_second: int = strawberry.field(description="The second of the recording at which it begins.")


@record_type(SessionChangeRecord, description="A change of a session.", visible=of_courses_seen)
class SessionChange(Node):
    kind: SessionChangeKind = strawberry.field(description="What was done.")
    starts_at_before: datetime = strawberry.field(description="When it was to begin before.")
    starts_at: datetime = strawberry.field(description="When it began or begins after it.")
    teacher_before: Teacher | None = one(TeacherRecord, "teacher_id_before", description="Who gave it before.")
    teacher: Teacher | None = one(TeacherRecord, "teacher_id", description="Who gives it after it.")
    reason: str | None = strawberry.field(description="Why.")
    changed_at: datetime = strawberry.field(description="When it was changed.")


@record_type(CourseSessionRecord, description="One meeting of a course.", visible=of_courses_seen)
class CourseSession(SessionRoom, Node):
    course: Annotated["Course", strawberry.lazy("schema.learning.course")] = one(
        CourseRecord, "course_id", description="The course."
    )
    number: int = strawberry.field(description="Which of the course's it is, in the order of their making.")
    state: SessionState = strawberry.field(description="What has become of it.")
    title: str | None = strawberry.field(description="What it is about; absent: what the course is about.")
    starts_at: datetime = strawberry.field(description="When it begins.")
    ends_at: datetime = strawberry.field(description="When it ends.")
    minutes: int = strawberry.field(description="How long it lasts.")
    local_date: date | None = strawberry.field(description="The day that a weekly slot made it for.")
    teacher: Teacher | None = one(TeacherRecord, "teacher_id", description="Who gives it.")
    substitute_for: Teacher | None = one(
        TeacherRecord, "substitute_for_id", description="Whom the teacher stands in for; absent for nobody."
    )
    location: str | None = strawberry.field(description="Where it is held; absent: where the course is.")
    is_preview: bool = strawberry.field(description="Whether it is open to those without a seat.")
    original_starts_at: datetime | None = strawberry.field(description="When it was to be; absent where never moved.")
    cancel_reason: str | None = strawberry.field(description="Why it was called off.")
    version: int = strawberry.field(description="Rises with every change.")
    changes: Connection[SessionChange] = connection(
        SessionChangeRecord, "session_id", order=("-changed_at", "-id"), description="Its changes, newest first."
    )

    @computed(needs=("chapters",), bound=50, description="The parts of its recording.")
    def chapters(self: Any) -> list[Chapter]:
        return [Chapter(**one) for one in self.chapters]


@strawberry.input(description="A part of a session's recording.")
class ChapterInput:
    title: str = strawberry.field(description="What it is about, 1 to 60 characters.")
    from_second: int = strawberry.field(description="The second at which it begins; they follow one another.")


@strawberry.input(description="What is said of a session beside when it is; what is left out is the course's.")
class SessionTermsInput:
    title: str | None = strawberry.field(default=None, description="What it is about, up to 60 characters.")
    live_url: str | None = strawberry.field(default=None, description="Where it is broadcast.")
    location: str | None = strawberry.field(default=None, description="Where it is held, up to 200 characters.")
    replay_url: str | None = strawberry.field(default=None, description="Where its recording lies.")
    replay_until: datetime | None = strawberry.field(default=None, description="Until when it can be seen.")
    is_preview: bool = strawberry.field(default=False, description="Whether it is open to those without a seat.")
    chapters: list[ChapterInput] = strawberry.field(default_factory=list, description="Parts of it, at most 50.")

    def terms(self) -> SessionTerms:
        given = {name: getattr(self, name) for name in SessionTerms.__dataclass_fields__}
        return SessionTerms(**given | {"chapters": _chapters(self.chapters)})


def _chapters(given: Sequence[ChapterInput]) -> tuple[ChapterValue, ...]:
    return tuple(ChapterValue(one.title, one.from_second) for one in given)


@strawberry.input(description="One more session of a course.")
class AddSessionInput:
    course_id: strawberry.ID = strawberry.field(description="The course.")
    starts_at: datetime = strawberry.field(description="When it begins.")
    minutes: int | None = strawberry.field(default=None, description="How long it lasts; absent: as the course says.")
    teacher_id: strawberry.ID | None = strawberry.field(default=None, description="Who gives it, if not the course's.")
    terms: SessionTermsInput = strawberry.field(description="What is said of it.")


@strawberry.input(description="What a session is about, and where, anew.")
class DescribeSessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session.")
    expected_version: int = strawberry.field(description="The version that was read; another one refuses the change.")
    terms: SessionTermsInput = strawberry.field(description="What is said of it from now on.")


@strawberry.input(description="A session to be at another instant.")
class MoveSessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session.")
    expected_version: int = strawberry.field(description="The version that was read; another one refuses the change.")
    starts_at: datetime = strawberry.field(description="When it begins from now on.")
    minutes: int | None = strawberry.field(default=None, description="How long it lasts; absent: as before.")
    reason: str = strawberry.field(description="Why; those who are enrolled read it.")


@strawberry.input(description="A session and all that follow it, to be on other days or at another time.")
class MoveFollowingSessionsInput:
    session_id: strawberry.ID = strawberry.field(description="The first of them.")
    expected_version: int = strawberry.field(description="The version of it that was read.")
    days: int | None = strawberry.field(default=None, description="By how many days, back below 0; or a weekday.")
    weekday: int | None = strawberry.field(default=None, description="The weekday in the same week, 1 for Monday.")
    time: str | None = strawberry.field(default=None, description="The local time, `20:00`; absent: as before.")
    reason: str = strawberry.field(description="Why; those who are enrolled read it.")


@strawberry.input(description="A session that does not take place, alone or with all that follow it.")
class CancelSessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session.")
    expected_version: int = strawberry.field(description="The version that was read; another one refuses the change.")
    reason: str = strawberry.field(description="Why; those who are enrolled read it.")
    with_following: bool = strawberry.field(default=False, description="Whether all that follow it as well.")
    appends_make_up: bool = strawberry.field(default=False, description="Whether its series is one longer for it.")
    make_up_at: datetime | None = strawberry.field(default=None, description="Or when it is made up for.")


@strawberry.input(description="Another teacher for a session, or for it and all that follow.")
class SubstituteTeacherInput:
    session_id: strawberry.ID = strawberry.field(description="The session.")
    expected_version: int = strawberry.field(description="The version that was read; another one refuses the change.")
    teacher_id: strawberry.ID = strawberry.field(description="Who gives it.")
    with_following: bool = strawberry.field(default=False, description="Whether all that follow it as well.")
    reason: str = strawberry.field(description="Why; those who are enrolled read it.")


@strawberry.type
class SessionPayload(Payload):
    session: CourseSession | None = changed("The session.")


@strawberry.type
class SessionsPayload(Payload):
    sessions: list[CourseSession] | None = changed("The sessions that changed, in their order.")


@strawberry.type(description="A session that was put in the timetable.")
class AddSessionPayload(SessionPayload):
    pass


@strawberry.type(description="A session that was described anew.")
class DescribeSessionPayload(SessionPayload):
    pass


@strawberry.type(description="A session that was moved.")
class MoveSessionPayload(SessionPayload):
    pass


@strawberry.type(description="Sessions that were moved.")
class MoveFollowingSessionsPayload(SessionsPayload):
    pass


@strawberry.type(description="Sessions that were called off.")
class CancelSessionPayload(SessionsPayload):
    make_up: CourseSession | None = changed("The one that makes up for it.")


@strawberry.type(description="Sessions that changed hands.")
class SubstituteTeacherPayload(SessionsPayload):
    pass
