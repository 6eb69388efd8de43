"""Audiences in the contract: whom something is for, as one type to read and one input to say it.

A type whose record keeps an audience in a column `audience` shows it by `audience_field`; an input that takes one has a
field of `AudienceInput`, and its resolver hands `await AudienceInput.read(input.audience)` to the verb.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any
from uuid import UUID

import strawberry

from engine.declare import batch, computed, mirrored
from models.groups.circle import Circle as CircleRecord
from models.groups.group import Group as GroupRecord
from models.members.audience import Audience as AudienceValue
from models.members.segment import Segment as SegmentRecord
from models.members.tag import Tag as TagRecord
from models.points.level import Level as LevelRecord
from schema.groups.circle import Circle
from schema.groups.role import Role
from schema.ids import id_of, optional_id_of
from schema.members.ladder_step import LadderStep
from schema.members.tag import Tag
from schema.points.level import Level

if TYPE_CHECKING:
    from schema.groups.group import Group
    from schema.members.segment import Segment


async def levels_least(audiences: Sequence[AudienceValue], context: Any) -> list[LevelRecord | None]:
    ladder = {level.position: level for level in await LevelRecord.ladder()}
    return [ladder.get(one.level_least or 0) for one in audiences]


async def levels_most(audiences: Sequence[AudienceValue], context: Any) -> list[LevelRecord | None]:
    ladder = {level.position: level for level in await LevelRecord.ladder()}
    return [ladder.get(one.level_most or 0) for one in audiences]


async def tags_of(audiences: Sequence[AudienceValue], context: Any) -> list[list[TagRecord]]:
    return await _seen(TagRecord, [one.tag_ids for one in audiences], context)


async def segments_of(audiences: Sequence[AudienceValue], context: Any) -> list[SegmentRecord | None]:
    named = [(one.segment_id,) if one.segment_id else () for one in audiences]
    return [found[0] if found else None for found in await _seen(SegmentRecord, named, context)]


async def circles_of(audiences: Sequence[AudienceValue], context: Any) -> list[list[CircleRecord]]:
    return await _seen(CircleRecord, [one.circle_ids for one in audiences], context)


async def groups_of(audiences: Sequence[AudienceValue], context: Any) -> list[list[GroupRecord]]:
    return await _seen(GroupRecord, [one.group_ids for one in audiences], context)


async def _seen(record: type[Any], named: Sequence[Sequence[UUID]], context: Any) -> list[list[Any]]:
    """For each list of ids the records that the caller may see, in the order of the ids, in one statement."""
    wanted = list(dict.fromkeys(one for ids in named for one in ids))
    found = await asyncio.gather(*(context.loads.by_id(record, one) for one in wanted))
    known = {key: row for key, row in zip(wanted, found, strict=True) if row is not None}
    return [[known[one] for one in ids if one in known] for ids in named]


@strawberry.type(
    description="Whom something is for: conditions that a member must all meet. What is empty does not hold."
)
class Audience:
    level_least: Level | None = batch(levels_least, description="The lowest level that belongs to it.")
    circles: list[Circle] = batch(circles_of, description="Circles, in a group of one of which a member must be.")
    groups: list[Annotated["Group", strawberry.lazy("schema.groups.group")]] = batch(
        groups_of, description="Groups; belonging to one of them, or to one of the circles, is enough."
    )
    new_within_days: int | None = strawberry.field(description="Only members who came at most so many days ago.")
    level_most: Level | None = batch(levels_most, description="The highest level that belongs to it.")
    roles: list[Role] = strawberry.field(description="Roles in such a group, or in any where none is named.")
    tags: list[Tag] = batch(tags_of, description="Tags, one of which a member must bear; as the caller sees them.")
    ladder_steps: list[LadderStep] = strawberry.field(description="Steps of the ladder that belong to it.")
    segment: Annotated["Segment", strawberry.lazy("schema.members.segment")] | None = batch(
        segments_of, description="The segment that a member must be in; for staff who may read segments."
    )


def audience_field(*, description: str = "Whom it is for; absent for everybody.") -> Any:
    """The field `audience: Audience | None` of a type whose record keeps one in its column of that name."""

    def audience(self: Any) -> Audience | None:
        value = AudienceValue.from_json(self.audience or {})
        shown: Audience | None = mirrored(value) if value.to_json() else None
        return shown

    return computed(needs=("audience",), description=description)(audience)


@strawberry.input(description="Whom something is for: a member must meet every condition that is given.")
class AudienceInput:
    level_least: int | None = strawberry.field(default=None, description="The position of the lowest level.")
    circle_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Circles, in a group of one of which a member must be; at most 100."
    )
    group_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Groups; one of them, or of the circles, is enough; at most 100."
    )
    new_within_days: int | None = strawberry.field(
        default=None, description="Only members who came at most so many days ago, 1 to 3660."
    )

    level_most: int | None = strawberry.field(default=None, description="The position of the highest level.")
    roles: list[Role] = strawberry.field(
        default_factory=list, description="Roles in such a group, or in any where none is named."
    )
    tag_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Tags, one of which a member must bear; at most 100."
    )
    ladder_steps: list[LadderStep] = strawberry.field(
        default_factory=list, description="Steps of the ladder, on one of which a member must stand."
    )
    segment_id: strawberry.ID | None = strawberry.field(default=None, description="The segment it must be in.")

    @staticmethod
    async def read(given: "AudienceInput | None", *, field: str = "audience") -> AudienceValue:
        """The audience that was said, everybody where nothing was; `NotFound` and `Invalid` name `field` and the part.

        Its ids are of records that exist.
        """
        if given is None:
            return AudienceValue()
        value = AudienceValue(
            level_least=given.level_least,
            circle_ids=_ids("Circle", given.circle_ids, f"{field}.circleIds"),
            group_ids=_ids("Group", given.group_ids, f"{field}.groupIds"),
            new_within_days=given.new_within_days,
            level_most=given.level_most,
            roles=tuple(dict.fromkeys(given.roles)),
            tag_ids=_ids("Tag", given.tag_ids, f"{field}.tagIds"),
            ladder_steps=tuple(dict.fromkeys(given.ladder_steps)),
            segment_id=optional_id_of("Segment", given.segment_id, field=f"{field}.segmentId"),
        )
        return await value.checked(field).known(field)


def _ids(type_name: str, given: Sequence[str], field: str) -> tuple[UUID, ...]:
    """Record ids in the order given, without doubles."""
    return tuple(dict.fromkeys(id_of(type_name, one, field=field) for one in given))
