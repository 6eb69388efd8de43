"""The shelf: what stands on it can be handed over, also after it was said anew."""

from datetime import timedelta
from typing import Any

import pytest

from models.mall.delivery import Delivery, delivery_of
from models.mall.good import Good, GoodKind, GoodStatus, GoodTerms
from models.mall.shelf import change_good, shelve
from models.mall.sku import Sku
from models.play.draw_version import end_draw
from models.staff.audit import AuditRow
from store.ids import new_id
from tests.build import LONG_AGO, a_plan
from tests.conftest import NOON
from tests.mall.build import STAFF_ID, a_good, outcomes, refused
from tests.play.draws import a_draw


async def changed(sku: Sku, *, version: int = 1, **terms: Any) -> Good:
    said = GoodTerms(**{"name": "补签卡", "category": "卡券权益", **terms})
    return await change_good(sku.good_id, said, expected_version=version, staff_id=STAFF_ID, at=NOON)


@pytest.mark.parametrize("kind", GoodKind)
def test_every_kind_is_handed_over_somehow(kind: GoodKind) -> None:
    assert isinstance(delivery_of(kind), Delivery)


@pytest.mark.parametrize("kind", [GoodKind.CARD, GoodKind.CHANCE])
async def test_on_the_shelf_a_good_is_given_no_target_of_another_kind(
    database: str, empty_redis: str, kind: GoodKind
) -> None:
    target = await a_plan() if kind is GoodKind.CARD else await a_draw()
    sku = await a_good(kind, target_id=target.id)

    refusal = await refused(changed(sku, target_id=new_id()))

    good = await Good.get(id=sku.good_id)
    assert (refusal.code, refusal.field) == ("NOT_FOUND", "targetId")
    assert (good.target_id, good.version, good.status) == (target.id, 1, GoodStatus.ON_SHELF)
    assert await AuditRow.filter(action="change_good").count() == 0


async def test_off_the_shelf_a_good_may_be_unfinished_until_it_returns(database: str) -> None:
    plan, nothing = await a_plan(), new_id()
    sku = await a_good(GoodKind.CARD, target_id=plan.id)
    await shelve(sku.good_id, GoodStatus.OFF_SHELF, staff_id=STAFF_ID, at=NOON)

    good = await changed(sku, target_id=nothing)
    refusal = await refused(shelve(sku.good_id, GoodStatus.ON_SHELF, staff_id=STAFF_ID, at=NOON))

    assert (good.target_id, good.version) == (nothing, 2)
    assert (refusal.code, refusal.field) == ("NOT_FOUND", "targetId")
    assert (await Good.get(id=sku.good_id)).status is GoodStatus.OFF_SHELF


async def test_the_words_of_a_good_are_mended_though_its_draw_is_over(database: str, empty_redis: str) -> None:
    draw = await a_draw()
    sku = await a_good(GoodKind.CHANCE, target_id=draw.id)
    await end_draw(draw.id, reason="提前结束", staff_id=STAFF_ID, at=NOON)

    good = await changed(sku, name="转盘抽奖机会（已结束）", target_id=draw.id)

    assert (good.name, good.version) == ("转盘抽奖机会（已结束）", 2)


@pytest.mark.parametrize("turn", range(4))
async def test_shelved_and_changed_at_one_instant_it_has_a_target(database: str, turn: int) -> None:
    plan = await a_plan()
    sku = await a_good(GoodKind.CARD, target_id=plan.id, is_shelved=False)
    acts = [
        shelve(sku.good_id, GoodStatus.ON_SHELF, staff_id=STAFF_ID, at=LONG_AGO + timedelta(days=1)),
        changed(sku, target_id=new_id()),
    ]

    ended = await outcomes(acts if turn % 2 else acts[::-1])

    good = await Good.get(id=sku.good_id)
    assert ended == {"done": 1, "NOT_FOUND": 1}
    assert (good.status is GoodStatus.ON_SHELF) == (good.target_id == plan.id)
