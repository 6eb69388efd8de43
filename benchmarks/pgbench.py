"""pgbench over the statements of one act: captured ones, in which whoever acts and what is made are put in anew.

Ids that were made for the captured act become new ones each time, those of its member and of its row become those of
the next in turn. What statements read decides nothing here, but for the place of a share, which must be the next one.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

from benchmarks.database import connected
from benchmarks.statements import Statement

PLACE = 7_717
"""The number in the captured statements that stands for the place of a share."""
GRACE_SECONDS = 30

Row = dict[str, UUID]

_HASH = re.compile(r"'[0-9a-f]{64}'")
"""Of a code or of a request: what is inserted under one is new each time."""
_VALUE = re.compile(r"\$(\d+)")
_ID = re.compile(r"(:?)([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})")


@dataclass(frozen=True)
class Names:
    """Ids by name of whoever may act, and of what it is done to; `place` reckons the row of the `:k`th act."""

    buyers: Sequence[Row]
    targets: Sequence[Row]
    place: str


@dataclass(frozen=True)
class Found:
    """Acts a second, their mean in milliseconds, and how many failed."""

    rate: float
    average: float
    failed: int


class PgbenchFailed(Exception):
    """What it wrote."""


def script(statements: Sequence[Statement], known: Row, numbers: Sequence[str], began: datetime) -> str:
    """The body of a script; `numbers` are texts that must be new each time."""
    names = {str(one): f":{name}" for name, one in known.items()}
    lines = []
    for one in statements:
        text = _rendered(one.sql, one.values)
        for number in numbers:
            text = text.replace(f"'{number}'", "left(md5(random()::text), 20)")
        if "INSERT" in text:
            text = _HASH.sub("md5(random()::text) || md5(random()::text)", text)
        text = _ID.sub(lambda found: _named(found, names, began), text)
        text = re.sub(rf"\b{PLACE}\b", ":taken", text)
        lines.append(text + (" \\gset" if text.startswith("UPDATE red_packet ") else ";"))
    fresh = [name for name in names.values() if name.startswith(":new_")]
    made = ", ".join(f"gen_random_uuid() AS {name[1:]}" for name in fresh)
    return "\n".join([f"SELECT {made} \\gset", *lines])


async def run(body: str, names: Names, url: str, *, connections: int, seconds: int, folder: Path) -> Found:
    """Raises `PgbenchFailed`."""
    head = [
        "SELECT nextval('bench_acts') - 1 AS k \\gset",
        f"\\set n :k % {len(names.buyers)}",
        f"\\set place {names.place}",
        "SELECT * FROM bench_buyer WHERE n = :n \\gset",
        "SELECT * FROM bench_target WHERE n = :place \\gset",
    ]
    async with connected(url) as connection:
        await connection.execute("DROP SEQUENCE IF EXISTS bench_acts; CREATE SEQUENCE bench_acts")
        for table, rows in (("bench_buyer", names.buyers), ("bench_target", names.targets)):
            columns = ", ".join(f"{name} uuid" for name in rows[0])
            await connection.execute(
                f"DROP TABLE IF EXISTS {table}; CREATE TABLE {table} (n int PRIMARY KEY, {columns})"
            )
            await connection.copy_records_to_table(table, records=[(n, *row.values()) for n, row in enumerate(rows)])
    file = folder / "act.sql"
    file.write_text("\n".join([*head, body]) + "\n", encoding="utf-8")
    process = await asyncio.create_subprocess_exec(
        *("pgbench", "-n", "-j", "1", "-c", str(connections), "-T", str(seconds), "-f", str(file), url),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), seconds + GRACE_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return read(output.decode())


def read(output: str) -> Found:
    rate = re.search(r"tps = ([\d.]+)", output)
    average = re.search(r"latency average = ([\d.]+)", output)
    failed = re.search(r"failed transactions: (\d+)", output)
    if not rate or not average or "aborted" in output:
        raise PgbenchFailed(output[-3_000:])
    return Found(float(rate[1]), float(average[1]), int(failed[1]) if failed else 0)


def _rendered(sql: str, values: Sequence[object]) -> str:
    text = _VALUE.sub(lambda place: _literal(values[int(place[1]) - 1]), sql)
    return " ".join(text.split())


def _literal(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return f"ARRAY[{', '.join(map(_literal, value))}]"
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'::bytea"
    kind = "::uuid" if isinstance(value, UUID) else "::timestamptz" if isinstance(value, datetime) else ""
    kind = kind or ("::date" if isinstance(value, date) else "")
    return "'" + str(value).replace("'", "''") + "'" + kind


def _named(found: re.Match[str], names: dict[str, str], began: datetime) -> str:
    """The name in the place of an id; behind a colon, which would make it none, the text is put together."""
    colon, text = found[1], found[2]
    if text not in names and _made_at(UUID(text)) >= began.timestamp() * 1000 - 1:
        names[text] = f":new_{len(names)}"
    if text not in names:
        return found[0]
    return f":' || '{names[text]}" if colon else names[text]


def _made_at(one: UUID) -> int:
    """In milliseconds; ids that bear no time are older than any."""
    return one.int >> 80 if one.version == 7 else 0
