"""The caller's own root: everything a member sees of itself, area by area."""

from typing import Any

import strawberry

from engine.declare import computed, identity, mirrored
from schema.checkins.viewer import CheckInViewer
from schema.groups.viewer import GroupsViewer
from schema.members.member import Member
from schema.members.viewer import MembersViewer
from schema.points.viewer import PointsViewer


@strawberry.type(description="The calling member, and what only it may see of itself.")
class Viewer(MembersViewer, GroupsViewer, CheckInViewer, PointsViewer):
    id: strawberry.ID = identity(description="An opaque id for the client's cache.")

    @computed(description="The caller as others see it.")
    def member(self: Any) -> Member:
        viewer: Member = mirrored(self)
        return viewer
