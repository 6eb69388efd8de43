"""A member as staff see it: its archive and what became of it."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from auth.scope import members_in_scope
from engine.declare import Connection, Node, batch, connection, identity, itself, one_by, record_type
from engine.relation import NO_ROW, Condition, all_of
from models.members.ladder import LadderChange as LadderChangeRecord
from models.members.ladder import MemberLadder as MemberLadderRecord
from models.members.member import MemberStatus
from models.members.status_change import MemberStatusChange as MemberStatusChangeRecord
from models.members.wish import Wish as WishRecord
from models.points.level_change import LevelChange as LevelChangeRecord
from schema.actor import ActorKind
from schema.members.archive import ArchiveFields
from schema.members.ladder import LadderChange, LadderStanding
from schema.members.member import Member
from schema.members.wish import Wish
from schema.payload import Payload, changed
from schema.points.level import LevelChange, LevelStanding, level_standings

if TYPE_CHECKING:
    from auth.context import Context

SEARCH_MOST = 40


def _in_scope(context: "Context") -> Condition:
    return members_in_scope(context, "member_id") if context.caller.may("members.read") else NO_ROW


@record_type(
    MemberStatusChangeRecord, description="A change of a member's status, with who made it and why.", visible=_in_scope
)
class MemberStatusChange(Node):
    status_before: MemberStatus = strawberry.field(description="The status before.")
    status: MemberStatus = strawberry.field(description="The status after.")
    until: datetime | None = strawberry.field(description="When a mute ends by itself.")
    reason: str | None = strawberry.field(description="Why, as staff wrote it.")
    by_kind: ActorKind = strawberry.field(description="Who changed it.")
    changed_at: datetime = strawberry.field(description="When it was changed.")


@strawberry.type(description="A member's file, for staff who may read members.")
class MemberFile(ArchiveFields):
    id: strawberry.ID = identity(
        description="An opaque id for the client's cache; acts on the member take the id of `member`."
    )
    last_active_at: datetime | None = strawberry.field(description="When the member last did something.")
    is_returning: bool = strawberry.field(description="Whether it closed an account before.")
    status_changes: Connection[MemberStatusChange] = connection(
        MemberStatusChangeRecord,
        "member_id",
        order=("-changed_at", "-id"),
        description="What became of its status, newest first.",
    )
    wishes: Connection[Wish] = connection(
        WishRecord, "member_id", order=("-shared_at", "-id"), description="What it expects and suggests, newest first."
    )

    ladder: LadderStanding | None = one_by(
        MemberLadderRecord, "member_id", description="Its step on the ladder, once it was moved; a prospect before."
    )
    ladder_changes: Connection[LadderChange] = connection(
        LadderChangeRecord,
        "member_id",
        order=("-changed_at", "-id"),
        description="Its moves on it, newest first.",
    )
    level: LevelStanding = batch(
        level_standings, needs=("id",), description="Its level, what is missing to the next, and what keeps it."
    )
    level_changes: Connection[LevelChange] = connection(
        LevelChangeRecord,
        "member_id",
        order=("-changed_at", "-id"),
        description="How it came to its levels, newest first; for staff who may read points.",
    )

    member: Member = itself(description="The member as others see it.")


def found_by(search: str | None, status: MemberStatus | None, phone_hash: str | None) -> Condition:
    """Members by a piece of a name or of an introduction or by a whole phone, and by status."""
    conditions = []
    if status is not None:
        conditions.append(Condition("{row}.status = ?", (status.value,)))
    if phone_hash is not None:
        of_phone = "SELECT i.member_id FROM identity i WHERE i.kind = 'phone' AND i.value_hash = ?"
        conditions.append(Condition(f"{{row}}.id IN ({of_phone})", (phone_hash,)))
    elif search:
        conditions.append(_text_search(search))
    return all_of(conditions)


def pattern(search: str) -> str:
    """The text anywhere, its own wildcards taken letter by letter; for LIKE with ESCAPE '!'."""
    return "%" + search.lower().replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"


def _text_search(search: str) -> Condition:
    lines = " OR ".join(f"lower(n.{line}) LIKE ? ESCAPE '!'" for line in ("name", "likes", "good_at", "hopes"))
    names = " OR ".join(f"lower({{row}}.{name}) LIKE ? ESCAPE '!'" for name in ("nickname", "real_name"))
    return Condition(
        f"{names} OR EXISTS (SELECT 1 FROM introduction n "  # noqa: S608 - own text, values are bound
        f"WHERE n.member_id = {{row}}.id AND n.is_latest AND ({lines}))",
        (pattern(search),) * 6,
    )


@strawberry.input(description="A member's new status.")
class ChangeMemberStatusInput:
    member_id: strawberry.ID = strawberry.field(description="Whose status.")
    status: MemberStatus = strawberry.field(description="The new status; erased is not staff's to give.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; kept in the audit.")
    until: datetime | None = strawberry.field(default=None, description="When a mute ends by itself.")


@strawberry.type(description="What came of changing a status.")
class ChangeMemberStatusPayload(Payload):
    file: MemberFile | None = changed("The member's file after it.")
    change: MemberStatusChange | None = changed("The change.")
