"""The shelf: a good is put on it, taken off it, said anew, and archived for good.

On it come only goods that can be handed over, of which there is something to order. Both acts write the good first and
ask then, so of a change and a shelving at one instant the later one sees what the other has written.
"""

from datetime import datetime
from uuid import UUID

from models.errors import DomainError, Invalid
from models.mall.delivery import delivery_of
from models.mall.good import TOLD, Good, GoodArchived, GoodStatus, GoodTerms
from models.mall.sku import Sku
from models.staff.audit import columns_of
from store.database import transaction


class NothingToSell(DomainError):
    code = "NOTHING_TO_SELL"
    zh = "请先添加可兑换的规格"
    en = "Add a variant that can be ordered first."


async def shelve(good_id: UUID, status: GoodStatus, *, staff_id: UUID, at: datetime, reason: str | None = None) -> Good:
    """Put a good on the shelf, take it off, or archive it, which is for good; doing it again changes nothing.

    Raises `GoodArchived`, `NothingToSell`, `Invalid`, `NotFound`.
    """
    if status is GoodStatus.DRAFT:
        raise Invalid("status", zh="上架后不能退回草稿", en="what has left the drafts does not return to them")
    async with transaction():
        known = await Good.existing(good_id, field="goodId")
        live = Good.filter(id=good_id).exclude(status=GoodStatus.ARCHIVED)
        if not await live.update(status=status, updated_at=at):
            raise GoodArchived()
        good = await Good.get(id=good_id)
        if status is GoodStatus.ON_SHELF:
            await _check(good)
        await good.audit("shelve_good", {"status": known.status}, {"status": status}, staff_id, reason, at=at)
    return good


async def change_good(
    good_id: UUID,
    terms: GoodTerms,
    *,
    expected_version: int,
    staff_id: UUID,
    at: datetime,
    reason: str | None = None,
) -> Good:
    """Say all of a good anew; orders keep what they were placed under. On the shelf, what it newly hands over is asked.

    Raises `GoodChanged` where it is not the expected version any more, `GoodArchived`, `Invalid`, `NotFound`.
    """
    columns = terms.columns()
    async with transaction():
        known = await Good.existing(good_id, field="goodId")
        await known.replace(columns, expected_version, at=at)
        good = await Good.get(id=good_id)
        if good.status is GoodStatus.ON_SHELF and good.target_id != known.target_id:
            await delivery_of(good.kind).check_target(good.target_id)
        await good.audit("change_good", columns_of(known, *TOLD), columns_of(good, *TOLD), staff_id, reason, at=at)
    return good


async def _check(good: Good) -> None:
    await delivery_of(good.kind).check_target(good.target_id)
    if not await Sku.filter(good_id=good.id, is_active=True).exists():
        raise NothingToSell()
