"""The schema as the records declare it: as SQL, table by table, and as a scratch database that has it."""

from dataclasses import dataclass

from tortoise.backends.base.schema_generator import BaseSchemaGenerator
from tortoise.context import TortoiseContext

from store.engines.config import engine_config, model_modules
from store.engines.guards import Dialect
from store.engines.schema import guards
from store.migrations.connection import connection, scratch_database
from store.migrations.schema import read_schema
from store.migrations.tables import Schema


@dataclass(frozen=True)
class Declared:
    """The whole schema in an order that foreign keys allow, the part of each table, and its guards alone."""

    sql: str
    tables: dict[str, str]
    guards: dict[str, list[str]]


async def declared(dialect: Dialect, modules: list[str] | None = None) -> Declared:
    """What `generate_schemas()` would run. No database is asked, and an open one keeps its context."""
    url = "sqlite://:memory:" if dialect == "sqlite" else "postgresql://localhost/unused"
    config = {
        "connections": {"default": engine_config(url, pool_size=1)},
        "apps": {"models": {"models": modules or model_modules(), "default_connection": "default"}},
    }
    context = TortoiseContext()
    with context:
        await context.init(config=config, use_tz=True, timezone="UTC")
        client = context.connections.get("default")
        generator = client.schema_generator(client)
        rules = {
            model._meta.db_table: [statement for guard in guards(model) for statement in guard.sql(dialect)]
            for model in generator._get_models_to_create()
        }
        return Declared(generator.get_create_schema_sql(safe=False), _in_order(generator), rules)


def _in_order(generator: BaseSchemaGenerator) -> dict[str, str]:
    waiting = [generator._get_table_sql(model, safe=False) for model in generator._get_models_to_create()]
    ordered: dict[str, str] = {}
    while waiting:
        ready = next(one for one in waiting if one["references"] <= {*ordered, one["table"]})
        waiting.remove(ready)
        ordered[ready["table"]] = ready["table_creation_string"]
    return ordered


async def declared_schema(server_url: str | None, modules: list[str] | None = None) -> Schema:
    """The schema of the records as the database itself describes it, read from a scratch database."""
    async with scratch_database(server_url) as url, connection(url) as database:
        await database.run((await declared(database.dialect, modules)).sql)
        return await read_schema(database)
