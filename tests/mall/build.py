"""Builders of goods, buyers and addresses."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Sequence
from itertools import count
from typing import Any

import pytest

from models.errors import DomainError
from models.mall.address import Address
from models.mall.good import Good, GoodKind, GoodStatus, GoodTerms
from models.mall.order import Order
from models.mall.sealed_address import Destination
from models.mall.shelf import shelve
from models.mall.sku import Sku
from models.members.member import Member
from models.points.account import Account, Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from store.database import fetch_value, transaction
from store.ids import new_id
from tests.build import LONG_AGO, a_member
from tests.conftest import NOON

STAFF_ID = new_id()
HOME = Destination("王小明", "13800138000", "上海市 徐汇区", "漕溪北路 88 号 1203 室")

_numbers = count(1)


async def a_good(
    kind: GoodKind = GoodKind.PICK_UP,
    *,
    price: int = 100,
    stock: int | None = 10,
    cash_minor: int = 0,
    level_prices: dict[int, int] | None = None,
    is_shelved: bool = True,
    **terms: Any,
) -> Sku:
    """A good with one variant, on the shelf; `terms` are what a test is about."""
    said = GoodTerms(**{"name": f"保温杯 {next(_numbers)}", "category": "生活", **terms})
    good = await Good.draft(kind, said, staff_id=STAFF_ID, at=LONG_AGO)
    sku = await Sku.add(
        good.id,
        name="默认",
        price=price,
        stock=stock,
        cash_minor=cash_minor,
        level_prices=level_prices,
        staff_id=STAFF_ID,
        at=LONG_AGO,
    )
    if is_shelved:
        await shelve(good.id, GoodStatus.ON_SHELF, staff_id=STAFF_ID, at=LONG_AGO)
    return sku


async def a_buyer(points: int = 1_000, **archive: Any) -> Member:
    """A member with points to spend."""
    member = await a_member(**archive)
    if points:
        async with transaction():
            gift = Move(of_platform(Bucket.ISSUED), of_member(member.id), points, "gift", f"test:{new_id()}")
            await PointEntry.post([gift], at=LONG_AGO)
    return member


async def an_address(member: Member, destination: Destination = HOME) -> Address:
    return await Address.put(member.id, destination, at=LONG_AGO)


async def an_order(member: Member, sku: Sku, quantity: int = 1, **about: Any) -> Order:
    return await Order.place(member.id, sku.id, quantity, **{"at": NOON, "once": None, **about})


async def points_of(member: Member, bucket: Bucket = Bucket.AVAILABLE) -> int:
    account = await Account.get_or_none(id=of_member(member.id, bucket=bucket).id)
    return int(account.balance) if account else 0


async def stock_of(sku: Sku) -> tuple[int | None, int, int]:
    """What is left, reserved and sold."""
    found = await Sku.get(id=sku.id)
    return found.stock, found.reserved, found.sold


async def rows_of(table: str) -> int:
    return int(await fetch_value(f"SELECT count(*) FROM {table}"))


async def outcomes(acts: Sequence[Awaitable[Any]]) -> Counter[str]:
    """How acts at one instant end: `done`, or the code of the refusal; anything else is raised."""
    ended = await asyncio.gather(*acts, return_exceptions=True)
    for one in ended:
        if isinstance(one, BaseException) and not isinstance(one, DomainError):
            raise one
    return Counter(one.code if isinstance(one, DomainError) else "done" for one in ended)


async def refused(act: Awaitable[Any]) -> DomainError:
    with pytest.raises(DomainError) as caught:
        await act
    return caught.value
