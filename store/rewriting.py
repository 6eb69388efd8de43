"""Many rows rewritten by one statement, each to values of its own, where a statement for each row would show."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from uuid import UUID

from store.database import execute

ROWS_AT_ONCE = 500


async def rewrite(
    table: str, kinds: Mapping[str, str], rows: Mapping[UUID, Sequence[object]], *, only_if: str = ""
) -> None:
    """Give rows their values, by their ids, inside the caller's transaction; `kinds` are the columns' SQL types.

    `only_if` is a condition more on the row, called `old`, and its values, called by their columns' names under `new`:
    `old.sequence < new.sequence`. Names are the program's own. The caller sees to it that nobody else writes the rows.
    """
    ids = sorted(rows)
    for start in range(0, len(ids), ROWS_AT_ONCE):
        some = ids[start : start + ROWS_AT_ONCE]
        values = [value for one in some for value in (one, *rows[one])]
        await execute(_text(table, tuple(kinds.items()), len(some), only_if), *values)


@lru_cache(maxsize=500)
def _text(table: str, kinds: tuple[tuple[str, str], ...], count: int, only_if: str) -> str:
    types, width = ("uuid", *(kind for _, kind in kinds)), len(kinds) + 1
    rows = (", ".join(f"${width * n + m}::{kind}" for m, kind in enumerate(types, start=1)) for n in range(count))
    named = ", ".join(f"column{m} AS {name}" for m, (name, _) in enumerate(kinds, start=2))
    changes = ", ".join(f"{name} = new.{name}" for name, _ in kinds)
    only = f" AND {only_if}" if only_if else ""
    return (
        f'UPDATE "{table}" AS old SET {changes} FROM (SELECT column1 AS id, {named} '  # noqa: S608 - own text, values are bound
        f"FROM (VALUES {', '.join(f'({row})' for row in rows)}) AS given) AS new WHERE old.id = new.id{only}"
    )
