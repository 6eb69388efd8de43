"""What a silent newcomer is to be taken for at the end of its days: by what the logs say held at that instant.

Accounts of the brand's staff and whoever has an office are spared: they are there for others. Somebody who may not
speak cannot be blamed for saying nothing; a group that was archived by then hears nobody. What is read is what held
just before the instant, so it does not matter how much later it is read.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from models.groups.role import Role
from models.members.member import MemberStatus
from store.clock import as_instant
from store.database import fetch

_CHANGE = (
    "(SELECT c.{column} FROM membership_change c WHERE c.member_id = m.id AND c.group_id = $2 AND c.kind IN ({kinds}) "
    "AND c.happened_at < $3 ORDER BY c.happened_at DESC, c.id DESC LIMIT 1)"
)
_STATUS = (
    "(SELECT s.{column} FROM member_status_change s WHERE s.member_id = m.id AND s.changed_at < $3 "
    "ORDER BY s.changed_at DESC, s.id DESC LIMIT 1)"
)
_STANDING = (
    "SELECT m.is_staff, COALESCE(g.archived_at < $3, FALSE) AS is_archived, "  # noqa: S608 - own text
    + _CHANGE.format(column="role", kinds="'joined', 'role_changed'")
    + " AS role, "
    + _CHANGE.format(column="muted_until", kinds="'muted', 'unmuted'")
    + " AS muted_until, "
    + _STATUS.format(column="status")
    + " AS status, "
    + _STATUS.format(column="until")
    + " AS status_until FROM member m JOIN chat_group g ON g.id = $2 WHERE m.id = $1"
)


class Verdict(StrEnum):
    """What a silent newcomer is at the end of its days."""

    ZOMBIE = "zombie"
    SPARED = "spared"
    SILENCED = "silenced"


async def verdict_on(member_id: UUID, group_id: UUID, *, as_of: datetime) -> tuple[Verdict, datetime]:
    """The verdict as of an instant; and for one who may not speak then, from when it may, as far as is known."""
    [row] = await fetch(_STANDING, member_id, group_id, as_of)
    if row["is_staff"] or row["is_archived"] or (row["role"] or Role.MEMBER) != Role.MEMBER:
        return Verdict.SPARED, as_of
    ends = [as_instant(row["muted_until"])] if row["muted_until"] else []
    if row["status"] in (MemberStatus.MUTED, MemberStatus.FROZEN):
        # Who was silenced without an end is looked at again after as many days.
        ends.append(as_instant(row["status_until"]) if row["status_until"] else as_of)
        return Verdict.SILENCED, max(*ends, as_of)
    return (Verdict.SILENCED, ends[0]) if ends and ends[0] > as_of else (Verdict.ZOMBIE, as_of)
