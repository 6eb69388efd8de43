"""Many rows by one statement, each to its own values, and only those that the condition lets through."""

import pytest

from store import rewriting
from store.rewriting import rewrite
from tests.conftest import NOON
from tests.store.records import Reader

KINDS = {"name": "text", "points": "bigint", "seen_at": "timestamptz"}


async def a_reader(name: str, points: int = 0) -> Reader:
    return await Reader.create(name=name, points=points)


async def test_each_row_comes_to_its_own_values(database: str) -> None:
    first, second, other = await a_reader("陈一"), await a_reader("林二"), await a_reader("周三")

    await rewrite("reader", KINDS, {second.id: ("林小二", 7, NOON), first.id: ("陈小一", 5, None)})

    rows = {row.id: (row.name, row.points, row.seen_at) for row in await Reader.all()}
    assert rows == {first.id: ("陈小一", 5, None), second.id: ("林小二", 7, NOON), other.id: ("周三", 0, None)}


async def test_a_row_that_the_condition_bars_stays(database: str) -> None:
    ahead, behind = await a_reader("陈一", points=9), await a_reader("林二", points=4)

    values = {ahead.id: ("陈小一", 5, None), behind.id: ("林小二", 5, None)}
    await rewrite("reader", KINDS, values, only_if="old.points < new.points")

    assert {row.id: row.name for row in await Reader.all()} == {ahead.id: "陈一", behind.id: "林小二"}


async def test_more_rows_than_a_statement_takes_go_by_several(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    readers = [await a_reader(name) for name in "赵钱孙李周"]
    monkeypatch.setattr(rewriting, "ROWS_AT_ONCE", 2)

    await rewrite("reader", {"points": "bigint"}, {one.id: (7,) for one in readers})

    assert [row.points for row in await Reader.all()] == [7] * 5
