"""An actor: on whose word something was done, as logs keep it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from models.record import Record
from models.staff.audit import AuditRow, Facts


class ActorKind(StrEnum):
    """Who did it: a member, a member of staff, a partner's system, or ours by a rule."""

    MEMBER = "member"
    STAFF = "staff"
    PARTNER = "partner"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    kind: ActorKind
    id: UUID | None = None

    @classmethod
    def member(cls, member_id: UUID) -> Self:
        return cls(ActorKind.MEMBER, member_id)

    @classmethod
    def staff(cls, staff_id: UUID) -> Self:
        return cls(ActorKind.STAFF, staff_id)

    @classmethod
    def partner(cls, key_id: UUID) -> Self:
        return cls(ActorKind.PARTNER, key_id)

    async def audit(
        self,
        action: str,
        subject: Record,
        *,
        before: Facts | None,
        after: Facts | None,
        reason: str | None,
        at: datetime,
    ) -> None:
        """Write the audit row of a deed inside its transaction; what members do is in their own logs."""
        if self.kind is ActorKind.STAFF and self.id is not None:
            await AuditRow.write(
                staff_id=self.id, action=action, subject=subject, before=before, after=after, reason=reason, at=at
            )
        if self.kind is ActorKind.PARTNER and self.id is not None:
            await AuditRow.write_of_partner(
                key_id=self.id, action=action, subject=subject, before=before, after=after, reason=reason, at=at
            )


SYSTEM = Actor(ActorKind.SYSTEM)
