"""The void of a check-in by staff: who took it back, when and why. The unwinding is the check-in's own."""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.checkins.check_in import CheckIn
from models.checkins.streak import Streak
from models.errors import DomainError, bounded_text
from models.idempotency import Once, perform_once
from models.members.member import Member
from models.points.account import Account, of_member
from models.points.entry import PointEntry
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow, columns_of
from store.database import violates


class AlreadyVoided(DomainError):
    code = "ALREADY_VOIDED"
    zh = "该签到已作废"
    en = "This check-in was voided before."


class CheckInVoid(Record):
    check_in: fields.ForeignKeyRelation[CheckIn] = fields.ForeignKeyField(
        "models.CheckIn", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    check_in_id: UUID
    staff_id: UUID = fields.UUIDField()
    reason = fields.CharField(max_length=200)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "check_in_void"
        constraints = (UniqueConstraint(fields=("check_in_id",), name="check_in_void_once"),)

    @classmethod
    async def record(cls, check_in_id: UUID, *, staff_id: UUID, reason: str, at: datetime, once: Once | None) -> Self:
        """Void a check-in; its points, bonus, streak and places on boards unwind with it.

        Raises `AlreadyVoided`, and `InsufficientPoints` where the member has spent what must come back.
        """
        check_in = await CheckIn.existing(check_in_id, field="checkInId")

        async def write(id: UUID) -> Self:
            why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
            await Member.bump(check_in.member_id)
            void = await cls.create(id=id, check_in_id=check_in.id, staff_id=staff_id, reason=why, created_at=at)
            before = await _told(check_in)
            await check_in.void(at=at, note=void.reason, staff_id=staff_id)
            await AuditRow.write(
                staff_id=staff_id,
                action="void_check_in",
                subject=check_in,
                before=before,
                after=await _told(check_in),
                reason=void.reason,
                at=at,
            )
            return void

        try:
            return await perform_once(once, cls, write, at=at)
        except IntegrityError as error:
            if violates(error, cls, "check_in_void_once"):
                raise AlreadyVoided() from None
            raise

    async def reversals(self) -> list[PointEntry]:
        """The lines that the void took back, in the order of posting: the check-in's own, and bonuses it had led to."""
        check_in = await CheckIn.get(id=self.check_in_id)
        taken_back = PointEntry.filter(
            member_id=check_in.member_id, reason="reversal", staff_id=self.staff_id, posted_at=self.created_at
        )
        return await taken_back.order_by("id")


async def _told(check_in: CheckIn) -> dict[str, object]:
    """What the audit keeps: the check-in, its member's streak, and what the member can spend."""
    streak = await Streak.of(check_in.member_id, check_in.plan_id)
    account = await Account.get_or_none(id=of_member(check_in.member_id).id)
    facts = columns_of(check_in, "business_day", "kind", "voided_at")
    facts["streak"] = vars(streak.progress) if streak else None
    facts["points"] = account.balance if account else 0
    return facts
