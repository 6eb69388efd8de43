"""Scalars of our own, and how Python's types appear in the contract."""

import re
from datetime import UTC, date, datetime
from typing import NewType, NoReturn

import strawberry
from strawberry.types.scalar import ScalarDefinition

from engine.writing import SqlForm, instant_as_json

BigInt = NewType("BigInt", int)
YEARS = range(1800, 9000)
"""Years that are taken in: days and zones can be added to an instant of them, and it stays an instant."""

_DIGITS = re.compile(r"-?[0-9]{1,19}")


def _whole_number(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str) or not _DIGITS.fullmatch(str(value)):
        raise ValueError("not a whole number")
    number = int(value)
    if abs(number) >= 2**63:
        raise ValueError("out of range")
    return number


def read_instant(value: object) -> datetime:
    """An instant with its offset; raises `ValueError` for anything else."""
    at = datetime.fromisoformat(value) if isinstance(value, str) else None
    if at is None or at.tzinfo is None:
        raise ValueError("not an instant with its offset")
    return at.astimezone(UTC) if at.year in YEARS else _out_of_range()


def _day(value: object) -> date:
    day = date.fromisoformat(value) if isinstance(value, str) else None
    if day is None:
        raise ValueError("not a day")
    return day if day.year in YEARS else _out_of_range()


def _out_of_range() -> NoReturn:
    raise ValueError("out of range")


def _written(at: datetime) -> str:
    """As PostgreSQL writes it, which is the fastest: fractions of a second without the zeros at their end."""
    text = at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.rstrip('0') if at.microsecond else text}Z"


def _quoted_in_sql(value: str, is_postgres: bool) -> str:
    return f"""'"' || {value}{"::text" if is_postgres else ""} || '"'"""


SQL_FORMS: dict[str, SqlForm] = {
    "BigInt": _quoted_in_sql,
    "Date": _quoted_in_sql,
    "DateTime": instant_as_json,
}
"""The same scalars as the database writes them into JSON."""

SCALARS: dict[object, ScalarDefinition] = {
    BigInt: strawberry.scalar(
        name="BigInt",
        description="A whole number of up to 63 bits, written as a string.",
        serialize=str,
        parse_value=_whole_number,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="An instant in UTC (ISO 8601), `2026-11-23T08:00:00Z`. An input may bear any offset but needs one, "
        "and lies in the years 1800 to 8999.",
        serialize=_written,
        parse_value=read_instant,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day (ISO 8601), `2026-11-23`. An input lies in the years 1800 to 8999.",
        serialize=date.isoformat,
        parse_value=_day,
    ),
}
