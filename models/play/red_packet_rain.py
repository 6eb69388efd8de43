"""A rain of red packets: several of the same terms that open one after the other.

All of them are filled when the rain is sent, so it cannot run dry half-way, and each opens by its own time without
anybody's doing.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.actor import Actor, ActorKind
from models.errors import Invalid, bounded_text
from models.idempotency import Once, perform_once
from models.play.red_packet import PacketState, RedPacket, RedPacketClosed
from models.play.red_packet_policy import SHARES_MOST
from models.play.red_packet_sender import Sender, SenderKind
from models.play.red_packet_terms import PacketTerms
from models.record import Record
from models.staff.audit import REASON_MOST
from store.ids import new_id

DROPS_MOST = 100
SECONDS_MOST = 24 * 3600


class RedPacketRain(Record):
    sender_kind = fields.CharEnumField(SenderKind, max_length=10)
    sender_id: UUID | None = fields.UUIDField(null=True)
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    group_id: UUID | None = fields.UUIDField(null=True)
    drops = fields.IntField(description="How many packets.")
    seconds_between = fields.IntField(description="From one's opening to the next one's.")
    starts_at: datetime = fields.DatetimeField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "red_packet_rain"
        constraints = (
            CheckConstraint(check="drops >= 2 AND seconds_between >= 1", name="red_packet_rain_has_intervals"),
        )
        indexes = (
            Index(fields=("created_at", "id"), name="red_packet_rain_by_created"),
            Index(fields=("sender_id", "created_at", "id"), name="red_packet_rain_by_sender"),
        )

    @classmethod
    async def send(
        cls,
        sender: Sender,
        terms: PacketTerms,
        *,
        drops: int,
        seconds_between: int,
        actor: Actor,
        at: datetime,
        once: Once | None,
        reason: str | None = None,
    ) -> Self:
        """Fill so many packets of the same terms, the first of which opens when the terms say.

        Each counts by itself under the limits of a day. Raises what `RedPacket.send` raises, and `Invalid`.
        """

        async def act(id: UUID) -> Self:
            _check(terms, drops, seconds_between)
            sender.refuse_nowhere(terms.group_id)
            starts_at = terms.opens_at or at
            wanted = {
                new_id(): replace(terms, opens_at=starts_at + timedelta(seconds=seconds_between * drop))
                for drop in range(drops)
            }
            await RedPacket.make(wanted, sender, actor=actor, at=at, reason=reason, rain_id=id)
            return await cls.create(
                id=id,
                sender_kind=sender.kind,
                sender_id=sender.id,
                by_kind=actor.kind,
                by_id=actor.id,
                group_id=terms.group_id,
                drops=drops,
                seconds_between=seconds_between,
                starts_at=starts_at,
                created_at=at,
            )

        return await perform_once(once, cls, act, at=at)

    @classmethod
    async def withdraw(cls, id: UUID, *, reason: str, staff_id: UUID, at: datetime) -> Self:
        """Staff end the packets of a rain that are open or to come. Raises `RedPacketClosed` where none is left."""
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST) or ""
        rain = await cls.existing(id, field="rainId")
        standing = RedPacket.filter(rain_id=id, state=PacketState.OPEN).order_by("id")
        ended = 0
        for packet in await standing:
            ended += await _withdrawn(packet.id, why, staff_id, at)
        if not ended:
            raise RedPacketClosed(field="rainId")
        return rain


async def _withdrawn(packet_id: UUID, reason: str, staff_id: UUID, at: datetime) -> bool:
    """Whether the packet was withdrawn now; one that ended in the same instant needs nothing."""
    try:
        await RedPacket.withdraw(packet_id, reason=reason, staff_id=staff_id, at=at)
    except RedPacketClosed:
        return False
    return True


def _check(terms: PacketTerms, drops: int, seconds_between: int) -> None:
    if not 2 <= drops <= DROPS_MOST:
        raise Invalid("drops", zh=f"应为 2–{DROPS_MOST}", en=f"it must be 2 to {DROPS_MOST}")
    if not 1 <= seconds_between <= SECONDS_MOST:
        raise Invalid("secondsBetween", zh=f"应为 1–{SECONDS_MOST}", en=f"it must be 1 to {SECONDS_MOST}")
    if drops * terms.share_count > SHARES_MOST:
        raise Invalid("drops", zh=f"合计最多 {SHARES_MOST} 份", en=f"it has {SHARES_MOST} shares in all at most")
