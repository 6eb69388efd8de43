"""An introduction that an inviter drafts for a friend, before the friend has joined.

The draft has an invite code of its own. Whoever registers with it is brought by the inviter and finds the draft, to
change and publish it; nothing of it is shown to anybody else.
"""

from dataclasses import asdict
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError
from models.members.introduction import LINE_MOST, NAME_MOST, Lines
from models.members.member import INVITE_CODE_LENGTH, Member, new_code
from models.record import Record
from store.database import execute, transaction

OPEN_DRAFTS_MOST = 50


class TooManyDrafts(DomainError):
    code = "TOO_MANY_DRAFTS"
    zh = "待领取的介绍草稿最多 {most} 份"
    en = "At most {most} drafts may wait for their friends."


def _new_draft_code() -> str:
    """Longer than a member's own code, so the two are never the same."""
    return new_code(INVITE_CODE_LENGTH + 2)


class IntroductionDraft(Record):
    inviter: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    inviter_id: UUID
    invitee: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT, null=True, db_index=True
    )
    invitee_id: UUID | None
    invite_code = fields.CharField(max_length=12, default=_new_draft_code)
    name = fields.CharField(max_length=NAME_MOST, null=True)
    age = fields.CharField(max_length=20, null=True)
    likes = fields.CharField(max_length=LINE_MOST, null=True)
    good_at = fields.CharField(max_length=LINE_MOST, null=True)
    hopes = fields.CharField(max_length=LINE_MOST, null=True)
    drafted_at: datetime = fields.DatetimeField()
    claimed_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "introduction_draft"
        constraints = (UniqueConstraint(fields=("invite_code",), name="introduction_draft_code"),)
        indexes = (Index(fields=("inviter_id", "drafted_at", "id"), name="introduction_draft_by_inviter"),)

    @classmethod
    async def write(cls, inviter_id: UUID, lines: Lines, *, at: datetime) -> Self:
        """Draft for a friend who is to come. Raises `Invalid`, `TooManyDrafts`, `MemberNotActive`."""
        checked = lines.checked()
        async with transaction():
            await Member.touch(inviter_id, at=at, speaks=True)
            if await cls.filter(inviter_id=inviter_id, invitee_id__isnull=True).count() >= OPEN_DRAFTS_MOST:
                raise TooManyDrafts(most=OPEN_DRAFTS_MOST)
            return await cls.create(inviter_id=inviter_id, drafted_at=at, **asdict(checked))

    @classmethod
    async def open_under(cls, invite_code: str) -> Self | None:
        """The draft of a code that nobody has registered with."""
        return await cls.get_or_none(invite_code=invite_code, invitee_id__isnull=True)

    async def claim(self, invitee_id: UUID, *, at: datetime) -> bool:
        """Hand the draft to a new member inside the caller's transaction; false where another one was first."""
        taken = await execute(
            "UPDATE introduction_draft SET invitee_id = $1, claimed_at = $2 WHERE id = $3 AND invitee_id IS NULL",
            str(invitee_id),
            at,
            str(self.id),
        )
        return bool(taken)
