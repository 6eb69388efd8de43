"""A staff role: a named list of rights that staff members share."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, bounded_text
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from models.staff.colleague import Colleague
from models.staff.right import BUILT_IN_ROLES, known_rights
from store.database import transaction, violates


class StaffRoleNameTaken(DomainError):
    code = "STAFF_ROLE_NAME_TAKEN"
    zh = "已有同名角色"
    en = "There is a role of this name."
    field = "name"


class BuiltInRole(DomainError):
    code = "BUILT_IN_ROLE"
    zh = "内置角色不能修改"
    en = "A built-in role cannot be changed."


class StaffRole(Record):
    name = fields.CharField(max_length=40)
    title = fields.CharField(max_length=40)
    permissions: list[str] = fields.JSONField(default=list)
    is_built_in = fields.BooleanField(default=False)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "staff_role"
        constraints = (UniqueConstraint(fields=("name",), name="staff_role_name_once"),)

    @classmethod
    async def plant_built_in(cls, *, at: datetime) -> None:
        """Bring the built-in roles to what this version of the program says; safe to call at every start."""
        roles = [
            cls(name=name, title=title, permissions=sorted(rights), is_built_in=True, created_at=at)
            for name, (title, rights) in BUILT_IN_ROLES.items()
        ]
        await cls.bulk_create(roles, on_conflict=["name"], update_fields=["title", "permissions", "is_built_in"])

    @classmethod
    async def named(cls, name: str) -> Self:
        return await cls.get(name=name)

    @classmethod
    async def define(cls, *, name: str, title: str, permissions: list[str], by: Colleague, at: datetime) -> Self:
        """Make a role of rights that the staff member holds itself. Raises `StaffRoleNameTaken`, `NotAllowed`."""
        role = cls(
            name=bounded_text(name, "name", least=2, most=40),
            title=bounded_text(title, "title", least=1, most=40),
            permissions=_grantable(permissions, by),
            created_at=at,
        )
        try:
            async with transaction():
                await role.save(force_create=True)
                after = columns_of(role, "name", "title", "permissions")
                await AuditRow.write(
                    staff_id=by.id,
                    action="define_staff_role",
                    subject=role,
                    before=None,
                    after=after,
                    reason=None,
                    at=at,
                )
        except IntegrityError as error:
            if violates(error, cls, "staff_role_name_once"):
                raise StaffRoleNameTaken() from None
            raise
        return role

    @classmethod
    async def change(cls, id: UUID, *, permissions: list[str], by: Colleague, at: datetime) -> Self:
        """Give a role other rights; its holders have them from their next request on. Raises `BuiltInRole`."""
        async with transaction():
            role = await cls.select_for_update().get_or_none(id=id) or await cls.existing(id, field="roleId")
            if role.is_built_in:
                raise BuiltInRole()
            by.refuse_beyond(role.permissions)
            before = columns_of(role, "permissions")
            role.permissions = _grantable(permissions, by)
            await role.save(update_fields=["permissions"])
            after = columns_of(role, "permissions")
            await AuditRow.write(
                staff_id=by.id,
                action="change_staff_role",
                subject=role,
                before=before,
                after=after,
                reason=None,
                at=at,
            )
        return role


def _grantable(permissions: list[str], by: Colleague) -> list[str]:
    rights = known_rights(permissions, field="permissions")
    by.refuse_beyond(rights)
    return rights
