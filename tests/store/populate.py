"""Fills every table of a database with rows that its constraints allow, knowing nothing but the schema itself.

A row begins as a guess. Whatever constraint refuses it says which columns to guess again, so even rows with several
checks are found in a few dozen tries; the literals of a check are the first guesses for its columns.
"""

import random
import re
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg  # type: ignore[import-untyped]  # it ships no types

from store.engines.sqlite import stored
from store.migrations.connection import Connection
from store.migrations.schema import read_schema
from store.migrations.tables import Column, Schema, Table

TRIES_MAX = 400
_FOREIGN_SQLITE = re.compile(r"foreign key \((\w+)\)")
_FOREIGN_POSTGRES = re.compile(r'FOREIGN KEY \("?(\w+)"?\) REFERENCES "?(\w+)"?')
_UNIQUE = re.compile(r'UNIQUE \("?(\w+)"?\)')
_TARGET_SQLITE = re.compile(r"(\w+) \(")
_WORDS = ["早起打卡", "读完一章", "跑步五公里", "拼团成功", "签到第七天", "邀请好友", "晚安", "兑换券"]

Row = dict[str, object]


async def populate(database: Connection, *, rows_each: int = 4, seed: int = 20261122) -> None:
    """Put some rows into every table, parents first; fails with the constraint that could not be satisfied."""
    chance = random.Random(seed)
    schema = await read_schema(database)
    filled: dict[str, list[Row]] = {}
    for name in _parents_first(schema):
        guess = _Guess(name, schema[name], filled, chance)
        filled[name] = []
        for _ in range(min(rows_each, _rows_most(schema[name]))):
            filled[name].append(await _insert(database, guess))


def _rows_most(table: Table) -> int:
    """Two where a truth value is unique, as in a table that is meant to have one row."""
    alone = (_UNIQUE.fullmatch(text) for text in table.constraints.values())
    is_bound = any(found and table.columns[found[1]].type.lower().startswith("bool") for found in alone)
    return 2 if is_bound else TRIES_MAX


def foreign_keys(table: Table) -> dict[str, str]:
    """The table that each referring column refers to."""
    found = {}
    for part, text in table.constraints.items():
        if match := _FOREIGN_SQLITE.fullmatch(part):
            target = _TARGET_SQLITE.match(text)
            assert target is not None
            found[match[1]] = target[1]
        elif match := _FOREIGN_POSTGRES.match(text):
            found[match[1]] = match[2]
    return found


def _parents_first(schema: Schema) -> Iterator[str]:
    waiting, done = list(schema), set[str]()
    while waiting:
        name = next(one for one in waiting if set(foreign_keys(schema[one]).values()) <= {*done, one})
        waiting.remove(name)
        done.add(name)
        yield name


class _Guess:
    """The values a row might have."""

    def __init__(self, name: str, table: Table, filled: dict[str, list[Row]], chance: random.Random) -> None:
        self.name, self.table, self.filled, self.chance = name, table, filled, chance
        self.foreign = foreign_keys(table)
        self.checks = {part: text for part, text in table.constraints.items() if text.startswith("CHECK")}

    def row(self) -> Row:
        return {column: self.value(column) for column in self.table.columns}

    def value(self, column: str) -> object:
        shape = self.table.columns[column]
        if shape.is_nullable and self.chance.random() < 0.4:
            return None
        if column in self.foreign:
            return self._parent(column)
        literals = self._literals(column)
        if literals and self.chance.random() < 0.8:
            return self.chance.choice(literals)
        return self._random(shape)

    def columns_of(self, error: str) -> list[str]:
        """The columns whose values an error is about."""
        named = next((text for part, text in self.checks.items() if re.search(rf"\b{part}\b", error)), error)
        about = [column for column in self.table.columns if re.search(rf"\b{column}\b", named)]
        return about or list(self.table.columns)

    def _parent(self, column: str) -> object:
        rows = self.filled[self.foreign[column]]
        if not rows:
            return None
        row = self.chance.choice(rows)
        return row.get("id", next(iter(row.values())))

    def _literals(self, column: str) -> list[object]:
        texts = " ".join(text for text in self.checks.values() if re.search(rf"\b{column}\b", text))
        kind = self.table.columns[column].type.lower()
        if re.search("char|text", kind):
            return list(re.findall(r"'([^']*)'", texts))
        if re.search("int", kind):
            return [int(number) + step for number in re.findall(r"(?<![\w'])\d+", texts) for step in (-1, 0, 1)]
        return []

    def _random(self, shape: Column) -> object:
        kind, chance = shape.type.lower(), self.chance
        if kind in ("uuid", "char(36)"):
            return UUID(int=chance.getrandbits(128), version=4)
        if "bool" in kind:
            return chance.random() < 0.5
        if "timestamp" in kind:
            return datetime(2026, 11, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(2_000_000))
        if "date" in kind:
            return (datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=chance.randrange(40))).date()
        if "json" in kind:
            return '{"天": 7}'
        if "int" in kind:
            # SQLite keeps booleans in a column of type INT.
            return chance.choice([0, 1]) if shape.type == "INT" and chance.random() < 0.7 else chance.randrange(1, 90)
        if re.search("blob|bytea", kind):
            return chance.randbytes(32)
        if re.search("real|double|float|numeric|decimal", kind):
            return chance.random()
        length = int(match[1]) if (match := re.search(r"\((\d+)\)", kind)) else 40
        return f"{chance.choice(_WORDS)}{chance.randrange(10**6)}"[-length:]


async def _insert(database: Connection, guess: _Guess) -> Row:
    row = guess.row()
    error: Exception | None = None
    for _ in range(TRIES_MAX):
        named = ", ".join(f'"{column}"' for column in row)
        places = ", ".join(f"${position}" for position in range(1, len(row) + 1))
        try:
            await database.rows(f'INSERT INTO "{guess.name}" ({named}) VALUES ({places})', *_values(database, row))
        except (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError) as refused:
            error = refused
            for column in guess.columns_of(f"{refused} {getattr(refused, 'detail', '')}"):
                row[column] = guess.value(column)
        else:
            return row
    raise AssertionError(f"no row of {guess.name} satisfies {error}: {row}")


def _values(database: Connection, row: Row) -> list[Any]:
    return [stored(value) for value in row.values()] if database.dialect == "sqlite" else list(row.values())
