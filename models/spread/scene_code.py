"""A scene code: a short code for one way in, that is who invites, through which channel, for which campaign, to which
page.

The same four have the same code, so whoever asks again, or at the same moment, gets what is there. It travels in the
scene of a mini-program code, which holds 32 characters of an alphabet of its own, or behind a link; what it stands for
stays here. It is long enough that nobody guesses one, and says nothing about the inviter.
"""

import re
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, Invalid, bounded_text
from models.members.member import ACTIVE, Member, MemberNotActive, new_code
from models.record import Record
from models.spread.channel import Channel
from models.staff.audit import AuditRow, columns_of
from store.database import execute, transaction
from store.settings import settings
from store.together import insertion
from store.vault import token_hash

CODE_LENGTH = 10
CAMPAIGN_MOST = 80
PAGE_MOST = 100
PREFIX = "s="
REASON_MOST = 200
TOLD = ("expires_at", "withdrawn_at")

_COLUMNS = ("id", "code", "way", "inviter_id", "channel_id", "campaign", "page", "created_at", "expires_at", "version")
_MAKE = insertion("scene_code", _COLUMNS) + " ON CONFLICT DO NOTHING"
_SCENE = re.compile(rf"(?:{PREFIX})?([0-9A-Za-z]{{{CODE_LENGTH}}})")
_CAMPAIGN = re.compile(r"[a-z][a-z_]*(:[A-Za-z0-9_-]+)?")


class SceneCodeWithdrawn(DomainError):
    code = "SCENE_CODE_WITHDRAWN"
    zh = "该推广码已被停用"
    en = "This code was withdrawn."


class SceneCodeExpired(DomainError):
    code = "SCENE_CODE_EXPIRED"
    zh = "该推广码已过期"
    en = "This code has ended."


class SceneCodeChanged(DomainError):
    code = "SCENE_CODE_CHANGED"
    zh = "该推广码刚被他人修改，请刷新后重试"
    en = "Somebody decided on this code meanwhile; read it again."
    field = "expectedVersion"


