"""A notice: a member who has not handed a quiz in is reminded before it closes, once at each distance.

The distances are a day and two hours. One that comes to be due late (the quiz was published or the member came in
meanwhile, nothing ran for a while) is told at the nearest distance only, so nobody hears the same twice in a row; and a
quiz that is not open as long as a distance does not remind at it.
"""

from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.learning.quiz import Quiz, QuizStatus
from models.learning.quiz_missing import missing
from models.members.condition_sql import Clause
from models.members.segment import both
from models.one_by_one import OneByOne
from models.record import Record
from store.database import fetch
from store.ids import as_id

DISTANCES = (120, 1_440)
"""Minutes before the close."""
NOTICES_AT_ONCE = 500

_UNTOLD = (
    "NOT EXISTS (SELECT 1 FROM quiz_notice n WHERE n.quiz_id = ? AND n.member_id = {row}.id AND n.minutes_before = ?)"
)


class QuizNotice(Record):
    quiz: fields.ForeignKeyRelation[Quiz] = fields.ForeignKeyField(
        "models.Quiz", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    quiz_id: UUID
    member_id: UUID = fields.UUIDField()
    minutes_before = fields.IntField(description="At which distance from the close.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "quiz_notice"
        constraints = (UniqueConstraint(fields=("quiz_id", "member_id", "minutes_before"), name="quiz_notice_once"),)
        indexes = (Index(fields=("member_id", "created_at", "id"), name="quiz_notice_by_member"),)

    @classmethod
    async def remind(cls, *, at: datetime) -> int:
        """Write the reminders that are due at `at`; returns how many."""
        told, run = 0, OneByOne("remind of quiz")
        closing = Quiz.filter(
            status=QuizStatus.PUBLISHED, closes_at__gt=at, closes_at__lte=at + timedelta(minutes=DISTANCES[-1])
        )
        for quiz in await closing.order_by("closes_at", "id"):
            if (minutes := due_distance(quiz, at=at)) is not None:
                told += await run.do(quiz.id, cls._tell(quiz, minutes, at=at)) or 0
        return told

    @classmethod
    async def _tell(cls, quiz: Quiz, minutes: int, *, at: datetime) -> int:
        untold = both(await missing(quiz, at=at), Clause(_UNTOLD, (quiz.id, minutes)))
        sql = f"SELECT m.id FROM member m WHERE {untold.of('m', first=1)} ORDER BY m.id LIMIT {NOTICES_AT_ONCE}"  # noqa: S608 - own text, values are bound
        told = 0
        while rows := await fetch(sql, *untold.values):
            await cls.bulk_create([cls._to(as_id(row["id"]), quiz, minutes, at) for row in rows], ignore_conflicts=True)
            told += len(rows)
        return told

    @classmethod
    def _to(cls, member_id: UUID, quiz: Quiz, minutes: int, at: datetime) -> Self:
        return cls(quiz_id=quiz.id, member_id=member_id, minutes_before=minutes, created_at=at)


def due_distance(quiz: Quiz, *, at: datetime) -> int | None:
    """The nearest distance that the close of a quiz, open by now, has come within, if it is open for longer."""
    opened = max(one for one in (quiz.opens_at, quiz.published_at, quiz.created_at) if one)
    if quiz.closes_at is None or at < opened:
        return None
    left, lasts = quiz.closes_at - at, quiz.closes_at - opened
    nearest = min((one for one in DISTANCES if left <= timedelta(minutes=one)), default=None)
    return nearest if nearest is not None and timedelta(minutes=nearest) < lasts else None
