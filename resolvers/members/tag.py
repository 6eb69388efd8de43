"""Tags: staff make them, and put them on and take them off members in their scope."""

from collections.abc import Sequence
from uuid import UUID

import strawberry
from strawberry import Info

from auth.context import Context
from auth.permissions import Can, StaffCan
from auth.scope import demand_whole_brand, members_seen
from engine.cursor import decode_id
from engine.declare import Connection, mirrored
from models.actor import Actor
from models.errors import NotFound
from models.members.member_tag import MemberTag as MemberTagRecord
from models.members.member_tag import TagOutcome, TagSource
from models.members.tag import Tag as TagRecord
from models.members.tag_group import TagGroup as TagGroupRecord
from models.staff.right import StaffRight
from schema.errors import UserError
from schema.ids import id_of
from schema.members.tag import (
    ChangeTagGroupInput,
    ChangeTagGroupPayload,
    ChangeTagInput,
    ChangeTagPayload,
    MakeTagGroupInput,
    MakeTagGroupPayload,
    MakeTagInput,
    MakeTagPayload,
    PutTagOnInput,
    PutTagOnPayload,
    TagGroup,
    TagResult,
    TakeTagOffInput,
    TakeTagOffPayload,
)
from schema.payload import listed, mutation


@strawberry.type
class TagQueries:
    tag_groups: Connection[TagGroup] = listed(
        TagGroupRecord,
        order=("sort", "id"),
        allow=Can(StaffRight.MEMBERS_READ),
        description="All groups of tags, in their order.",
    )


@strawberry.type
class TagMutations:
    @mutation(allow=StaffCan(StaffRight.TAGS_WRITE), description="Make a group of tags.")
    async def make_tag_group(self, info: Info, input: MakeTagGroupInput) -> MakeTagGroupPayload:
        demand_whole_brand(info.context)
        group = await TagGroupRecord.make(**vars(input), staff_id=info.context.staff_id, at=info.context.at)
        return MakeTagGroupPayload(group=mirrored(group))

    @mutation(allow=StaffCan(StaffRight.TAGS_WRITE), description="Rename or move a group of tags.")
    async def change_tag_group(self, info: Info, input: ChangeTagGroupInput) -> ChangeTagGroupPayload:
        context, group_id = info.context, id_of("TagGroup", input.group_id, field="groupId")
        demand_whole_brand(context)
        group = await TagGroupRecord.change(
            group_id, name=input.name, sort=input.sort, staff_id=context.staff_id, at=context.at
        )
        return ChangeTagGroupPayload(group=mirrored(group))

    @mutation(allow=StaffCan(StaffRight.TAGS_WRITE), description="Make a tag in a group.")
    async def make_tag(self, info: Info, input: MakeTagInput) -> MakeTagPayload:
        context, group_id = info.context, id_of("TagGroup", input.group_id, field="groupId")
        demand_whole_brand(context)
        given = {name: value for name, value in vars(input).items() if name != "group_id"}
        tag = await TagRecord.make(group_id, **given, staff_id=context.staff_id, at=context.at)
        return MakeTagPayload(tag=mirrored(tag))

    @mutation(allow=StaffCan(StaffRight.TAGS_WRITE), description="Change a tag, archive it or use it again.")
    async def change_tag(self, info: Info, input: ChangeTagInput) -> ChangeTagPayload:
        context, tag_id = info.context, id_of("Tag", input.tag_id, field="tagId")
        demand_whole_brand(context)
        given = {name: value for name, value in vars(input).items() if name != "tag_id"}
        tag = await TagRecord.change(tag_id, **given, staff_id=context.staff_id, at=context.at)
        return ChangeTagPayload(tag=mirrored(tag))

    @mutation(allow=StaffCan(StaffRight.TAGS_WRITE), description="Put a tag on members, each by itself.")
    async def put_tag_on(self, info: Info, input: PutTagOnInput) -> PutTagOnPayload:
        context, tag_id = info.context, id_of("Tag", input.tag_id, field="tagId")
        outcomes = await MemberTagRecord.put_on(
            tag_id,
            await _seen(context, input.member_ids),
            source=TagSource.MANUAL,
            actor=Actor.staff(context.staff_id),
            expires_at=input.expires_at,
            reason=input.reason,
            at=context.at,
        )
        tag = mirrored(await TagRecord.get(id=tag_id))
        return PutTagOnPayload(tag=tag, results=_results(context, input.member_ids, outcomes))

    @mutation(allow=StaffCan(StaffRight.TAGS_WRITE), description="Take a tag off members, each by itself.")
    async def take_tag_off(self, info: Info, input: TakeTagOffInput) -> TakeTagOffPayload:
        context, tag_id = info.context, id_of("Tag", input.tag_id, field="tagId")
        outcomes = await MemberTagRecord.take_off(
            tag_id,
            await _seen(context, input.member_ids),
            actor=Actor.staff(context.staff_id),
            reason=input.reason,
            at=context.at,
        )
        tag = mirrored(await TagRecord.get(id=tag_id))
        return TakeTagOffPayload(tag=tag, results=_results(context, input.member_ids, outcomes))


async def _seen(context: Context, given: Sequence[str]) -> list[UUID]:
    """The members of public ids whom the caller may touch, in their order."""
    ids = [member_id for one in given if (member_id := _member_id(one))]
    seen = await members_seen(context, ids)
    return [one for one in ids if one in seen]


def _results(context: Context, given: Sequence[str], outcomes: Sequence[TagOutcome]) -> list[TagResult]:
    """An answer for each id that was given; whoever is outside the scope looks as if it were not there."""
    found = {one.member_id: one.refusal for one in outcomes}
    results = []
    for one in dict.fromkeys(given):
        member_id = _member_id(one)
        refusal = found[member_id] if member_id in found else NotFound(field="memberIds")
        error = UserError.of(refusal, context.locale) if refusal else None
        results.append(TagResult(member_id=strawberry.ID(one), is_done=error is None, error=error))
    return results


def _member_id(text: str) -> UUID | None:
    decoded = decode_id(text)
    return decoded[1] if decoded and decoded[0] == "Member" else None
