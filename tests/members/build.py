"""Builders of tags and segments."""

from itertools import count
from typing import Any

from models.actor import Actor
from models.members.condition import Condition
from models.members.segment import Segment
from models.members.tag import Tag
from models.members.tag_group import TagChoice, TagGroup
from store.ids import new_id
from tests.build import LONG_AGO

STAFF = Actor.staff(new_id())
_numbers = count(1)


async def a_tag_group(choice: TagChoice = TagChoice.MULTIPLE, *, name: str | None = None) -> TagGroup:
    return await TagGroup.make(name=name or f"标签组{next(_numbers)}", choice=choice, staff_id=new_id(), at=LONG_AGO)


async def a_tag(group: TagGroup | None = None, *, name: str | None = None, is_public: bool = False) -> Tag:
    found = group or await a_tag_group()
    return await Tag.make(
        found.id, name=name or f"标签{next(_numbers)}", is_public=is_public, staff_id=new_id(), at=LONG_AGO
    )


async def a_segment(condition: dict[str, Any], *, name: str | None = None) -> Segment:
    return await Segment.make(
        name=name or f"人群{next(_numbers)}",
        condition=Condition.parsed(condition),
        staff_id=new_id(),
        at=LONG_AGO,
    )
