"""Places in the referral trees: where a member stands, so that everybody below it lies in one range of an index.

A place is the member at the root of the tree, the depth below it, and a path: for every step down the number of the
invitee among those of its inviter, six hexadecimal digits each. Those below a member are the rows of the same root
whose path goes on where its own ends. The path may be of any length, and an index holds its beginning (the trunk),
which is all of it down to 266 steps; below that rows are told apart by the path itself. See decision 21.

A member whom nobody brought has no row. It is the root of its own tree, and its path is empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from store.database import dialect, fetch
from store.ids import as_id

STEP = 6
TRUNK_MOST = 266 * STEP
_BEHIND = b"g"
"""Sorts behind every hexadecimal digit."""

BELOW = "{row}.root_id = $1 AND {row}.trunk >= $2 AND {row}.trunk <= $3 AND {row}.path > $4 AND {row}.path < $5"
"""Rows below a place, whose `range` gives the values; `{row}` is the alias."""

_PLACE = "SELECT root_id, depth, path FROM referral WHERE invitee_id = $1"
_CLIMB = """
WITH RECURSIVE up(member_id, above) AS (
    SELECT inviter_id, 1 FROM referral WHERE invitee_id = $1
    UNION ALL SELECT r.inviter_id, up.above + 1 FROM referral r JOIN up ON r.invitee_id = up.member_id
) SELECT member_id, above FROM up ORDER BY above
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a member stands: `depth` steps below `root_id`."""

    root_id: UUID
    depth: int = 0
    path: bytes = b""

    @classmethod
    async def of(cls, member_id: UUID, *, held: bool = False) -> "Place":
        """A member's place. `held`: it stays what it is until the caller's transaction ends."""
        in_hand = " FOR SHARE" if held and dialect() == "postgres" else ""
        rows = await fetch(_PLACE + in_hand, member_id)
        return cls.of_row(rows[0]) if rows else cls(member_id)

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "Place":
        return cls(as_id(row["root_id"]), row["depth"], bytes(row["path"]))

    def below(self, ordinal: int) -> "Place":
        """The place of its invitee of a number."""
        return Place(self.root_id, self.depth + 1, self.path + f"{ordinal:0{STEP}x}".encode())

    @property
    def trunk(self) -> bytes:
        return self.path[:TRUNK_MOST]

    @property
    def range(self) -> tuple[UUID, bytes, bytes, bytes, bytes]:
        """The values of `BELOW`."""
        behind = self.path + _BEHIND
        return self.root_id, self.trunk, behind[:TRUNK_MOST], self.path, behind

    def holds(self, other: "Place") -> bool:
        """Whether the other place is this one or lies below it."""
        return self.root_id == other.root_id and other.path.startswith(self.path)


async def ancestors_of(member_id: UUID) -> list[UUID]:
    """Who brought a member, who brought that one, and so on up to the root."""
    return [as_id(row["member_id"]) for row in await fetch(_CLIMB, member_id)]
