"""The ladder in the contract: the step a member stands on, and how it came there."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from auth.scope import members_in_scope
from engine.declare import Node, record_type
from engine.relation import NO_ROW, Condition
from models.members.ladder import LadderChange as LadderChangeRecord
from models.members.ladder import MemberLadder as MemberLadderRecord
from models.staff.right import StaffRight
from schema.actor import ActorKind
from schema.members.ladder_step import LadderStep
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context
    from schema.members.file import MemberFile

STEP = "COALESCE((SELECT ls.step FROM member_ladder ls WHERE ls.member_id = {row}.id), 'prospect')"


def _read_by_staff(context: "Context") -> Condition:
    return members_in_scope(context, "member_id") if context.caller.may(StaffRight.MEMBERS_READ) else NO_ROW


@record_type(MemberLadderRecord, description="Where a member stands on the ladder.", visible=_read_by_staff)
class LadderStanding(Node):
    step: LadderStep = strawberry.field(description="The step.")
    since: datetime = strawberry.field(description="Since when.")
    hold_until: datetime | None = strawberry.field(description="Until when no rule moves the member.")


@record_type(LadderChangeRecord, description="A move on the ladder, and why.", visible=_read_by_staff)
class LadderChange(Node):
    step_before: LadderStep = strawberry.field(description="The step before.")
    step: LadderStep = strawberry.field(description="The step after.")
    cause: str = strawberry.field(description="What led to it, such as `manual` or `purchase`.")
    evidence: list[str] | None = strawberry.field(description="What it was decided upon; gone once it was erased.")
    reason: str | None = strawberry.field(description="Why, as staff wrote it.")
    hold_until: datetime | None = strawberry.field(description="Until when no rule moves the member.")
    by_kind: ActorKind = strawberry.field(description="On whose word.")
    changed_at: datetime = strawberry.field(description="When.")


@strawberry.input(description="A member's new step on the ladder.")
class MoveOnLadderInput:
    member_id: strawberry.ID = strawberry.field(description="Who.")
    step: LadderStep = strawberry.field(description="The new step, above or below.")
    expected_step: LadderStep = strawberry.field(description="The step as it was read; refused where it has changed.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; kept in the audit.")
    evidence: list[str] = strawberry.field(
        default_factory=list, description="What it is decided upon: at most 10 texts of up to 200 characters."
    )
    hold_until: datetime | None = strawberry.field(default=None, description="Until when no rule moves the member.")


@strawberry.type(description="A member who was moved on the ladder.")
class MoveOnLadderPayload(Payload):
    file: Annotated["MemberFile", strawberry.lazy("schema.members.file")] | None = changed(
        "The member's file after it."
    )
    change: LadderChange | None = changed("The move.")
