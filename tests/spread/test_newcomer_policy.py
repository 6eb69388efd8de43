"""The policy for newcomers: a group's own, else its circle's, else the defaults; and never for those under way."""

import asyncio

import pytest

from models.errors import Invalid
from models.groups.circle import Circle
from models.groups.group import Group
from models.groups.membership import Membership
from models.spread.newcomer import Newcomer
from models.spread.newcomer_policy import NewcomerPolicy, NewcomerPolicyChanged, NewcomerRules
from models.spread.newcomer_step import NewcomerStep
from models.staff.audit import AuditRow
from tests.build import a_member
from tests.conftest import NOON
from tests.groups.build import STAFF, a_group, a_place
from tests.groups.conftest import boards_elsewhere  # noqa: F401  # an autouse fixture, for this file as well
from tests.spread.newcomers import SHANGHAI, a_newcomer, anew

RULES = NewcomerRules(SHANGHAI, 4, days=3, steps=(NewcomerStep.SPOKE,))


async def put(home: Group | Circle, rules: NewcomerRules = RULES, *, expected_version: int = 0) -> NewcomerPolicy:
    return await NewcomerPolicy.put(home, rules, expected_version=expected_version, actor=STAFF, reason="试行", at=NOON)


async def rules_of(group: Group) -> NewcomerRules:
    found = await NewcomerPolicy.of_group(group)
    return found.rules if found else NewcomerRules.default()


async def test_a_group_goes_by_its_own_else_its_circles_else_the_defaults(database: str) -> None:
    group = await a_group()
    circle = await Circle.get(id=group.circle_id)
    assert await rules_of(group) == NewcomerRules.default()

    await put(circle)
    assert await rules_of(group) == RULES
    own = NewcomerRules("Europe/Berlin", 0, days=14)
    await put(group, own)
    assert await rules_of(group) == own

    await NewcomerPolicy.remove(group, expected_version=1, actor=STAFF, reason="统一", at=NOON)
    assert await rules_of(group) == RULES
    rows = await AuditRow.filter(subject_type="NewcomerPolicy").order_by("created_at", "id")
    assert [(row.action, row.reason) for row in rows] == [
        ("put_newcomer_policy", "试行"),
        ("put_newcomer_policy", "试行"),
        ("remove_newcomer_policy", "统一"),
    ]


async def test_whoever_is_under_way_keeps_the_rules_it_came_under(database: str) -> None:
    group = await a_group()
    newcomer = await a_newcomer(group)

    await put(group)

    assert (await anew(newcomer)).days == 7
    assert (await a_newcomer(group)).days == 3


async def test_a_change_names_the_version_that_was_read(database: str) -> None:
    group = await a_group()
    tried = await asyncio.gather(*(put(group) for _ in range(4)), return_exceptions=True)

    assert sum(isinstance(one, NewcomerPolicyChanged) for one in tried) == 3
    with pytest.raises(NewcomerPolicyChanged):
        await put(group, expected_version=2)
    with pytest.raises(NewcomerPolicyChanged):
        await NewcomerPolicy.remove(group, expected_version=2, actor=STAFF, reason="统一", at=NOON)
    assert (await put(group, expected_version=1)).version == 2
    assert await NewcomerPolicy.all().count() == 1


async def test_a_version_that_was_read_never_comes_again(database: str) -> None:
    group = await a_group()
    await put(group)
    await NewcomerPolicy.remove(group, expected_version=1, actor=STAFF, reason="统一", at=NOON)

    for version in (0, 1):
        with pytest.raises(NewcomerPolicyChanged):
            await put(group, expected_version=version)
    with pytest.raises(NewcomerPolicyChanged):
        await NewcomerPolicy.remove(group, expected_version=2, actor=STAFF, reason="统一", at=NOON)
    assert (await a_newcomer(group)).days == 7

    assert (await put(group, expected_version=2)).version == 3
    assert (await a_newcomer(group)).days == 3


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (NewcomerRules(SHANGHAI, 0, days=0), "days"),
        (NewcomerRules(SHANGHAI, 0, days=61), "days"),
        (NewcomerRules(SHANGHAI, 24), "dayStartHour"),
        (NewcomerRules("Mars/Olympus", 0), "zone"),
        (NewcomerRules("../etc/passwd", 0), "zone"),
        (NewcomerRules("", 0), "zone"),
        (NewcomerRules(SHANGHAI, 0, steps=()), "steps"),
        (NewcomerRules(SHANGHAI, 0, steps=(NewcomerStep.SPOKE, NewcomerStep.SPOKE)), "steps"),
    ],
)
async def test_rules_outside_their_bounds_are_refused(database: str, rules: NewcomerRules, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await put(await a_group(), rules)

    assert refused.value.field == field
    assert await NewcomerPolicy.all().count() == 0


async def test_the_next_group_of_a_series_takes_the_policy_over(database: str) -> None:
    group = await a_group(member_cap=2, opens_next=True)
    await put(group)
    for _ in range(2):
        await a_place(group)

    place = await Membership.join((await a_member()).id, group.id, at=NOON)

    assert place.group_id != group.id
    assert (await Newcomer.get(membership_id=place.id)).days == 3
