"""Circles and groups: opened, changed and put away by staff."""

import asyncio
from typing import Any

import pytest

from models.errors import DomainError, Invalid
from models.groups.circle import Circle, CircleSlugTaken, OfficialCircleExists
from models.groups.group import Group, GroupCapBelowMembers, GroupStatus
from models.groups.settings import GroupSettings
from models.staff.audit import AuditRow
from store.ids import new_id
from tests.conftest import NOON
from tests.groups.build import STAFF, a_circle, a_group, a_place

REPEATS = 5


async def test_groups_of_one_name_are_numbered(database: str) -> None:
    circle = await a_circle()

    opened = [await a_group(circle=circle, name=name) for name in ("车友会", "车友会", "自驾群")]

    assert [group.title for group in opened] == ["车友会 1群", "车友会 2群", "自驾群 1群"]
    assert (opened[0].member_cap, opened[0].admin_seats_least, opened[0].admin_seats_most) == (80, 2, 5)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"member_cap": 1}, "memberCap"),
        ({"member_cap": 501}, "memberCap"),
        ({"name": "  "}, "name"),
        ({"name": None}, "name"),
        ({"region": "华" * 41}, "region"),
        ({"admin_seats_least": 6, "admin_seats_most": 5}, "adminSeatsLeast"),
        ({"reapply_after_hours": -1}, "reapplyAfterHours"),
    ],
)
async def test_settings_out_of_bounds_are_refused(database: str, settings: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await a_group(**settings)

    assert refused.value.field == field
    assert await Group.all().count() == 0


async def test_a_group_needs_a_circle_that_exists(database: str) -> None:
    with pytest.raises(DomainError) as refused:
        await Group.open(new_id(), GroupSettings(name="车友会"), actor=STAFF, at=NOON)

    assert (refused.value.code, refused.value.field) == ("NOT_FOUND", "circleId")


async def test_a_change_touches_what_is_given_and_is_in_the_audit(database: str) -> None:
    group = await a_group(region="华东", summary="每周一次自驾")

    await Group.change(group.id, GroupSettings(region="华南", summary=""), reason="区域调整", actor=STAFF, at=NOON)

    now = await Group.get(id=group.id)
    assert (now.region, now.summary, now.name, now.member_cap) == ("华南", None, "车友会", 80)
    row = await AuditRow.get(action="update_group")
    assert (row.before, row.after) == (
        {"region": "华东", "summary": "每周一次自驾"},
        {"region": "华南", "summary": None},
    )
    assert row.reason == "区域调整"


async def test_under_another_name_a_group_takes_the_next_number_there(database: str) -> None:
    circle = await a_circle()
    await a_group(circle=circle, name="自驾群")
    group = await a_group(circle=circle, name="车友会")

    renamed = await Group.change(group.id, GroupSettings(name="自驾群"), actor=STAFF, at=NOON)

    assert renamed.title == "自驾群 2群"


async def test_a_cap_never_falls_below_the_members(database: str) -> None:
    group = await a_group()
    for _ in range(3):
        await a_place(group)

    with pytest.raises(GroupCapBelowMembers) as refused:
        await Group.change(group.id, GroupSettings(member_cap=2), actor=STAFF, at=NOON)

    assert refused.value.sentence("en") == "The cap cannot be below the 3 members there are."
    assert (await Group.get(id=group.id)).member_cap == 80


async def test_an_archived_group_can_be_reopened(database: str) -> None:
    group = await a_group()

    archived = await Group.archive(group.id, reason="长期不活跃", actor=STAFF, at=NOON)
    reopened = await Group.reopen(group.id, actor=STAFF, at=NOON)

    assert (archived.status, archived.archived_at) == (GroupStatus.ARCHIVED, NOON)
    assert (reopened.status, reopened.archived_at) == (GroupStatus.ACTIVE, None)


async def test_circles_have_slugs_of_their_own_and_one_is_official(database: str) -> None:
    await a_circle(is_official=True)

    with pytest.raises(CircleSlugTaken):
        await Circle.open(slug="official", name="汽车圈", actor=STAFF, at=NOON)
    with pytest.raises(OfficialCircleExists):
        await Circle.open(slug="auto", name="汽车圈", is_official=True, actor=STAFF, at=NOON)
    with pytest.raises(Invalid):
        await Circle.open(slug="汽车", name="汽车圈", actor=STAFF, at=NOON)

    assert await Circle.all().count() == 1


async def test_a_circle_changes_what_is_given(database: str) -> None:
    circle = await Circle.open(slug="auto", name="汽车圈", summary="聊车", actor=STAFF, at=NOON)

    changed = await Circle.change(circle.id, name="汽车生活圈", actor=STAFF, at=NOON)

    assert (changed.name, changed.summary, changed.slug) == ("汽车生活圈", "聊车", "auto")


@pytest.mark.parametrize("repeat", range(REPEATS))
async def test_groups_opened_at_one_instant_have_numbers_of_their_own(database: str, repeat: int) -> None:
    circle = await a_circle()

    await asyncio.gather(*(a_group(circle=circle) for _ in range(6)))

    assert [group.number for group in await Group.all().order_by("number")] == [1, 2, 3, 4, 5, 6]
