"""Many rows by one statement, each to its own values, and only those that the condition lets through."""

from datetime import UTC, datetime

import pytest

from models.members.member import Member
from store import rewriting
from store.rewriting import rewrite
from tests.build import a_member

KINDS = {"nickname": "text", "version": "bigint", "muted_until": "timestamptz"}
SOON = datetime(2026, 11, 24, 8, tzinfo=UTC)


async def test_each_row_comes_to_its_own_values(database: str) -> None:
    first, second, other = (
        await a_member(nickname="陈一"),
        await a_member(nickname="林二"),
        await a_member(nickname="周三"),
    )

    await rewrite("member", KINDS, {second.id: ("林小二", 7, SOON), first.id: ("陈小一", 5, None)})

    rows = {row.id: (row.nickname, row.version, row.muted_until) for row in await Member.all()}
    assert rows[first.id] == ("陈小一", 5, None)
    assert rows[second.id] == ("林小二", 7, SOON)
    assert rows[other.id][0] == "周三"


async def test_a_row_that_the_condition_bars_stays(database: str) -> None:
    members = [await a_member(nickname="陈一") for _ in range(2)]
    await Member.filter(id=members[0].id).update(version=9)

    values = {one.id: ("陈小一", 5, None) for one in members}
    await rewrite("member", KINDS, values, only_if="old.version < new.version")

    kept = {row.id: row.nickname for row in await Member.all()}
    assert kept == {members[0].id: "陈一", members[1].id: "陈小一"}


async def test_more_rows_than_a_statement_takes_go_by_several(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    members = [await a_member() for _ in range(5)]
    monkeypatch.setattr(rewriting, "ROWS_AT_ONCE", 2)

    await rewrite("member", {"version": "bigint"}, {one.id: (7,) for one in members})

    assert {row.version for row in await Member.all()} == {7}
