"""Who sees what of referrals: staff with the right, those of members in their scope."""

from typing import TYPE_CHECKING

from auth.caller import CallerKind
from auth.scope import members_in_scope
from engine.relation import NO_ROW, Condition
from models.staff.right import StaffRight

if TYPE_CHECKING:
    from auth.context import Context


def read_by_staff(context: "Context", column: str = "member_id") -> Condition:
    """Rows about members in the scope of staff who may read the spread."""
    caller = context.caller
    may = caller.kind is CallerKind.STAFF and caller.may(StaffRight.SPREAD_READ)
    return members_in_scope(context, column) if may else NO_ROW
