"""Sessions: a login's opaque tokens, kept only as hashes.

The access token is short-lived. The refresh token is good for one use: using it again means that a copy was stolen, so
the whole session ends for thief and owner alike, and the owner logs in anew.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.errors import DomainError
from models.record import Record
from store.database import execute, transaction
from store.vault import token_hash

ACCESS_FOR = timedelta(hours=2)
REFRESH_FOR = timedelta(days=30)


class SubjectKind(StrEnum):
    """Whose session it is."""

    MEMBER = "member"
    STAFF = "staff"


class RefreshTokenInvalid(DomainError):
    code = "REFRESH_TOKEN_INVALID"
    zh = "登录已失效，请重新登录"
    en = "The refresh token is not valid; log in again."


@dataclass(frozen=True)
class Tokens:
    """What a login hands out, once."""

    access: str
    refresh: str
    expires_at: datetime


class Session(Record):
    kind = fields.CharEnumField(SubjectKind, max_length=10)
    subject_id: UUID = fields.UUIDField()
    access_hash = fields.CharField(max_length=64, unique=True)
    access_expires_at: datetime = fields.DatetimeField()
    created_at: datetime = fields.DatetimeField()
    ended_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "session"
        indexes = (Index(fields=("subject_id", "kind"), name="session_by_subject"),)

    @classmethod
    async def start(cls, kind: SubjectKind, subject_id: UUID, *, at: datetime) -> Tokens:
        """Log a subject in."""
        async with transaction():
            access = _new_token()
            session = await cls.create(
                kind=kind,
                subject_id=subject_id,
                access_hash=token_hash(access),
                access_expires_at=at + ACCESS_FOR,
                created_at=at,
            )
            return Tokens(access, await RefreshToken.issue(session.id, at=at), at + ACCESS_FOR)

    @classmethod
    async def refresh(cls, token: str, *, at: datetime) -> tuple[Self, Tokens]:
        """Trade a refresh token for new tokens; a second use of one ends its session.

        Raises `RefreshTokenInvalid` for a token that is unknown, expired, used or of an ended session.
        """
        known = await RefreshToken.get_or_none(hash=token_hash(token))
        if known is None:
            raise RefreshTokenInvalid()
        async with transaction():
            taken = await execute(
                "UPDATE refresh_token SET used_at = $1 WHERE id = $2 AND used_at IS NULL", at, known.id
            )
            if not taken:
                await cls.filter(id=known.session_id, ended_at__isnull=True).update(ended_at=at)
            else:
                access = _new_token()
                live = await cls.filter(id=known.session_id, ended_at__isnull=True).update(
                    access_hash=token_hash(access), access_expires_at=at + ACCESS_FOR
                )
                if live and known.expires_at > at:
                    tokens = Tokens(access, await RefreshToken.issue(known.session_id, at=at), at + ACCESS_FOR)
                    return await cls.get(id=known.session_id), tokens
        raise RefreshTokenInvalid()

    @classmethod
    async def end(cls, session_id: UUID, *, at: datetime) -> int:
        """Log out here; returns 1, or 0 where the session had ended."""
        return await cls.filter(id=session_id, ended_at__isnull=True).update(ended_at=at)

    @classmethod
    async def end_all(cls, kind: SubjectKind, subject_id: UUID, *, at: datetime) -> int:
        """Log out everywhere; returns how many sessions ended."""
        return await cls.filter(kind=kind, subject_id=subject_id, ended_at__isnull=True).update(ended_at=at)


class RefreshToken(Record):
    session: fields.ForeignKeyRelation[Session] = fields.ForeignKeyField(
        "models.Session", related_name=False, on_delete=fields.OnDelete.CASCADE, db_index=True
    )
    session_id: UUID
    hash = fields.CharField(max_length=64, unique=True)
    expires_at: datetime = fields.DatetimeField()
    used_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "refresh_token"

    @classmethod
    async def issue(cls, session_id: UUID, *, at: datetime) -> str:
        token = "shq_r_" + secrets.token_urlsafe(32)
        await cls.create(session_id=session_id, hash=token_hash(token), expires_at=at + REFRESH_FOR)
        return token


def _new_token() -> str:
    return "shq_a_" + secrets.token_urlsafe(32)
