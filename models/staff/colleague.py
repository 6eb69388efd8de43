"""A colleague: the staff member who changes another one.

Nobody can hand out more than it has: a role is given, and a colleague changed, only by those who hold all its rights
and whose scope is the whole brand.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from models.errors import NotAllowed
from models.staff.right import exceeds


class DataScope(StrEnum):
    """Whose data a staff member may see and change."""

    ALL = "all"
    REGION = "region"
    OWN_GROUPS = "own_groups"


@dataclass(frozen=True)
class Colleague:
    id: UUID
    rights: frozenset[str]
    scope: DataScope

    def refuse_beyond(self, rights: Iterable[str], *, of: UUID | None = None) -> None:
        """Raise `NotAllowed` for rights that one lacks, for oneself, and for whoever sees a part only."""
        if exceeds(rights, self.rights) or of == self.id or self.scope is not DataScope.ALL:
            raise NotAllowed()
