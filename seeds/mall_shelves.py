"""The shelves of the mall are filled: stores, goods with their variants and codes, and turns of the wheel."""

from datetime import datetime
from uuid import UUID

from models.mall.code_batch import CodeBatch
from models.mall.good import Good, GoodKind, GoodStatus, GoodTerms
from models.mall.shelf import shelve
from models.mall.sku import Sku
from models.mall.store import Store
from models.play.draw import Draw
from seeds.community import Community
from seeds.draws import WHEEL
from seeds.mall_goods import STORES, WARES, Ware


async def found(community: Community) -> None:
    at, staff_id = community.founded_at, community.owner.id
    for name, region, address in STORES:
        await Store.put(name=name, region=region, address=address, staff_id=staff_id, at=at)
    for number, ware in enumerate(WARES):
        if ware.kind is not GoodKind.CHANCE:
            await _shelved(community, ware, number, at=at)


async def shelve_chances(community: Community, *, at: datetime) -> None:
    """Turns of the wheel come on the shelf with the wheel itself."""
    wheel = await Draw.get(title=WHEEL)
    for number, ware in enumerate(WARES):
        if ware.kind is GoodKind.CHANCE:
            await _shelved(community, ware, number, at=at, target_id=wheel.id)


async def _shelved(
    community: Community, ware: Ware, number: int, *, at: datetime, target_id: UUID | None = None
) -> None:
    staff_id, about = community.owner.id, {**ware.terms, "target_id": target_id}
    terms = GoodTerms(ware.name, ware.category, summary=ware.summary, sort=number * 10, **about)
    good = await Good.draft(ware.kind, terms, staff_id=staff_id, at=at)
    for sort, (name, price) in enumerate(ware.prices.items()):
        sku = await Sku.add(
            good.id,
            name=name,
            price=price,
            stock=ware.stock,
            cash_minor=ware.cash_minor,
            level_prices=ware.level_prices,
            sort=sort,
            staff_id=staff_id,
            at=at,
        )
        if ware.codes:
            codes = [f"{number:02d}{sort}-{code:04d}-{(code * 7919 + number) % 9973:04d}" for code in range(ware.codes)]
            await CodeBatch.take_in(sku.id, codes, staff_id=staff_id, at=at, once=None)
    await shelve(good.id, GoodStatus.ON_SHELF, staff_id=staff_id, at=at)
