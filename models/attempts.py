"""Attempts: how often something that can be guessed may be tried, counted in SQL so that a lost Redis opens no door.

An attempt is taken before the guess is looked at, by one conditional statement, so a thousand guesses at one instant
count a thousand times, whether they come in one document or in many. What is counted (a name, an address) is kept as a
keyed hash, known or not, so neither the table nor the answer tells whether it exists.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tortoise import fields
from tortoise.indexes import Index

from models.errors import DomainError
from models.record import Record
from store.database import execute, fetch
from store.ids import new_id
from store.vault import vault


class TooManyAttempts(DomainError):
    code = "TOO_MANY_ATTEMPTS"
    zh = "尝试次数过多，请稍后再试"
    en = "Too many attempts. Try again later."


@dataclass(frozen=True)
class Limit:
    """At most `most` attempts on one thing within `window` from the first of them."""

    purpose: str
    most: int
    window: timedelta = timedelta(minutes=15)


class Attempts(Record):
    subject = fields.CharField(max_length=64, unique=True)
    count = fields.IntField()
    ends_at: datetime = fields.DatetimeField(description="When the counting begins anew.")

    class Meta:
        table = "attempts"
        indexes = (Index(fields=("ends_at",), name="attempts_by_end"),)

    @classmethod
    async def take(cls, limit: Limit, subject: str, *, at: datetime) -> None:
        """Count one attempt, or raise `TooManyAttempts`; call it outside any transaction that may be undone."""
        taken = await fetch(
            "INSERT INTO attempts (id, subject, count, ends_at) VALUES ($1, $2, 1, $3) "
            "ON CONFLICT (subject) DO UPDATE SET "
            "count = CASE WHEN attempts.ends_at <= $4 THEN 1 ELSE attempts.count + 1 END, "
            "ends_at = CASE WHEN attempts.ends_at <= $4 THEN excluded.ends_at ELSE attempts.ends_at END "
            "WHERE attempts.ends_at <= $4 OR attempts.count < $5 RETURNING count",
            str(new_id()),
            _hashed(limit, subject),
            at + limit.window,
            at,
            limit.most,
        )
        if not taken:
            row = await cls.get_or_none(subject=_hashed(limit, subject))
            raise TooManyAttempts(retry_at=row.ends_at if row else at + limit.window)

    @classmethod
    async def forgive(cls, limit: Limit, subject: str) -> None:
        """Begin the counting anew, after an attempt that was right."""
        await cls.filter(subject=_hashed(limit, subject)).delete()

    @classmethod
    async def give_back(cls, limit: Limit, subject: str) -> None:
        """Uncount one attempt that was right, where others of the same subject still count."""
        await execute("UPDATE attempts SET count = count - 1 WHERE subject = $1 AND count > 0", _hashed(limit, subject))

    @classmethod
    async def forget_old(cls, *, at: datetime) -> int:
        """Delete what no longer counts; returns how many rows."""
        return await cls.filter(ends_at__lte=at).delete()


def _hashed(limit: Limit, subject: str) -> str:
    return vault().keyed_hash(f"{limit.purpose}:{subject}")
