"""Identities: by what a member is recognised. One member has many of them, and no two members share one.

An openid is valid for one app and a unionid for one platform, so each stands beside its issuer. Both are long and
random, so they are found by a plain hash; a phone can be guessed, so it is found by a keyed hash, read back only from
its encrypted form, and shown masked. The session key of a platform stays encrypted here and leaves in no answer.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound, bounded_text
from models.members.former_identity import FormerIdentity
from models.members.identity_kind import IdentityKind
from models.members.member import Member
from models.record import Record
from models.staff.audit import AuditRow
from store.database import transaction, violates
from store.vault import token_hash, vault

PHONES = "phone"
"""The issuer of every phone."""

PHONE_PURPOSE = "identity.phone"
RESEAL_BATCH = 500
SESSION_KEY_PURPOSE = "identity.session_key"


class PlatformName(StrEnum):
    """The platforms a member can log in from."""

    WECHAT = "wechat"


class PhoneTaken(DomainError):
    code = "PHONE_TAKEN"
    zh = "该手机号已绑定其他账号"
    en = "This phone belongs to another account."


class NotFromThisPlatform(DomainError):
    code = "NOT_FROM_THIS_PLATFORM"
    zh = "请先在该平台的小程序中登录"
    en = "Log in from this platform's mini-program first."


class Identity(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    kind = fields.CharEnumField(IdentityKind, max_length=10)
    issuer = fields.CharField(max_length=80)
    value_hash = fields.CharField(max_length=64)
    value = fields.CharField(max_length=190, null=True, description="Absent for a phone.")
    sealed_phone = fields.CharField(max_length=200, null=True)
    masked_phone = fields.CharField(max_length=20, null=True)
    sealed_session_key = fields.CharField(max_length=400, null=True)
    verified_at: datetime | None = fields.DatetimeField(null=True)
    first_seen_at: datetime = fields.DatetimeField()
    last_seen_at: datetime = fields.DatetimeField()

    class Meta:
        table = "identity"
        constraints = (
            UniqueConstraint(fields=("kind", "issuer", "value_hash"), name="identity_of_one_member"),
            UniqueConstraint(fields=("member_id",), condition="kind = 'phone'", name="identity_one_phone"),
        )
        indexes = (Index(fields=("member_id", "kind"), name="identity_by_member"),)

    @classmethod
    async def bind_phone(cls, member_id: UUID, country_code: str, number: str, *, at: datetime) -> Self:
        """Make a phone that the platform vouches for the member's one phone, in place of an earlier one.

        Raises `PhoneTaken` where it belongs to somebody else, and `MemberNotActive`.
        """
        phone = f"+{country_code}{number}"
        identity = cls(
            member_id=member_id,
            kind=IdentityKind.PHONE,
            issuer=PHONES,
            value_hash=hash_of(IdentityKind.PHONE, phone),
            sealed_phone=vault().encrypt(phone, purpose=PHONE_PURPOSE),
            masked_phone=masked(number),
            verified_at=at,
            first_seen_at=at,
            last_seen_at=at,
        )
        try:
            async with transaction():
                await Member.touch(member_id, at=at)
                await cls.filter(member_id=member_id, kind=IdentityKind.PHONE).delete()
                await identity.save(force_create=True)
                if await FormerIdentity.knows(IdentityKind.PHONE, PHONES, identity.value_hash):
                    await Member.filter(id=member_id).update(is_returning=True)
        except IntegrityError as error:
            if violates(error, cls, "identity_of_one_member"):
                raise PhoneTaken() from None
            raise
        return identity

    @classmethod
    async def reveal_phone(cls, member_id: UUID, *, staff_id: UUID, reason: str, at: datetime) -> str:
        """A member's whole phone for staff with a stated reason; the audit keeps who asked, when and why.

        Raises `NotFound` where none is bound, `Invalid` for an empty reason.
        """
        text = bounded_text(reason, "reason", least=1, most=200)
        identity = await cls.get_or_none(member_id=member_id, kind=IdentityKind.PHONE)
        if identity is None or identity.phone is None:
            raise NotFound(field="memberId")
        member = await Member.get(id=member_id)
        await AuditRow.write(
            staff_id=staff_id, action="reveal_phone", subject=member, before=None, after=None, reason=text, at=at
        )
        return identity.phone

    @classmethod
    async def openid(cls, member_id: UUID, issuer: str) -> str:
        """A member's openid in an app, for calls to its platform. Raises `NotFromThisPlatform`."""
        found = await cls.filter(member_id=member_id, kind=IdentityKind.OPENID, issuer=issuer).first()
        if found is None or found.value is None:
            raise NotFromThisPlatform()
        return found.value

    @classmethod
    async def owner(cls, kind: IdentityKind, issuer: str, value: str) -> UUID | None:
        """The member whom a value belongs to."""
        found = await cls.get_or_none(kind=kind, issuer=issuer, value_hash=hash_of(kind, value))
        return found.member_id if found else None

    @classmethod
    async def owners(cls, kind: IdentityKind, issuer: str, values: Sequence[str]) -> dict[str, UUID]:
        """The members whom values belong to, by value; those that belong to nobody are left out."""
        hashes = {hash_of(kind, value): value for value in values}
        found = await cls.filter(kind=kind, issuer=issuer, value_hash__in=list(hashes))
        return {hashes[one.value_hash]: one.member_id for one in found}

    @classmethod
    async def link(cls, member_id: UUID, kind: IdentityKind, issuer: str, value: str, *, at: datetime) -> Self:
        """Write an identity down inside the caller's transaction, which ends where somebody else has it."""
        return await cls.create(
            member_id=member_id,
            kind=kind,
            issuer=issuer,
            value_hash=hash_of(kind, value),
            value=value,
            verified_at=at,
            first_seen_at=at,
            last_seen_at=at,
        )

    def resealed(self) -> dict[str, str]:
        """The sealed columns under the current key, where they are not yet."""
        changes = {}
        if self.phone and not vault().is_current(self.sealed_phone or ""):
            changes["sealed_phone"] = vault().encrypt(self.phone, purpose=PHONE_PURPOSE)
            changes["value_hash"] = hash_of(self.kind, self.phone)
        if self.sealed_session_key and not vault().is_current(self.sealed_session_key):
            session_key = vault().decrypt(self.sealed_session_key, purpose=SESSION_KEY_PURPOSE)
            changes["sealed_session_key"] = vault().encrypt(session_key, purpose=SESSION_KEY_PURPOSE)
        if self.kind is IdentityKind.PARTNER and self.value and self.value_hash != hash_of(self.kind, self.value):
            changes["value_hash"] = hash_of(self.kind, self.value)
        return changes

    @property
    def phone(self) -> str | None:
        """The whole number with its country code; whoever asks for it for staff keeps an audit row."""
        return vault().decrypt(self.sealed_phone, purpose=PHONE_PURPOSE) if self.sealed_phone else None


async def reseal() -> int:
    """Encrypt and hash anew what an earlier secret key sealed; returns how many identities were changed.

    To be run once after a rotation, with the new key and the previous one set. Running it again changes nothing that
    matters; a phone of a closed account is known by its hash alone and stays under the old key.
    """
    changed, last = 0, UUID(int=0)
    while rows := await Identity.filter(id__gt=last).order_by("id").limit(RESEAL_BATCH):
        for row in rows:
            if changes := row.resealed():
                changed += await Identity.filter(id=row.id, value_hash=row.value_hash).update(**changes)
        last = rows[-1].id
    return changed


def hash_of(kind: IdentityKind, value: str) -> str:
    """Under which a value is found; what can be guessed is hashed with a key."""
    is_random = kind in (IdentityKind.OPENID, IdentityKind.UNIONID)
    return token_hash(value) if is_random else vault().keyed_hash(value)


def masked(number: str) -> str:
    """`138****1234`; of a short number the end only."""
    return f"{number[:3]}****{number[-4:]}" if len(number) >= 10 else f"****{number[-2:]}"
