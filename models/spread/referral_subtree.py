"""A subtree, page by page: everybody below a member as an outline, each followed by those whom it brought.

A page is one range of an index, wherever in the tree it begins and however large the forest is. More than 266 steps
below a root the outline ends, and those who share a trunk come by depth.
"""

from dataclasses import dataclass
from uuid import UUID

from models.errors import NotFound
from models.spread.referral import Referral
from models.spread.referral_place import BELOW, Place
from store.database import fetch

# The order is the index's own, to its last column: a plan for any tree must not come to think of sorting a whole one.
_FIRST = f"""
SELECT r.* FROM referral r WHERE {BELOW.format(row="r")} ORDER BY r.trunk, r.depth, r.id LIMIT $6
"""  # noqa: S608 - own text
_NEXT = f"""
SELECT r.* FROM referral r WHERE {BELOW.format(row="r")} AND (r.trunk, r.depth, r.id) > ($6, $7, $8)
ORDER BY r.trunk, r.depth, r.id LIMIT $9
"""  # noqa: S608 - own text


@dataclass(frozen=True)
class Subtree:
    """Those below a place."""

    place: Place

    @classmethod
    async def of(cls, member_id: UUID) -> "Subtree":
        return cls(await Place.of(member_id))

    async def page(self, count: int, *, after: UUID | None = None) -> list[Referral]:
        """So many of them behind the referral `after`. Raises `NotFound` for one that is not among them."""
        if after is None:
            rows = await fetch(_FIRST, *self.place.range, count)
        else:
            last = await Referral.get_or_none(id=after)
            if last is None or not self.place.holds(last.place):
                raise NotFound(field="after")
            # The range begins where the last page ended, so that nothing before it is read.
            root_id, _, *rest = self.place.range
            trunk = last.place.trunk
            rows = await fetch(_NEXT, root_id, trunk, *rest, trunk, last.depth, last.id, count)
        return [Referral.from_row(row) for row in rows]
