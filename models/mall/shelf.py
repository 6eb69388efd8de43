"""The shelf: a good is put on it, taken off it, and archived for good.

On it come only goods that can be handed over, of which there is something to order.
"""

from datetime import datetime
from uuid import UUID

from models.errors import DomainError, Invalid
from models.mall.delivery import delivery_of
from models.mall.good import Good, GoodArchived, GoodStatus
from models.mall.sku import Sku
from models.staff.audit import AuditRow
from store.database import transaction


class NothingToSell(DomainError):
    code = "NOTHING_TO_SELL"
    zh = "请先添加可兑换的规格"
    en = "Add a variant that can be ordered first."


async def shelve(good_id: UUID, status: GoodStatus, *, staff_id: UUID, at: datetime, reason: str | None = None) -> Good:
    """Put a good on the shelf, take it off, or archive it, which is for good; doing it again changes nothing.

    Raises `GoodArchived`, `KindNotDelivered`, `NothingToSell`, `Invalid`, `NotFound`.
    """
    if status is GoodStatus.DRAFT:
        raise Invalid("status", zh="上架后不能退回草稿", en="what has left the drafts does not return to them")
    async with transaction():
        good = await Good.existing(good_id, field="goodId")
        if status is GoodStatus.ON_SHELF:
            await _check(good)
        live = Good.filter(id=good_id).exclude(status=GoodStatus.ARCHIVED)
        if not await live.update(status=status, updated_at=at):
            raise GoodArchived()
        before, after = {"status": good.status}, {"status": status}
        await AuditRow.write(
            staff_id=staff_id, action="shelve_good", subject=good, before=before, after=after, reason=reason, at=at
        )
    return await Good.get(id=good_id)


async def _check(good: Good) -> None:
    await delivery_of(good.kind).check_target(good.target_id)
    if not await Sku.filter(good_id=good.id, is_active=True).exists():
        raise NothingToSell()
