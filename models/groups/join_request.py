"""A request to join a group by approval. It takes no seat while it waits; it is decided once, or expires."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import UniqueConstraint

from models.actor import Actor, ActorKind
from models.errors import DomainError, bounded_text
from models.groups.block import GroupBlock
from models.groups.group import Group, GroupArchived, GroupClosed, JoinNeedsInvitation
from models.groups.membership import Admission, Membership
from models.groups.membership_change import Scene
from models.groups.role import Right, authorize, role_of
from models.groups.rules_acceptance import RulesAcceptance
from models.groups.settings import JoinMode
from models.groups.waitlist import AlreadyMember
from models.members.member import Member
from models.record import Record
from models.staff.audit import REASON_MOST, columns_of
from store.database import transaction, violates

OPEN_FOR = timedelta(days=7)
EXPIRED_AT_ONCE = 500


class RequestStatus(StrEnum):
    """What became of a request."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class JoinNeedsNoApproval(DomainError):
    code = "JOIN_NEEDS_NO_APPROVAL"
    zh = "该社群可直接加入，无需申请"
    en = "This group is free to join."


class AlreadyApplied(DomainError):
    code = "ALREADY_APPLIED"
    zh = "已提交过申请，请等待审批"
    en = "A request of yours is waiting for an answer."


class AppliedTooSoon(DomainError):
    code = "APPLIED_TOO_SOON"
    zh = "上次申请未通过，请稍后再试"
    en = "The last request was declined; apply again later."


class RequestNotPending(DomainError):
    code = "REQUEST_NOT_PENDING"
    zh = "该申请已处理或已过期"
    en = "This request was decided or has expired."


