"""Which camps a colleague may change: those of the groups in its scope; others need the whole brand."""

from uuid import UUID

from auth.context import Context
from auth.permissions import IsMemberOr, StaffCan
from auth.scope import demand_group, demand_whole_brand
from models.learning.camp import Camp as CampRecord
from models.staff.right import StaffRight

READING = IsMemberOr(StaffRight.COURSES_READ)
STAFF_READING = StaffCan(StaffRight.COURSES_READ)
WRITING = StaffCan(StaffRight.COURSES_WRITE)


async def demand_camp(context: Context, camp_id: UUID, *, field: str = "campId") -> None:
    """Raise `NotFound` for a camp that is absent or not the caller's to change."""
    camp = await CampRecord.existing(camp_id, field=field)
    await demand_place(context, camp.group_id, field=field)


async def demand_place(context: Context, group_id: UUID | None, *, field: str = "groupId") -> None:
    """Raise `NotFound` for the camps of a group out of scope; for those of more than one it takes the whole brand."""
    if group_id:
        await demand_group(context, group_id, field=field)
    else:
        demand_whole_brand(context)
