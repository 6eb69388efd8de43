"""Stages of an invitation: what somebody invited does for the first time pays the one who brought it.

Everybody is paid in a transaction of its own after the one of the deed: that one holds the newcomer's row, and taking
the inviter's behind it would cross with whoever takes the two in order. The outbox keeps the stage over a crash, and
the cause is unique, so applying it twice pays once. What is taken back goes the same way.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.points.behaviour import Behaviour
from models.points.earn_rule import EarnRule
from models.spread.forward_settlement import unreach
from models.spread.invite_stage_name import INVITER, LEVELS, InviteStage, behaviour_of
from models.spread.referral_policy import ReferralPolicy
from models.spread.referral_reward import ReferralReward
from models.spread.referral_stage import ReferralStage
from models.spread.referral_tier import ReferralTierAward
from store.database import fetch
from store.ids import as_id
from store.outbox import Outbox, Payload, effect

TOPIC = "invite stage"
UNDONE = "invite stage undone"
ASSIST_LOST = "invite assist lost"

_STAGES = {behaviour_of(stage, INVITER): stage for stage in InviteStage}
_ABOVE = (
    "SELECT r.inviter_id, g.inviter_id AS grand_id FROM referral r "
    "LEFT JOIN referral g ON g.invitee_id = r.inviter_id WHERE r.invitee_id = $1"
)
_RETURNED_ALL = (
    "SELECT 1 FROM referral_stage s WHERE s.invitee_id = $1 AND s.stage = 'first_purchase' AND s.voided_at IS NULL "
    "AND NOT EXISTS (SELECT 1 FROM mall_order o WHERE o.member_id = s.invitee_id AND o.confirmed_at IS NOT NULL "
    "AND o.status NOT IN ('cancelled', 'refunded'))"
)
_BUYS_FIRST = (
    "SELECT 1 FROM referral r WHERE r.invitee_id = $1 AND NOT EXISTS (SELECT 1 FROM referral_stage s "
    "WHERE s.invitee_id = r.invitee_id AND s.stage = 'first_purchase')"
)


async def stage_reached(invitee_id: UUID, behaviour: Behaviour, *, at: datetime) -> None:
    """Have whoever brought a member paid for what it did, if anybody did, after the caller's transaction."""
    payload: Payload = {"invitee_id": str(invitee_id), "behaviour": str(behaviour), "at": at.isoformat()}
    await Outbox.put(TOPIC, payload, at=at)


async def purchased(member_id: UUID, *, at: datetime) -> None:
    """Say that a member has bought something, inside the caller's transaction; its first purchase is a stage."""
    if await fetch(_BUYS_FIRST, member_id):
        await stage_reached(member_id, Behaviour.INVITE_FIRST_PURCHASE, at=at)


async def returned(member_id: UUID, *, at: datetime) -> None:
    """Say that a purchase was undone, inside the caller's transaction; with the last one the stage goes as well.

    The member's words on it are its own, and go no further.
    """
    if await fetch(_RETURNED_ALL, member_id):
        await stage_undone(member_id, InviteStage.FIRST_PURCHASE, at=at, note="订单已退回")


async def stage_undone(
    invitee_id: UUID, stage: InviteStage, *, at: datetime, note: str, staff_id: UUID | None = None
) -> None:
    """Have what was paid for a stage taken back, after the caller's transaction, because its cause is void."""
    payload: Payload = {
        "invitee_id": str(invitee_id),
        "stage": str(stage),
        "note": note,
        "staff_id": str(staff_id) if staff_id else None,
        "at": at.isoformat(),
    }
    await Outbox.put(UNDONE, payload, at=at)


async def assist_lost(inviter_id: UUID, *, at: datetime) -> None:
    """Have a member's tiers weighed anew, after the caller's transaction, because it has lost an invitee."""
    await Outbox.put(ASSIST_LOST, {"inviter_id": str(inviter_id), "at": at.isoformat()}, at=at)


@effect(TOPIC)
async def pay_inviters(payloads: Sequence[Payload]) -> None:
    for payload in payloads:
        stage = _STAGES[Behaviour(str(payload["behaviour"]))]
        await reach(UUID(str(payload["invitee_id"])), stage, at=datetime.fromisoformat(str(payload["at"])))


@effect(UNDONE)
async def unpay_inviters(payloads: Sequence[Payload]) -> None:
    for payload in payloads:
        given = payload["staff_id"]
        await _undone(
            UUID(str(payload["invitee_id"])),
            InviteStage(str(payload["stage"])),
            note=str(payload["note"]),
            staff_id=UUID(str(given)) if given else None,
            at=datetime.fromisoformat(str(payload["at"])),
        )


@effect(ASSIST_LOST)
async def weigh_tiers(payloads: Sequence[Payload]) -> None:
    policy = await ReferralPolicy.current()
    for payload in payloads:
        inviter_id, at = UUID(str(payload["inviter_id"])), datetime.fromisoformat(str(payload["at"]))
        for stage in InviteStage:
            await ReferralTierAward.weigh(inviter_id, stage, policy, at=at)


async def reach(invitee_id: UUID, stage: InviteStage, *, at: datetime) -> None:
    """Say that somebody has reached a stage, and pay whoever is paid for it; nothing where nobody brought it."""
    above = await fetch(_ABOVE, invitee_id)
    if not above:
        return
    await ReferralStage.reach(invitee_id, stage, at=at)
    policy, inviter_id = await ReferralPolicy.current(), as_id(above[0]["inviter_id"])
    grand_id = above[0]["grand_id"]
    paid = dict(zip(LEVELS, (invitee_id, inviter_id, grand_id and as_id(grand_id)), strict=True))
    for level in LEVELS[: policy.levels_paid + 1]:
        member_id = paid[level]
        if member_id and (level == INVITER or await EarnRule.exists(behaviour=behaviour_of(stage, level))):
            await ReferralReward.pay(invitee_id, stage, level, member_id, levels_paid=policy.levels_paid, at=at)
    await ReferralTierAward.weigh(inviter_id, stage, policy, at=at)


async def _undone(invitee_id: UUID, stage: InviteStage, *, at: datetime, note: str, staff_id: UUID | None) -> None:
    await ReferralStage.undo(invitee_id, stage, at=at)
    for reward in await ReferralReward.of_invitee(invitee_id, stage):
        await reward.take_back(at=at, note=note, staff_id=staff_id)
    await unreach(invitee_id, stage, at=at)
    for row in await fetch(_ABOVE, invitee_id):
        await ReferralTierAward.weigh(as_id(row["inviter_id"]), stage, await ReferralPolicy.current(), at=at)


async def void_all(invitee_id: UUID, *, at: datetime, note: str, staff_id: UUID | None) -> None:
    """Have everything that was paid for somebody taken back: for a fraud, or a bond that never was."""
    for stage in InviteStage:
        await stage_undone(invitee_id, stage, at=at, note=note, staff_id=staff_id)
