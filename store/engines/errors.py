"""What an error of the database means: a promise of the schema, bad luck worth a second try, or no database at all."""

import sqlite3
from collections.abc import Iterator

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from tortoise import Model
from tortoise.exceptions import DBConnectionError, IntegrityError
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from store.engines.schema import columns

_TRANSIENT = (asyncpg.DeadlockDetectedError, asyncpg.SerializationError, asyncpg.LockNotAvailableError)
_UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,  # shutdown, crash, starting up, statement_timeout
    asyncpg.IdleInTransactionSessionTimeoutError,
    DBConnectionError,
    OSError,  # TimeoutError and every refused connection among them
)
# asyncpg says these with the same class as it says "you passed too few arguments". The last one is said of a connection
# that the server has ended while it was idle: its farewell (state 2) was read, and the end of the stream not yet.
_GONE = (
    "connection is closed",
    "connection was closed",
    "pool is clos",
    "pool is not init",
    "has been released",
    "another operation (2) is in progress",
)
_SAYS = (asyncpg.InterfaceError, asyncpg.InternalClientError)
_SQLITE_TRANSIENT = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_SQLITE_UNAVAILABLE = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB}


def violates(error: IntegrityError, model: type[Model], constraint_name: str) -> bool:
    """Whether the error is the refusal of this constraint of `model`, which `Meta.constraints` must name.

    SQLite names the columns of a unique constraint and not the constraint itself.
    """
    declared = next((one for one in model._meta.constraints if one.name == constraint_name), None)
    if declared is None:
        raise LookupError(f"{model.__name__} declares no constraint named {constraint_name}.")
    for cause in _chain(error):
        if isinstance(cause, asyncpg.IntegrityConstraintViolationError):
            return bool(cause.constraint_name == constraint_name and cause.table_name == model._meta.db_table)
        if isinstance(cause, sqlite3.IntegrityError):
            return _sqlite_refusal(model, declared) in (str(cause), _sorted(str(cause)))
    return False


def is_transient(error: BaseException) -> bool:
    """Whether the same transaction may well succeed when it is tried again: deadlock, serialization, locked."""
    return any(isinstance(cause, _TRANSIENT) or _sqlite_code(cause) in _SQLITE_TRANSIENT for cause in _chain(error))


def is_unavailable(error: BaseException) -> bool:
    """Whether there is no database to ask: refused, closed, overfull, timed out, disk full."""
    return any(
        isinstance(cause, _UNAVAILABLE)
        or (isinstance(cause, _SAYS) and any(word in str(cause) for word in _GONE))
        or _sqlite_code(cause) in _SQLITE_UNAVAILABLE
        for cause in _chain(error)
    )


def _sqlite_refusal(model: type[Model], constraint: UniqueConstraint | CheckConstraint) -> str:
    if isinstance(constraint, CheckConstraint):
        return f"CHECK constraint failed: {constraint.name}"
    named = sorted(f"{model._meta.db_table}.{column}" for column in columns(model, constraint.fields))
    return f"UNIQUE constraint failed: {', '.join(named)}"


def _sorted(message: str) -> str:
    kind, _, named = message.partition(": ")
    return f"{kind}: {', '.join(sorted(named.split(', ')))}"


def _sqlite_code(error: BaseException) -> int | None:
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None  # the upper bits only tell variants apart


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it stands for: Tortoise wraps the driver's error as an argument."""
    seen: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in seen:
        seen.append(current)
        yield current
        wrapped = next((one for one in current.args if isinstance(one, BaseException)), None)
        current = wrapped or current.__cause__
