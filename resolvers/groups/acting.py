"""Who acts on a group: a member by its role there, or staff with the right and within their scope."""

from uuid import UUID

from auth.caller import CallerKind
from auth.context import Context
from auth.permissions import Permission, StaffCan
from auth.scope import demand_group
from models.actor import Actor
from models.staff.right import StaffRight

STAFF = StaffCan(StaffRight.GROUPS_WRITE)


class MemberOrStaff(Permission):
    """A member, whose role in the group its verb asks for, or staff who may change groups."""

    def allows(self, context: Context) -> bool:
        return context.caller.kind is CallerKind.MEMBER or STAFF.allows(context)


ANYBODY_WITH_A_SAY = MemberOrStaff()


async def acting(context: Context, group_id: UUID, *, field: str = "groupId") -> Actor:
    """The caller as the actor of a verb; raises `NotFound` for staff outside whose scope the group is."""
    if context.caller.kind is CallerKind.MEMBER:
        return Actor.member(context.member_id)
    await demand_group(context, group_id, field=field)
    return Actor.staff(context.staff_id)
