"""The void of a check-in in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

import strawberry

from auth.scope import members_in_scope
from engine.declare import Node, computed, mirrored, one, record_type
from engine.relation import NO_ROW, Condition
from models.checkins.check_in import CheckIn as CheckInRecord
from models.checkins.void import CheckInVoid as CheckInVoidRecord
from models.staff.right import StaffRight
from schema.checkins.check_in import CheckIn
from schema.payload import Payload, changed
from schema.points.entry import PointEntry

if TYPE_CHECKING:
    from auth.context import Context


def _seen_by_staff(context: "Context") -> Condition:
    """Staff see the voids of the members in their scope."""
    if not context.caller.may(StaffRight.CHECKINS_READ):
        return NO_ROW
    inner = members_in_scope(context, "member_id")
    sql = inner.sql.replace("{row}", "c")
    return Condition(f"EXISTS (SELECT 1 FROM check_in c WHERE c.id = {{row}}.check_in_id AND {sql})", inner.values)  # noqa: S608 - own text, values are bound


@record_type(CheckInVoidRecord, description="That staff took a check-in back, and why.", visible=_seen_by_staff)
class CheckInVoid(Node):
    check_in: CheckIn = one(CheckInRecord, "check_in_id", description="What was taken back.")
    reason: str = strawberry.field(description="Why.")
    created_at: datetime = strawberry.field(description="When.")

    @computed(description="Every line that was taken back with it: base, bonuses and what they had led to.")
    async def reversals(self: Any) -> list[PointEntry]:
        found: list[PointEntry] = mirrored(await self.reversals())
        return found


@strawberry.input(description="A check-in to take back.")
class VoidCheckInInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never acts twice.")
    check_in_id: strawberry.ID = strawberry.field(description="The check-in.")
    reason: str = strawberry.field(description="Why, for the member and the audit.")


@strawberry.type(description="A check-in that was taken back, with the chain of what unwound.")
class VoidCheckInPayload(Payload):
    void: CheckInVoid | None = changed("The void.")
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")
