"""A calendar feed: an address that calendar programs read without logging in, of a member or of a group.

Its token is shown once and kept as a hash; whoever has the address reads the timetable until the feed is revoked, or
renewed, which revokes the one before. A feed of a group that a member made holds as long as the member is in it.
"""

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.errors import DomainError, NotFound
from models.groups.group import Group
from models.groups.membership import Membership
from models.members.member import Member, MemberStatus
from models.record import Record
from models.staff.audit import AuditRow, columns_of
from store.database import transaction, violates
from store.vault import token_hash

TOKEN_BYTES = 32
_READERS = (MemberStatus.NORMAL, MemberStatus.MUTED)


class FeedKind(StrEnum):
    """Whose timetable a feed shows."""

    MEMBER = "member"
    GROUP = "group"


class CalendarFeedChanged(DomainError):
    code = "CALENDAR_FEED_CHANGED"
    zh = "日历订阅刚被更新，请重试"
    en = "This feed was renewed at the same moment; try again."


class CalendarFeed(Record):
    kind = fields.CharEnumField(FeedKind, max_length=10)
    member_id: UUID | None = fields.UUIDField(null=True, description="Who made it; absent where staff did.")
    group_id: UUID | None = fields.UUIDField(null=True)
    staff_id: UUID | None = fields.UUIDField(null=True)
    holder = fields.CharField(max_length=80, description="Of what there is one feed at a time: maker and group.")
    hash = fields.CharField(max_length=64, unique=True)
    created_at: datetime = fields.DatetimeField()
    revoked_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "calendar_feed"
        constraints = (
            UniqueConstraint(fields=("holder",), condition="revoked_at IS NULL", name="calendar_feed_one_of_a_kind"),
        )
        indexes = (
            Index(fields=("member_id", "created_at", "id"), name="calendar_feed_by_member"),
            Index(fields=("group_id", "created_at", "id"), name="calendar_feed_by_group"),
        )

    @classmethod
    async def of_member(cls, member_id: UUID, *, group_id: UUID | None = None, at: datetime) -> tuple[Self, str]:
        """A member's own feed, or one of a group it is in, and its token. Raises `NotFound`."""
        if group_id and not await Membership.exists(member_id=member_id, group_id=group_id):
            raise NotFound(field="groupId")
        feed = cls(kind=FeedKind.GROUP if group_id else FeedKind.MEMBER, member_id=member_id, group_id=group_id)
        return await feed._issue(f"member:{member_id}" + (f":{group_id}" if group_id else ""), at=at)

    @classmethod
    async def of_group(cls, group_id: UUID, *, staff_id: UUID, at: datetime) -> tuple[Self, str]:
        """A feed of a group that staff hand on, and its token. Raises `NotFound`."""
        await Group.existing(group_id, field="groupId")
        feed = cls(kind=FeedKind.GROUP, group_id=group_id, staff_id=staff_id)
        return await feed._issue(f"group:{group_id}", at=at)

    async def _issue(self, holder: str, *, at: datetime) -> tuple[Self, str]:
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self.holder, self.hash, self.created_at = holder, token_hash(token), at
        try:
            async with transaction():
                await type(self).filter(holder=holder, revoked_at__isnull=True).update(revoked_at=at)
                await self.save(force_create=True)
                await self._audit("make_calendar_feed", self.staff_id, at=at)
        except IntegrityError as error:
            if violates(error, type(self), "calendar_feed_one_of_a_kind"):
                raise CalendarFeedChanged() from None
            raise
        return self, token

    @classmethod
    async def revoke(
        cls, id: UUID, *, member_id: UUID | None = None, staff_id: UUID | None = None, at: datetime
    ) -> Self:
        """End a feed: a member its own, staff any of a group's; once more changes nothing. Raises `NotFound`."""
        async with transaction():
            feed = await cls.existing(id, field="feedId")
            if (member_id and feed.member_id != member_id) or (staff_id and feed.group_id is None):
                raise NotFound(field="feedId")
            if await cls.filter(id=id, revoked_at__isnull=True).update(revoked_at=at):
                feed.revoked_at = at
                await feed._audit("revoke_calendar_feed", staff_id, at=at)
        return feed

    @classmethod
    async def opened(cls, kind: FeedKind, token: str) -> Self:
        """The feed of a token that still holds, or `NotFound`, whatever is wrong with it."""
        feed = await cls.get_or_none(hash=token_hash(token), kind=kind, revoked_at__isnull=True)
        if feed is None or not await feed._holds():
            raise NotFound()
        return feed

    async def _holds(self) -> bool:
        if self.member_id is None:
            return True
        if self.group_id and not await Membership.exists(member_id=self.member_id, group_id=self.group_id):
            return False
        return await Member.exists(id=self.member_id, status__in=_READERS)

    async def _audit(self, action: str, staff_id: UUID | None, *, at: datetime) -> None:
        if staff_id:
            after = columns_of(self, "kind", "group_id", "revoked_at")
            await AuditRow.write(
                staff_id=staff_id, action=action, subject=self, before=None, after=after, reason=None, at=at
            )
