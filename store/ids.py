"""Ids: UUID version 7, made by the application, so that a record knows its id before it is written."""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """A new id; ids made later sort later, within a millisecond per process."""
    return uuid7()


def as_id(value: object) -> UUID:
    """The id in a row that the driver gave, which on SQLite is text."""
    return value if isinstance(value, UUID) else UUID(str(value))
