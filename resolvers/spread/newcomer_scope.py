"""Whose newcomers a caller may ask about: those of a group that it looks after; for staff those in its scope."""

from uuid import UUID

from auth.caller import CallerKind
from auth.context import Context
from auth.permissions import IsMemberOr
from auth.scope import demand_group
from engine.relation import Condition, all_of
from models.actor import Actor
from models.errors import Invalid
from models.groups.role import Right, authorize
from models.members.condition_sql import Clause
from models.staff.right import StaffRight
from schema.ids import optional_id_of
from schema.spread.newcomer_sight import newcomers_seen

READING = IsMemberOr(StaffRight.GROUPS_READ)
ACTING = IsMemberOr(StaffRight.GROUPS_WRITE)


async def newcomers_asked(context: Context, group: str | None, circle: str | None) -> Condition:
    """Newcomers of a group, of a circle's groups, or of all; a member names a group that it looks after.

    Raises `NotFound`, `NotAllowed`, and `Invalid` for a member who names no group.
    """
    group_id = optional_id_of("Group", group, field="groupId")
    circle_id = optional_id_of("Circle", circle, field="circleId")
    if context.caller.kind is CallerKind.MEMBER:
        if group_id is None:
            raise Invalid("groupId", zh="请指定社群", en="name a group")
        await authorize(Actor.member(context.member_id), group_id, Right.WELCOME)
    elif group_id is not None:
        await demand_group(context, group_id)
    return all_of(_of(group_id, circle_id))


async def clause_asked(context: Context, group: str | None, circle: str | None) -> Clause:
    """The same with what the caller may see, for what counts them."""
    found = all_of([newcomers_seen(context), await newcomers_asked(context, group, circle)])
    return Clause(found.sql, found.values)


def _of(group_id: UUID | None, circle_id: UUID | None) -> list[Condition]:
    found = [Condition("{row}.group_id = ?", (group_id,))] if group_id else []
    if circle_id:
        sql = "{row}.group_id IN (SELECT c.id FROM chat_group c WHERE c.circle_id = ?)"
        found.append(Condition(sql, (circle_id,)))
    return found
