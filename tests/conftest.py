"""What every test can ask for: an empty migrated database, a Redis, a clock that stands still, and callers over HTTP.

The suite runs on the embedded default. With `TEST_DATABASE_URL` and `TEST_REDIS_URL` it runs on those servers, in a
scratch database and a Redis database of its own for each worker.
"""

import logging
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
import structlog

# Settings are read once, so a test run decides them before anything of the project is imported.
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="shequn-test-")
os.environ["SECRET_KEY"] = "only-for-tests-0123456789-0123456789"
for name in ("DATABASE_URL", "REDIS_URL", "WECHAT_APP_ID", "ENVIRONMENT", "WORKERS"):
    os.environ.pop(name, None)

# Servers that tests start compile no sources anew, also where the surroundings forbid bytecode beside them.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ.setdefault("PYTHONPYCACHEPREFIX", str(Path(tempfile.gettempdir(), "shequn-bytecode")))

from api.logs import TALKATIVE
from auth import context as auth_context
from models.points.account import Account
from store.clock import FixedClock
from store.database import close_database, open_database
from store.embedded_redis import redis_for
from store.migrations.connection import connection, scratch_database
from store.migrations.runner import migrate
from store.redis import close_redis, open_redis, redis
from tests.callers import Callers

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
"""A Monday, 12:00 in Shanghai."""


@pytest.fixture(scope="session")
async def template_url() -> AsyncIterator[str]:
    """A migrated database that the others are copied from."""
    async with scratch_database(os.environ.get("TEST_DATABASE_URL")) as url:
        await migrate(url)
        await open_database(url)
        await Account.open_pools()
        await close_database()
        yield url


@pytest.fixture
async def database_url(template_url: str) -> AsyncIterator[str]:
    """An empty, migrated database of the test's own."""
    parts = urlsplit(template_url)
    if parts.scheme == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "test.db"
            shutil.copyfile(template_url.removeprefix("sqlite://"), path)
            yield f"sqlite://{path}"
        return
    name, template = f"test_{os.getpid()}_{id(parts)}", parts.path.removeprefix("/")
    async with connection(os.environ["TEST_DATABASE_URL"]) as server:
        await server.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        yield urlunsplit(parts._replace(path=f"/{name}"))
        await server.run(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[str]:
    """The test's own database, open in this process."""
    await open_database(database_url, pool_size=8)
    yield database_url
    await close_database()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A Redis of this worker's own."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:
        worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")
        yield urlunsplit(urlsplit(given)._replace(path=f"/{8 + int(worker) % 8}"))
        return
    with redis_for(None, Path(tempfile.mkdtemp(prefix="shequn-test-redis-"))) as url:
        yield url


@pytest.fixture
async def empty_redis(redis_url: str) -> AsyncIterator[str]:
    """The worker's Redis, empty and open in this process."""
    open_redis(redis_url)
    await redis().call(lambda client: client.flushdb())
    yield redis_url
    await close_redis()


@pytest.fixture
def own_logs() -> Iterator[None]:
    """A test that opens the logs of the process leaves the next ones what was there before."""
    root, talkative = logging.getLogger(), [logging.getLogger(name) for name in TALKATIVE]
    handlers, levels = root.handlers[:], [logger.level for logger in (root, *talkative)]
    yield
    structlog.reset_defaults()
    root.handlers[:] = handlers
    for logger, level in zip((root, *talkative), levels, strict=True):
        logger.setLevel(level)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    """The clock of every request of the test; it begins at noon of a Monday in Shanghai."""
    fixed = FixedClock(NOON)
    monkeypatch.setattr(auth_context, "CLOCK", fixed)
    return fixed


@pytest.fixture
async def callers(database: str, empty_redis: str, clock: FixedClock) -> AsyncIterator[Callers]:
    """Ask over HTTP as anybody: `await callers.as_member(member).ask("{ viewer { … } }")`."""
    from api.app import app

    async with Callers.of(app, clock) as found:
        yield found
