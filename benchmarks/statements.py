"""The statements behind one request of each workload, with the database's plan for each: `--explain`.

Our application runs in this process for it, once from cold caches and once from warm ones; the second is shown.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import httpx2

from benchmarks.database import Databases, connected
from benchmarks.workloads import Workload
from store.engines.postgres import Client

PATH = "/graphql"
PLANNED = ("SELECT", "UPDATE", "DELETE", "INSERT", "WITH")
DRIVER = ("typeinfo_tree", "set_config('jit'")
"""What the driver itself asks on a new connection."""


@dataclass(frozen=True)
class Statement:
    """One that was sent; `milliseconds` as the client saw them."""

    sql: str
    values: Sequence[object]
    milliseconds: float


async def explained(workloads: Sequence[Workload], databases: Databases) -> AsyncIterator[str]:
    """Lines for people: how many statements each workload takes, which, and how the database runs them."""
    async with connected(databases.url) as connection, listening() as (client, heard):
        for workload in workloads:
            # A mutation is asked once by each of two members, since it may be done once.
            for asker in (await workload.askers(connection))[:2]:
                heard.clear()
                [line] = workload.lines([asker])
                token, _, body = line.partition("\t")
                headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
                answer = await client.post(PATH, content=body.encode(), headers=headers)
            own = [one for one in heard if not any(word in one.sql for word in DRIVER)]
            yield f"\n## {workload.name}: {len(own)} statements, {len(answer.content)} bytes of answer\n"
            for statement in own:
                yield f"- {statement.milliseconds:.2f} ms: {statement.sql}"
                if statement.sql.upper().startswith(PLANNED):
                    yield await _plan(connection, statement)


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[httpx2.AsyncClient, list[Statement]]]:
    heard: list[Statement] = []

    def hear(record: Any) -> None:
        heard.append(Statement(record.query, record.args or (), record.elapsed * 1000))

    async def listen(connection: asyncpg.Connection) -> None:
        connection.add_query_logger(hear)

    create_pool = Client.create_pool

    async def create_heard_pool(self: Client, **options: Any) -> asyncpg.Pool:
        return await create_pool(self, init=listen, **options)

    Client.create_pool = create_heard_pool  # type: ignore[method-assign]  # for as long as this process listens
    from api.app import app

    try:
        async with app.router.lifespan_context(app):
            transport = httpx2.ASGITransport(app=app)
            async with httpx2.AsyncClient(transport=transport, base_url="http://bench") as client:
                yield client, heard
    finally:
        Client.create_pool = create_pool  # type: ignore[method-assign]  # as it was


async def _plan(connection: asyncpg.Connection, statement: Statement) -> str:
    """The plan as indented text; what it writes is rolled back, and what was inserted is not inserted again."""
    kind = "EXPLAIN (COSTS OFF)" if statement.sql.startswith("INSERT") else "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF)"
    transaction = connection.transaction()
    await transaction.start()
    try:
        await connection.execute("SET LOCAL session_replication_role = replica")
        rows = await connection.fetch(f"{kind} {statement.sql}", *statement.values)
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"    ({error})"
    finally:
        await transaction.rollback()
    return "\n".join(f"    {row[0]}" for row in rows)
