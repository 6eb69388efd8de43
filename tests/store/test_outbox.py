"""The outbox: an effect is applied right after its commit, or later, and never for a rollback."""

from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import timedelta
from typing import cast

import pytest

from store import outbox
from store.database import close_database, open_database, transaction
from store.outbox import Outbox, Payload, effect, relay, settle
from store.redis import RedisUnavailable
from tests.conftest import NOON

SEEN: list[Payload] = []
TOPIC = "tests"


class Broken(Exception):
    pass


@pytest.fixture(autouse=True)
def seen(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(outbox, "_effects", dict(outbox._effects))
    SEEN.clear()
    outbox._applied.clear()

    @effect(TOPIC)
    async def remember(payloads: Sequence[Payload]) -> None:
        if any(payload.get("fails") for payload in payloads):
            raise Broken
        SEEN.extend(payloads)

    yield
    outbox._applied.clear()


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    """The migrated database; the other tests of the store have small ones of their own."""
    await open_database(database_url)
    yield database_url
    await close_database()


async def test_an_effect_is_applied_after_the_commit_and_its_row_settled(database: str) -> None:
    async with transaction():
        await Outbox.put(TOPIC, {"n": 1}, at=NOON)
        assert SEEN == []

    assert SEEN == [{"n": 1}]
    assert await settle() == 1
    assert await Outbox.all().count() == 0


async def test_a_rollback_forgets_the_effect(database: str) -> None:
    async def put_and_fail() -> None:
        async with transaction():
            await Outbox.put(TOPIC, {"n": 1}, at=NOON)
            raise Broken

    with pytest.raises(Broken):
        await put_and_fail()

    assert SEEN == []
    assert await Outbox.all().count() == 0


async def test_what_failed_is_relayed_until_it_succeeds(database: str) -> None:
    async with transaction():
        await Outbox.put(TOPIC, {"fails": True}, at=NOON)

    assert await relay(at=NOON + timedelta(seconds=5)) == 0
    row = await Outbox.get()
    assert row.attempts == 1
    await Outbox.filter(id=row.id).update(payload={"n": 2})

    assert await relay(at=NOON + timedelta(seconds=6)) == 0, "it waits before it is tried again"
    assert await relay(at=row.due_at + timedelta(seconds=30)) == 1
    assert SEEN == [{"n": 2}]
    assert await Outbox.all().count() == 0


async def test_what_a_dead_process_left_is_relayed(database: str) -> None:
    await Outbox.create(topic=TOPIC, payload={"n": 3}, created_at=NOON, due_at=NOON)

    assert await relay(at=NOON) == 1
    assert SEEN == [{"n": 3}]


async def test_many_rows_go_out_together_and_a_bad_one_stays(database: str) -> None:
    for n in range(250):
        await Outbox.create(topic=TOPIC, payload={"n": n}, created_at=NOON, due_at=NOON)
    await Outbox.create(topic=TOPIC, payload={"fails": True}, created_at=NOON, due_at=NOON)

    assert await relay(at=NOON) == 250
    assert sorted(cast(int, payload["n"]) for payload in SEEN) == list(range(250))
    assert [row.attempts for row in await Outbox.all()] == [1]


async def test_while_redis_is_away_rows_stay_due(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(payloads: Sequence[Payload]) -> None:
        raise RedisUnavailable

    monkeypatch.setitem(outbox._effects, TOPIC, away)
    await Outbox.create(topic=TOPIC, payload={"n": 1}, created_at=NOON, due_at=NOON)

    assert await relay(at=NOON) == 0
    assert [(row.attempts, row.due_at) for row in await Outbox.all()] == [(0, NOON)]
