"""The watch over referrals: looks for what is odd among those that came in lately, and leaves findings for staff.

Each look goes two days back, so what came in while nothing ran is seen as well; a finding has a cause, so it is left
once. How many and how fast is odd, the policy says.
"""

from collections import defaultdict
from datetime import datetime, timedelta
from uuid import UUID

from models.spread.member_device import MemberDevice
from models.spread.referral_finding import FindingKind, ReferralFinding
from models.spread.referral_policy import ReferralPolicy
from store.brand_day import brand_day
from store.database import fetch
from store.ids import as_id

LOOK_BACK = timedelta(days=2)

_RECENT = "SELECT inviter_id, invitee_id, created_at FROM referral WHERE created_at >= $1 ORDER BY created_at, id"
_ALIKE = """
SELECT r.inviter_id, r.invitee_id, d.hash FROM referral r JOIN member_device d ON d.member_id = r.invitee_id
WHERE r.created_at >= $1 AND EXISTS (
    SELECT 1 FROM member_device o LEFT JOIN referral s ON s.invitee_id = o.member_id
    WHERE o.hash = d.hash AND o.member_id <> d.member_id
      AND (o.member_id = r.inviter_id OR s.inviter_id = r.inviter_id)
) ORDER BY r.created_at, r.id
"""
_SILENT = """
WITH RECURSIVE up(leaf_id, member_id, inviter_id, length) AS (
    SELECT invitee_id, invitee_id, inviter_id, 1 FROM referral
    WHERE created_at >= $1 AND created_at < $2 AND activated_at IS NULL
    UNION ALL SELECT up.leaf_id, r.invitee_id, r.inviter_id, up.length + 1
    FROM up JOIN referral r ON r.invitee_id = up.inviter_id
    WHERE up.length < $3 AND r.activated_at IS NULL
) SELECT leaf_id, member_id, inviter_id, length FROM up ORDER BY leaf_id, length
"""


async def watch_referrals(*, at: datetime) -> int:
    """Leave a finding for everything odd that came in lately; returns how many are new."""
    await MemberDevice.forget_old(at=at)
    policy = await ReferralPolicy.current()
    return await _bursts(policy, at=at) + await _alike(at=at) + await _silent(policy, at=at)


async def _bursts(policy: ReferralPolicy, *, at: datetime) -> int:
    came: dict[UUID, list[tuple[datetime, UUID]]] = defaultdict(list)
    for row in await fetch(_RECENT, at - LOOK_BACK):
        came[as_id(row["inviter_id"])].append((_instant(row["created_at"]), as_id(row["invitee_id"])))
    found, within = 0, timedelta(minutes=policy.burst_minutes)
    for inviter_id, some in came.items():
        named = _crowded(some, policy.burst_count, within)
        if named:
            cause = f"{inviter_id}:{brand_day(some[0][0])}"
            found += await ReferralFinding.note(FindingKind.BURST, cause, inviter_id, named, at=at)
    return found


def _crowded(came: list[tuple[datetime, UUID]], count: int, within: timedelta) -> list[UUID]:
    """Those of some who came in order that are among `count` within so long."""
    crowded = set[int]()
    for last in range(count - 1, len(came)):
        if came[last][0] - came[last - count + 1][0] <= within:
            crowded.update(range(last - count + 1, last + 1))
    return [came[position][1] for position in sorted(crowded)]


async def _alike(*, at: datetime) -> int:
    alike: dict[tuple[UUID, str], list[UUID]] = defaultdict(list)
    for row in await fetch(_ALIKE, at - LOOK_BACK):
        alike[as_id(row["inviter_id"]), row["hash"]].append(as_id(row["invitee_id"]))
    found = 0
    for (inviter_id, device), named in alike.items():
        cause = f"{inviter_id}:{device[:40]}"
        found += await ReferralFinding.note(FindingKind.SAME_DEVICE, cause, inviter_id, named, at=at)
    return found


async def _silent(policy: ReferralPolicy, *, at: datetime) -> int:
    """Chains of silent members whose last one has had its days to do something."""
    until = at - timedelta(days=policy.silent_days)
    chains: dict[UUID, list[UUID]] = defaultdict(list)
    found = 0
    for row in await fetch(_SILENT, until - LOOK_BACK, until, policy.silent_chain):
        chain = chains[as_id(row["leaf_id"])]
        chain.append(as_id(row["member_id"]))
        if row["length"] == policy.silent_chain:
            top = as_id(row["inviter_id"])
            found += await ReferralFinding.note(FindingKind.SILENT_CHAIN, str(chain[-1]), top, chain, at=at)
    return found


def _instant(value: object) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
