"""Data scope: whose data a staff member may touch, said in one place as conditions on rows.

A scope names groups: all of them, those of a region, or those the staff member answers for. A member is in scope by a
membership in such a group; where a member says it lives decides nothing, because anybody may say anything. The same
conditions stand in the `visible=` of types and before every act on a member or a group, so what is outside looks as if
it were not there.
"""

from collections.abc import Collection
from uuid import UUID

from auth.caller import Caller, CallerKind
from auth.context import Context
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.errors import NotFound
from models.staff.colleague import DataScope
from models.staff.right import StaffRight
from store.database import among, fetch
from store.ids import as_id


def groups_in_scope(context: Context, column: str = "id") -> Condition:
    """Rows whose `column` names a group in the staff caller's scope; a partner's key is not narrowed."""
    found = _group_rule(context.caller)
    if found in (EVERY_ROW, NO_ROW):
        return found
    return Condition(f"{{row}}.{column} IN (SELECT g.id FROM chat_group g WHERE {found.sql})", found.values)  # noqa: S608 - own text, values are bound


def members_in_scope(context: Context, column: str = "id") -> Condition:
    """Rows whose `column` names a member in the staff caller's scope; a partner's key is not narrowed."""
    found = _group_rule(context.caller)
    if found in (EVERY_ROW, NO_ROW):
        return found
    return Condition(
        "EXISTS (SELECT 1 FROM membership s JOIN chat_group g ON g.id = s.group_id "  # noqa: S608 - own text, values are bound
        f"WHERE s.member_id = {{row}}.{column} AND {found.sql})",
        found.values,
    )


def own_or_in_scope(context: Context, right: StaffRight, column: str = "member_id") -> Condition:
    """Rows whose `column` names a member: a member's own; for others with the right those of members in their scope."""
    if context.caller.kind is CallerKind.MEMBER:
        return Condition(f"{{row}}.{column} = ?", (context.caller.id,))
    return members_in_scope(context, column) if context.caller.may(right) else NO_ROW


async def in_scope(ids: Collection[UUID], scope: Condition, *, table: str = "member") -> set[UUID]:
    """Those of some rows of a table for which the condition of a scope holds, in one statement."""
    wanted = f'SELECT t.id FROM "{table}" t WHERE {among("t.id", 1, "uuid")} AND {scope.numbered("t", 2)}'  # noqa: S608 - own text, values are bound
    return {as_id(row["id"]) for row in await fetch(wanted, list(ids), *scope.values)}


async def demand_member(context: Context, member_id: UUID, *, field: str = "memberId") -> None:
    """Raise `NotFound` for a member who is absent or outside the staff caller's scope."""
    await _demand("member", members_in_scope(context), member_id, field)


async def members_seen(context: Context, member_ids: Collection[UUID]) -> set[UUID]:
    """Those of some members who are in the staff caller's scope."""
    return await in_scope(member_ids, members_in_scope(context))


async def rows_in_scope(context: Context, table: str, ids: Collection[UUID]) -> set[UUID]:
    """Which rows of a table with a column `member_id` are of members in the staff caller's scope."""
    return await in_scope(ids, members_in_scope(context, "member_id"), table=table)


async def demand_group(context: Context, group_id: UUID, *, field: str = "groupId") -> None:
    """Raise `NotFound` for a group that is absent or outside the staff caller's scope."""
    await _demand("chat_group", groups_in_scope(context), group_id, field)


async def demand_course(context: Context, course_id: UUID, *, field: str = "courseId") -> None:
    """Raise `NotFound` for a course that is absent or outside what the staff caller may change.

    Those who see a part only change the courses of their groups; those of circles and of the brand are not theirs.
    """
    await _demand("course", groups_in_scope(context, "group_id"), course_id, field)


async def demand_of_course(context: Context, table: str, id: UUID, *, field: str) -> None:
    """The same for a row of a table that names its course in `course_id`."""
    scope = groups_in_scope(context, "group_id")
    mine = f"EXISTS (SELECT 1 FROM course c WHERE c.id = {{row}}.course_id AND {scope.sql.replace('{row}', 'c')})"  # noqa: S608 - own text, values are bound
    await _demand(table, Condition(mine, scope.values), id, field)


def is_whole_brand(context: Context) -> bool:
    """Whether the caller sees all of the brand."""
    return _group_rule(context.caller) is EVERY_ROW


def demand_whole_brand(context: Context) -> None:
    """Raise `NotFound` for a caller who sees a part only, before an act that touches the whole brand."""
    if not is_whole_brand(context):
        raise NotFound()


def _group_rule(caller: Caller) -> Condition:
    """The rule on a group's row `g`."""
    if caller.kind is CallerKind.PARTNER or (caller.kind is CallerKind.STAFF and caller.scope is DataScope.ALL):
        return EVERY_ROW
    if caller.kind is not CallerKind.STAFF:
        return NO_ROW
    if caller.scope is DataScope.REGION:
        return Condition("g.region = ?", (caller.region,))
    return Condition("g.manager_staff_id = ?", (caller.id,))


async def _demand(table: str, condition: Condition, id: UUID, field: str) -> None:
    if not await in_scope([id], condition, table=table):
        raise NotFound(field=field)
