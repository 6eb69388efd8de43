"""A task may be cancelled at any await; whatever it was doing, the database goes on and is whole."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator
from types import coroutine
from typing import Any

import pytest

from store.database import close_database, execute, fetch_value, open_database, savepoint, transaction
from tests.store.conftest import RECORDS
from tests.store.records import Reader

pytestmark = pytest.mark.usefixtures("database")

INSERT = "INSERT INTO reader (id, name, points, created_at) VALUES ($1, $2, 0, '2026-11-22 08:00:00+00:00')"


async def write_a_pair() -> None:
    async with transaction():
        await Reader.create(name="韩梅梅")
        await Reader.create(name="李雷")


async def write_a_pair_beside_a_failure() -> None:
    async with transaction():
        await Reader.create(name="韩梅梅")
        try:
            async with savepoint():
                await Reader.create(name="露西")
                raise LookupError
        except LookupError:
            await Reader.create(name="李雷")


async def write_a_pair_at_once() -> None:
    await Reader.bulk_create([Reader(name="韩梅梅"), Reader(name="李雷")])


async def change_and_count() -> None:
    await execute("UPDATE reader SET points = points + 1")
    await fetch_value("SELECT count(*) FROM reader")


@pytest.mark.parametrize("work", [write_a_pair, write_a_pair_beside_a_failure, write_a_pair_at_once, change_and_count])
@pytest.mark.parametrize("times", [1, 2])
async def test_work_cancelled_at_any_step_is_done_whole_or_not_at_all(
    work: Callable[[], Awaitable[None]], times: int
) -> None:
    steps = 0
    while await is_cancelled(work(), at_step=steps + 1, times=times):
        steps += 1
        async with asyncio.timeout(5), transaction():
            assert await fetch_value("SELECT count(*) FROM reader") in (0, 2)
            await execute("DELETE FROM reader")
    assert steps >= 2


async def test_a_timeout_inside_a_task_leaves_the_task_outside_the_transaction() -> None:
    for step in range(1, 12):
        await is_cancelled(write_a_pair(), at_step=step, goes_on=change_and_count)
        async with asyncio.timeout(5):
            await execute("DELETE FROM reader")


async def test_connecting_may_be_cancelled_at_any_step(database: str) -> None:
    await close_database()
    steps = 0
    while await is_cancelled(open_database(database, modules=[RECORDS], pool_size=1), at_step=steps + 1):
        steps += 1
    assert steps >= 1
    assert await fetch_value("SELECT count(*) FROM reader") == 0


async def is_cancelled(
    work: Awaitable[None], *, at_step: int, times: int = 1, goes_on: Callable[[], Awaitable[None]] | None = None
) -> bool:
    """Whether `work` was still running at its n-th suspension, where (and at the next) it is cancelled."""

    async def task() -> bool:
        try:
            await _cancelling(_started(work), range(at_step, at_step + times))
        except asyncio.CancelledError:
            if goes_on is not None:
                await goes_on()
            return True
        return False

    return await asyncio.create_task(task())


async def _started(work: Awaitable[None]) -> None:
    await work


@coroutine
def _cancelling(work: Coroutine[Any, Any, None], at_steps: range) -> Generator[Any, Any, None]:
    step, error = 0, None
    while True:
        try:
            waited_for = work.throw(error) if error is not None else work.send(None)
        except StopIteration:
            return
        step, error = step + 1, None
        if step in at_steps:
            current = asyncio.current_task()
            assert current is not None
            current.cancel()
        try:
            yield waited_for
        except BaseException as thrown:
            error = thrown
