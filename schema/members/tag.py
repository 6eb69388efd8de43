"""Tags in the contract: groups of tags, tags, and tags on members. Staff see all, members the public ones."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from auth.caller import CallerKind
from auth.scope import members_in_scope
from engine.declare import Connection, Node, batch, connection, many, one, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.members.member import Member as MemberRecord
from models.members.member_tag import MemberTag as MemberTagRecord
from models.members.member_tag import TagSource, tag_counts
from models.members.tag import Tag as TagRecord
from models.members.tag_group import TagChoice
from models.members.tag_group import TagGroup as TagGroupRecord
from models.staff.right import StaffRight
from schema.enums import publish
from schema.errors import UserError
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context
    from schema.members.member import Member

publish(TagChoice, "How many tags of a group a member bears.", single="At most one.", multiple="As many as fit.")
publish(
    TagSource,
    "By which way a member came by a tag.",
    manual="Staff put it on.",
    rule="A rule did.",
    **{"import": "It came with an import."},
    behaviour="Something the member did brought it.",
    channel="The channel that the member came through.",
)


def _tags(context: "Context") -> Condition:
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("{row}.is_public")
    return EVERY_ROW if context.caller.may(StaffRight.MEMBERS_READ) else NO_ROW


def _groups(context: "Context") -> Condition:
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("EXISTS (SELECT 1 FROM tag pt WHERE pt.group_id = {row}.id AND pt.is_public)")
    return EVERY_ROW if context.caller.may(StaffRight.MEMBERS_READ) else NO_ROW


def _on_members(context: "Context") -> Condition:
    """Those that have not expired: to members the public ones, to staff those on members in their scope."""
    caller = context.caller
    if caller.kind is CallerKind.MEMBER:
        seen = Condition("EXISTS (SELECT 1 FROM tag pt WHERE pt.id = {row}.tag_id AND pt.is_public)")
    else:
        seen = members_in_scope(context, "member_id") if caller.may(StaffRight.MEMBERS_READ) else NO_ROW
    return Condition(
        f"({{row}}.expires_at IS NULL OR {{row}}.expires_at > ?) AND {seen.sql}", (context.at, *seen.values)
    )


async def member_counts(tags: Sequence[TagRecord], context: Any) -> list[int | None]:
    """How many members bear each tag; nothing for members who ask."""
    if context.caller.kind is CallerKind.MEMBER:
        return [None] * len(tags)
    counts = await tag_counts([tag.id for tag in tags], at=context.at)
    return [counts.get(tag.id, 0) for tag in tags]


@record_type(MemberTagRecord, description="A tag on a member.", visible=_on_members)
class MemberTag(Node):
    tag: Annotated["Tag", strawberry.lazy("schema.members.tag")] = one(TagRecord, "tag_id", description="The tag.")
    member: Annotated["Member", strawberry.lazy("schema.members.member")] = one(
        MemberRecord, "member_id", description="Who bears it."
    )
    source: TagSource = strawberry.field(description="By which way the member came by it.")
    created_at: datetime = strawberry.field(description="When it was put on.")
    expires_at: datetime | None = strawberry.field(description="Until when; absent: for good.")


@record_type(TagRecord, description="A word that staff put on members.", visible=_tags)
class Tag(Node):
    group: Annotated["TagGroup", strawberry.lazy("schema.members.tag")] = one(
        TagGroupRecord, "group_id", description="The group it belongs to."
    )
    name: str = strawberry.field(description="The word.")
    colour: str = strawberry.field(description="Its colour, `#rrggbb`.")
    sort: int = strawberry.field(description="Where it stands in its group, the lowest first.")
    is_public: bool = strawberry.field(description="Whether members see it too.")
    archived_at: datetime | None = strawberry.field(description="Since when it is put on nobody any more.")
    member_count: int | None = batch(
        member_counts, needs=("id",), description="How many members bear it; for staff and partners."
    )
    members: Connection[MemberTag] = connection(
        MemberTagRecord, "tag_id", order=("-created_at", "-id"), description="Who bears it, the latest first."
    )


@record_type(TagGroupRecord, description="A group of tags.", visible=_groups)
class TagGroup(Node):
    name: str = strawberry.field(description="Its name.")
    choice: TagChoice = strawberry.field(description="How many of its tags a member bears.")
    sort: int = strawberry.field(description="Where it stands among the groups, the lowest first.")
    tags: list[Tag] = many(
        TagRecord, "group_id", order=("sort", "id"), bound=100, description="Its tags, in their order."
    )


@strawberry.input(description="A group of tags to make.")
class MakeTagGroupInput:
    name: str = strawberry.field(description="1 to 20 characters; unique.")
    choice: TagChoice = strawberry.field(description="How many of its tags a member bears; it stays so.")
    sort: int = strawberry.field(default=0, description="Where it stands among the groups, the lowest first.")


@strawberry.input(description="A group of tags to change; what is absent stays.")
class ChangeTagGroupInput:
    group_id: strawberry.ID = strawberry.field(description="The group.")
    name: str | None = strawberry.field(default=None, description="1 to 20 characters; unique.")
    sort: int | None = strawberry.field(default=None, description="Where it stands among the groups.")


@strawberry.input(description="A tag to make.")
class MakeTagInput:
    group_id: strawberry.ID = strawberry.field(description="The group it belongs to.")
    name: str = strawberry.field(description="1 to 20 characters; unique in the group.")
    colour: str = strawberry.field(default="#8c8c8c", description="Its colour, `#rrggbb`.")
    sort: int = strawberry.field(default=0, description="Where it stands in its group, the lowest first.")
    is_public: bool = strawberry.field(default=False, description="Whether members see it too.")


@strawberry.input(description="A tag to change; what is absent stays.")
class ChangeTagInput:
    tag_id: strawberry.ID = strawberry.field(description="The tag.")
    name: str | None = strawberry.field(default=None, description="1 to 20 characters; unique in the group.")
    colour: str | None = strawberry.field(default=None, description="Its colour, `#rrggbb`.")
    sort: int | None = strawberry.field(default=None, description="Where it stands in its group.")
    is_public: bool | None = strawberry.field(default=None, description="Whether members see it too.")
    is_archived: bool | None = strawberry.field(default=None, description="Whether it is put on nobody any more.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit; up to 200 characters.")


@strawberry.input(description="A tag for members.")
class PutTagOnInput:
    tag_id: strawberry.ID = strawberry.field(description="The tag.")
    member_ids: list[strawberry.ID] = strawberry.field(description="For whom; at most 250.")
    expires_at: datetime | None = strawberry.field(default=None, description="Until when; absent: for good.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit; up to 200 characters.")


@strawberry.input(description="A tag to take off members.")
class TakeTagOffInput:
    tag_id: strawberry.ID = strawberry.field(description="The tag.")
    member_ids: list[strawberry.ID] = strawberry.field(description="From whom; at most 250.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit; up to 200 characters.")


@strawberry.type(description="What came of one member.")
class TagResult:
    member_id: strawberry.ID = strawberry.field(description="The id as it was given.")
    is_done: bool = strawberry.field(description="Whether the member bears it, or does not, as was asked.")
    error: UserError | None = strawberry.field(description="Why not.")


@strawberry.type
class TagPayload(Payload):
    tag: Tag | None = changed("The tag.")


@strawberry.type
class TagGroupPayload(Payload):
    group: TagGroup | None = changed("The group.")


@strawberry.type
class TaggingPayload(TagPayload):
    results: list[TagResult] | None = changed("What came of each member, in the order given, without doubles.")


@strawberry.type(description="A group of tags that was made.")
class MakeTagGroupPayload(TagGroupPayload):
    pass


@strawberry.type(description="A group of tags that was changed.")
class ChangeTagGroupPayload(TagGroupPayload):
    pass


@strawberry.type(description="A tag that was made.")
class MakeTagPayload(TagPayload):
    pass


@strawberry.type(description="A tag that was changed.")
class ChangeTagPayload(TagPayload):
    pass


@strawberry.type(description="A tag that was put on members.")
class PutTagOnPayload(TaggingPayload):
    pass


@strawberry.type(description="A tag that was taken off members.")
class TakeTagOffPayload(TaggingPayload):
    pass
