"""A reply under a newcomer's introduction in a group: of its inviter, the owner (with mentions), others, or itself.

Which it is follows from who writes. A reply is a word in the group, so a newcomer who answers has spoken. One that is
taken back is not shown and counts for no step any more; the word that it was stays.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint

from models.actor import Actor, ActorKind
from models.errors import Invalid, NotFound, bounded_text
from models.groups.membership import Membership
from models.groups.role import Right, Role, authorize, may
from models.idempotency import Once, perform_once
from models.members.introduction import Introduction
from models.members.member import ACTIVE, Member, MemberNotActive
from models.play.red_packet_welcome import NotIntroducedYet
from models.record import Record
from models.spread.first_word import WordWay
from models.spread.introduction_mention import IntroductionMention
from models.spread.newcomer import Newcomer
from models.spread.newcomer_notice import NewcomerNotice, NewcomerNoticeKind
from models.spread.reply_bounds import demand_room
from models.spread.speaking import spoke
from models.spread.welcomer import Welcomer, newcomer_to_welcome
from models.staff.audit import REASON_MOST, columns_of
from store.database import transaction

TEXT_MOST = 300
MENTIONS_MOST = 10
_UNSEEN = ("Cc", "Cf", "Cs", "Zl", "Zp")
_JOINER = "\u200d"
"""What joins several pictures to one, such as a family."""


class ReplyKind(StrEnum):
    """Who replied."""

    INVITER = "inviter"
    OWNER = "owner"
    NEWCOMER = "newcomer"
    MEMBER = "member"


@dataclass(frozen=True)
class ReplyText:
    """What somebody wants to say, and whom it points out."""

    text: str
    mention_ids: Sequence[UUID] = ()

    def checked(self) -> "ReplyText":
        text = bounded_text(self.text, "text", least=1, most=TEXT_MOST) or ""
        if any(unicodedata.category(sign) in _UNSEEN for sign in text if sign not in ("\n", _JOINER)):
            raise Invalid("text", zh="不能含有控制字符", en="it must not contain control characters")
        mentioned = tuple(dict.fromkeys(self.mention_ids))
        if len(mentioned) > MENTIONS_MOST:
            raise Invalid("mentionIds", zh=f"最多提及 {MENTIONS_MOST} 人", en=f"mention {MENTIONS_MOST} at most")
        return ReplyText(text, mentioned)


class IntroductionReply(Record):
    newcomer: fields.ForeignKeyRelation[Newcomer] = fields.ForeignKeyField(
        "models.Newcomer", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    newcomer_id: UUID
    group_id: UUID = fields.UUIDField()
    member_id: UUID = fields.UUIDField(description="The newcomer who is answered.")
    author: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    author_id: UUID
    kind = fields.CharEnumField(ReplyKind, max_length=10)
    is_of_leader = fields.BooleanField(description="Whether its author looked after the group then.")
    text = fields.CharField(max_length=TEXT_MOST, null=True, description="Absent once somebody had it erased.")
    created_at: datetime = fields.DatetimeField()
    deleted_at: datetime | None = fields.DatetimeField(null=True)
    deleted_by_kind: ActorKind | None = fields.CharEnumField(ActorKind, max_length=10, null=True)  # type: ignore[assignment]  # Tortoise takes it for never absent
    deleted_by_id: UUID | None = fields.UUIDField(null=True)

    class Meta:
        table = "introduction_reply"
        constraints = (
            CheckConstraint(check="(kind = 'newcomer') = (author_id = member_id)", name="introduction_reply_own_kind"),
        )
        indexes = (
            Index(fields=("newcomer_id", "created_at", "id"), name="introduction_reply_by_newcomer"),
            Index(fields=("member_id",), name="introduction_reply_by_member"),
            Index(fields=("author_id", "created_at", "id"), name="introduction_reply_by_author"),
        )

    @classmethod
    async def write(
        cls, author_id: UUID, group_id: UUID, member_id: UUID, words: ReplyText, *, at: datetime, once: Once | None
    ) -> Self:
        """Reply to a newcomer of a group; members of the group may, and whoever brought it.

        Raises `MemberNotActive`, `MemberMuted`, `MutedInGroup`, `NotIntroducedYet`, `Invalid`, `NotFound`, and what
        `Welcomer.of`, `newcomer_to_welcome` and `demand_room` do.
        """
        checked = words.checked()

        async def act(id: UUID) -> Self:
            await Member.touch(author_id, at=at, speaks=True)
            await Membership.refuse_muted(author_id, group_id, at=at)
            author = await Welcomer.of(author_id, group_id, member_id, at=at)
            newcomer = await _introduced(group_id, member_id, at=at)
            await demand_room(author_id, newcomer, len(checked.mention_ids), at=at)
            await _demand_members(checked.mention_ids, group_id)
            made = await cls._made(id, author_id, newcomer, author, checked, at=at)
            await made._tell(newcomer, checked.mention_ids, at=at)
            if author.place is not None:
                await spoke(author.place, at=at, way=WordWay.REPLY)
            return made

        return await perform_once(once, cls, act, at=at)

    @classmethod
    async def delete_it(cls, reply_id: UUID, *, actor: Actor, at: datetime, reason: str | None = None) -> Self:
        """Take a reply back: its author, those who keep order in the group, staff with a reason. Again changes nothing.

        Raises `NotAllowed`, `RoleAbove`, `NotFound`, `Invalid`.
        """
        is_staff = actor.kind is ActorKind.STAFF
        why = bounded_text(reason, "reason", least=1 if is_staff else 0, most=REASON_MOST) or None
        if is_staff and why is None:
            raise Invalid("reason", zh="请填写原因", en="say why")
        async with transaction():
            reply = await cls.select_for_update(no_key=True).get_or_none(id=reply_id)
            if reply is None:
                raise NotFound(field="replyId")
            if actor != Actor.member(reply.author_id):
                # As whoever mutes or kicks: a guide has no say over the owner. Who is gone counts as a member.
                place = await Membership.get_or_none(member_id=reply.author_id, group_id=reply.group_id)
                role = place.role if place else Role.MEMBER
                await authorize(actor, reply.group_id, Right.MUTE, role, field="replyId")
            if reply.deleted_at is None:
                before = columns_of(reply, "deleted_at")
                reply.deleted_at, reply.deleted_by_kind, reply.deleted_by_id = at, actor.kind, actor.id
                await reply.save(update_fields=["deleted_at", "deleted_by_kind", "deleted_by_id"])
                after = columns_of(reply, "group_id", "author_id", "deleted_at")
                await actor.audit("delete_introduction_reply", reply, before=before, after=after, reason=why, at=at)
        return reply

    @classmethod
    async def _made(
        cls, id: UUID, author_id: UUID, newcomer: Newcomer, author: Welcomer, words: ReplyText, *, at: datetime
    ) -> Self:
        is_own = author_id == newcomer.member_id
        is_of_leader = author.place is not None and not is_own and may(author.place.role, Right.WELCOME)
        return await cls.create(
            id=id,
            newcomer_id=newcomer.id,
            group_id=newcomer.group_id,
            member_id=newcomer.member_id,
            author_id=author_id,
            kind=_kind(is_own=is_own, is_inviter=author.is_inviter, is_of_leader=is_of_leader),
            is_of_leader=is_of_leader,
            text=words.text,
            created_at=at,
        )

    async def _tell(self, newcomer: Newcomer, mentioned: Sequence[UUID], *, at: datetime) -> None:
        await IntroductionMention.write(self.id, self.group_id, mentioned)
        others = [one for one in mentioned if one not in (self.author_id, self.member_id)]
        for some, kind in (
            ([] if self.author_id == self.member_id else [self.member_id], NewcomerNoticeKind.REPLIED),
            (others, NewcomerNoticeKind.MENTIONED),
        ):
            await NewcomerNotice.tell(newcomer, some, kind, sender_id=self.author_id, at=at)


async def _introduced(group_id: UUID, member_id: UUID, *, at: datetime) -> Newcomer:
    """The newcomer whose introduction is replied to; raises `MemberNotActive` and `NotIntroducedYet` beside."""
    newcomer = await newcomer_to_welcome(group_id, member_id, at=at)
    if (await Member.get(id=member_id)).status not in ACTIVE:
        raise MemberNotActive(field="memberId")
    if not await Introduction.exists(member_id=member_id):
        raise NotIntroducedYet(field="memberId")
    return newcomer


async def _demand_members(member_ids: Sequence[UUID], group_id: UUID) -> None:
    """Raise `NotFound` where somebody who is mentioned is not of the group."""
    if member_ids and await Membership.filter(group_id=group_id, member_id__in=list(member_ids)).count() < len(
        member_ids
    ):
        raise NotFound(field="mentionIds")


def _kind(*, is_own: bool, is_inviter: bool, is_of_leader: bool) -> ReplyKind:
    if is_own:
        return ReplyKind.NEWCOMER
    if is_inviter:
        return ReplyKind.INVITER
    return ReplyKind.OWNER if is_of_leader else ReplyKind.MEMBER
