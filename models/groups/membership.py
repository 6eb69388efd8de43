"""A membership: a member's place in a group, with its role and its nickname there.

A membership that ends is deleted, so the group can be joined again; its history stays in `MembershipChange`. Every
change takes the member's row first, so no two changes of one member's places happen at once, then the group's.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.actor import Actor, ActorKind
from models.errors import DomainError, Invalid, NotAllowed, NotFound, bounded_text
from models.groups.block import GroupBlock
from models.groups.group import Group
from models.groups.membership_change import ChangeKind, Happening, MembershipChange, Scene
from models.groups.role import Role
from models.groups.rules_acceptance import RulesAcceptance
from models.groups.seat import give_seat_back, places_in_series, take_seat
from models.groups.waitlist import AlreadyMember, WaitlistEntry
from models.insight.standing import standing_changed
from models.members.member import ACTIVE, Member, MemberNotActive
from models.record import Record
from models.spread.newcomer import Newcomer
from models.staff.audit import REASON_MOST
from store.database import fetch, transaction, violates

NICKNAME_MOST = 20


class OwnerMustHandOver(DomainError):
    code = "OWNER_MUST_HAND_OVER"
    zh = "群主需先转让社群"
    en = "The owner must hand the group over first."


class MutedInGroup(DomainError):
    code = "MUTED_IN_GROUP"
    zh = "您在该社群已被禁言，暂时不能发布内容"
    en = "You are muted in this group and cannot publish anything there for now."


class NicknameTaken(DomainError):
    code = "NICKNAME_TAKEN"
    zh = "群内已有人使用该昵称"
    en = "Somebody in this group has this nickname."
    field = "nickname"


@dataclass(frozen=True)
class GroupPlace:
    """A group a member belongs to, and its circle."""

    group_id: UUID
    circle_id: UUID


@dataclass(frozen=True)
class Admission:
    """By which way, on whose word and as what a member comes in."""

    scene: Scene
    actor: Actor
    role: Role = Role.MEMBER
    accepted_rules_version: int | None = None

    @property
    def is_walk_in(self) -> bool:
        return self.scene is Scene.FREE

    @property
    def is_own_act(self) -> bool:
        """Whether the member comes in itself just now; one who applied or waited accepted the rules back then."""
        return self.scene in (Scene.FREE, Scene.INVITATION)


class Membership(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    group: fields.ForeignKeyRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    group_id: UUID
    role = fields.CharEnumField(Role, max_length=10, default=Role.MEMBER)
    nickname = fields.CharField(max_length=40, null=True)
    nickname_key = fields.CharField(max_length=80, null=True, description="Set where nicknames are unique.")
    muted_until: datetime | None = fields.DatetimeField(null=True)
    joined_at: datetime = fields.DatetimeField()

    class Meta:
        table = "membership"
        constraints = (
            UniqueConstraint(fields=("group_id", "member_id"), name="membership_once"),
            UniqueConstraint(fields=("group_id", "nickname_key"), name="membership_nickname_once"),
            UniqueConstraint(fields=("group_id",), condition="role = 'owner'", name="membership_one_owner"),
        )
        indexes = (
            Index(fields=("group_id", "joined_at", "id"), name="membership_by_joined"),
            Index(fields=("member_id", "joined_at", "id"), name="membership_by_member"),
        )

    @classmethod
    async def join(
        cls, member_id: UUID, group_id: UUID, *, at: datetime, accepted_rules_version: int | None = None
    ) -> Self:
        """Join a group that is free to join; where it is full and opens the next one, the place is in that.

        Raises what `Group.refuse_walk_in` and `enter` say, `MemberNotActive`, `NotFound`.
        """
        async with transaction():
            await Member.touch(member_id, at=at)
            group = await Group.existing(group_id, field="groupId")
            group.refuse_walk_in()
            walk_in = Admission(Scene.FREE, Actor.member(member_id), accepted_rules_version=accepted_rules_version)
            return await cls.enter(member_id, group, walk_in, at=at)

    @classmethod
    async def add(cls, member_id: UUID, group_id: UUID, *, actor: Actor, at: datetime) -> Self:
        """Staff put a member into a group, whatever its join mode."""
        if actor.kind is ActorKind.MEMBER:
            raise NotAllowed()
        async with transaction():
            await Member.bump(member_id)
            group = await Group.existing(group_id, field="groupId")
            return await cls.enter(member_id, group, Admission(Scene.STAFF, actor), at=at)

    @classmethod
    async def enter(cls, member_id: UUID, group: Group, admission: Admission, *, at: datetime) -> Self:
        """Give a member, whose row the caller's transaction holds, a place.

        Raises `AlreadyMember`, `BlockedFromGroup`, `GroupFull`, `GroupArchived`, `RulesNotAccepted`,
        `MemberNotActive`; the transaction must end then.
        """
        if not admission.is_own_act and (await Member.existing(member_id, field="memberId")).status not in ACTIVE:
            raise MemberNotActive()
        await GroupBlock.refuse(member_id, group.id)
        places = await places_in_series(member_id, group)
        if group.id in places:
            raise AlreadyMember()
        seated = await take_seat(group, is_walk_in=admission.is_walk_in, at=at)
        if admission.is_own_act:
            await RulesAcceptance.demand(member_id, group.id, admission.accepted_rules_version, at=at)
        if seated.id != group.id:
            if places:
                raise AlreadyMember()
            await GroupBlock.refuse(member_id, seated.id)
            await RulesAcceptance.carry(member_id, seated.id, from_group_id=group.id, at=at)
        return await cls._seated(member_id, seated.id, admission, at=at)

    @classmethod
    async def leave(
        cls, member_id: UUID, group_id: UUID, *, at: datetime, reason: str | None = None
    ) -> MembershipChange:
        """Leave a group. Raises `OwnerMustHandOver`, `NotFound`, `Invalid`."""
        text = bounded_text(reason, "reason", most=REASON_MOST) or None
        async with transaction():
            await Member.touch(member_id, at=at)
            place = await cls.of(member_id, group_id, field="groupId")
            if place.role is Role.OWNER:
                raise OwnerMustHandOver()
            left = Happening(ChangeKind.LEFT, Scene.SELF, Actor.member(member_id), place.role, reason=text)
            return await place.end(left, at=at)

    @classmethod
    async def end_all(cls, member_id: UUID, *, at: datetime) -> None:
        """End every membership of a closed account, whose row the caller's transaction holds.

        A group that loses its owner so has none until staff appoint one.
        """
        places, entries = await cls.filter(member_id=member_id), await WaitlistEntry.filter(member_id=member_id)
        for group_id in sorted({place.group_id for place in places} | {entry.group_id for entry in entries}):
            # Whoever needs several groups takes them in one order, or two of them could wait for each other.
            await Group.held(group_id)
        for entry in entries:
            await WaitlistEntry.drop(member_id, entry.group_id)
        for place in places:
            left = Happening(ChangeKind.LEFT, Scene.ACCOUNT_CLOSED, Actor.member(member_id), place.role)
            await place.end(left, at=at)

    async def end(self, happening: Happening, *, at: datetime) -> MembershipChange:
        """End it inside the caller's transaction, which holds the member's row; the log keeps what happened."""
        await self.delete()
        await give_seat_back(self.group_id, at=at)
        change = await MembershipChange.record(self.group_id, self.member_id, happening, at=at)
        await Newcomer.leave(self.member_id, self.group_id, at=at)
        await standing_changed([self.member_id], at=at)
        return change

    @classmethod
    async def set_nickname(cls, member_id: UUID, group_id: UUID, nickname: str | None, *, at: datetime) -> Self:
        """Take a nickname in a group, or none. Raises `NicknameTaken`, `Invalid`, `NotFound`."""
        text = _nickname(nickname)
        try:
            async with transaction():
                await Member.touch(member_id, at=at, speaks=text is not None)
                group = await Group.held(group_id)
                await cls.refuse_muted(member_id, group_id, at=at)
                place = await cls.of(member_id, group_id, field="groupId")
                place.nickname = text
                place.nickname_key = _key(text) if text and group.nicknames_unique else None
                await place.save(update_fields=["nickname", "nickname_key"])
                return place
        except IntegrityError as error:
            if violates(error, cls, "membership_nickname_once"):
                raise NicknameTaken() from None
            raise

    @classmethod
    async def of(cls, member_id: UUID, group_id: UUID, *, field: str = "memberId") -> Self:
        """A member's place in a group, or `NOT_FOUND`."""
        place = await cls.get_or_none(member_id=member_id, group_id=group_id)
        if place is None:
            raise NotFound(field=field)
        return place

    @classmethod
    async def refuse_muted(cls, member_id: UUID, group_id: UUID, *, at: datetime) -> None:
        """Raise `MutedInGroup` for a member who may not publish anything in the group now."""
        place = await cls.get_or_none(member_id=member_id, group_id=group_id)
        if place and place.muted_until and place.muted_until > at:
            raise MutedInGroup(retry_at=place.muted_until)

    @classmethod
    async def refuse_outsider(cls, member_id: UUID, group_id: UUID, *, at: datetime) -> None:
        """Raise what keeps a member without a place from having a say in the group: leaving is no way around it.

        Raises `BlockedFromGroup` for one who was kicked, `MutedInGroup` for one whose mute goes on.
        """
        await GroupBlock.refuse(member_id, group_id)
        muted_until = await MembershipChange.mute_left(member_id, group_id, at=at)
        if muted_until:
            raise MutedInGroup(retry_at=muted_until)

    @classmethod
    async def active_groups(cls, member_id: UUID) -> list[GroupPlace]:
        """The groups in use that a member belongs to, the earliest joined first."""
        rows = await fetch(
            "SELECT m.group_id, g.circle_id FROM membership m JOIN chat_group g ON g.id = m.group_id "
            "WHERE m.member_id = $1 AND g.status = 'active' ORDER BY m.joined_at, m.id",
            member_id,
        )
        return [GroupPlace(UUID(str(row["group_id"])), UUID(str(row["circle_id"]))) for row in rows]

    @classmethod
    async def _seated(cls, member_id: UUID, group_id: UUID, admission: Admission, *, at: datetime) -> Self:
        """Write down a place whose seat is taken."""
        place = await cls.create(
            member_id=member_id,
            group_id=group_id,
            role=admission.role,
            muted_until=await MembershipChange.mute_left(member_id, group_id, at=at),
            joined_at=at,
        )
        await WaitlistEntry.drop(member_id, group_id)
        joined = Happening(ChangeKind.JOINED, admission.scene, admission.actor, admission.role)
        await MembershipChange.record(group_id, member_id, joined, at=at)
        await Newcomer.begin(place.id, member_id, group_id, at=at)
        await standing_changed([member_id], at=at)
        return place


def _nickname(nickname: str | None) -> str | None:
    text = bounded_text(unicodedata.normalize("NFC", nickname or ""), "nickname", most=NICKNAME_MOST)
    if text and not text.isprintable():
        raise Invalid("nickname", zh="不能含有控制字符", en="it must not contain control characters")
    return text or None


def _key(nickname: str) -> str:
    """What two nicknames share that look alike: width and letter case aside."""
    return unicodedata.normalize("NFKC", nickname).casefold()
