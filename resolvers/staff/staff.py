"""Staff: logging in, and managing colleagues and roles."""

import strawberry
from strawberry import Info

from auth.context import Context
from auth.permissions import Anyone, Can, IsStaff
from auth.token import caller_of
from engine.declare import Connection, mirrored
from models.staff.colleague import Colleague
from models.staff.right import StaffRight
from models.staff.role import StaffRole as StaffRoleRecord
from models.staff.staff import Staff as StaffRecord
from schema.ids import id_of, optional_id_of
from schema.payload import listed, mutation, query
from schema.staff.staff import (
    ChangeStaffPasswordInput,
    ChangeStaffPasswordPayload,
    CreateStaffInput,
    CreateStaffPayload,
    CreateStaffRoleInput,
    CreateStaffRolePayload,
    Staff,
    StaffLoginInput,
    StaffLoginPayload,
    StaffRole,
    UpdateStaffInput,
    UpdateStaffPayload,
    UpdateStaffRoleInput,
    UpdateStaffRolePayload,
)


@strawberry.type
class StaffQueries:
    @query(allow=IsStaff(), description="The calling staff member.")
    async def staff_viewer(self, info: Info) -> Staff:
        found: Staff = await info.context.loads.by_id(StaffRecord, info.context.staff_id)
        return found

    staff: Connection[Staff] = listed(
        StaffRecord,
        order=("created_at", "id"),
        allow=Can(StaffRight.STAFF_READ),
        description="All staff, in the order they came.",
    )

    staff_roles: Connection[StaffRole] = listed(
        StaffRoleRecord,
        order=("name", "id"),
        allow=Can(StaffRight.STAFF_READ),
        description="All roles of staff, by name.",
    )


@strawberry.type
class StaffMutations:
    @mutation(allow=Anyone(), description="Log a staff member in by name and password.")
    async def staff_login(self, info: Info, input: StaffLoginInput) -> StaffLoginPayload:
        context = info.context
        staff, tokens = await StaffRecord.log_in(
            name=input.name, password=input.password, address=context.address, at=context.at
        )
        # What was asked of the payload is read as the one who has just come in.
        context.caller = await caller_of(tokens.access, at=context.at)
        return StaffLoginPayload.of(staff, tokens)

    @mutation(allow=IsStaff(), description="Change one's own password, which logs one out everywhere.")
    async def change_staff_password(self, info: Info, input: ChangeStaffPasswordInput) -> ChangeStaffPasswordPayload:
        context = info.context
        staff = await StaffRecord.change_own_password(
            context.staff_id, old=input.old_password, new=input.new_password, at=context.at
        )
        return ChangeStaffPasswordPayload(staff=mirrored(staff))

    @mutation(allow=Can(StaffRight.STAFF_WRITE), description="Take a colleague in.")
    async def create_staff(self, info: Info, input: CreateStaffInput) -> CreateStaffPayload:
        staff = await StaffRecord.born(
            name=input.name,
            display_name=input.display_name,
            password=input.password,
            role=await StaffRoleRecord.existing(id_of("StaffRole", input.role_id, field="roleId"), field="roleId"),
            scope=input.scope,
            region=input.region,
            by=colleague(info.context),
            at=info.context.at,
        )
        return CreateStaffPayload(staff=mirrored(staff))

    @mutation(allow=Can(StaffRight.STAFF_WRITE), description="Change a colleague, log it out or reset its password.")
    async def update_staff(self, info: Info, input: UpdateStaffInput) -> UpdateStaffPayload:
        staff = await StaffRecord.change(
            id_of("Staff", input.staff_id, field="staffId"),
            role_id=optional_id_of("StaffRole", input.role_id, field="roleId"),
            scope=input.scope,
            region=input.region,
            is_active=input.is_active,
            password=input.password,
            reason=input.reason,
            by=colleague(info.context),
            at=info.context.at,
        )
        return UpdateStaffPayload(staff=mirrored(staff))

    @mutation(allow=Can(StaffRight.STAFF_WRITE), description="Make a role of rights that one holds oneself.")
    async def create_staff_role(self, info: Info, input: CreateStaffRoleInput) -> CreateStaffRolePayload:
        role = await StaffRoleRecord.define(
            name=input.name,
            title=input.title,
            permissions=input.permissions,
            by=colleague(info.context),
            at=info.context.at,
        )
        return CreateStaffRolePayload(role=mirrored(role))

    @mutation(allow=Can(StaffRight.STAFF_WRITE), description="Give a role other rights.")
    async def update_staff_role(self, info: Info, input: UpdateStaffRoleInput) -> UpdateStaffRolePayload:
        role = await StaffRoleRecord.change(
            id_of("StaffRole", input.role_id, field="roleId"),
            permissions=input.permissions,
            by=colleague(info.context),
            at=info.context.at,
        )
        return UpdateStaffRolePayload(role=mirrored(role))


def colleague(context: Context) -> Colleague:
    """The calling staff member as one who changes another."""
    return Colleague(context.staff_id, context.caller.permissions, context.caller.scope)
