"""The outbox: effects outside SQL are written down in the transaction that causes them.

After the commit each effect is applied at once, so that the usual reader sees it; if the process dies in between, the
relay applies it later from the row. Applying twice must be harmless, so an effect carries absolute values or ids of
what to read, never "one more". A row that was applied is deleted in batches by `settle`, off the request's path.

Whoever writes a long history in one go holds a topic back and puts one effect for the whole at its end.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import orjson
import structlog
from tortoise import Model, fields
from tortoise.indexes import Index

from store.database import after_commit
from store.ids import new_id
from store.redis import RedisUnavailable
from store.together import Write, insertion, write

Payload = dict[str, object]
Effect = Callable[[Sequence[Payload]], Awaitable[None]]

RELAY_AFTER = timedelta(seconds=5)
RELAY_BATCH = 200
LONGEST_WAIT = timedelta(minutes=10)

_INSERT = insertion("outbox", ("id", "topic", "payload", "attempts", "created_at", "due_at"))

_effects: dict[str, Effect] = {}
_applied: list[UUID] = []
_held_back: ContextVar[frozenset[str]] = ContextVar("held_back", default=frozenset())
_log = structlog.get_logger("outbox")


def effect(topic: str) -> Callable[[Effect], Effect]:
    """Declare the function that applies the payloads of a topic."""

    def declare(function: Effect) -> Effect:
        _effects[topic] = function
        return function

    return declare


@contextmanager
def held_back(*topics: str) -> Iterator[None]:
    """Drop the effects of these topics in the block, whose end puts, in the same transaction, one that covers them."""
    token = _held_back.set(_held_back.get() | set(topics))
    try:
        yield
    finally:
        _held_back.reset(token)


class Outbox(Model):
    id: UUID = fields.UUIDField(primary_key=True, default=new_id)
    topic = fields.CharField(max_length=40)
    payload: Payload = fields.JSONField()
    attempts = fields.IntField(default=0)
    created_at: datetime = fields.DatetimeField()
    due_at: datetime = fields.DatetimeField()

    class Meta:
        table = "outbox"
        indexes = (Index(fields=("due_at", "id"), name="outbox_by_due"),)

    @classmethod
    async def put(cls, topic: str, payload: Payload, *, at: datetime, beside: Sequence[Write] = ()) -> None:
        """Write an effect down inside the caller's transaction; it is applied right after the commit.

        What is to be written `beside` it goes to the database together with it.
        """
        noted = cls.noted(topic, payload, at=at)
        if noted is None:
            await write(*beside)
            return
        await write(*beside, noted.write)
        after_commit(noted.apply)

    @classmethod
    def noted(cls, topic: str, payload: Payload, *, at: datetime) -> "Noted | None":
        """What `put` writes and does, for whoever does both itself; nothing where the topic is held back."""
        if topic in _held_back.get():
            return None
        row_id = new_id()
        values = (row_id, topic, orjson.dumps(payload).decode(), 0, at, at + RELAY_AFTER)
        return Noted(Write(_INSERT, values), row_id, topic, payload)


@dataclass(frozen=True, slots=True)
class Noted:
    """An effect: the row that tells of it, and, once that is committed, how it is applied."""

    write: Write
    row_id: UUID
    topic: str
    payload: Payload

    async def apply(self) -> None:
        try:
            await _effects[self.topic]([self.payload])
        except RedisUnavailable as error:
            # Nothing is lost and nobody has erred, so an outage is a word for each act and no page.
            _log.warning("effect postponed", topic=self.topic, error=str(error))
        else:
            _applied.append(self.row_id)


async def settle() -> int:
    """Delete the rows of effects that were applied; returns how many."""
    done, _applied[:] = list(_applied), []
    if done:
        await Outbox.filter(id__in=done).delete()
    return len(done)


async def relay(*, at: datetime) -> int:
    """Apply what is due, oldest first, as long as there is any; returns how many went out.

    The rows of a topic go out together; where that fails, one by one, so that a bad one keeps no other from going, and
    it is tried again later. While Redis is away nothing is tried twice: the rows stay due until the next turn.
    """
    await settle()
    sent = 0
    while due := await Outbox.filter(due_at__lte=at).order_by("due_at", "id").limit(RELAY_BATCH):
        try:
            for topic in dict.fromkeys(row.topic for row in due):
                sent += await _relay_topic(topic, [row for row in due if row.topic == topic], at=at)
        except RedisUnavailable as error:
            _log.warning("relay postponed", error=str(error))
            break
        if len(due) < RELAY_BATCH:
            break
    return sent


async def _relay_topic(topic: str, rows: Sequence[Outbox], *, at: datetime) -> int:
    try:
        await _effects[topic]([row.payload for row in rows])
    except RedisUnavailable:
        raise
    except Exception:
        return sum([await _try(row, at=at) for row in rows])
    await Outbox.filter(id__in=[row.id for row in rows]).delete()
    return len(rows)


async def _try(row: Outbox, *, at: datetime) -> bool:
    try:
        await _effects[row.topic]([row.payload])
    except RedisUnavailable:
        raise
    except Exception as error:
        wait = min(RELAY_AFTER * 2**row.attempts, LONGEST_WAIT)
        await Outbox.filter(id=row.id).update(attempts=row.attempts + 1, due_at=at + wait)
        _log.warning("effect failed", topic=row.topic, attempts=row.attempts + 1, error=repr(error))
        return False
    await Outbox.filter(id=row.id).delete()
    return True
