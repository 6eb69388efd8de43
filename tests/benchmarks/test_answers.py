"""Our server, the hand-written one and the plain one answer alike, over a small community."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from benchmarks.__main__ import CONTENDERS
from benchmarks.answers import differences, is_empty
from benchmarks.database import Databases, connected
from benchmarks.servers import Server, running
from benchmarks.workloads import WORKLOADS
from store.settings import settings

needs_postgres = pytest.mark.skipif("TEST_DATABASE_URL" not in os.environ, reason="its servers need PostgreSQL")
MEMBERS = 400


@pytest.fixture(scope="module")
def environment(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    with pytest.MonkeyPatch.context() as patch:
        values = {"REDIS_URL": redis_url, "DATA_DIR": str(tmp_path_factory.mktemp("data")), "SECRET_KEY": "k" * 40}
        for name, value in values.items():
            patch.setenv(name, value)
        settings.cache_clear()
        yield values
    settings.cache_clear()


@pytest.fixture(scope="module")
async def databases(environment: dict[str, str]) -> AsyncIterator[Databases]:
    found = Databases(os.environ["TEST_DATABASE_URL"], environment["REDIS_URL"], MEMBERS)
    await found.prepare(unused=2)
    yield found
    await found.drop()


@pytest.fixture(scope="module")
async def servers(
    databases: Databases, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[list[Server]]:
    folder: Path = tmp_path_factory.mktemp("servers")
    own = {**environment, "DATABASE_URL": databases.url}
    async with AsyncExitStack() as started:
        yield [
            await started.enter_async_context(running(one, own, folder / f"{one.name}.log"))
            for one in CONTENDERS.values()
        ]


@needs_postgres
@pytest.mark.parametrize("name", WORKLOADS)
async def test_all_servers_answer_alike(name: str, databases: Databases, servers: list[Server]) -> None:
    workload, asked = WORKLOADS[name], [one for one in servers if one.dialect.can(name)]
    async with connected(databases.url) as connection:
        askers = await workload.askers(connection)
    assert len(asked) > 1
    assert await differences(workload, asked, askers[: len(asked)]) == ""


def test_an_answer_without_anything_in_it_is_empty() -> None:
    assert is_empty({"viewer": None, "board": {"edges": []}})


def test_an_answer_with_something_in_it_is_not_empty() -> None:
    assert not is_empty({"viewer": {"streakDays": 0}})
