"""The caller of a request: nobody, a member, a staff member or a partner's system."""

from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from models.staff.colleague import DataScope
from models.staff.right import EVERYTHING


class CallerKind(StrEnum):
    NOBODY = "nobody"
    MEMBER = "member"
    STAFF = "staff"
    PARTNER = "partner"


@dataclass(frozen=True)
class Caller:
    """`permissions` are a staff member's rights or a partner key's scopes; a member's rights follow from its roles.

    `scope` and `region` say whose data a staff member may touch.
    """

    kind: CallerKind = CallerKind.NOBODY
    id: UUID | None = None
    session_id: UUID | None = None
    permissions: frozenset[str] = field(default_factory=frozenset)
    scope: DataScope = DataScope.ALL
    region: str | None = None

    @property
    def principal(self) -> str | None:
        """A stable name of who asks, `member:<id>`; nothing for nobody."""
        return None if self.id is None else f"{self.kind}:{self.id}"

    def may(self, permission: str) -> bool:
        return permission in self.permissions or EVERYTHING in self.permissions


NOBODY = Caller()
