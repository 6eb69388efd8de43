"""The code that is shown in class: six digits that follow from the session and the time, so nothing of it is kept.

It changes every so many seconds, and the one before still holds for as long, so that nobody is too slow at the change;
or it holds for the whole session. From outside it cannot be guessed: how often one may try is counted in SQL.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hmac import compare_digest
from uuid import UUID

from models.attempts import Attempts, Limit
from models.errors import DomainError
from models.learning.classroom import Classroom
from models.learning.course_session import CourseSession
from store.vault import vault

DIGITS = 6
TRIES = Limit("attendance code", 5, timedelta(minutes=10))


class AttendanceCodeWrong(DomainError):
    code = "ATTENDANCE_CODE_WRONG"
    zh = "签到码不正确或已失效"
    en = "This is not the code that is shown now."
    field = "code"


@dataclass(frozen=True)
class AttendanceCode:
    """What is shown, and until when; `until` is the end of the session where the code does not change."""

    code: str
    until: datetime


def code_of(session: CourseSession, room: Classroom, *, at: datetime) -> AttendanceCode:
    """The code to show at an instant."""
    if room.code_seconds is None:
        return AttendanceCode(_digits(session.id, 0), session.ends_at)
    turn = int(at.timestamp()) // room.code_seconds
    until = datetime.fromtimestamp((turn + 1) * room.code_seconds, UTC)
    return AttendanceCode(_digits(session.id, turn), until)


async def demand_code(session: CourseSession, room: Classroom, given: str, member_id: UUID, *, at: datetime) -> None:
    """Raise `AttendanceCodeWrong` for another code, `TooManyAttempts` after too many; outside any transaction."""
    subject = f"{session.id}:{member_id}"
    await Attempts.take(TRIES, subject, at=at)
    good = [code_of(session, room, at=at).code]
    if room.code_seconds is not None:
        good.append(code_of(session, room, at=at - timedelta(seconds=room.code_seconds)).code)
    text = given.strip()
    if not any(compare_digest(text.encode(), one.encode()) for one in good):
        raise AttendanceCodeWrong()
    await Attempts.forgive(TRIES, subject)


def _digits(session_id: UUID, turn: int) -> str:
    number = int(vault().keyed_hash(f"attendance:{session_id}:{turn}"), 16)
    return f"{number % 10**DIGITS:0{DIGITS}d}"
