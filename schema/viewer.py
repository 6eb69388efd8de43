"""The caller's own root: everything a member sees of itself, area by area."""

import strawberry

from engine.declare import identity, itself
from schema.checkins.squad_viewer import SquadsViewer
from schema.checkins.viewer import CheckInViewer
from schema.groups.viewer import GroupsViewer
from schema.learning.camp_viewer import CampsViewer
from schema.learning.classroom_viewer import ClassroomViewer
from schema.learning.quiz_viewer import QuizzesViewer
from schema.learning.viewer import CoursesViewer
from schema.mall.viewer import MallViewer
from schema.members.member import Member
from schema.members.viewer import MembersViewer
from schema.play.draw_viewer import DrawsViewer
from schema.play.red_packet_viewer import RedPacketViewer
from schema.points.viewer import PointsViewer
from schema.spread.forward_viewer import ForwardingViewer
from schema.spread.newcomer_viewer import NewcomersViewer
from schema.spread.viewer import SpreadViewer


@strawberry.type(description="The calling member, and what only it may see of itself.")
class Viewer(
    MembersViewer,
    GroupsViewer,
    CheckInViewer,
    SquadsViewer,
    PointsViewer,
    MallViewer,
    RedPacketViewer,
    DrawsViewer,
    CampsViewer,
    CoursesViewer,
    ClassroomViewer,
    QuizzesViewer,
    SpreadViewer,
    ForwardingViewer,
    NewcomersViewer,
):
    id: strawberry.ID = identity(description="An opaque id for the client's cache.")

    member: Member = itself(description="The caller as others see it.")
