"""A staff member: who works for the brand, with a role (what it may do) and a data scope (with whose data)."""

import re
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.attempts import Attempts, Limit
from models.errors import DomainError, Invalid, bounded_text
from models.members.session import Session, SubjectKind, Tokens
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from models.staff.colleague import Colleague, DataScope
from models.staff.password import password_hash, verify
from models.staff.role import StaffRole
from store.database import transaction, violates

PER_ACCOUNT = Limit("staff-account", most=5)
PER_ADDRESS = Limit("staff-address", most=20)
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,39}")
_TOLD = ("name", "display_name", "role_id", "scope", "region", "is_active")


class LoginFailed(DomainError):
    code = "LOGIN_FAILED"
    zh = "用户名或密码不正确"
    en = "The name or the password is wrong."


class StaffNameTaken(DomainError):
    code = "STAFF_NAME_TAKEN"
    zh = "该用户名已被使用"
    en = "This name is taken."
    field = "name"


class Staff(Record):
    name = fields.CharField(max_length=40)
    display_name = fields.CharField(max_length=40)
    password_hash = fields.CharField(max_length=200)
    role: fields.ForeignKeyRelation[StaffRole] = fields.ForeignKeyField(
        "models.StaffRole", related_name=False, on_delete=fields.OnDelete.RESTRICT, db_index=True
    )
    role_id: UUID
    scope = fields.CharEnumField(DataScope, max_length=10, default=DataScope.ALL)
    region = fields.CharField(max_length=40, null=True, description="The region of groups that its scope names.")
    is_active = fields.BooleanField(default=True)
    created_at: datetime = fields.DatetimeField()
    last_login_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "staff"
        constraints = (
            UniqueConstraint(fields=("name",), name="staff_name_once"),
            CheckConstraint(check="scope <> 'region' OR region IS NOT NULL", name="staff_region_is_named"),
        )
        indexes = (Index(fields=("created_at", "id"), name="staff_by_created"),)

    @classmethod
    async def log_in(cls, *, name: str, password: str, address: str | None, at: datetime) -> tuple[Self, Tokens]:
        """Tokens for a name and its password.

        Raises `LoginFailed` for an unknown name, a wrong password and an inactive colleague alike, in the same time,
        and `TooManyAttempts` once an account or an address was tried too often.
        """
        name = name.strip().lower()[:200]
        await Attempts.take(PER_ADDRESS, address or "unknown", at=at)
        await Attempts.take(PER_ACCOUNT, name, at=at)
        staff = await cls.get_or_none(name=name)
        verdict = await verify(password, staff.password_hash if staff else None)
        if staff is None or not verdict.is_right or not staff.is_active:
            raise LoginFailed()
        await Attempts.forgive(PER_ACCOUNT, name)
        await Attempts.give_back(PER_ADDRESS, address or "unknown")
        async with transaction():
            known_hash, staff.last_login_at = staff.password_hash, at
            await cls.filter(id=staff.id).update(last_login_at=at)
            if verdict.better_hash:
                await cls.filter(id=staff.id, password_hash=known_hash).update(password_hash=verdict.better_hash)
            return staff, await Session.start(SubjectKind.STAFF, staff.id, at=at)

    @classmethod
    async def born(
        cls,
        *,
        name: str,
        display_name: str,
        password: str,
        role: StaffRole,
        at: datetime,
        by: Colleague | None = None,
        scope: DataScope = DataScope.ALL,
        region: str | None = None,
    ) -> Self:
        """A new staff member, taken in by a colleague or by the system.

        Raises `Invalid`, `StaffNameTaken`, and `NotAllowed` for a role beyond the colleague's own rights.
        """
        if by:
            by.refuse_beyond(role.permissions)
        staff = cls(
            name=_name(name),
            display_name=bounded_text(display_name, "displayName", least=1, most=40),
            password_hash=await password_hash(password),
            role_id=role.id,
            scope=scope,
            region=_region(scope, region),
            created_at=at,
        )
        try:
            async with transaction():
                await staff.save(force_create=True)
                if by:
                    await staff._audited("hire_staff", by, before=None, reason=None, at=at)
        except IntegrityError as error:
            if violates(error, cls, "staff_name_once"):
                raise StaffNameTaken() from None
            raise
        return staff

    @classmethod
    async def change(
        cls,
        id: UUID,
        *,
        by: Colleague,
        at: datetime,
        role_id: UUID | None = None,
        scope: DataScope | None = None,
        region: str | None = None,
        is_active: bool | None = None,
        password: str | None = None,
        reason: str | None = None,
    ) -> Self:
        """Change what is given of a colleague; one who is switched off or gets a new password is logged out.

        Raises `NotAllowed` for oneself and for a colleague or a role beyond one's own rights.
        """
        new_hash = await password_hash(password) if password is not None else None
        async with transaction():
            staff = await cls.select_for_update().get_or_none(id=id) or await cls.existing(id, field="staffId")
            by.refuse_beyond((await StaffRole.get(id=staff.role_id)).permissions, of=staff.id)
            before = columns_of(staff, *_TOLD)
            if role_id is not None:
                role = await StaffRole.existing(role_id, field="roleId")
                by.refuse_beyond(role.permissions)
                staff.role_id = role.id
            staff.scope = scope or staff.scope
            staff.region = _region(staff.scope, region if region is not None else staff.region)
            staff.is_active = staff.is_active if is_active is None else is_active
            staff.password_hash = new_hash or staff.password_hash
            await staff.save(update_fields=["role_id", "scope", "region", "is_active", "password_hash"])
            if new_hash or not staff.is_active:
                await Session.end_all(SubjectKind.STAFF, staff.id, at=at)
            await staff._audited("reset_staff_password" if new_hash else "change_staff", by, before, reason, at=at)
        return staff

    @classmethod
    async def change_own_password(cls, id: UUID, *, old: str, new: str, at: datetime) -> Self:
        """Set one's own password, which logs one out everywhere. Raises `LoginFailed`, `TooManyAttempts`, `Invalid`."""
        staff = await cls.existing(id)
        await Attempts.take(PER_ACCOUNT, staff.name, at=at)
        if not (await verify(old, staff.password_hash)).is_right:
            raise LoginFailed(field="oldPassword")
        new_hash = await password_hash(new, field="newPassword")
        await Attempts.forgive(PER_ACCOUNT, staff.name)
        async with transaction():
            await cls.filter(id=id).update(password_hash=new_hash)
            await Session.end_all(SubjectKind.STAFF, id, at=at)
            await AuditRow.write(
                staff_id=id, action="change_own_password", subject=staff, before=None, after=None, reason=None, at=at
            )
        return staff

    async def _audited(
        self, action: str, by: Colleague, before: dict[str, object] | None, reason: str | None, *, at: datetime
    ) -> None:
        after = columns_of(self, *_TOLD)
        await AuditRow.write(
            staff_id=by.id, action=action, subject=self, before=before, after=after, reason=reason, at=at
        )


def _name(name: str) -> str:
    if not _NAME.fullmatch(plain := name.strip().lower()):
        raise Invalid("name", zh="应为 3–40 个小写字母、数字或 . _ -", en="use 3 to 40 of a-z, 0-9, dot, _ and -")
    return plain


def _region(scope: DataScope, region: str | None) -> str | None:
    if scope is not DataScope.REGION:
        return None
    return bounded_text(region or "", "region", least=1, most=40)
