"""Addresses are sealed at rest, whole for their owner alone, and gone with it."""

from datetime import timedelta

import pytest

from models.mall import good_code, pick_up, reseal, sealed_address
from models.mall.address import ADDRESSES_MOST, Address
from models.mall.good import GoodKind
from models.mall.good_code import GoodCode
from models.mall.order_address import OrderAddress
from models.mall.pick_up import PickUp
from models.mall.sealed_address import Destination
from models.members.data_copy import copy_of
from models.members.erasure import erase
from store.database import fetch
from store.vault import Vault
from tests.build import LONG_AGO
from tests.conftest import NOON
from tests.mall.build import HOME, a_buyer, a_good, an_address, an_order, outcomes, refused
from tests.mall.test_good_code import a_pool

MARKS = ("王小明", "13800138000", "徐汇区", "漕溪北路")


async def dump(*tables: str) -> str:
    return str([dict(row) for table in tables for row in await fetch(f"SELECT * FROM {table}")])


async def test_nothing_of_an_address_stands_readable(database: str) -> None:
    member, sku = await a_buyer(nickname="小红"), await a_good(GoodKind.PHYSICAL)
    await an_address(member)
    await an_order(member, sku)

    kept = await dump("address", "order_address", "mall_order", "order_change", "audit_row", "outbox")

    assert [mark for mark in MARKS if mark in kept] == []
    assert (await OrderAddress.get()).destination == HOME


async def test_an_order_keeps_the_address_that_it_was_placed_with(database: str) -> None:
    member, sku = await a_buyer(), await a_good(GoodKind.PHYSICAL)
    address = await an_address(member)
    order = await an_order(member, sku)
    moved = Destination("王小明", "13800138000", "北京市", "建国路 1 号")

    await Address.put(member.id, moved, address_id=address.id, at=NOON)

    assert (await OrderAddress.of(order.id)).destination == HOME
    assert (await Address.get(id=address.id)).destination == moved


async def test_one_address_is_the_default(database: str) -> None:
    member = await a_buyer()
    first, second = await an_address(member), await an_address(member)

    await outcomes([Address.put(member.id, HOME, at=NOON, is_default=True) for _ in range(4)])
    assert await Address.filter(member_id=member.id, is_default=True).count() == 1
    for default in await Address.filter(member_id=member.id, is_default=True):
        await Address.remove(member.id, default.id, at=NOON + timedelta(hours=1))

    assert await Address.filter(member_id=member.id, is_default=True).count() == 1
    assert {first.is_default, second.is_default} == {True, False}


async def test_an_address_book_has_an_end(database: str) -> None:
    member = await a_buyer()
    acts = [Address.put(member.id, HOME, at=NOON) for _ in range(ADDRESSES_MOST + 3)]

    assert await outcomes(acts) == {"done": ADDRESSES_MOST, "TOO_MANY_ADDRESSES": 3}


@pytest.mark.parametrize(
    "wrong",
    [
        Destination("", "13800138000", "上海", "路"),
        Destination("王小明", "电话", "上海", "路"),
        Destination("王小明", "1234", "上海", "路"),
        Destination("王小明", "13800138000", " ", "路"),
        Destination("王小明", "13800138000", "上海", "路" * 121),
    ],
)
async def test_bad_addresses_are_refused(database: str, wrong: Destination) -> None:
    member = await a_buyer()

    assert (await refused(Address.put(member.id, wrong, at=NOON))).code == "INVALID_INPUT"
    assert await Address.all().count() == 0


async def test_a_strangers_address_is_neither_changed_nor_removed(database: str) -> None:
    address, stranger = await an_address(await a_buyer()), await a_buyer()

    assert (await refused(Address.put(stranger.id, HOME, address_id=address.id, at=NOON))).code == "NOT_FOUND"
    assert (await refused(Address.remove(stranger.id, address.id, at=NOON))).code == "NOT_FOUND"
    assert (await Address.get(id=address.id)).updated_at == LONG_AGO


async def test_a_member_takes_its_addresses_along_and_erasure_leaves_none(database: str, empty_redis: str) -> None:
    member, sku = await a_buyer(), await a_good(GoodKind.PHYSICAL)
    await an_address(member)
    order = await an_order(member, sku, note="请放前台")

    copy = await copy_of(member.id, at=NOON)
    await erase(member.id, at=NOON)

    assert copy["addresses"] == [vars(HOME)] * 2
    tables = copy["tables"]
    assert isinstance(tables, dict)
    assert tables["mall_order"][0]["number"] == order.number
    assert "sealed" not in str(tables)
    assert [await Address.all().count(), await OrderAddress.all().count()] == [0, 0]
    assert "前台" not in await dump("mall_order", "order_change")


async def test_after_a_rotation_everything_is_read_and_found_under_the_new_key_alone(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def use(vault: Vault) -> None:
        for module in (good_code, pick_up, reseal, sealed_address):
            monkeypatch.setattr(module, "vault", lambda: vault)

    use(Vault("o" * 40))
    member = await a_buyer()
    await an_address(member)
    await an_order(member, await a_good(GoodKind.PHYSICAL))
    await an_order(member, await a_pool("R-1"))
    code = (await PickUp.get(order_id=(await an_order(member, await a_good())).id)).code
    use(Vault("n" * 40, previous="o" * 40))

    assert [await reseal.reseal_mall(), await reseal.reseal_mall()] == [4, 0]

    use(Vault("n" * 40))
    assert (await Address.get()).destination == (await OrderAddress.get()).destination == HOME
    assert (await GoodCode.get()).code == "R-1"
    assert await PickUp.found(code) == await PickUp.get()
