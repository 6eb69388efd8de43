"""A restock notice: a member waits for a SKU that is sold out, and hears once that it can be had again.

Asking takes the SKU's row for a look, so a restocking comes either before it, and the asker is told that it is there,
or after it, and finds the notice. When stock comes back an effect of the outbox makes all notices that wait due, each
once; they stay due until the member drops them or asks again.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound
from models.mall.sku import RESTOCK, Sku
from models.members.member import Member
from models.record import Record
from store.database import dialect, execute, fetch, transaction
from store.outbox import Payload, effect

NOTICES_MOST = 200


class StillInStock(DomainError):
    code = "STILL_IN_STOCK"
    zh = "该规格有货，可直接兑换"
    en = "This can be ordered now."
    field = "skuId"


class TooManyNotices(DomainError):
    code = "TOO_MANY_NOTICES"
    zh = "最多订阅 {most} 个到货提醒"
    en = "At most {most} notices are kept."


class RestockNotice(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    sku: fields.ForeignKeyRelation[Sku] = fields.ForeignKeyField(
        "models.Sku", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    sku_id: UUID
    asked_at: datetime = fields.DatetimeField()
    due_at: datetime | None = fields.DatetimeField(null=True, description="When it came back; absent while waiting.")

    class Meta:
        table = "restock_notice"
        constraints = (UniqueConstraint(fields=("member_id", "sku_id"), name="restock_notice_once"),)
        indexes = (
            Index(fields=("sku_id", "due_at"), name="restock_notice_by_sku"),
            Index(fields=("member_id", "asked_at", "id"), name="restock_notice_by_member"),
        )

    @classmethod
    async def ask(cls, member_id: UUID, sku_id: UUID, *, at: datetime) -> Self:
        """Wait for a SKU; asking again waits anew. Raises `StillInStock`, `TooManyNotices`, `NotFound`."""
        async with transaction():
            await Member.touch(member_id, at=at)
            await _refuse_in_stock(sku_id)
            mine = cls.filter(member_id=member_id)
            notice = await mine.get_or_none(sku_id=sku_id)
            if notice is None:
                if await mine.count() >= NOTICES_MOST:
                    raise TooManyNotices(most=NOTICES_MOST)
                return await cls.create(member_id=member_id, sku_id=sku_id, asked_at=at)
            notice.asked_at, notice.due_at = at, None
            await notice.save(update_fields=["asked_at", "due_at"])
            return notice

    @classmethod
    async def drop(cls, member_id: UUID, sku_id: UUID, *, at: datetime) -> None:
        """Wait no longer; dropping what is not there does nothing."""
        async with transaction():
            await Member.touch(member_id, at=at)
            await cls.filter(member_id=member_id, sku_id=sku_id).delete()


async def _refuse_in_stock(sku_id: UUID) -> None:
    in_hand = " FOR SHARE" if dialect() == "postgres" else ""
    rows = await fetch(f"SELECT stock FROM sku WHERE id = $1{in_hand}", sku_id)  # noqa: S608 - own text
    if not rows:
        raise NotFound(field="skuId")
    if rows[0]["stock"] != 0:
        raise StillInStock()


@effect(RESTOCK)
async def make_due(payloads: Sequence[Payload]) -> None:
    """A notice that is due already stays as it is, so this may happen twice."""
    for payload in payloads:
        await execute(
            "UPDATE restock_notice SET due_at = $1 WHERE sku_id = $2 AND due_at IS NULL",
            datetime.fromisoformat(str(payload["at"])),
            UUID(str(payload["sku_id"])),
        )
