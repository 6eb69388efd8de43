"""The schema of a SQLite database, from its pragmas and, where those are silent, from the text of its tables."""

import re
from collections.abc import Mapping
from typing import Any

from store.migrations.connection import Connection
from store.migrations.tables import Column, Schema, Table, one_line


async def read_sqlite(database: Connection) -> Schema:
    things = await database.rows(
        "SELECT type, name, tbl_name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' AND sql IS NOT NULL"
    )
    schema = {row["name"]: await _sqlite_table(database, row) for row in things if row["type"] == "table"}
    for row in things:
        if row["type"] == "index":
            schema[row["tbl_name"]].indexes[row["name"]] = one_line(row["sql"])
        elif row["type"] == "trigger":
            schema[row["tbl_name"]].triggers[row["name"]] = one_line(row["sql"])
    return schema


async def _sqlite_table(database: Connection, row: Mapping[str, Any]) -> Table:
    table = Table(source=row["sql"])
    key = []
    for column in await database.rows(f'PRAGMA table_xinfo("{row["name"]}")'):
        is_nullable = not column["notnull"]
        table.columns[column["name"]] = Column(column["type"].upper(), is_nullable, column["dflt_value"])
        if column["pk"]:
            key.append((column["pk"], column["name"]))
    if key:
        table.constraints["primary key"] = ", ".join(name for _, name in sorted(key))
    keys: dict[int, list[dict[str, Any]]] = {}
    for part in await database.rows(f'PRAGMA foreign_key_list("{row["name"]}")'):
        keys.setdefault(part["id"], []).append(part)
    for parts in keys.values():
        source, target = (", ".join(str(part[end]) for part in parts) for end in ("from", "to"))
        first = parts[0]
        table.constraints[f"foreign key ({source})"] = (
            f"{first['table']} ({target}) ON DELETE {first['on_delete']} ON UPDATE {first['on_update']}"
        )
    for index in await database.rows(f'PRAGMA index_list("{row["name"]}")'):
        if index["origin"] == "u":
            columns = await database.rows(f'PRAGMA index_info("{index["name"]}")')
            table.constraints[f"unique ({', '.join(str(one['name']) for one in columns)})"] = "UNIQUE"
    table.constraints |= _declared(row["sql"])
    return table


_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\w+|\s+|.", re.DOTALL)


def _declared(sql: str) -> dict[str, str]:
    """The checks, and the names of unique constraints, which SQLite keeps only in the text of its table."""
    tokens = [token for token in _TOKEN.findall(sql) if not token.isspace() and not token.startswith(("--", "/*"))]
    found = {}
    for place, token in enumerate(tokens):
        word = token.upper()
        if word not in ("CHECK", "UNIQUE") or tokens[place + 1 : place + 2] != ["("]:
            continue
        text = f"{word} {_bracket(tokens[place + 1 :])}"
        is_named = place >= 2 and tokens[place - 2].upper() == "CONSTRAINT"
        found[tokens[place - 1].strip('"') if is_named else text] = text
    return found


def _bracket(tokens: list[str]) -> str:
    depth = 0
    for place, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if depth == 0:
            return " ".join(tokens[: place + 1])
    return " ".join(tokens)
