"""What uses a segment: other segments by their condition, and every record that has an audience, by its column.

Records with an audience are found by that column, so an area that brings one need not say it here. Ids are looked for
in the text of the JSON.
"""

from dataclasses import dataclass
from uuid import UUID

from models.members.data_copy import records
from store.database import dialect, fetch
from store.ids import as_id

COLUMNS = ("audience", "condition")
USES_MOST = 100


@dataclass(frozen=True)
class SegmentUse:
    """A record that names a segment: the name of its kind, and its id."""

    kind: str
    id: UUID


async def uses_of(segment_id: UUID) -> list[SegmentUse]:
    """The records that name a segment, at most `USES_MOST` of a kind; frozen snapshots do not count."""
    found: list[SegmentUse] = []
    text = "::text" if dialect() == "postgres" else ""
    for table, record in sorted(records().items()):
        for column in COLUMNS:
            if column in record._meta.fields_map and table != "segment_snapshot":
                names_it = f'"{column}"{text} LIKE $1 AND id <> $2'
                sql = f'SELECT id FROM "{table}" WHERE {names_it} ORDER BY id LIMIT {USES_MOST}'  # noqa: S608 - own text
                rows = await fetch(sql, f"%{segment_id}%", segment_id)
                found += [SegmentUse(record.__name__, as_id(row["id"])) for row in rows]
    return found
