"""Builders of circles, groups and places in them."""

from datetime import datetime
from itertools import count
from typing import Any

from models.actor import Actor
from models.groups.circle import Circle
from models.groups.group import Group
from models.groups.membership import Membership
from models.groups.office import change_role
from models.groups.role import Role
from models.groups.settings import GroupSettings, JoinMode
from models.members.member import Member
from store.ids import new_id
from tests.build import LONG_AGO, a_member

STAFF = Actor.staff(new_id())
"""Staff within its data scope, which is checked before a verb is called."""

_themes = (
    ("auto", "汽车圈"),
    ("wine-tea", "酒茶圈"),
    ("sports", "运动圈"),
    ("finance", "财经圈"),
    ("travel", "旅行圈"),
)
_numbers = count()


async def a_circle(*, is_official: bool = False, at: datetime = LONG_AGO) -> Circle:
    """A theme's circle, or the official one."""
    if is_official:
        return await Circle.open(slug="official", name="官方圈", is_official=True, actor=STAFF, at=at)
    number = next(_numbers)
    slug, name = _themes[number % len(_themes)]
    return await Circle.open(slug=f"{slug}-{number}", name=name, actor=STAFF, at=at)


async def a_group(
    *, circle: Circle | None = None, name: str = "车友会", at: datetime = LONG_AGO, **settings: Any
) -> Group:
    """A group that is free to join, with the settings a test is about."""
    given = GroupSettings(**{"name": name, **settings})
    return await Group.open((circle or await a_circle()).id, given, actor=STAFF, at=at)


async def a_place(
    group: Group, *, role: Role = Role.MEMBER, member: Member | None = None, at: datetime = LONG_AGO
) -> Member:
    """A member of the group, in a role."""
    found = member or await a_member()
    await Membership.add(found.id, group.id, actor=STAFF, at=at)
    if role is not Role.MEMBER:
        await change_role(group.id, found.id, role, actor=STAFF, at=at)
    return found


__all__ = ["STAFF", "JoinMode", "a_circle", "a_group", "a_place"]
