"""What plantings stand on: effects that are held back, statements that stay in their thread, rows loaded at once."""

import threading

import pytest
from tortoise.exceptions import IntegrityError

from models.insight.standing import TOPIC, standing_changed
from models.members.member import Member
from store.bulk import load, loading
from store.database import dialect, execute, fetch_value, in_this_thread, transaction
from store.outbox import Outbox, held_back
from tests.build import a_member
from tests.conftest import NOON

MEMBER = ("id", "nickname", "interests", "status", "invite_code", "is_returning", "is_hidden_from_boards", "is_staff")


async def test_a_topic_that_is_held_back_writes_nothing(database: str) -> None:
    member = await a_member()
    async with transaction():
        with held_back(TOPIC):
            await standing_changed([member.id], at=NOON)
        assert await Outbox.all().count() == 0
        await standing_changed([member.id], at=NOON)
        assert await Outbox.all().count() == 1


async def test_other_topics_are_not_held_back(database: str) -> None:
    member = await a_member()
    async with transaction():
        with held_back("group_vacancy"):
            await standing_changed([member.id], at=NOON)
        assert await Outbox.all().count() == 1


async def test_statements_stay_in_their_thread_only_where_they_are_told_to(database: str) -> None:
    if dialect() != "sqlite":
        pytest.skip("PostgreSQL answers over a socket, in no thread at all.")
    from store.engines import sqlite

    threads: list[str] = []
    run = sqlite._run

    def noting(*args: object) -> object:
        threads.append(threading.current_thread().name)
        return run(*args)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite, "_run", noting)
        await fetch_value("SELECT 1")
        with in_this_thread():
            await fetch_value("SELECT 1")
    assert threads[0] != threading.main_thread().name
    assert threads[1] == threading.main_thread().name


async def test_a_load_that_fails_leaves_rows_and_indexes_as_they_were(database: str) -> None:
    known = await a_member(nickname="王小明")
    columns = (*MEMBER, "version", "joined_at")
    twin = (known.id, "冒名者", "[]", "normal", "abcdefgh", False, False, False, 0, NOON)
    with pytest.raises(IntegrityError):
        async with loading("member"):
            await load("member", columns, [twin])
    assert [member.nickname for member in await Member.all()] == ["王小明"]
    with pytest.raises(IntegrityError):
        await execute("UPDATE member SET invite_code = NULL")


async def test_a_constraint_holds_again_after_a_load(database: str) -> None:
    columns = (*MEMBER, "version", "joined_at")
    known = await a_member()
    async with loading("member"):
        row = (Member().id, "李思远", '["跑步"]', "normal", "zyxwvuts", False, False, False, 0, NOON)
        assert await load("member", columns, [row]) == 1
    loaded = await Member.get(invite_code="zyxwvuts")
    assert (loaded.nickname, loaded.interests, loaded.joined_at) == ("李思远", ["跑步"], NOON)
    with pytest.raises(IntegrityError):
        await Member.filter(id=known.id).update(invite_code="zyxwvuts")
