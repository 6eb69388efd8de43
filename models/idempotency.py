"""Idempotency: an act that moves value happens once per key, however often it is sent.

The key is written first inside the transaction of the effect, by itself or together with the row that the act takes,
so a second sender of the same key waits until the first has committed, and then reads what the first one made. Nothing
of it lives outside SQL: a crash takes the key and the effect together, or neither. A refusal writes nothing, so it
keeps no key and is decided afresh.
"""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

import orjson
from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError
from models.record import Record
from store.database import savepoint, transaction, violates
from store.ids import new_id
from store.together import Overtaken, Write, insertion, may_write_as_one, write

KEPT_FOR = timedelta(days=7)

R = TypeVar("R", bound=Record)

_CLAIM = insertion("idempotency_key", ("id", "principal", "operation", "key", "input_hash", "result_id", "created_at"))


class IdempotencyMismatch(DomainError):
    code = "IDEMPOTENCY_MISMATCH"
    zh = "同一个幂等键不能用于不同的请求"
    en = "This idempotency key was used for another request."
    field = "idempotencyKey"


@dataclass
class Once:
    """One caller's wish that an act happen once: who, which act, the key, and a hash of all its input."""

    principal: str
    operation: str
    key: str
    input_hash: str
    replayed: bool = False

    @classmethod
    def of(cls, principal: str, operation: str, key: str, given: object) -> "Once":
        canonical = orjson.dumps(given, option=orjson.OPT_SORT_KEYS, default=str)
        return cls(principal, operation, key, hashlib.sha256(canonical).hexdigest())


class IdempotencyKey(Record):
    principal = fields.CharField(max_length=60)
    operation = fields.CharField(max_length=60)
    key = fields.CharField(max_length=80)
    input_hash = fields.CharField(max_length=64)
    result_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "idempotency_key"
        constraints = (UniqueConstraint(fields=("principal", "operation", "key"), name="idempotency_key_once"),)
        indexes = (Index(fields=("created_at",), name="idempotency_key_by_age"),)

    @classmethod
    async def forget_old(cls, *, at: datetime) -> int:
        """Delete the keys that no client may still send again; returns how many."""
        return await cls.filter(created_at__lt=at - KEPT_FOR).delete()


async def perform_once(once: Once | None, record: type[R], act: Callable[[UUID], Awaitable[R]], *, at: datetime) -> R:
    """Run `act(new id)` in one transaction, or give back the record that the same key made before.

    `act` must make its record under the id it is given, and ask all its questions itself: a replay is answered even
    where the act would be refused by now. Raises `IdempotencyMismatch` when the key came with other input, and whatever
    `act` raises; an `IntegrityError` of the effect passes through for its verb to name.
    """

    async def claimed(id: UUID, claim: Sequence[Write]) -> R:
        await write(*claim)
        return await act(id)

    return await perform_claiming(once, record, claimed, at=at)


async def perform_claiming(
    once: Once | None, record: type[R], act: Callable[[UUID, Sequence[Write]], Awaitable[R]], *, at: datetime
) -> R:
    """As `perform_once`, for an act that writes the key, `claim`, itself: together with its first statement."""
    if once is None:
        async with transaction():
            return await act(new_id(), ())
    while True:
        try:
            async with transaction():
                result_id = new_id()
                return await act(result_id, (_claim(once, result_id, at),))
        except IntegrityError as error:
            if not violates(error, IdempotencyKey, "idempotency_key_once"):
                raise
        if (earlier := await _result_of(once, record)) is not None:
            once.replayed = True
            return earlier


async def perform_at_once(
    once: Once | None, record: type[R], act: Callable[[UUID, Sequence[Write]], Awaitable[R]], *, at: datetime
) -> R | None:
    """Run `act(new id, claim)`, which writes all it does as one statement, the key among it (`write_as_one`).

    None where that cannot be or does not succeed: something changed meanwhile or more has to be done (`Overtaken`), a
    refusal, a key that was used before. Then nothing was written, and the usual way decides.
    """
    if not may_write_as_one():
        return None
    result_id = new_id()
    try:
        return await act(result_id, (_claim(once, result_id, at),) if once else ())
    except (DomainError, IntegrityError, Overtaken):
        return None


def _claim(once: Once, result_id: UUID, at: datetime) -> Write:
    return Write(_CLAIM, (new_id(), once.principal, once.operation, once.key, once.input_hash, result_id, at))


async def keep_whole(once: Once, *, at: datetime) -> None:
    """Keep the key of an act of many parts, each of which is done once under a key of its own (`part_of`).

    So one key is of one input, whatever parts it names. Raises `IdempotencyMismatch` where it came with another.
    """
    try:
        async with savepoint():
            await write(_claim(once, new_id(), at))
    except IntegrityError as error:
        if not violates(error, IdempotencyKey, "idempotency_key_once"):
            raise
    known = await IdempotencyKey.get(principal=once.principal, operation=once.operation, key=once.key)
    if known.input_hash != once.input_hash:
        raise IdempotencyMismatch()


def part_of(once: Once, id: UUID) -> Once:
    """The wish that one part of an act happens once, under a key that follows from the whole's."""
    return replace(once, key=hashlib.sha256(f"{once.key}:{id}".encode()).hexdigest(), replayed=False)


async def _result_of(once: Once, record: type[R]) -> R | None:
    known = await IdempotencyKey.get_or_none(principal=once.principal, operation=once.operation, key=once.key)
    if known is None:
        return None
    if known.input_hash != once.input_hash:
        raise IdempotencyMismatch()
    return await record.get(id=known.result_id)
