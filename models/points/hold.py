"""A hold: a member's points set aside for a while, until what they are for is certain.

It is authorised, and then once captured (whole or in part) or released; nothing happens to it twice, whoever comes
first. What is released returns to the lots it came from. A hold that nobody ends lapses at its instant: it cannot be
captured from then on, and a job releases it. One without an instant never lapses: its cause has an end of its own, and
ends the hold with itself, so the two cannot disagree. Each verb runs in its caller's transaction, which has taken the
member's row.
"""

from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import DomainError
from models.members.member import Member
from models.one_by_one import OneByOne
from models.points.account import Bucket, of_member, of_platform
from models.points.entry import Move, PointEntry
from models.points.lot import NEVER
from models.record import Record
from store.database import fetch, transaction

HOLD, HOLD_CAPTURE, HOLD_RELEASE = "hold", "hold_capture", "hold_release"
HOLDS_AT_ONCE = 100


class HoldOutcome(StrEnum):
    """How a hold ended."""

    CAPTURED = "captured"
    RELEASED = "released"
    LAPSED = "lapsed"


class HoldEnded(DomainError):
    code = "HOLD_ENDED"
    zh = "该笔冻结积分已处理或已过期"
    en = "These points are not set aside any more."


class PointHold(Record):
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    source = fields.CharField(max_length=80, description="The cause, such as `order:<id>`.")
    amount = fields.BigIntField()
    entry_id: UUID = fields.UUIDField(description="The line that set them aside.")
    until: datetime = fields.DatetimeField(description="The first instant at which it cannot be captured.")
    captured = fields.BigIntField(default=0)
    outcome: HoldOutcome | None = fields.CharEnumField(HoldOutcome, max_length=10, null=True)  # type: ignore[assignment]  # Tortoise types it as never null
    ended_at: datetime | None = fields.DatetimeField(null=True)
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "point_hold"
        constraints = (
            UniqueConstraint(fields=("source",), name="point_hold_once_per_cause"),
            # For the job: small, because it holds only what is open.
            UniqueConstraint(fields=("until", "id"), condition="ended_at IS NULL", name="point_hold_open"),
            CheckConstraint(check="amount > 0 AND captured >= 0 AND captured <= amount", name="point_hold_bounds"),
            CheckConstraint(check="(ended_at IS NULL) = (outcome IS NULL)", name="point_hold_ends_somehow"),
        )
        indexes = (Index(fields=("member_id", "created_at", "id"), name="point_hold_by_member"),)

    @classmethod
    async def authorise(
        cls, member_id: UUID, amount: int, *, source: str, until: datetime | None, at: datetime
    ) -> Self:
        """Set points aside once per cause (`point_hold_once_per_cause`), until an instant or until the cause ends it.

        Raises `InsufficientPoints`.
        """
        if until and until <= at:
            raise ValueError(f"a hold that ends at {until}, before it begins")
        move = Move(of_member(member_id), of_member(member_id, bucket=Bucket.HELD), amount, HOLD, source)
        [debit, _] = await PointEntry.post([move], at=at)
        return await cls.create(
            member_id=member_id, source=source, amount=amount, entry_id=debit.id, until=until or NEVER, created_at=at
        )

    @classmethod
    async def of(cls, source: str) -> Self:
        """The hold of a cause."""
        return await cls.get(source=source)

    async def capture(self, *, at: datetime, amount: int | None = None) -> None:
        """Spend what was set aside, or `amount` of it, upon which the rest is released. Raises `HoldEnded`."""
        spent = self.amount if amount is None else amount
        if not 0 < spent <= self.amount:
            raise ValueError(f"{spent} captured of {self.amount}")
        if at >= self.until:
            raise HoldEnded()
        await self._end(HoldOutcome.CAPTURED, spent, at=at)

    async def release(self, *, at: datetime) -> None:
        """Let the member have its points back. Raises `HoldEnded`."""
        await self._end(HoldOutcome.RELEASED, 0, at=at)

    @classmethod
    async def release_lapsed(cls, *, at: datetime) -> int:
        """Release what nobody has ended by its instant, one by one until there is none; returns how many."""
        released, run = 0, OneByOne("release hold")
        due = cls.filter(until__lte=at, ended_at__isnull=True).order_by("until", "id")
        while lapsed := await due.exclude(id__in=run.failed).limit(HOLDS_AT_ONCE):
            for hold in lapsed:
                released += bool(await run.do(hold.id, hold._lapse(at=at)))
        return released

    async def _lapse(self, *, at: datetime) -> bool:
        try:
            async with transaction():
                await Member.bump(self.member_id)
                await self._end(HoldOutcome.LAPSED, 0, at=at)
        except HoldEnded:
            return False
        return True

    async def _end(self, outcome: HoldOutcome, captured: int, *, at: datetime) -> None:
        ended = await fetch(
            "UPDATE point_hold SET outcome = $1, captured = $2, ended_at = $3 WHERE id = $4 AND ended_at IS NULL "
            "RETURNING id",
            outcome,
            captured,
            at,
            self.id,
        )
        if not ended:
            raise HoldEnded()
        self.outcome, self.captured, self.ended_at = outcome, captured, at
        await PointEntry.post(self._moves(), at=at)

    def _moves(self) -> list[Move]:
        held, own = of_member(self.member_id, bucket=Bucket.HELD), of_member(self.member_id)
        moves = []
        if self.captured:
            moves.append(Move(held, of_platform(Bucket.SPENT), self.captured, HOLD_CAPTURE, self.source))
        if rest := self.amount - self.captured:
            moves.append(Move(held, own, rest, HOLD_RELEASE, self.source, gives_back=self.entry_id))
        return moves
