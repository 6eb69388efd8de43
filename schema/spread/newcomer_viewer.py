"""What a member sees of its own first days, and what it was told."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from engine.declare import Connection, Node, batch, connection, one, record_type
from engine.relation import Condition
from models.members.member import Member as MemberRecord
from models.spread.mention_opt_out import MentionOptOut
from models.spread.newcomer import Newcomer as NewcomerRecord
from models.spread.newcomer_notice import NewcomerNotice as NewcomerNoticeRecord
from models.spread.newcomer_notice import NewcomerNoticeKind
from schema.enums import publish
from schema.members.member import Member
from schema.spread.newcomer import Newcomer
from schema.spread.newcomer_sight import own_notices

if TYPE_CHECKING:
    from auth.context import Context

publish(
    NewcomerNoticeKind,
    "What a member is told about newcomers.",
    nudged="The group would like to hear from it.",
    replied="Somebody replied to its introduction.",
    mentioned="Somebody mentioned it to a newcomer.",
)
PRESENT = Condition("{row}.left_at IS NULL")


async def suggested(members: Sequence[MemberRecord], context: "Context") -> list[bool]:
    """Whether members may be suggested, in their order."""
    ids = [one.id for one in members]
    found = set(await MentionOptOut.filter(member_id__in=ids).values_list("member_id", flat=True))
    return [one not in found for one in ids]


@record_type(NewcomerNoticeRecord, description="What a member was told about a newcomer.", visible=own_notices)
class NewcomerNotice(Node):
    kind: NewcomerNoticeKind = strawberry.field(description="What it was told.")
    newcomer: Newcomer | None = one(
        NewcomerRecord, "newcomer_id", description="The newcomer, if the caller may see it."
    )
    sender: Member | None = one(MemberRecord, "sender_id", description="Whose act it was; absent for staff.")
    created_at: datetime = strawberry.field(description="When.")


@strawberry.type
class NewcomersViewer:
    newcomer_paths: Connection[Newcomer] = connection(
        NewcomerRecord,
        "member_id",
        order=("-joined_at", "-id"),
        where=PRESENT,
        description="The caller's first days in each of its groups, the latest joined first.",
    )
    newcomer_notices: Connection[NewcomerNotice] = connection(
        NewcomerNoticeRecord,
        "member_id",
        order=("-created_at", "-id"),
        description="What the caller was told about newcomers, itself among them, newest first.",
    )
    is_suggested_for_mentions: bool = batch(
        suggested, needs=("id",), description="Whether the caller may be suggested to be mentioned to newcomers."
    )
