"""From a bearer token to a caller, in one statement.

A session's row is read together with its member's status or its staff member's role and scope, so that a member who is
frozen out, a colleague who was switched off and a role that changed are known to the very next request.
"""

import json
from datetime import datetime
from uuid import UUID

from auth.caller import Caller, CallerKind
from models.staff.api_key import KEY_BEGINS, NOTED_EVERY, ApiKey
from models.staff.colleague import DataScope
from store.database import fetch, fetch_short
from store.vault import token_hash

_LONGEST = 200


async def caller_of(token: str, *, at: datetime) -> Caller | None:
    """The caller of a token; nothing where it is forged, expired or ended, or its owner may no longer come in."""
    if len(token) > _LONGEST:
        return None
    if token.startswith("shq_a_"):
        return await _of_session(token, at=at)
    return await _of_key(token, at=at) if token.startswith(KEY_BEGINS) else None


async def _of_session(token: str, *, at: datetime) -> Caller | None:
    rows = await fetch_short(
        "SELECT s.id, s.kind, s.subject_id, f.scope, f.region, r.permissions FROM session s "
        "LEFT JOIN member m ON s.kind = 'member' AND m.id = s.subject_id "
        "LEFT JOIN staff f ON s.kind = 'staff' AND f.id = s.subject_id LEFT JOIN staff_role r ON r.id = f.role_id "
        "WHERE s.access_hash = $1 AND s.access_expires_at > $2 AND s.ended_at IS NULL "
        "AND (m.status IN ('normal', 'muted', 'frozen') OR f.is_active)",
        token_hash(token),
        at,
    )
    if not rows:
        return None
    row = rows[0]
    kind, subject_id, session_id = CallerKind(row["kind"]), UUID(str(row["subject_id"])), UUID(str(row["id"]))
    if kind is CallerKind.MEMBER:
        return Caller(kind, subject_id, session_id)
    return Caller(kind, subject_id, session_id, _names(row["permissions"]), DataScope(row["scope"]), row["region"])


async def _of_key(token: str, *, at: datetime) -> Caller | None:
    rows = await fetch(
        "SELECT id, scopes, COALESCE(last_used_at <= $3, TRUE) AS is_to_note FROM api_key "
        "WHERE hash = $1 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)",
        token_hash(token),
        at,
        at - NOTED_EVERY,
    )
    if not rows:
        return None
    key_id = UUID(str(rows[0]["id"]))
    if rows[0]["is_to_note"]:
        await ApiKey.note_use(key_id, at=at)
    return Caller(CallerKind.PARTNER, key_id, permissions=_names(rows[0]["scopes"]))


def _names(stored: list[str] | str) -> frozenset[str]:
    """A JSON list as the driver has it: text, or read already."""
    return frozenset(json.loads(stored) if isinstance(stored, str) else stored)
