"""How relations are read: one statement for all who ask, with one text, and never from before a change."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest

from engine import relation
from engine.load import Loads
from engine.read import PageArguments
from engine.relation import Condition, Many, Order
from models.checkins.check_in import CheckIn
from models.members.member import Member
from store.database import dialect, fetch_rows
from store.ids import new_id
from tests.build import a_member

FEED = Many(CheckIn, "group_id", Order.by("-created_at", "-id"), Condition("{row}.points_paid > ?", (5,)))


class Asked:
    """Notes what the database is asked; `answer` asks it."""

    def __init__(self) -> None:
        self.statements: list[tuple[str, tuple[object, ...]]] = []

    async def nothing(self, sql: str, *values: object) -> Sequence[Any]:
        self.statements.append((sql, values))
        return []

    async def answer(self, sql: str, *values: object) -> Sequence[Any]:
        self.statements.append((sql, values))
        return await fetch_rows(sql, *values)


class Parent:
    def __init__(self, id: UUID) -> None:
        self.id = id


@pytest.mark.parametrize("count", [1, 7])
async def test_postgres_reads_the_pages_of_all_parents_by_one_text(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relation, "declared_by_record", {})
    asked, parents = Asked(), [Parent(new_id()) for _ in range(count)]
    loads = Loads(asked.nothing, "postgres", None)
    await asyncio.gather(*(loads.page(FEED, parent, PageArguments(first=3)) for parent in parents))
    assert asked.statements == [
        (
            "SELECT (p.n - 1)::int AS place_, row_.* FROM unnest($1::UUID[]) WITH ORDINALITY AS p(key, n) "
            'CROSS JOIN LATERAL (SELECT * FROM "check_in" row_ WHERE row_."group_id" = p.key '
            "AND (row_.points_paid > $2) AND (1 = 1) ORDER BY row_.created_at DESC, row_.id DESC LIMIT 4) row_ "
            "ORDER BY p.n, row_.created_at DESC, row_.id DESC",
            ([parent.id for parent in parents], 5),
        )
    ]


async def test_what_a_condition_calls_its_own_rows_hides_no_row(database: str) -> None:
    member = await a_member(nickname="赵欣怡")
    await a_member(nickname="孙浩然")
    loads = Loads(fetch_rows, dialect(), None)
    alike = Condition("EXISTS (SELECT 1 FROM member t WHERE t.id = {row}.id AND t.nickname = ?)", ("赵欣怡",))
    page = await loads.list_page(Many(Member, "id", Order.by("id"), alike), PageArguments(first=2))
    assert [row.id for row in page.rows] == [member.id]


async def test_a_record_is_read_once_for_a_request_until_something_changes(database: str) -> None:
    asked, member = Asked(), await a_member(nickname="王小明")
    loads = Loads(asked.answer, dialect(), None)
    first, again = await loads.by_id(Member, member.id), await loads.by_id(Member, member.id)
    await Member.filter(id=member.id).update(nickname="王大明")
    loads.forget()
    after = await loads.by_id(Member, member.id)
    assert (first.nickname, again.nickname, after.nickname) == ("王小明", "王小明", "王大明")
    assert len(asked.statements) == 2


async def test_a_record_that_is_known_is_not_read(database: str) -> None:
    asked, member = Asked(), await a_member(nickname="李思远")
    loads = Loads(asked.answer, dialect(), None)
    loads.know(member)
    assert await loads.by_id(Member, member.id) is member
    assert asked.statements == []


async def test_a_cursor_of_a_row_that_raw_sql_brought_leads_on(database: str) -> None:
    members = [await a_member() for _ in range(3)]
    loads = Loads(fetch_rows, dialect(), None)
    everybody = Many(Member, "id", Order.by("joined_at", "id"))
    first = await loads.list_page(everybody, PageArguments(first=2))
    after = await loads.list_page(everybody, PageArguments(first=2, after=first.edges[-1].cursor))
    assert [row.id for row in (*first.rows, *after.rows)] == [member.id for member in members]
