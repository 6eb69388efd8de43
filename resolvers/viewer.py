"""The caller's root, and any record by its id."""

import strawberry

from auth.permissions import IsKnown, IsMember
from engine.declare import Node
from models.members.member import Member as MemberRecord
from schema.payload import by_public_id, rooted
from schema.viewer import Viewer


@strawberry.type
class ViewerQueries:
    viewer: Viewer = rooted(
        MemberRecord, lambda context: context.member_id, allow=IsMember(), description="The calling member."
    )
    node: Node | None = by_public_id(
        allow=IsKnown(), description="Anything by its id; nothing where it is absent or not for the caller to see."
    )
