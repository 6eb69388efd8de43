"""What uses a segment: other segments by their condition, and every record that has audiences, by its column.

Records with an audience are found by that column, so an area that brings one need not say it here. Ids are looked for
in the text of the JSON. What a record says that another version has replaced, or that has come to its end, is history
and uses nothing.
"""

from dataclasses import dataclass
from uuid import UUID

from models.members.data_copy import records
from store.database import dialect, fetch
from store.ids import as_id

COLUMNS = ("audience", "condition", "segments")
USES_MOST = 100
_STANDS = {
    "is_active": "is_active",
    "archived_at": "archived_at IS NULL",
    "status": "status <> 'archived'",
    "state": "state NOT IN ('ended', 'voided', 'emptied', 'expired', 'withdrawn')",
}
"""That a record still holds, by the column that tells."""


@dataclass(frozen=True)
class SegmentUse:
    """A record that names a segment: the name of its kind, and its id."""

    kind: str
    id: UUID


async def uses_of(segment_id: UUID) -> list[SegmentUse]:
    """The records that name a segment and still hold, at most `USES_MOST` of a kind; snapshots are frozen anyway."""
    found: list[SegmentUse] = []
    text = "::text" if dialect() == "postgres" else ""
    for table, record in sorted(records().items()):
        names_it = [f'"{column}"{text} LIKE $1' for column in COLUMNS if column in record._meta.fields_map]
        if names_it and table != "segment_snapshot":
            stands = [rule for name, rule in _STANDS.items() if name in record._meta.fields_map]
            rule = " AND ".join((f"({' OR '.join(names_it)})", "id <> $2", *stands))
            sql = f'SELECT id FROM "{table}" WHERE {rule} ORDER BY id LIMIT {USES_MOST}'  # noqa: S608 - own text
            rows = await fetch(sql, f"%{segment_id}%", segment_id)
            found += [SegmentUse(record.__name__, as_id(row["id"])) for row in rows]
    return found
