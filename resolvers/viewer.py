"""The caller's root, and any record by its id."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import IsKnown, IsMember
from engine.declare import Node, find_node
from models.members.member import Member as MemberRecord
from schema.payload import query
from schema.viewer import Viewer

NodeId = Annotated[strawberry.ID, strawberry.argument(description="An id that an earlier answer gave.")]


@strawberry.type
class ViewerQueries:
    @query(allow=IsMember(), description="The calling member.")
    async def viewer(self, info: Info) -> Viewer:
        found: Viewer = await info.context.loads.by_id(MemberRecord, info.context.member_id)
        return found

    @query(allow=IsKnown(), description="Anything by its id; nothing where it is absent or not for the caller to see.")
    async def node(self, info: Info, id: NodeId) -> Node | None:
        found: Node | None = await find_node(info, id)
        return found
