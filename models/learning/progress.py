"""How far a member has come in a course: what it saw of the sessions that take place, and what is left of the rule.

A session that was attended in class was seen for as long as the member was there; what was watched of it beside that
counts where it is more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from models.learning.classroom import Classroom
from models.learning.quiz_standing import QuizStanding
from store.database import among, fetch
from store.ids import as_id


@dataclass(frozen=True)
class Progress:
    """Figures of one member in one course; seconds are of the timetable's length."""

    sessions: int = 0
    sessions_attended: int = 0
    seconds: int = 0
    seconds_seen: int = 0
    minutes_attended: int = 0
    has_passed_quiz: bool = False

    @property
    def percent(self) -> int:
        """How much of the course's length was seen, rounded down."""
        return self.seconds_seen * 100 // self.seconds if self.seconds else 0

    def completes(self, room: Classroom) -> bool:
        """Whether the course's rule holds; where none is given, whether every session was attended."""
        if not self.sessions:
            return False
        rules = (
            (room.completion_percent, self.percent >= (room.completion_percent or 0)),
            (room.completion_minutes, self.minutes_attended >= (room.completion_minutes or 0)),
            (room.quiz_id, self.has_passed_quiz),
        )
        given = [holds for rule, holds in rules if rule is not None]
        return all(given) if given else self.sessions_attended == self.sessions


_SEEN = (
    "CASE WHEN COALESCE(w.watched_seconds, 0) > COALESCE(a.minutes, 0) * 60 THEN w.watched_seconds "
    "ELSE COALESCE(a.minutes, 0) * 60 END"
)
_SQL = (
    "SELECT s.course_id, COUNT(*) AS sessions, SUM(s.minutes * 60) AS seconds, "  # noqa: S608 - own text
    "COUNT(a.id) AS sessions_attended, "
    f"SUM(COALESCE(a.minutes, 0)) AS minutes_attended, SUM({_SEEN}) AS seconds_seen FROM course_session s "
    "LEFT JOIN attendance a ON a.session_id = s.id AND a.member_id = $1 AND a.voided_at IS NULL "
    "LEFT JOIN watching w ON w.session_id = s.id AND w.member_id = $1 "
    "WHERE s.state <> 'cancelled' AND {courses} GROUP BY s.course_id"
)


async def progress_of(member_id: UUID, course_ids: Sequence[UUID]) -> dict[UUID, Progress]:
    """By course how far a member has come, in three statements."""
    rooms = await Classroom.of_courses(list(course_ids))
    passed = await QuizStanding.passed_of(member_id, [room.quiz_id for room in rooms.values() if room.quiz_id])
    rows = await fetch(_SQL.replace("{courses}", among("s.course_id", 2, "uuid")), member_id, list(course_ids))
    figures = {as_id(row["course_id"]): row for row in rows}
    return {one: _progress(figures.get(one), rooms[one].quiz_id in passed) for one in course_ids}


def _progress(row: object, has_passed_quiz: bool) -> Progress:
    if row is None:
        return Progress(has_passed_quiz=has_passed_quiz)
    names = ("sessions", "sessions_attended", "seconds", "seconds_seen", "minutes_attended")
    return Progress(**{name: int(row[name]) for name in names}, has_passed_quiz=has_passed_quiz)  # type: ignore[index]  # a row
