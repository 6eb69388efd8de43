"""The databases of a run: one that is planted once and kept, and a copy of it that the run may write into.

The planted one bears a stamp of the schema, of the seeds and of the business day, and is made anew when any of these
has changed. Check-ins use up members that have not checked in today, and hand-ins attempts that are open; when too few
are left, the copy is renewed.
"""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg  # type: ignore[import-untyped]  # it ships no types
from tortoise import Tortoise
from tortoise.utils import get_schema_sql

import seeds
from benchmarks import extras, papers
from models.insight.board_rebuild import rebuild, rebuild_missing
from store.brand_day import brand_day
from store.clock import SystemClock
from store.database import close_database, open_database
from store.migrations.runner import migrate
from store.redis import close_redis, open_redis, redis

PATIENCE_SECONDS = 60.0
"""For a command of Redis: a run of many rows may take longer than any request would wait."""
HOLDS = "bench:holds"
"""The key under which Redis knows of which copy its boards are."""


@dataclass(frozen=True)
class Databases:
    """`server` is any database of the PostgreSQL, `url` the one that the servers under test use beside `redis_url`."""

    server: str
    redis_url: str
    members: int

    @property
    def planted(self) -> str:
        return f"shequn_bench_{self.members}"

    @property
    def copy(self) -> str:
        return f"{self.planted}_run"

    @property
    def url(self) -> str:
        return self.of(self.copy)

    def of(self, name: str) -> str:
        return urlunsplit(urlsplit(self.server)._replace(path=f"/{name}"))

    async def prepare(self, *, unused: int, keep: bool = False) -> None:
        """Have the copy and its boards, with at least `unused` members that have not checked in today.

        With `keep` the planted one is taken as it is, whatever its stamp says.
        """
        is_current = await self._stamped() is not None if keep else await self._stamped() == await self._stamp()
        if not is_current:
            await self._plant()
        if not is_current or not await self._has_unused(unused):
            await self._renew()
        async with self._opened(self.copy):
            if await redis().call(lambda client: client.get(HOLDS)) == self.copy:
                await rebuild_missing(at=SystemClock().now())
            else:
                await self._fill_boards()

    async def drop(self) -> None:
        """Leave nothing behind."""
        for name in (self.planted, self.copy):
            await self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def _plant(self) -> None:
        stamp = await self._stamp()
        await self.drop()
        await self._execute(f'CREATE DATABASE "{self.planted}"')
        await migrate(self.of(self.planted))
        async with self._opened(self.planted):
            await redis().call(lambda client: client.flushdb())
            await seeds.plant(self.members)
            await papers.plant()
            await redis().call(lambda client: client.set(HOLDS, self.copy))
        async with connected(self.of(self.planted)) as connection:
            await extras.add(connection)
            await connection.execute("VACUUM ANALYZE")
        await self._execute(f"COMMENT ON DATABASE \"{self.planted}\" IS '{stamp}'")

    async def _renew(self) -> None:
        has_been_used = await self._exists(self.copy)
        await self._execute(f'DROP DATABASE IF EXISTS "{self.copy}" WITH (FORCE)')
        await self._execute(f'CREATE DATABASE "{self.copy}" TEMPLATE "{self.planted}" STRATEGY FILE_COPY')
        if has_been_used:
            async with self._opened(self.copy):
                await self._fill_boards()

    async def _fill_boards(self) -> None:
        await redis().call(lambda client: client.flushdb())
        await rebuild(at=SystemClock().now())
        await redis().call(lambda client: client.set(HOLDS, self.copy))

    async def _stamped(self) -> str | None:
        async with connected(self.server) as connection:
            found: str | None = await connection.fetchval(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = $1", self.planted
            )
        return found

    async def _stamp(self) -> str:
        async with self._opened("postgres"):
            schema = get_schema_sql(Tortoise.get_connection("default"), safe=False)
        made_by = hashlib.sha256((schema + _sources()).encode()).hexdigest()[:16]
        return f"{brand_day(SystemClock().now())} {made_by}"

    async def _has_unused(self, unused: int) -> bool:
        """Whether so many can check in; to hand in takes longer, so half as many are enough for that."""
        if not await self._exists(self.copy):
            return False
        async with connected(self.url) as connection:
            can_check_in, can_hand_in = await extras.not_yet_today(connection), await papers.begun(connection)
            return len(can_check_in) >= unused and len(can_hand_in) >= min(unused, papers.BEGUN_MOST) // 2

    async def _exists(self, name: str) -> bool:
        async with connected(self.server) as connection:
            return bool(await connection.fetchval("SELECT count(*) FROM pg_database WHERE datname = $1", name))

    async def _execute(self, sql: str) -> None:
        async with connected(self.server) as connection:
            await connection.execute(sql)

    @asynccontextmanager
    async def _opened(self, name: str) -> AsyncIterator[None]:
        """The project's own database and Redis, open in this process."""
        try:
            await open_database(self.of(name))
            open_redis(self.redis_url, command_timeout=PATIENCE_SECONDS)
            yield
        finally:
            await close_database()
            await close_redis()


def _sources() -> str:
    """The text of everything that plants."""
    planting = [
        Path(extras.__file__),
        Path(papers.__file__),
        *(path for root in seeds.__path__ for path in sorted(Path(root).glob("*.py"))),
    ]
    return "".join(path.read_text(encoding="utf-8") for path in planting)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the runner's own, without a time limit."""
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC", "application_name": "bench-runner"})
    try:
        yield connection
    finally:
        await connection.close()