class SceneCode(Record):
    code = fields.CharField(max_length=CODE_LENGTH)
    way = fields.CharField(max_length=64, description="A hash of inviter, channel, campaign and page.")
    inviter: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True
    )
    inviter_id: UUID | None
    channel: fields.ForeignKeyNullableRelation[Channel] = fields.ForeignKeyField(
        "models.Channel", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True
    )
    channel_id: UUID | None
    campaign = fields.CharField(max_length=CAMPAIGN_MOST, null=True)
    page = fields.CharField(max_length=PAGE_MOST, description="Without a leading slash or a query.")
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime | None = fields.DatetimeField(null=True)
    withdrawn_at: datetime | None = fields.DatetimeField(null=True)
    version = fields.IntField(default=1)

    class Meta:
        table = "scene_code"
        constraints = (
            UniqueConstraint(fields=("code",), name="scene_code_once"),
            # NULLs are never alike to a constraint, so one hash stands for the four columns.
            UniqueConstraint(fields=("way",), name="scene_code_one_way"),
        )
        indexes = (
            Index(fields=("inviter_id", "created_at", "id"), name="scene_code_by_inviter"),
            Index(fields=("channel_id", "created_at", "id"), name="scene_code_by_channel"),
            Index(fields=("campaign", "created_at", "id"), name="scene_code_by_campaign"),
            Index(fields=("created_at", "id"), name="scene_code_by_time"),
        )

    @classmethod
    async def of(
        cls,
        *,
        inviter_id: UUID | None = None,
        channel_id: UUID | None = None,
        campaign: str | None = None,
        page: str | None = None,
        staff_id: UUID | None = None,
        expires_at: datetime | None = None,
        at: datetime,
    ) -> Self:
        """The code of a way in, made now where there is none; `expires_at` counts for a new one only.

        Raises `SceneCodeWithdrawn` where staff took the code back, `SceneCodeExpired` where it has ended, which only
        they change (`decide`), `Invalid` for a page, campaign or end that cannot be, `MemberNotActive`,
        `ChannelArchived`, `NotFound`.
        """
        _demand_to_come(expires_at, at)
        target, named = _allowed(page), _campaign(campaign)
        way = token_hash(f"{inviter_id or ''}|{channel_id or ''}|{named or ''}|{target}")
        found = await cls.get_or_none(way=way)
        while found is None:
            await _demand_open(inviter_id, channel_id)
            made = cls(code=new_code(CODE_LENGTH), way=way, inviter_id=inviter_id, channel_id=channel_id)
            made.campaign, made.page, made.created_at, made.expires_at = named, target, at, expires_at
            found = await made._written(staff_id, at=at)
        return found.leading_in(at)

    async def _written(self, staff_id: UUID | None, *, at: datetime) -> Self | None:
        """This code, or the one that somebody else made for its way meanwhile; none where its letters are taken.

        What is there already is passed over rather than refused, so that a caller's transaction goes on.
        """
        values = [getattr(self, name) for name in _COLUMNS]
        async with transaction():
            if await execute(_MAKE, *values) and staff_id:
                after = columns_of(self, "code", "inviter_id", "channel_id", "campaign", "page", "expires_at")
                await self._audit("make_scene_code", None, after, None, staff_id=staff_id, at=at)
        return await type(self).get_or_none(way=self.way)

    @classmethod
    async def decide(
        cls,
        id: UUID,
        *,
        expires_at: datetime | None = None,
        keeps_end: bool = False,
        is_withdrawn: bool,
        expected_version: int | None = None,
        reason: str,
        staff_id: UUID,
        at: datetime,
    ) -> Self:
        """Let a code end at an instant or never, or as it did (`keeps_end`), take it back or give it back.

        Raises `SceneCodeChanged` where it is not the version that was read, `Invalid`, `NotFound`.
        """
        if not keeps_end:
            _demand_to_come(expires_at, at)
        why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        async with transaction():
            code = await cls.existing(id, field="codeId")
            if expected_version not in (None, code.version):
                raise SceneCodeChanged()
            before = columns_of(code, *TOLD)
            code.expires_at = code.expires_at if keeps_end else expires_at
            code.withdrawn_at = (code.withdrawn_at or at) if is_withdrawn else None
            code.version += 1
            told = {"expires_at": code.expires_at, "withdrawn_at": code.withdrawn_at, "version": code.version}
            if not await cls.filter(id=id, version=code.version - 1).update(**told):
                raise SceneCodeChanged()
            await code._audit("decide_scene_code", before, columns_of(code, *TOLD), why, staff_id=staff_id, at=at)
        return code

    @classmethod
    async def found(cls, scene: str | None) -> Self | None:
        """The code of a scene as it travels, with or without its prefix; None for what is no code of ours."""
        matched = _SCENE.fullmatch(scene.strip()) if scene else None
        return await cls.get_or_none(code=matched[1]) if matched else None

    @property
    def scene(self) -> str:
        """How it travels."""
        return PREFIX + self.code

    def holds(self, at: datetime) -> bool:
        """Whether it still leads in."""
        return self.withdrawn_at is None and (self.expires_at is None or at < self.expires_at)

    def leading_in(self, at: datetime) -> Self:
        """This code, or `SceneCodeWithdrawn`, `SceneCodeExpired`."""
        if self.withdrawn_at:
            raise SceneCodeWithdrawn()
        if not self.holds(at):
            raise SceneCodeExpired()
        return self

    async def _audit(
        self,
        action: str,
        before: dict[str, object] | None,
        after: dict[str, object],
        reason: str | None,
        *,
        staff_id: UUID,
        at: datetime,
    ) -> None:
        await AuditRow.write(
            staff_id=staff_id, action=action, subject=self, before=before, after=after, reason=reason, at=at
        )


def _demand_to_come(end: datetime | None, at: datetime) -> None:
    if end is not None and end < at:
        raise Invalid("expiresAt", zh="不能早于当前时间", en="it must not have passed")


def _allowed(page: str | None) -> str:
    pages = settings().scene_pages
    if page is not None and page not in pages:
        raise Invalid("page", zh="不是可推广的页面", en="no code leads to this page")
    return page or pages[0]


def _campaign(campaign: str | None) -> str | None:
    named = bounded_text(campaign, "campaign", most=CAMPAIGN_MOST) or None
    if named and not _CAMPAIGN.fullmatch(named):
        raise Invalid("campaign", zh="应形如 forward_task:编号", en="use a word, or a word, a colon and an id")
    return named


async def _demand_open(inviter_id: UUID | None, channel_id: UUID | None) -> None:
    if channel_id:
        await Channel.open(channel_id)
    if inviter_id:
        inviter = await Member.existing(inviter_id, field="inviterId")
        if inviter.status not in ACTIVE:
            raise MemberNotActive(field="inviterId")
