"""Who sees what of squads: members the challenges that are theirs to take part in, and the squads in them.

Leaders of a group also see the places of its members, whichever challenge these are in. Staff of a part see the
challenges of their groups and those of the whole brand, and of the rows about members those in their scope.
"""

from typing import TYPE_CHECKING

from auth.caller import CallerKind
from auth.scope import groups_in_scope, is_whole_brand, own_or_in_scope
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.groups.role import RIGHTS, Right
from models.staff.right import StaffRight

if TYPE_CHECKING:
    from auth.context import Context

LEADING = tuple(role for role, rights in RIGHTS.items() if Right.ANNOUNCE in rights)
"""The roles that watch over the members of their group."""

_ROLES = ", ".join(f"'{role}'" for role in LEADING)
_TAKES_PART = (
    "EXISTS (SELECT 1 FROM squad_place v WHERE v.challenge_id = {row}.challenge_id AND v.member_id = ? "
    "AND v.state NOT IN ('waiting', 'left'))"
)
_OPEN_TO = (
    "({row}.circle_id IS NULL AND {row}.group_id IS NULL OR EXISTS (SELECT 1 FROM membership s "
    "JOIN chat_group g ON g.id = s.group_id WHERE s.member_id = ? "
    "AND (g.id = {row}.group_id OR g.circle_id = {row}.circle_id)))"
)
_MINE = "EXISTS (SELECT 1 FROM squad_place v WHERE v.challenge_id = {row}.id AND v.member_id = ?)"
_LED = (
    "EXISTS (SELECT 1 FROM membership a JOIN membership b ON b.group_id = a.group_id "  # noqa: S608 - own text
    f"WHERE a.member_id = ? AND a.role IN ({_ROLES}) AND b.member_id = {{row}}.member_id)"
)


def challenges_seen(context: "Context") -> Condition:
    """Challenges: for members published ones of the brand, of their groups and circles, and those they took part in."""
    if context.caller.kind is CallerKind.MEMBER:
        sql = f"({{row}}.status <> 'draft' AND ({_OPEN_TO} OR {_MINE}))"
        return Condition(sql, (context.caller.id, context.caller.id))
    if not context.caller.may(StaffRight.CHECKINS_READ):
        return NO_ROW
    if is_whole_brand(context):
        return EVERY_ROW
    of_groups = groups_in_scope(context, "group_id")
    return Condition(f"({{row}}.group_id IS NULL OR {of_groups.sql})", of_groups.values)


def squads_seen(context: "Context") -> Condition:
    """Squads: for members those of challenges they take part in; for staff those whose captain is in their scope."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition(_TAKES_PART, (context.caller.id,))
    return own_or_in_scope(context, StaffRight.CHECKINS_READ, "captain_id")


def places_seen(context: "Context") -> Condition:
    """Places: one's own, those of the squads of a challenge one takes part in, and those of a group one leads."""
    if context.caller.kind is CallerKind.MEMBER:
        sql = f"({{row}}.member_id = ? OR {{row}}.state NOT IN ('waiting', 'left') AND ({_TAKES_PART} OR {_LED}))"
        return Condition(sql, (context.caller.id,) * 3)
    return own(context)


def days_seen(context: "Context") -> Condition:
    """Days of squads: with the squad."""
    return _with("squad", "squad_id", squads_seen(context))


def marks_seen(context: "Context") -> Condition:
    """Days of members: with the place."""
    return _with("squad_place", "place_id", places_seen(context))


def _with(table: str, column: str, seen: Condition) -> Condition:
    if seen in (EVERY_ROW, NO_ROW):
        return seen
    sql = seen.sql.replace("{row}", "whole")
    return Condition(f"EXISTS (SELECT 1 FROM {table} whole WHERE whole.id = {{row}}.{column} AND {sql})", seen.values)  # noqa: S608 - own text, values are bound


def own(context: "Context") -> Condition:
    """Rows about a member: its own; for staff those of the members in their scope."""
    return own_or_in_scope(context, StaffRight.CHECKINS_READ)
