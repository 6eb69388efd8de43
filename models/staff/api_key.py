"""A key of a partner's system: shown once, kept as a hash, good for its scopes until it expires or is revoked.

Every request looks the key up, so a revocation holds from the next request on, in every process.
"""

import secrets
from datetime import datetime, timedelta
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.errors import DomainError, Invalid, bounded_text
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from models.staff.right import PARTNER_SCOPES
from store.database import execute, transaction
from store.vault import token_hash

KEY_BEGINS = "shq_k_"
NOTED_EVERY = timedelta(minutes=1)
DAYS_MOST = 366
_SHOWN_CHARACTERS = 6


class KeyRevoked(DomainError):
    code = "KEY_REVOKED"
    zh = "该密钥已吊销"
    en = "This key was revoked before."


class ApiKey(Record):
    name = fields.CharField(max_length=60, description="Whose it is and what for.")
    prefix = fields.CharField(max_length=20, description="How it begins, to tell keys apart.")
    hash = fields.CharField(max_length=64, unique=True)
    scopes: list[str] = fields.JSONField(default=list)
    created_by: UUID | None = fields.UUIDField(null=True)
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime | None = fields.DatetimeField(null=True)
    last_used_at: datetime | None = fields.DatetimeField(null=True)
    revoked_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "api_key"
        indexes = (Index(fields=("created_at", "id"), name="api_key_by_created"),)

    @classmethod
    async def issue(
        cls, *, name: str, scopes: list[str], days: int | None, staff_id: UUID | None, at: datetime
    ) -> tuple[Self, str]:
        """A new key and its text, which nobody can read again. Raises `Invalid`."""
        text = KEY_BEGINS + secrets.token_urlsafe(32)
        key = cls(
            name=bounded_text(name, "name", least=1, most=60),
            prefix=text[: len(KEY_BEGINS) + _SHOWN_CHARACTERS],
            hash=token_hash(text),
            scopes=_known_scopes(scopes),
            created_by=staff_id,
            created_at=at,
            expires_at=_expiry(days, at),
        )
        async with transaction():
            await key.save(force_create=True)
            if staff_id:
                after = columns_of(key, "name", "prefix", "scopes", "expires_at")
                await AuditRow.write(
                    staff_id=staff_id,
                    action="create_api_key",
                    subject=key,
                    before=None,
                    after=after,
                    reason=None,
                    at=at,
                )
        return key, text

    @classmethod
    async def revoke(cls, id: UUID, *, staff_id: UUID, reason: str | None, at: datetime) -> Self:
        """End a key for good, at once. Raises `KeyRevoked`, `NotFound`."""
        key = await cls.existing(id, field="keyId")
        async with transaction():
            if not await execute("UPDATE api_key SET revoked_at = $1 WHERE id = $2 AND revoked_at IS NULL", at, id):
                raise KeyRevoked()
            key.revoked_at = at
            await AuditRow.write(
                staff_id=staff_id,
                action="revoke_api_key",
                subject=key,
                before={"revoked_at": None},
                after={"revoked_at": at},
                reason=reason,
                at=at,
            )
        return key

    @classmethod
    async def note_use(cls, id: UUID, *, at: datetime) -> None:
        """Note that a key was used, at most once a minute, so that a busy key costs few writes."""
        await execute(
            "UPDATE api_key SET last_used_at = $1 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at <= $3)",
            at,
            id,
            at - NOTED_EVERY,
        )


def _known_scopes(scopes: list[str]) -> list[str]:
    if not scopes or not PARTNER_SCOPES.issuperset(scopes):
        raise Invalid("scopes", zh="包含不支持的权限范围", en="it names a scope that keys cannot bear")
    return sorted(set(scopes))


def _expiry(days: int | None, at: datetime) -> datetime | None:
    if days is None:
        return None
    if not 1 <= days <= DAYS_MOST:
        raise Invalid("days", zh=f"有效期应为 1–{DAYS_MOST} 天", en=f"a key is good for 1 to {DAYS_MOST} days")
    return at + timedelta(days=days)
