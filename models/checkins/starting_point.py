"""Where a member stands before a check-in: its streak and its groups, in one statement."""

from collections.abc import Sequence, Set
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from models.checkins.streak import PROGRESS_COLUMNS, Progress, progress_of
from models.groups.membership import GroupPlace
from store.database import fetch
from store.ids import as_id

_READ = (
    f"SELECT {', '.join(f's.{name}' for name in PROGRESS_COLUMNS)}, "  # noqa: S608 - columns of the program
    "g.id AS group_id, g.circle_id, m.muted_until "
    "FROM (SELECT 1 AS row) one "
    "LEFT JOIN streak s ON s.member_id = $1 AND s.plan_id = $2 "
    "LEFT JOIN membership m ON m.member_id = $1 "
    "LEFT JOIN chat_group g ON g.id = m.group_id AND g.status = 'active' "
    "ORDER BY m.joined_at, m.id"
)


@dataclass(frozen=True)
class StartingPoint:
    """`places` are the groups in use, the earliest joined first; in some of them the member is or was muted."""

    progress: Progress
    places: Sequence[GroupPlace]
    muted_group_ids: Set[UUID]

    @classmethod
    async def of(cls, member_id: UUID, plan_id: UUID) -> Self:
        """Read it; the caller holds the member's row, so it stays so until the caller has committed."""
        rows = await fetch(_READ, member_id, plan_id)
        of_groups = [row for row in rows if row["group_id"] is not None]
        places = [GroupPlace(as_id(row["group_id"]), as_id(row["circle_id"])) for row in of_groups]
        muted = {as_id(row["group_id"]) for row in of_groups if row["muted_until"]}
        return cls(progress_of(rows[0]), places, muted)
