"""Who sees what of camps: members those that are theirs to join or were joined, staff what their right and scope allow.

Staff of a part see the camps of their groups and those of the whole brand, and of the rows about members those in their
scope.
"""

from typing import TYPE_CHECKING

from auth.caller import CallerKind
from auth.scope import groups_in_scope, is_whole_brand, members_in_scope
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.learning.camp_progress import RANKED
from models.staff.right import StaffRight

if TYPE_CHECKING:
    from auth.context import Context

_RANKED = ", ".join(f"'{state}'" for state in RANKED)
_MINE = "EXISTS (SELECT 1 FROM camp_place v WHERE v.camp_id = {camp} AND v.member_id = ?"
_OPEN_TO = (
    "({row}.circle_id IS NULL AND {row}.group_id IS NULL OR EXISTS (SELECT 1 FROM membership s "
    "JOIN chat_group g ON g.id = s.group_id WHERE s.member_id = ? "
    "AND (g.id = {row}.group_id OR g.circle_id = {row}.circle_id)))"
)


def camps_seen(context: "Context") -> Condition:
    """Camps: for members published ones of the brand and of their groups and circles, and those they signed up for."""
    if context.caller.kind is CallerKind.MEMBER:
        mine = _MINE.replace("{camp}", "{row}.id")
        return Condition(
            f"({{row}}.status <> 'draft' AND ({_OPEN_TO} OR {mine})))", (context.caller.id, context.caller.id)
        )
    if not context.caller.may(StaffRight.COURSES_READ):
        return NO_ROW
    if is_whole_brand(context):
        return EVERY_ROW
    of_groups = groups_in_scope(context, "group_id")
    return Condition(f"({{row}}.group_id IS NULL OR {of_groups.sql})", of_groups.values)


def tasks_seen(context: "Context") -> Condition:
    """Tasks of the camps that are seen: for members those that are unlocked."""
    if context.caller.kind is CallerKind.MEMBER:
        camps = camps_seen(context)
        of_them = f"EXISTS (SELECT 1 FROM camp k WHERE k.id = {{row}}.camp_id AND {camps.sql.replace('{row}', 'k')})"  # noqa: S608 - own text, values are bound
        return Condition(f"{{row}}.opens_at <= ? AND {of_them}", (context.at, *camps.values))
    return EVERY_ROW if context.caller.may(StaffRight.COURSES_READ) else NO_ROW


def places_seen(context: "Context") -> Condition:
    """Places: one's own, and those of all who take part in a camp with the caller."""
    if context.caller.kind is CallerKind.MEMBER:
        together = f"{_MINE.replace('{camp}', '{row}.camp_id')} AND v.state IN ({_RANKED}))"
        sql = f"({{row}}.member_id = ? OR {{row}}.state IN ({_RANKED}) AND {together})"
        return Condition(sql, (context.caller.id, context.caller.id))
    return own(context)


def posts_seen(context: "Context") -> Condition:
    """Posts: one's own, and those that stand in a camp that the caller takes part in."""
    if context.caller.kind is CallerKind.MEMBER:
        together = f"{_MINE.replace('{camp}', '{row}.camp_id')} AND v.state IN ({_RANKED}))"
        sql = f"({{row}}.member_id = ? OR {{row}}.voided_at IS NULL AND {together})"
        return Condition(sql, (context.caller.id, context.caller.id))
    return own(context)


def own(context: "Context") -> Condition:
    """Rows about a member: its own; for staff those of the members in their scope."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition("{row}.member_id = ?", (context.caller.id,))
    return members_in_scope(context, "member_id") if context.caller.may(StaffRight.COURSES_READ) else NO_ROW
