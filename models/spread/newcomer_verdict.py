"""What a silent newcomer is to be taken for at the end of its days: by what the logs say held at that instant.

Accounts of the brand's staff and whoever has an office are spared: they are there for others. Somebody who may not
speak cannot be blamed for saying nothing; a group that was archived by then hears nobody. What is read is what held
just before the instant, so it does not matter how much later it is read, nor whether a mute that had ended by then was
lifted by the job or not.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
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
    "ORDER BY s.changed_at DESC, s.id DESC LIMIT 1 OFFSET {back})"
)
_MUTES = "'muted', 'unmuted'"
_STANDING = (
    "SELECT m.is_staff, COALESCE(g.archived_at < $3, FALSE) AS is_archived, "  # noqa: S608 - own text
    + _CHANGE.format(column="role", kinds="'joined', 'role_changed'")
    + " AS role, "
    + _CHANGE.format(column="muted_until", kinds=_MUTES)
    + " AS muted_until, "
    + _CHANGE.format(column="happened_at", kinds=_MUTES)
    + " AS mute_changed_at, "
    + _STATUS.format(column="status", back=0)
    + " AS status, "
    + _STATUS.format(column="until", back=0)
    + " AS status_until, "
    + _STATUS.format(column="changed_at", back=0)
    + " AS status_changed_at, "
    + _STATUS.format(column="until", back=1)
    + " AS earlier_until FROM member m JOIN chat_group g ON g.id = $2 WHERE m.id = $1"
)


class Verdict(StrEnum):
    """What a silent newcomer is at the end of its days."""

    ZOMBIE = "zombie"
    SPARED = "spared"
    SILENCED = "silenced"


@dataclass(frozen=True)
class Judgment:
    """The verdict, and since when it may speak again, for one who was kept from it before."""

    verdict: Verdict
    may_speak_since: datetime | None = None


async def verdict_on(member_id: UUID, group_id: UUID, *, as_of: datetime) -> Judgment:
    """The verdict as of an instant."""
    [row] = await fetch(_STANDING, member_id, group_id, as_of)
    if row["is_staff"] or row["is_archived"] or (row["role"] or Role.MEMBER) != Role.MEMBER:
        return Judgment(Verdict.SPARED)
    ends = [_mute_end(row), _status_end(row, as_of)]
    over = [one for one in ends if one is not None]
    if any(one > as_of for one in over):
        return Judgment(Verdict.SILENCED)
    return Judgment(Verdict.ZOMBIE, max(over, default=None))


def _mute_end(row: Mapping[str, Any]) -> datetime | None:
    """When its last mute in the group ends, or ended."""
    ended_at = row["muted_until"] or row["mute_changed_at"]
    return as_instant(ended_at) if ended_at else None


def _status_end(row: Mapping[str, Any], as_of: datetime) -> datetime | None:
    """When it may speak everywhere again, or might; of a silence without an end that is not known."""
    if row["status"] in (MemberStatus.FROZEN, MemberStatus.MUTED):
        return as_instant(row["status_until"]) if row["status_until"] else datetime.max.replace(tzinfo=as_of.tzinfo)
    if row["status_changed_at"] is None:
        return None
    # The job lifts a mute some time after it has ended.
    changed_at, until = as_instant(row["status_changed_at"]), row["earlier_until"]
    return min(changed_at, as_instant(until)) if until else changed_at
