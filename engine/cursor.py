"""Opaque ids and cursors. Both are checked byte by byte when they come back: what we did not make is refused."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import orjson
from graphql import GraphQLError
from tortoise import fields

from engine.relation import Order, Record

_WEIGHT_MOST = 400
_NUMBERS = (fields.IntField, fields.BigIntField, fields.SmallIntField)


def bad_input(message: str) -> GraphQLError:
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def encode_id(type_name: str, id: UUID) -> str:
    """The public id of a record: url-safe text that says nothing to a client."""
    return encode_hex_id(type_name, id.hex)


def encode_hex_id(type_name: str, digits: str) -> str:
    """As `encode_id`, for an id written as 32 hexadecimal digits."""
    # Of letters, digits and a colon base64 makes neither `+` nor `/`, so this is url-safe as it is.
    return binascii.b2a_base64(f"{type_name}:{digits}".encode(), newline=False).rstrip(b"=").decode()


def decode_id(text: str) -> tuple[str, UUID] | None:
    """The type's name and the id, or nothing where the text is not one of ours."""
    raw = _unpack(text)
    if raw is None:
        return None
    name, _, digits = raw.decode("ascii", "replace").partition(":")
    try:
        uuid = UUID(hex=digits)
    except ValueError:
        return None
    return (name, uuid) if encode_id(name, uuid) == text else None


def encode_cursor(order: Order, row: object) -> str:
    """Where a row stands in an order: the values of the order's columns."""
    return pack_cursor([getattr(row, column) for column in order.columns])


def pack_cursor(values: Sequence[object]) -> str:
    """A cursor of the values of an order's columns."""
    # Drivers have ids of a type of their own, which is a UUID to everybody but the writer of JSON.
    return _pack(orjson.dumps(values, option=orjson.OPT_PASSTHROUGH_DATETIME, default=_written))


def _written(value: object) -> str:
    """As databases write it: fractions of a second bear no zeros at their end."""
    if not isinstance(value, datetime):
        return str(value)
    text = value.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.rstrip('0') if value.microsecond else text}+00:00"


def decode_cursor(text: str, order: Order, record: Record) -> tuple[object, ...]:
    """The values to go on from; raises a coded error for a cursor that is forged or of another list."""
    raw = _unpack(text)
    try:
        values = orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError:
        values = None
    if not isinstance(values, list) or len(values) != len(order.columns):
        raise bad_input("The cursor does not belong to this list.")
    return tuple(_typed(value, record, column) for value, column in zip(values, order.columns, strict=True))


def _typed(value: object, record: Record, column: str) -> object:
    field = record._meta.fields_map[column]
    try:
        if isinstance(field, fields.UUIDField) and isinstance(value, str):
            return UUID(value)
        if isinstance(field, fields.DatetimeField) and isinstance(value, str):
            return datetime.fromisoformat(value).astimezone(UTC)
        if isinstance(field, fields.DateField) and isinstance(value, str):
            return date.fromisoformat(value)
    except (ValueError, OverflowError):
        raise bad_input("The cursor does not belong to this list.") from None
    if type(value) is str and not isinstance(field, _NUMBERS) and "\0" not in value:
        return value
    bits = 63 if isinstance(field, fields.BigIntField) else 31
    if type(value) is int and isinstance(field, _NUMBERS) and abs(value) < 2**bits:
        return value
    raise bad_input("The cursor does not belong to this list.")


def _pack(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unpack(text: str) -> bytes | None:
    if len(text) > _WEIGHT_MOST or not text.isascii():
        return None
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
