"""Who sees the rows of the mall: buyers the shelf and what is their own, staff what their right and scope allow."""

from typing import TYPE_CHECKING

from auth.caller import CallerKind
from auth.scope import own_or_in_scope
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.staff.right import StaffRight

if TYPE_CHECKING:
    from auth.context import Context

_ON_SHELF = (
    "g.status = 'on_shelf' AND (g.visible_from IS NULL OR g.visible_from <= ?) "
    "AND (g.visible_until IS NULL OR g.visible_until > ?)"
)


def goods_seen(context: "Context") -> Condition:
    """Goods: what is on the shelf now, or all of them for staff of the mall."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition(_ON_SHELF.replace("g.", "{row}."), (context.at, context.at))
    return EVERY_ROW if context.caller.may(StaffRight.MALL_READ) else NO_ROW


def skus_seen(context: "Context") -> Condition:
    """The variants that can be ordered of the goods that are seen."""
    if context.caller.kind is CallerKind.MEMBER:
        good = f"EXISTS (SELECT 1 FROM good g WHERE g.id = {{row}}.good_id AND {_ON_SHELF})"  # noqa: S608 - own text, values are bound
        return Condition(f"{{row}}.is_active AND {good}", (context.at, context.at))
    return goods_seen(context)


def own_or_orders(context: "Context") -> Condition:
    """Rows of `member_id`: a member's own, or those in the scope of staff who read orders."""
    return own_or_in_scope(context, StaffRight.ORDERS_READ)


def own_alone(context: "Context") -> Condition:
    """Rows of `member_id` that are nobody else's business."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("{row}.member_id = ?", (context.caller.id,))
    return NO_ROW
