"""An adjustment: points that staff grant, deduct or take back, with a reason, once per key, and told to the audit."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError, Invalid, bounded_text, within
from models.idempotency import Once, perform_once
from models.insight.standing import standing_changed
from models.members.member import Member
from models.points.account import Account, AccountKey, Bucket, Currency, Holder, of_member, of_platform
from models.points.earning import Earning
from models.points.entry import Move, PointEntry, undo
from models.points.grant_batch import GrantBatch
from models.points.posting import AMOUNT_MOST
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import violates


class AdjustmentKind(StrEnum):
    """What staff did."""

    GRANT = "grant"
    DEDUCT = "deduct"
    REVERSE = "reverse"


class EntryNotReversible(DomainError):
    code = "ENTRY_NOT_REVERSIBLE"
    zh = "该笔记录不能冲正"
    en = "This line cannot be taken back by itself."


class EntryReversed(DomainError):
    code = "ENTRY_REVERSED"
    zh = "该笔记录已冲正"
    en = "This line was taken back before."


class PointAdjustment(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    kind = fields.CharEnumField(AdjustmentKind, max_length=10)
    currency = fields.CharEnumField(Currency, max_length=10)
    amount = fields.BigIntField()
    entry_id: UUID | None = fields.UUIDField(null=True, description="The line that was taken back.")
    reason = fields.CharField(max_length=REASON_MOST)
    staff_id: UUID = fields.UUIDField()
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "point_adjustment"
        constraints = (
            UniqueConstraint(
                fields=("entry_id",), condition="entry_id IS NOT NULL", name="point_adjustment_one_reversal"
            ),
            CheckConstraint(check="amount > 0", name="point_adjustment_moves_something"),
        )
        indexes = (Index(fields=("member_id", "created_at", "id"), name="point_adjustment_by_member"),)

    @classmethod
    async def grant(
        cls,
        member_id: UUID,
        amount: int,
        *,
        reason: str,
        staff_id: UUID,
        at: datetime,
        once: Once | None,
        currency: Currency = Currency.POINTS,
        expires_at: datetime | None = None,
    ) -> Self:
        """Give a member newly issued points or growth; points may have an expiry of their own.

        Raises `Invalid`, `NotFound`.
        """

        async def write(id: UUID) -> Self:
            if expires_at and (expires_at <= at or currency is not Currency.POINTS):
                raise Invalid("expiresAt", zh="须为积分且晚于现在", en="it must be points, and must lie ahead")
            made = cls._made(id, AdjustmentKind.GRANT, member_id, currency, amount, reason, staff_id, at)
            await Member.hold(member_id)
            move = made._move(of_platform(Bucket.ISSUED, currency), of_member(member_id, currency))
            return await made._kept([replace(move, expires_at=expires_at)])

        return await perform_once(once, cls, write, at=at)

    @classmethod
    async def deduct(
        cls, member_id: UUID, amount: int, *, reason: str, staff_id: UUID, at: datetime, once: Once | None
    ) -> Self:
        """Take points from a member, no more than it has. Raises `InsufficientPoints`, `Invalid`, `NotFound`."""

        async def write(id: UUID) -> Self:
            made = cls._made(id, AdjustmentKind.DEDUCT, member_id, Currency.POINTS, amount, reason, staff_id, at)
            await Member.hold(member_id)
            return await made._kept([made._move(of_member(member_id), of_platform(Bucket.SPENT))])

        return await perform_once(once, cls, write, at=at)

    @classmethod
    async def reverse(cls, entry_id: UUID, *, reason: str, staff_id: UUID, at: datetime, once: Once | None) -> Self:
        """Take a credit back to where it was issued; an earning goes back whole, its growth with its points.

        Raises `EntryReversed`, `EntryNotReversible` (a spending, a transfer, or the pay of a check-in, which is taken
        back by its void), and `InsufficientPoints` where the member has spent them.
        """
        entry = await PointEntry.existing(entry_id, field="entryId")

        async def write(id: UUID) -> Self:
            if entry.member_id is None:
                raise EntryNotReversible()
            await Member.bump(entry.member_id)
            moves = await _undoing(entry, at=at, note=reason.strip(), staff_id=staff_id)
            made = cls._made(
                id, AdjustmentKind.REVERSE, entry.member_id, entry.currency, entry.amount, reason, staff_id, at
            )
            made.entry_id = entry.id
            return await made._kept(moves)

        try:
            return await perform_once(once, cls, write, at=at)
        except IntegrityError as error:
            twice = violates(error, cls, "point_adjustment_one_reversal")
            if twice or violates(error, PointEntry, "point_entry_reversed_once"):
                raise EntryReversed() from None
            raise

    @classmethod
    def _made(
        cls,
        id: UUID,
        kind: AdjustmentKind,
        member_id: UUID,
        currency: Currency,
        amount: int,
        reason: str,
        staff_id: UUID,
        at: datetime,
    ) -> Self:
        within("amount", amount, 1, AMOUNT_MOST)
        return cls(
            id=id,
            kind=kind,
            member_id=member_id,
            currency=currency,
            amount=amount,
            reason=bounded_text(reason, "reason", least=1, most=REASON_MOST),
            staff_id=staff_id,
            created_at=at,
        )

    def _move(self, debit: AccountKey, credit: AccountKey) -> Move:
        source, reason = f"adjustment:{self.id}", f"staff_{self.kind}"
        return Move(debit, credit, self.amount, reason, source, note=self.reason, staff_id=self.staff_id)

    async def _kept(self, moves: list[Move]) -> Self:
        """Write it and what it moves; the caller holds the member's row."""
        member = await Member.existing(self.member_id, field="memberId")
        before = await _balances(member.id)
        await self.save(force_create=True)
        await PointEntry.post(moves, at=self.created_at)
        await AuditRow.write(
            staff_id=self.staff_id,
            action=f"{self.kind}_points",
            subject=member,
            before=before,
            after=await _balances(member.id),
            reason=self.reason,
            at=self.created_at,
        )
        await standing_changed([member.id], at=self.created_at)
        return self

    async def entries(self) -> list[PointEntry]:
        """The member's lines that it made, in the order of posting."""
        if self.kind is not AdjustmentKind.REVERSE:
            return await PointEntry.filter(member_id=self.member_id, source=f"adjustment:{self.id}").order_by("id")
        lines = PointEntry.filter(
            member_id=self.member_id, reason="reversal", staff_id=self.staff_id, posted_at=self.created_at
        )
        return await lines.order_by("id")


async def _balances(member_id: UUID) -> dict[str, object]:
    accounts = await Account.filter(holder_id=member_id, holder=Holder.MEMBER)
    return {f"{account.bucket}_{account.currency}": account.balance for account in accounts if account.balance}


async def _undoing(entry: PointEntry, *, at: datetime, note: str, staff_id: UUID) -> list[Move]:
    """The movements that take a line back; the caller holds the member's row."""
    kind, _, cause_id = entry.source.partition(":")
    if entry.amount <= 0 or kind == "check_in":
        raise EntryNotReversible()
    if kind == "earning":
        earning = await Earning.get(id=UUID(cause_id))
        moves = await earning.undoing(at=at, note=note, staff_id=staff_id)
        if moves is None:
            raise EntryReversed()
        return moves
    if kind == "grant_row":
        home = await GrantBatch.home_of(UUID(cause_id))
        return [replace(undo(entry, note=note, staff_id=staff_id), credit=home)]
    giver = await PointEntry.get(transfer_id=entry.transfer_id, amount__lt=0)
    if giver.bucket is not Bucket.ISSUED:
        raise EntryNotReversible()
    return [undo(entry, note=note, staff_id=staff_id)]