class JoinRequest(Record):
    group: fields.ForeignKeyRelation[Group] = fields.ForeignKeyField(
        "models.Group", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    group_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    message = fields.CharField(max_length=REASON_MOST, null=True)
    status = fields.CharEnumField(RequestStatus, max_length=10, default=RequestStatus.PENDING)
    created_at: datetime = fields.DatetimeField()
    expires_at: datetime = fields.DatetimeField()
    decided_at: datetime | None = fields.DatetimeField(null=True)
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    by_kind: ActorKind | None = fields.CharEnumField(ActorKind, max_length=10, null=True)  # type: ignore[assignment]  # Tortoise takes it for never absent
    by_id: UUID | None = fields.UUIDField(null=True)

    class Meta:
        table = "join_request"
        constraints = (
            UniqueConstraint(
                fields=("group_id", "member_id"), condition="status = 'pending'", name="join_request_one_pending"
            ),
        )
        indexes = (
            Index(fields=("group_id", "created_at", "id"), name="join_request_by_group"),
            Index(fields=("member_id", "group_id", "created_at"), name="join_request_by_member"),
            Index(fields=("status", "expires_at"), name="join_request_by_expiry"),
        )

    @classmethod
    async def apply(
        cls,
        member_id: UUID,
        group_id: UUID,
        *,
        at: datetime,
        message: str | None = None,
        accepted_rules_version: int | None = None,
    ) -> Self:
        """Ask to join. Raises `JoinNeedsNoApproval` and the refusals of the other join modes, `AlreadyApplied` and
        `AppliedTooSoon` (with when next), `AlreadyMember`, `BlockedFromGroup`, `RulesNotAccepted`, `NotFound`.
        """
        text = bounded_text(message, "message", most=REASON_MOST) or None
        try:
            async with transaction():
                await Member.touch(member_id, at=at)
                group = await Group.existing(group_id, field="groupId")
                refuse_applicant(group)
                await GroupBlock.refuse(member_id, group_id)
                if await role_of(member_id, group_id):
                    raise AlreadyMember()
                await cls._refuse_again(member_id, group, at=at)
                await RulesAcceptance.demand(member_id, group_id, accepted_rules_version, at=at)
                return await cls.create(
                    group_id=group_id, member_id=member_id, message=text, created_at=at, expires_at=at + OPEN_FOR
                )
        except IntegrityError as error:
            if violates(error, cls, "join_request_one_pending"):
                raise AlreadyApplied() from None
            raise

    @classmethod
    async def approve(cls, id: UUID, *, actor: Actor, at: datetime, reason: str | None = None) -> Self:
        """Let the applicant in. Raises `RequestNotPending`, `GroupFull`, `NotAllowed`, `NotFound` and what
        `Membership.enter` says; the request then stays as it was.
        """
        text = bounded_text(reason, "reason", most=REASON_MOST) or None
        request = await cls.existing(id, field="requestId")
        async with transaction():
            await Member.bump(request.member_id)
            group = await Group.held(request.group_id)
            await authorize(actor, group.id, Right.DECIDE_REQUESTS, field="requestId")
            await request._decide(RequestStatus.APPROVED, actor, text, at=at)
            await Membership.enter(request.member_id, group, Admission(Scene.APPROVAL, actor), at=at)
        return request

    @classmethod
    async def decline(cls, id: UUID, *, reason: str, actor: Actor, at: datetime) -> Self:
        """Refuse the applicant, saying why. Raises `RequestNotPending`, `NotAllowed`, `NotFound`, `Invalid`."""
        request = await cls.existing(id, field="requestId")
        async with transaction():
            await Group.held(request.group_id)
            await authorize(actor, request.group_id, Right.DECIDE_REQUESTS, field="requestId")
            text = bounded_text(reason, "reason", least=1, most=REASON_MOST)
            await request._decide(RequestStatus.DECLINED, actor, text, at=at)
            after = columns_of(request, "group_id", "member_id", "status")
            await actor.audit("decline_join_request", request, before=None, after=after, reason=text, at=at)
        return request

    @classmethod
    async def withdraw(cls, id: UUID, member_id: UUID, *, at: datetime) -> Self:
        """The applicant asks no longer. Raises `RequestNotPending`, `NotFound`."""
        request = await cls.get_or_none(id=id, member_id=member_id)
        if request is None:
            return await cls.existing(None, field="requestId")
        async with transaction():
            await request._decide(RequestStatus.WITHDRAWN, Actor.member(member_id), None, at=at)
        return request

    @classmethod
    async def expire(cls, *, at: datetime) -> int:
        """Close the requests that nobody answered in time; returns how many."""
        due = await cls.filter(status=RequestStatus.PENDING, expires_at__lte=at).limit(EXPIRED_AT_ONCE)
        overdue = cls.filter(id__in=[one.id for one in due], status=RequestStatus.PENDING)
        return await overdue.update(status=RequestStatus.EXPIRED, decided_at=at, by_kind=ActorKind.SYSTEM)

    @classmethod
    async def last_of(cls, member_id: UUID, group_ids: list[UUID]) -> dict[UUID, Self]:
        """A member's latest request to each of these groups."""
        requests = await cls.filter(member_id=member_id, group_id__in=group_ids).order_by("created_at", "id")
        return {request.group_id: request for request in requests}

    def refusal(self, group: Group, *, at: datetime) -> DomainError | None:
        """What this latest request says against applying again at `at`."""
        if self.status is RequestStatus.PENDING and self.expires_at > at:
            return AlreadyApplied(retry_at=self.expires_at)
        if self.status is RequestStatus.DECLINED and self.decided_at:
            again_at = self.decided_at + timedelta(hours=group.reapply_after_hours)
            return AppliedTooSoon(retry_at=again_at) if again_at > at else None
        return None

    @classmethod
    async def _refuse_again(cls, member_id: UUID, group: Group, *, at: datetime) -> None:
        last = (await cls.last_of(member_id, [group.id])).get(group.id)
        if last is None:
            return
        if refusal := last.refusal(group, at=at):
            raise refusal
        if last.status is RequestStatus.PENDING:
            overdue = cls.filter(id=last.id, status=RequestStatus.PENDING)
            await overdue.update(status=RequestStatus.EXPIRED, decided_at=at, by_kind=ActorKind.SYSTEM)

    async def _decide(self, status: RequestStatus, actor: Actor, reason: str | None, *, at: datetime) -> None:
        """Decide it once: of two deciders at one instant the second finds no pending row."""
        decision = {"status": status, "decided_at": at, "reason": reason, "by_kind": actor.kind, "by_id": actor.id}
        pending = type(self).filter(id=self.id, status=RequestStatus.PENDING, expires_at__gt=at)
        if not await pending.update(**decision):
            raise RequestNotPending()
        self.update_from_dict(decision)


def refuse_applicant(group: Group) -> None:
    """Raise what stands against applying at this door at all."""
    if not group.is_active:
        raise GroupArchived()
    if group.join_mode is JoinMode.FREE:
        raise JoinNeedsNoApproval()
    if group.join_mode is JoinMode.INVITATION:
        raise JoinNeedsInvitation()
    if group.join_mode is JoinMode.CLOSED:
        raise GroupClosed()
