"""What a member has watched of a session: the seconds, as spans, however often and on however many devices.

A player says every few seconds which piece it has played. Nobody can watch more than time allows: each piece that is
credited uses up time that has gone by, at most `speed_percent` of it, and a member has one such purse, so neither
several devices nor several sessions at once add up. Time that was not used is kept for a while, since a player that was
offline tells of several pieces at once. The member's row is held meanwhile, so no two pieces cross.
"""

from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, Invalid
from models.learning import spans
from models.learning.attendance import Attendance, AttendanceWay, Presence
from models.learning.classroom import Classroom
from models.learning.completion import CourseCompletion
from models.learning.course import Course
from models.learning.course_session import CourseSession
from models.learning.course_terms import Medium
from models.learning.session_access import Door, SessionLocked
from models.learning.spans import Span
from models.members.member import Member
from models.record import Record
from store.clock import as_instant
from store.database import fetch_value, transaction

FIRST = timedelta(seconds=30)
"""How much time counts as gone by before the first piece."""

KEPT = timedelta(minutes=5)
"""For how long time that was not used can still be."""

CLIENT_AHEAD_MOST = timedelta(minutes=10)


class NothingToWatch(DomainError):
    code = "NOTHING_TO_WATCH"
    zh = "该课次没有直播或回放可看"
    en = "There is no broadcast and no recording of this session to watch."


class Watching(Record):
    credited: int = 0
    """How many seconds of the piece that was just told of were taken in, seen before or not."""

    session: fields.ForeignKeyRelation[CourseSession] = fields.ForeignKeyField(
        "models.CourseSession", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    session_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    pieces: list[list[int]] = fields.JSONField(default=list, description="Merged spans of seconds, in order.")
    watched_seconds = fields.IntField(default=0)
    position = fields.IntField(default=0, description="Where the last piece ended: where one goes on.")
    used_until: datetime = fields.DatetimeField(description="Up to when the time that went by has been used.")
    client_at: datetime | None = fields.DatetimeField(null=True, description="The player's clock at the last piece.")
    began_at: datetime = fields.DatetimeField()
    updated_at: datetime = fields.DatetimeField()

    class Meta:
        table = "watching"
        constraints = (UniqueConstraint(fields=("session_id", "member_id"), name="watching_one"),)
        indexes = (Index(fields=("member_id", "updated_at", "id"), name="watching_by_member"),)

    @classmethod
    async def report(
        cls, member_id: UUID, session_id: UUID, from_second: int, to_second: int, *, client_at: datetime, at: datetime
    ) -> Self:
        """Take in a piece that a player has played, cut to what time allows.

        The same piece at the same instant of the player's clock is taken in once. What was watched long enough counts
        as attended, and may complete the course. Raises `NotEnrolled`, `SessionLocked`, `SessionCalledOff`,
        `ReplayExpired`, `NothingToWatch`, `MemberNotActive`, `Invalid`, `NotFound`.
        """
        if not 0 <= from_second <= to_second:
            raise Invalid("toSecond", zh="应不早于开始位置", en="it must not lie before the first second")
        if client_at > at + CLIENT_AHEAD_MOST:
            raise Invalid("clientAt", zh="设备时间不正确", en="the clock of the device is ahead")
        session = await CourseSession.existing(session_id, field="sessionId")
        async with transaction():
            await Member.touch(member_id, at=at)
            door = await Door.of(member_id, [session], at=at)
            for refusal in _refusals(door, session, at=at):
                raise refusal
            room = door.rooms[session.course_id]
            watching = await cls.get_or_none(session_id=session_id, member_id=member_id)
            watching = watching or cls(session_id=session_id, member_id=member_id, used_until=at - FIRST, began_at=at)
            if watching._is_told(to_second, client_at):
                return watching
            watching.used_until = max(watching.used_until, await _used_until(member_id) or watching.used_until)
            watching._take_in(Span(from_second, to_second).within(_played(session, at)), room, at=at)
            watching.client_at, watching.updated_at = client_at, at
            await watching.save(force_create=not watching._saved_in_db, force_update=watching._saved_in_db)
            if session.course_id in door.seats:
                await watching._count(session, room, at=at)
        return watching

    @property
    def spans(self) -> list[Span]:
        return spans.from_json(self.pieces)

    @property
    def skipped(self) -> list[Span]:
        """What was left out before the furthest second that was watched."""
        return spans.skipped(self.spans)

    def _is_told(self, to_second: int, client_at: datetime) -> bool:
        """Whether this piece came before: a player sends one again whose answer was lost."""
        return self.client_at == client_at and self.position == to_second

    def _take_in(self, span: Span, room: Classroom, *, at: datetime) -> None:
        used_until = max(self.used_until, at - KEPT)
        allowed = (at - used_until) * room.speed_percent // (timedelta(seconds=1) * 100)
        taken = span.first(allowed)
        self.credited = taken.seconds
        self.used_until = used_until + timedelta(seconds=taken.seconds) * 100 / room.speed_percent
        together = spans.merged([*self.spans, taken])
        self.pieces, self.watched_seconds = spans.to_json(together), spans.seconds_of(together)
        self.position = max(taken.end, span.start)

    async def _count(self, session: CourseSession, room: Classroom, *, at: datetime) -> None:
        """Count it as attended once enough was watched, and see whether it completes the course."""
        is_over = at >= session.ends_at
        is_enough = self.watched_seconds * 100 >= room.watch_percent * session.minutes * 60
        told = Attendance.filter(session_id=session.id, member_id=self.member_id)
        if is_enough and (room.makes_up or not is_over) and not await told.exists():
            way = AttendanceWay.REPLAY if is_over else AttendanceWay.WATCH
            presence = Presence(way, self.began_at, self.watched_seconds // 60)
            await Attendance.made(session, self.member_id, presence, at=at)
        elif room.completion_percent is not None:
            await CourseCompletion.consider(self.member_id, await Course.get(id=session.course_id), at=at)


async def _used_until(member_id: UUID) -> datetime | None:
    """Up to when the member has used its time, whatever it watched."""
    last = await fetch_value("SELECT MAX(used_until) AS last FROM watching WHERE member_id = $1", member_id)
    return as_instant(last) if last else None


def _refusals(door: Door, session: CourseSession, *, at: datetime) -> list[DomainError]:
    """What stands against playing it now: its recording, or live from its start until the last pieces have come in."""
    if session.replay_url is not None:
        return door.replay_refusals(session)
    found = door.refusals(session)
    if door.courses[session.course_id].medium is Medium.OFFLINE or at >= session.ends_at + KEPT:
        return [*found, NothingToWatch()]
    return [*found, SessionLocked(retry_at=session.starts_at)] if at < session.starts_at else found


def _played(session: CourseSession, at: datetime) -> int:
    """How many seconds of it can have been played: live no more than have gone by."""
    length = session.minutes * 60
    if session.replay_url is not None or at >= session.ends_at:
        return length
    return min(length, int((at - session.starts_at).total_seconds()))
