"""Who sees the rows of a group: its members, those of them with a right, and staff within their scope."""

from typing import TYPE_CHECKING

from auth.caller import CallerKind
from auth.scope import groups_in_scope
from engine.relation import NO_ROW, Condition
from models.groups.role import RIGHTS, Right
from models.staff.right import StaffRight

if TYPE_CHECKING:
    from auth.context import Context

_OF_GROUP = "EXISTS (SELECT 1 FROM membership v WHERE v.group_id = {row}.group_id AND v.member_id = ?"


def to_members(context: "Context") -> Condition:
    """Rows of the groups that the caller belongs to."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition(f"{_OF_GROUP})", (context.caller.id,))
    return to_staff(context)


def to_holders(context: "Context", right: Right, *, own: str) -> Condition:
    """Rows of the groups where the caller has the right, and the caller's own rows, whose owner is in column `own`."""
    if context.caller.kind is CallerKind.MEMBER:
        roles = ", ".join(f"'{role}'" for role, rights in RIGHTS.items() if right in rights)
        sql = f"{{row}}.{own} = ? OR {_OF_GROUP} AND v.role IN ({roles}))"
        return Condition(sql, (context.caller.id, context.caller.id))
    return to_staff(context)


def to_staff(context: "Context") -> Condition:
    """Rows of the groups in a staff member's scope."""
    if context.caller.kind is CallerKind.STAFF and context.caller.may(StaffRight.GROUPS_READ):
        return groups_in_scope(context, "group_id")
    return NO_ROW
