"""Stages of an invitation: what somebody invited does for the first time pays the one who brought it.

The inviter is paid in a transaction of its own after the one of the deed: that one holds the newcomer's row, and
taking the inviter's behind it would cross with whoever takes the two in order. The outbox keeps the stage over a crash,
and the cause is unique, so applying it twice pays once.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from models.points.behaviour import Behaviour
from models.points.earning import Earning
from models.spread.referral import Referral
from store.outbox import Outbox, Payload, effect

TOPIC = "invite stage"


async def stage_reached(invitee_id: UUID, behaviour: Behaviour, *, at: datetime) -> None:
    """Have whoever brought a member paid for what it did, if anybody did, after the caller's transaction."""
    payload: Payload = {"invitee_id": str(invitee_id), "behaviour": str(behaviour), "at": at.isoformat()}
    await Outbox.put(TOPIC, payload, at=at)


@effect(TOPIC)
async def pay_inviters(payloads: Sequence[Payload]) -> None:
    for payload in payloads:
        invitee_id, at = UUID(str(payload["invitee_id"])), datetime.fromisoformat(str(payload["at"]))
        referral = await Referral.get_or_none(invitee_id=invitee_id)
        if referral:
            behaviour, source = Behaviour(str(payload["behaviour"])), f"invitee:{invitee_id}"
            await Earning.pay(referral.inviter_id, behaviour, source, at=at, pair=invitee_id)
