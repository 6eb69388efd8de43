"""Who sees what of draws: members those that were published, staff with the right also drafts."""

from typing import TYPE_CHECKING

from auth.caller import CallerKind
from auth.scope import own_or_in_scope
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.staff.right import StaffRight

if TYPE_CHECKING:
    from auth.context import Context


def published(context: "Context") -> Condition:
    """Rows of draws."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("{row}.state <> 'draft'")
    return EVERY_ROW if context.caller.may(StaffRight.DRAWS_READ) else NO_ROW


def of_published(context: "Context") -> Condition:
    """Rows of a published draw, which name it in `draw_id`."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("EXISTS (SELECT 1 FROM draw d WHERE d.id = {row}.draw_id AND d.state <> 'draft')")
    return EVERY_ROW if context.caller.may(StaffRight.DRAWS_READ) else NO_ROW


def own(context: "Context") -> Condition:
    """Rows about a member: its own; for staff those of the members in their scope."""
    return own_or_in_scope(context, StaffRight.DRAWS_READ)
