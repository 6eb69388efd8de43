"""Ids that come in: text from a client, read as the id of one type."""

from uuid import UUID

from engine.cursor import decode_id
from models.errors import NotFound


def id_of(type_name: str, text: str, *, field: str) -> UUID:
    """The record id in a public id of a type; raises `NotFound` for anything else."""
    decoded = decode_id(text)
    if decoded is None or decoded[0] != type_name:
        raise NotFound(field=field)
    return decoded[1]


def optional_id_of(type_name: str, text: str | None, *, field: str) -> UUID | None:
    return None if text is None else id_of(type_name, text, field=field)
