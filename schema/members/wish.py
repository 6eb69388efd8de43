"""Wishes in the contract: what members expect and suggest."""

from datetime import datetime
from typing import TYPE_CHECKING

import strawberry

from auth.scope import own_or_in_scope
from engine.declare import Node, one, record_type
from engine.relation import Condition
from models.members.member import Member as MemberRecord
from models.members.wish import Wish as WishRecord
from models.members.wish import WishKind
from models.staff.right import StaffRight
from schema.enums import publish
from schema.members.member import Member
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context

publish(WishKind, "What a wish is.", expectation="Something hoped for.", suggestion="Something proposed.")


def _own(context: "Context") -> Condition:
    """A member sees its own; whoever reads members those of the members in scope."""
    return own_or_in_scope(context, StaffRight.MEMBERS_READ)


@record_type(WishRecord, description="What a member expects of the community, or suggests.", visible=_own)
class Wish(Node):
    member: Member = one(MemberRecord, "member_id", description="Whose wish it is.")
    kind: WishKind = strawberry.field(description="Hoped for or proposed.")
    text: str = strawberry.field(description="In the member's words.")
    shared_at: datetime = strawberry.field(description="When it was shared.")


@strawberry.input(description="An expectation or a suggestion.")
class ShareWishInput:
    kind: WishKind = strawberry.field(description="Hoped for or proposed.")
    text: str = strawberry.field(description="1 to 500 characters.")


@strawberry.type(description="What came of sharing a wish.")
class ShareWishPayload(Payload):
    wish: Wish | None = changed("The wish.")
