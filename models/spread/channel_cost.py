"""What was spent on a channel on a day, in minor units of the brand's money; a mistake is booked back."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.errors import Invalid, bounded_text, within
from models.idempotency import Once, perform_once
from models.record import Record
from models.spread.channel import Channel
from models.staff.audit import AuditRow, columns_of
from store.engines.guards import AppendOnly

AMOUNT_MOST = 10**12
WORDS_MOST = 200


class ChannelCost(Record):
    channel: fields.ForeignKeyRelation[Channel] = fields.ForeignKeyField(
        "models.Channel", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    channel_id: UUID
    day: date = fields.DateField(description="The brand's day on which it was spent.")
    amount = fields.BigIntField(description="In minor units; below zero where an earlier one is booked back.")
    words = fields.CharField(max_length=WORDS_MOST)
    staff_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "channel_cost"
        constraints = (CheckConstraint(check="amount <> 0", name="channel_cost_of_something"),)
        indexes = (Index(fields=("channel_id", "day", "id"), name="channel_cost_by_day"),)
        guards = (AppendOnly("channel_cost"),)

    @classmethod
    async def record(
        cls, channel_id: UUID, *, day: date, amount: int, words: str, staff_id: UUID, at: datetime, once: Once | None
    ) -> Self:
        """Book what was spent, or with an amount below zero book some of it back. Raises `Invalid`, `NotFound`."""
        why = bounded_text(words, "words", least=1, most=WORDS_MOST)
        within("amount", amount, -AMOUNT_MOST, AMOUNT_MOST)
        if amount == 0:
            raise Invalid("amount", zh="不能为 0", en="it must not be 0")

        async def write(id: UUID) -> Self:
            channel = await Channel.existing(channel_id, field="channelId")
            cost = cls(id=id, channel_id=channel.id, day=day, amount=amount, words=why, staff_id=staff_id)
            cost.created_at = at
            await cost.save(force_create=True)
            after = columns_of(cost, "channel_id", "day", "amount")
            await AuditRow.write(
                staff_id=staff_id,
                action="record_channel_cost",
                subject=cost,
                before=None,
                after=after,
                reason=why,
                at=at,
            )
            return cost

        return await perform_once(once, cls, write, at=at)
