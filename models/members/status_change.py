"""Changes of a member's status: who changed it, from what to what, why, and until when. The list is only ever added to.

normal ⇄ muted      may not speak, otherwise takes part; may end by itself at an instant
normal ⇄ frozen     logs in and reads, changes nothing
normal ⇄ left       out of every group, logged out, may not log in
any → erased        by erasure only, and for good
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index

from models.actor import SYSTEM, Actor, ActorKind
from models.errors import DomainError, Invalid, bounded_text
from models.groups.membership import Membership
from models.insight.standing import standing_changed
from models.learning.camp_departure import leave_all_camps
from models.learning.enrollment_end import leave_all_courses
from models.members.member import Member, MemberErased, MemberStatus
from models.members.session import Session, SubjectKind
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import fetch, transaction
from store.engines.guards import AppendOnly

LIFTED_AT_ONCE = 200


class StatusUnchanged(DomainError):
    code = "STATUS_UNCHANGED"
    zh = "该成员已处于此状态"
    en = "The member has this status already."
    field = "status"


class MemberStatusChange(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    status_before = fields.CharEnumField(MemberStatus, max_length=10)
    status = fields.CharEnumField(MemberStatus, max_length=10)
    until: datetime | None = fields.DatetimeField(null=True, description="When a mute ends by itself.")
    reason = fields.CharField(max_length=REASON_MOST, null=True)
    by_kind = fields.CharEnumField(ActorKind, max_length=10)
    by_id: UUID | None = fields.UUIDField(null=True)
    changed_at: datetime = fields.DatetimeField()

    class Meta:
        table = "member_status_change"
        indexes = (Index(fields=("member_id", "changed_at", "id"), name="member_status_change_by_member"),)
        guards = (AppendOnly("member_status_change"),)

    @classmethod
    async def by_staff(
        cls,
        member_id: UUID,
        status: MemberStatus,
        *,
        staff_id: UUID,
        reason: str,
        at: datetime,
        until: datetime | None = None,
    ) -> Self:
        """Change a status for a stated reason, which the audit keeps.

        Raises `StatusUnchanged`, `MemberErased`, `NotFound`, and `Invalid` for an empty reason, an `until` that is
        past or of another status than muted, and for erased, which is not staff's to give.
        """
        text = bounded_text(reason, "reason", least=1, most=REASON_MOST)
        if status is MemberStatus.ERASED:
            raise Invalid("status", zh="注销只能由成员本人发起", en="only members themselves erase their account")
        if until is not None and (status is not MemberStatus.MUTED or until <= at):
            raise Invalid("until", zh="仅禁言可设截止时间，且应晚于现在", en="only a mute ends, at a later instant")
        async with transaction():
            change = await cls.make(member_id, status, actor=Actor.staff(staff_id), reason=text, at=at, until=until)
            await AuditRow.write(
                staff_id=staff_id,
                action="change_member_status",
                subject=await Member.get(id=member_id),
                before={"status": change.status_before},
                after={"status": status, "until": until},
                reason=text,
                at=at,
            )
        return change

    @classmethod
    async def make(
        cls,
        member_id: UUID,
        status: MemberStatus,
        *,
        actor: Actor,
        at: datetime,
        reason: str | None = None,
        until: datetime | None = None,
    ) -> Self:
        """Change a status inside the caller's transaction. Raises `StatusUnchanged`, `MemberErased`, `NotFound`."""
        await Member.bump(member_id)
        member = await Member.existing(member_id, field="memberId")
        if member.status is MemberStatus.ERASED:
            raise MemberErased()
        if member.status is status and member.muted_until == until:
            raise StatusUnchanged()
        await Member.filter(id=member_id).update(status=status, muted_until=until)
        if status in (MemberStatus.LEFT, MemberStatus.ERASED):
            await Session.end_all(SubjectKind.MEMBER, member_id, at=at)
            await Membership.end_all(member_id, at=at)
            await leave_all_courses(member_id, at=at)
            await leave_all_camps(member_id, at=at)
        await standing_changed([member_id], at=at)
        return await cls.create(
            member_id=member_id,
            status_before=member.status,
            status=status,
            until=until,
            reason=reason,
            by_kind=actor.kind,
            by_id=actor.id,
            changed_at=at,
        )


async def lift_ended_mutes(*, at: datetime) -> int:
    """Give members whose mute has ended their voice back; returns how many. For the schedule."""
    rows = await fetch(
        "SELECT id FROM member WHERE status = 'muted' AND muted_until <= $1 ORDER BY muted_until, id LIMIT $2",
        at,
        LIFTED_AT_ONCE,
    )
    for row in rows:
        await _lift(UUID(str(row["id"])), at=at)
    return len(rows)


async def _lift(member_id: UUID, *, at: datetime) -> None:
    """Staff may have muted the member anew, or lifted the mute, since it was looked up."""
    async with transaction():
        await Member.bump(member_id)
        member = await Member.get(id=member_id)
        if member.status is MemberStatus.MUTED and member.muted_until is not None and member.muted_until <= at:
            await MemberStatusChange.make(member_id, MemberStatus.NORMAL, actor=SYSTEM, at=at)


async def set_board_visibility(member_id: UUID, *, is_hidden: bool, at: datetime) -> Member:
    """Take a member off every board, or put it back. Raises `MemberNotActive`."""
    async with transaction():
        await Member.touch(member_id, at=at)
        await Member.filter(id=member_id).update(is_hidden_from_boards=is_hidden)
        await standing_changed([member_id], at=at)
    return await Member.get(id=member_id)
