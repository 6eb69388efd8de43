"""Who sees what of forwarding tasks: members those that were published and their own part, staff by their rights."""

from typing import TYPE_CHECKING

from auth.caller import CallerKind
from auth.scope import members_in_scope, own_or_in_scope
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.staff.right import StaffRight

if TYPE_CHECKING:
    from auth.context import Context


def published(context: "Context") -> Condition:
    """Rows of tasks."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("{row}.state <> 'draft'")
    return EVERY_ROW if reads(context) else NO_ROW


def own(context: "Context") -> Condition:
    """Rows about a member: its own; for staff those of the members in their scope."""
    if context.caller.kind is not CallerKind.MEMBER and context.caller.may(StaffRight.SPREAD_REVIEW):
        return own_or_in_scope(context, StaffRight.SPREAD_REVIEW)
    return own_or_in_scope(context, StaffRight.SPREAD_READ)


def for_reviewers(context: "Context") -> Condition:
    """Rows about the claim in `claim_id`, for staff who see its member."""
    if context.caller.kind is not CallerKind.STAFF or not reads(context):
        return NO_ROW
    scope = members_in_scope(context, "member_id")
    if scope in (EVERY_ROW, NO_ROW):
        return scope
    return Condition(
        "EXISTS (SELECT 1 FROM forward_claim fc WHERE fc.id = {row}.claim_id AND "  # noqa: S608 - own text, values are bound
        f"{scope.sql.replace('{row}', 'fc')})",
        scope.values,
    )


def staff_only(context: "Context") -> Condition:
    """Rows that tell how staff decided about a task."""
    return EVERY_ROW if context.caller.kind is CallerKind.STAFF and reads(context) else NO_ROW


def reads(context: "Context") -> bool:
    return context.caller.may(StaffRight.SPREAD_READ) or context.caller.may(StaffRight.SPREAD_REVIEW)
