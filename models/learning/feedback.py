"""What a member thinks of a session it attended: a score, how likely it recommends it, and words. Once for each."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, bounded_text, within
from models.learning.attendance import Attendance
from models.learning.course_session import CourseSession
from models.members.member import Member
from models.record import Record
from store.database import transaction, violates

WORDS_MOST = 1_000


class NotAttended(DomainError):
    code = "NOT_ATTENDED"
    zh = "参加课程后才能评价"
    en = "Only those who attended the session can say what they think of it."


class FeedbackGiven(DomainError):
    code = "FEEDBACK_GIVEN"
    zh = "您已评价过该课次"
    en = "You have said what you think of this session."


class SessionFeedback(Record):
    session: fields.ForeignKeyRelation[CourseSession] = fields.ForeignKeyField(
        "models.CourseSession", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    session_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    score = fields.IntField(description="1 to 5.")
    recommends: int | None = fields.IntField(null=True, description="0 to 10, how likely it recommends the course.")
    words = fields.CharField(max_length=WORDS_MOST, null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "session_feedback"
        constraints = (
            UniqueConstraint(fields=("session_id", "member_id"), name="session_feedback_once"),
            CheckConstraint(
                check="score BETWEEN 1 AND 5 AND (recommends IS NULL OR recommends BETWEEN 0 AND 10)",
                name="session_feedback_bounds",
            ),
        )
        indexes = (
            Index(fields=("session_id", "created_at", "id"), name="session_feedback_by_session"),
            Index(fields=("member_id", "created_at", "id"), name="session_feedback_by_member"),
        )

    @classmethod
    async def give(
        cls,
        member_id: UUID,
        session_id: UUID,
        score: int,
        *,
        at: datetime,
        recommends: int | None = None,
        words: str | None = None,
    ) -> Self:
        """Say what one thinks. Raises `NotAttended`, `FeedbackGiven`, `MemberMuted`, `Invalid`, `NotFound`."""
        within("score", score, 1, 5)
        within("recommends", recommends, 0, 10)
        text = bounded_text(words, "words", most=WORDS_MOST) or None
        await CourseSession.existing(session_id, field="sessionId")
        try:
            async with transaction():
                await Member.touch(member_id, at=at, speaks=text is not None)
                attended = Attendance.filter(session_id=session_id, member_id=member_id, voided_at__isnull=True)
                if not await attended.exists():
                    raise NotAttended()
                return await cls.create(
                    session_id=session_id,
                    member_id=member_id,
                    score=score,
                    recommends=recommends,
                    words=text,
                    created_at=at,
                )
        except IntegrityError as error:
            raise (FeedbackGiven() if violates(error, cls, "session_feedback_once") else error) from None
