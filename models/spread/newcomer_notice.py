"""A notice about newcomers: what a member is told, once for each newcomer and sender; and the nudge by leaders.

The client reads its notices; whatever sends them on (a message, a mail) can work them off by their id.
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

from models.actor import Actor
from models.errors import DomainError
from models.record import Record
from models.spread.newcomer import Newcomer
from models.spread.newcomer_silent import silent_newcomer
from store.database import transaction, violates


class NewcomerNoticeKind(StrEnum):
    """What a member is told."""

    NUDGED = "nudged"
    REPLIED = "replied"
    MENTIONED = "mentioned"


class NewcomerNudged(DomainError):
    code = "NEWCOMER_NUDGED"
    zh = "今天已经提醒过这位新成员"
    en = "You have reminded this newcomer today."


class NewcomerNotice(Record):
    member_id: UUID = fields.UUIDField(description="Who is told.")
    newcomer_id: UUID = fields.UUIDField(description="The row of the newcomer whom it is about.")
    group_id: UUID = fields.UUIDField()
    sender_id: UUID | None = fields.UUIDField(null=True, description="The member who reminds, replies or mentions.")
    kind = fields.CharEnumField(NewcomerNoticeKind, max_length=10)
    key = fields.CharField(max_length=90, description="What it is told of once.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "newcomer_notice"
        constraints = (UniqueConstraint(fields=("newcomer_id", "member_id", "key"), name="newcomer_notice_once"),)
        indexes = (Index(fields=("member_id", "created_at", "id"), name="newcomer_notice_by_member"),)

    @classmethod
    async def tell(
        cls,
        newcomer: Newcomer,
        member_ids: Sequence[UUID],
        kind: NewcomerNoticeKind,
        *,
        sender_id: UUID,
        at: datetime,
    ) -> None:
        """Tell members that somebody replied to them or mentioned them to a newcomer: each once, however often."""
        notices = [
            cls(
                member_id=one,
                newcomer_id=newcomer.id,
                group_id=newcomer.group_id,
                sender_id=sender_id,
                kind=kind,
                key=f"{kind}:{sender_id}",
                created_at=at,
            )
            for one in member_ids
        ]
        await cls.bulk_create(notices, ignore_conflicts=True)

    @classmethod
    async def nudge(cls, group_id: UUID, member_id: UUID, *, actor: Actor, at: datetime) -> Self:
        """Remind a newcomer who has not spoken, once a day of the group for each who reminds; also a zombie.

        Raises `NewcomerNudged` (with the next day), and what `silent_newcomer` does.
        """
        newcomer: Newcomer | None = None
        try:
            async with transaction():
                newcomer = await silent_newcomer(group_id, member_id, actor=actor, at=at)
                notice = await cls.create(
                    member_id=member_id,
                    newcomer_id=newcomer.id,
                    group_id=group_id,
                    sender_id=actor.id if actor.kind == "member" else None,
                    kind=NewcomerNoticeKind.NUDGED,
                    key=nudge_key(actor, newcomer, at=at),
                    created_at=at,
                )
                after = {"group_id": group_id, "member_id": member_id}
                await actor.audit("nudge_newcomer", notice, before=None, after=after, reason=None, at=at)
                return notice
        except IntegrityError as error:
            if newcomer and violates(error, cls, "newcomer_notice_once"):
                raise NewcomerNudged(retry_at=newcomer.rules.end_of(newcomer.rules.day_of(at))) from None
            raise


def nudge_key(actor: Actor, newcomer: Newcomer, *, at: datetime) -> str:
    """By what a nudge is sent once: who reminds, and the business day of the group."""
    return f"{actor.kind}:{actor.id}:{newcomer.rules.day_of(at)}"
