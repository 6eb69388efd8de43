"""Arrivals in the contract: by which codes members came, for staff."""

from datetime import datetime

import strawberry

from engine.declare import Node, one, record_type
from models.members.member import Member as MemberRecord
from models.spread.arrival import Arrival as ArrivalRecord
from models.spread.scene_code import SceneCode as SceneCodeRecord
from schema.members.member import Member
from schema.spread.referral_sight import read_by_staff
from schema.spread.scene_code import SceneCode


@record_type(ArrivalRecord, description="By which codes somebody came who became a member.", visible=read_by_staff)
class Arrival(Node):
    member: Member = one(MemberRecord, "member_id", description="Who came.")
    first_code: SceneCode | None = one(SceneCodeRecord, "first_code_id", description="The code of its first touch.")
    first_at: datetime = strawberry.field(description="When it first came, within the window before it registered.")
    last_code: SceneCode | None = one(SceneCodeRecord, "last_code_id", description="The code of its last touch.")
    last_at: datetime = strawberry.field(description="When it last came before it registered.")
    registered_at: datetime = strawberry.field(description="When it registered.")
