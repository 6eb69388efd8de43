"""Staff, their roles and their logins in the contract."""

from datetime import datetime
from typing import TYPE_CHECKING, Self

import strawberry

from auth.caller import CallerKind
from engine.declare import Node, mirrored, one, record_type
from engine.relation import EVERY_ROW, NO_ROW, Condition
from models.members.session import Tokens
from models.staff.colleague import DataScope
from models.staff.right import StaffRight
from models.staff.role import StaffRole as StaffRoleRecord
from models.staff.staff import Staff as StaffRecord
from schema.enums import publish
from schema.payload import Payload, changed

if TYPE_CHECKING:
    from auth.context import Context

publish(
    DataScope,
    "Whose data a staff member may see and change.",
    all="Everybody's.",
    region="That of the groups of a region, and of their members.",
    own_groups="That of the groups it answers for, and of their members.",
)


def _staff(context: "Context") -> Condition:
    if context.caller.kind is not CallerKind.STAFF:
        return NO_ROW
    if context.caller.may(StaffRight.STAFF_READ):
        return EVERY_ROW
    return Condition("{row}.id = ?", (context.caller.id,))


def _roles(context: "Context") -> Condition:
    return EVERY_ROW if context.caller.kind is CallerKind.STAFF else NO_ROW


@record_type(StaffRoleRecord, description="A named list of rights that staff members share.", visible=_roles)
class StaffRole(Node):
    name: str = strawberry.field(description="Its name, unique.")
    title: str = strawberry.field(description="Its name as people read it.")
    permissions: list[str] = strawberry.field(description="Its rights, such as `points.grant`; `*` is every right.")
    is_built_in: bool = strawberry.field(description="Whether it came with the program and cannot be changed.")


@record_type(StaffRecord, description="Somebody who works for the brand.", visible=_staff)
class Staff(Node):
    name: str = strawberry.field(description="The name to log in with.")
    display_name: str = strawberry.field(description="The name as people read it.")
    role: StaffRole = one(StaffRoleRecord, "role_id", description="What it may do.")
    scope: DataScope = strawberry.field(description="Whose data it may touch.")
    region: str | None = strawberry.field(description="The region, where the scope is one.")
    is_active: bool = strawberry.field(description="Whether it may log in.")
    created_at: datetime = strawberry.field(description="When it was taken in.")
    last_login_at: datetime | None = strawberry.field(description="When it last logged in.")


@strawberry.input(description="A staff member's name and password.")
class StaffLoginInput:
    name: str = strawberry.field(description="The login name.")
    password: str = strawberry.field(description="The password.")


@strawberry.type(description="A staff member's tokens, or why there are none.")
class StaffLoginPayload(Payload):
    access_token: str | None = changed("The bearer token, good until `accessExpiresAt`.")
    access_expires_at: datetime | None = changed("When the bearer token ends.")
    refresh_token: str | None = changed("Trades once for new tokens.")
    staff: Staff | None = changed("Who logged in.")

    @classmethod
    def of(cls, staff: StaffRecord, tokens: Tokens) -> Self:
        return cls(
            access_token=tokens.access,
            access_expires_at=tokens.expires_at,
            refresh_token=tokens.refresh,
            staff=mirrored(staff),
        )


@strawberry.input(description="A new staff member.")
class CreateStaffInput:
    name: str = strawberry.field(description="The login name: 3 to 40 of a-z, 0-9, dot, underscore and hyphen.")
    display_name: str = strawberry.field(description="The name as people read it.")
    password: str = strawberry.field(description="The first password, 8 to 128 characters.")
    role_id: strawberry.ID = strawberry.field(description="What it may do; no more than the caller may.")
    scope: DataScope = strawberry.field(default=DataScope.ALL, description="Whose data it may touch.")
    region: str | None = strawberry.field(default=None, description="The region, where the scope is one.")


@strawberry.input(description="A change of a staff member; what is left out stays.")
class UpdateStaffInput:
    staff_id: strawberry.ID = strawberry.field(description="Whom to change; not oneself.")
    role_id: strawberry.ID | None = strawberry.field(default=None, description="Another role.")
    scope: DataScope | None = strawberry.field(default=None, description="Another scope.")
    region: str | None = strawberry.field(default=None, description="Another region.")
    is_active: bool | None = strawberry.field(default=None, description="False logs it out and keeps it out.")
    password: str | None = strawberry.field(default=None, description="A new password, which logs it out.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="A new password of one's own.")
class ChangeStaffPasswordInput:
    old_password: str = strawberry.field(description="The password until now.")
    new_password: str = strawberry.field(description="The password from now on, 8 to 128 characters.")


@strawberry.type(description="A staff member that was changed.")
class StaffPayload(Payload):
    staff: Staff | None = changed("The staff member.")


@strawberry.type(description="A new staff member.")
class CreateStaffPayload(StaffPayload):
    pass


@strawberry.type(description="A staff member after a change.")
class UpdateStaffPayload(StaffPayload):
    pass


@strawberry.type(description="The caller, logged out everywhere.")
class ChangeStaffPasswordPayload(StaffPayload):
    pass


@strawberry.input(description="A new role.")
class CreateStaffRoleInput:
    name: str = strawberry.field(description="Its name, unique.")
    title: str = strawberry.field(description="Its name as people read it.")
    permissions: list[str] = strawberry.field(description="Its rights; no more than the caller has.")


@strawberry.input(description="Other rights for a role.")
class UpdateStaffRoleInput:
    role_id: strawberry.ID = strawberry.field(description="The role; not a built-in one.")
    permissions: list[str] = strawberry.field(description="All its rights from now on.")


@strawberry.type(description="A new role.")
class CreateStaffRolePayload(Payload):
    role: StaffRole | None = changed("The role.")


@strawberry.type(description="A role after a change.")
class UpdateStaffRolePayload(Payload):
    role: StaffRole | None = changed("The role.")
