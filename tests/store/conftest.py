"""An empty database for each test of the store: SQLite, or PostgreSQL where `TEST_DATABASE_URL` names a server."""

import os
from collections.abc import AsyncIterator

import pytest
from tortoise import Tortoise

from store.database import close_database, open_database
from store.migrations.connection import scratch_database

RECORDS = "tests.store.records"


@pytest.fixture
def server_url() -> str | None:
    return os.environ.get("TEST_DATABASE_URL")


@pytest.fixture
async def empty_database(server_url: str | None) -> AsyncIterator[str]:
    async with scratch_database(server_url) as url:
        yield url


@pytest.fixture
async def database(empty_database: str) -> AsyncIterator[str]:
    """A database with the records of these tests, and one connection, so that a lost one is missed at once."""
    await open_database(empty_database, modules=[RECORDS], pool_size=1)
    await Tortoise.generate_schemas()
    yield empty_database
    await close_database()
