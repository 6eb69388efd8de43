"""Conditions: whom one holds for is what a plain reading of it says, on either database, and none is out of bounds."""

from random import Random
from typing import Any
from uuid import UUID

import pytest

from models.errors import Invalid
from models.members.condition import DEPTH_MOST, Condition
from models.members.segment import members_of
from store.database import fetch
from store.ids import as_id
from tests.conftest import NOON
from tests.members.plain_condition import FEMALE, World, trees


async def found(condition: dict[str, Any]) -> set[UUID]:
    """The members whom the database finds for a condition."""
    clause = await members_of(Condition.parsed(condition), at=NOON)
    rows = await fetch(f"SELECT m.id FROM member m WHERE {clause.of('m', first=1)}", *clause.values)
    return {as_id(row["id"]) for row in rows}


@pytest.mark.parametrize("seed", range(2))
async def test_a_condition_finds_whom_a_plain_reading_finds(database: str, seed: int) -> None:
    world = World(Random(seed))
    await world.settle()

    for tree in trees(world):
        assert await found(tree) == world.read(tree), tree


@pytest.mark.parametrize(
    ("condition", "field"),
    [
        ({}, "condition"),
        ({"all": []}, "condition.all"),
        ({"all": [{"level_least": 1, "level_most": 2}]}, "condition.all.0"),
        ({"gender_in": ["robot"]}, "condition.genderIn"),
        ({"birthday_month_in": [13]}, "condition.birthdayMonthIn"),
        ({"region_in": []}, "condition.regionIn"),
        ({"tag_in": ["drop table"]}, "condition.tagIn"),
        ({"place": {"sql": "1"}}, "condition.place"),
        ({"points_earned": {}}, "condition.pointsEarned"),
        ({"points_earned": {"least": -1}}, "condition.pointsEarned.least"),
        ({"status_in": ["erased"]}, "condition.statusIn"),
        ({"name); --": 1}, "condition"),
        ({"level_least": True}, "condition.levelLeast"),
        ("all", "condition"),
    ],
)
def test_a_condition_outside_its_bounds_names_where(condition: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Condition.parsed(condition)

    assert refused.value.field == field


def test_conditions_are_bounded_in_depth_and_size() -> None:
    deep: dict[str, Any] = FEMALE
    for _ in range(DEPTH_MOST):
        deep = {"not": deep}

    for wrong in (deep, {"all": [FEMALE] * 100}):
        with pytest.raises(Invalid):
            Condition.parsed(wrong)


async def test_a_condition_keeps_its_shape(database: str) -> None:
    world = World(Random(7))
    await world.settle(size=1)

    for tree in trees(world)[:60]:
        told = Condition.parsed(tree).told
        assert Condition.parsed(told).told == told
