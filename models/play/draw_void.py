"""The void of a whole draw: one decision of staff, which unwinds everything that came of it, result by result.

The decision closes the draw at once. The unwinding is a chain of rows: for each result what was taken back and what was
missing, for each purchase that its points were returned. Each is a transaction of its own and happens once, so a crash
loses nothing and the job goes on where it stopped. Purchases come first, so that a winner who has spent the prize owes
no more than need be; what is missing then is written down as a shortfall and nobody's balance goes below zero.
"""

from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.checkins.card import CheckInCard
from models.errors import bounded_text
from models.idempotency import Once, perform_once
from models.insight.standing import standing_changed
from models.members.member import Member
from models.one_by_one import OneByOne
from models.play.award import card_ids
from models.play.draw import Draw, DrawState, DrawVoided
from models.play.draw_chance import REASON, DrawChance
from models.play.draw_prize import DrawPrize
from models.play.draw_result import DrawResult
from models.play.draw_seed import reveal_seeds
from models.play.draw_terms import ChanceSource, PrizeKind
from models.play.prize_claim import PrizeClaim
from models.points.account import Bucket, of_member, of_platform
from models.points.budget import Budget
from models.points.entry import InsufficientPoints, Move, PointEntry
from models.points.lot import NEVER
from models.record import Record
from models.staff.audit import REASON_MOST, AuditRow
from store.database import execute, fetch, savepoint, transaction
from store.engines.guards import AppendOnly
from store.ids import as_id

UNWOUND_AT_ONCE = 200

_STANDING = (
    "SELECT r.id FROM draw_result r WHERE r.draw_id = $1 AND r.id > $2 "
    "AND NOT EXISTS (SELECT 1 FROM draw_result_void v WHERE v.result_id = r.id) "
    "AND NOT EXISTS (SELECT 1 FROM draw_chance c WHERE c.draw_id = r.draw_id AND c.member_id = r.member_id "
    "AND c.source = 'purchase' AND c.refunded_at IS NULL) ORDER BY r.id LIMIT $3"
)
"""Results that are not unwound, some after `$2`; those of a member whose price is yet to be returned wait for it."""


class DrawVoid(Record):
    draw: fields.ForeignKeyRelation[Draw] = fields.ForeignKeyField(
        "models.Draw", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    draw_id: UUID
    staff_id: UUID = fields.UUIDField()
    reason = fields.CharField(max_length=REASON_MOST)
    created_at: datetime = fields.DatetimeField()
    unwound_at: datetime | None = fields.DatetimeField(null=True, description="When nothing was left to unwind.")

    class Meta:
        table = "draw_void"
        constraints = (UniqueConstraint(fields=("draw_id",), name="draw_void_once"),)

    @classmethod
    async def record(cls, draw_id: UUID, *, reason: str, staff_id: UUID, at: datetime, once: Once | None) -> Self:
        """Void a draw that was published. Raises `DrawVoided`, `Invalid`, `NotFound`."""

        async def write(id: UUID) -> Self:
            why = bounded_text(reason, "reason", least=1, most=REASON_MOST)
            draw = await Draw.held((await Draw.seen(draw_id)).id)
            if draw.state is DrawState.VOIDED:
                raise DrawVoided()
            void = await cls.create(id=id, draw_id=draw.id, staff_id=staff_id, reason=why, created_at=at)
            before = {"state": draw.state}
            draw.state, draw.ended_at = DrawState.VOIDED, draw.ended_at or at
            await draw.save(update_fields=["state", "ended_at"])
            await reveal_seeds(draw, at=at)
            await AuditRow.write(
                staff_id=staff_id,
                action="void_draw",
                subject=draw,
                before=before,
                after={"state": draw.state},
                reason=void.reason,
                at=at,
            )
            return void

        return await perform_once(once, cls, write, at=at)

    async def unwind(self, *, at: datetime) -> bool:
        """Unwind what came of the draw; False where a row failed, which the next run tries again."""
        draw = await Draw.get(id=self.draw_id)
        purchases, results = OneByOne("return price of chances"), OneByOne("unwind draw result")
        bought = DrawChance.filter(draw_id=draw.id, source=ChanceSource.PURCHASE, refunded_at__isnull=True)
        while some := await bought.exclude(id__in=purchases.failed).order_by("id").limit(UNWOUND_AT_ONCE):
            for one in some:
                await purchases.do(one.id, _refund(one, at=at))
        after = UUID(int=0)
        while rows := await fetch(_STANDING, draw.id, after, UNWOUND_AT_ONCE):
            for after in [as_id(row["id"]) for row in rows]:
                await results.do(after, DrawResultVoid.record(after, draw, self, at=at))
        if purchases.failed or results.failed:
            return False
        if draw.is_scheduled:
            await execute("UPDATE draw_chance SET given_back = used WHERE draw_id = $1", draw.id)
        await DrawVoid.filter(id=self.id, unwound_at__isnull=True).update(unwound_at=at)
        return True


class DrawResultVoid(Record):
    result: fields.ForeignKeyRelation[DrawResult] = fields.ForeignKeyField(
        "models.DrawResult", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    result_id: UUID
    void: fields.ForeignKeyRelation[DrawVoid] = fields.ForeignKeyField(
        "models.DrawVoid", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    void_id: UUID
    member_id: UUID = fields.UUIDField()
    points_back = fields.IntField(description="Points of the prize that were taken back.")
    shortfall = fields.IntField(description="Points of the prize that the member had spent.")
    kept = fields.BooleanField(description="Whether the prize had been handed over or used, and stays.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "draw_result_void"
        constraints = (
            UniqueConstraint(fields=("result_id",), name="draw_result_void_once"),
            CheckConstraint(check="points_back >= 0 AND shortfall >= 0", name="draw_result_void_never_gives"),
        )
        indexes = (Index(fields=("void_id", "id"), name="draw_result_void_by_void"),)
        guards = (AppendOnly("draw_result_void"),)

    @classmethod
    async def record(cls, result_id: UUID, draw: Draw, void: DrawVoid, *, at: datetime) -> bool:
        """Unwind one result; False where another job did."""
        result = await DrawResult.get(id=result_id)
        async with transaction():
            await Member.bump(result.member_id)
            # Under the member's row nobody else unwinds this result, so what is read here stays true.
            if await cls.exists(result_id=result.id):
                return False
            back = await _take_back(result, draw, void, at=at)
            kept = await _recall(result, at=at)
            if result.pick_number is None:
                await DrawChance.give_back(result.chance_id)
            await cls.create(
                result_id=result.id,
                void_id=void.id,
                member_id=result.member_id,
                points_back=back,
                shortfall=result.points - back,
                kept=kept,
                created_at=at,
            )
            await standing_changed([result.member_id], at=at)
        return True


async def unwind_due(*, at: datetime) -> int:
    """Go on with the voids that are not unwound; returns how many were brought to their end."""
    done, run = 0, OneByOne("unwind draw")
    for void in await DrawVoid.filter(unwound_at__isnull=True).order_by("created_at", "id"):
        done += bool(await run.do(void.id, void.unwind(at=at)))
    return done


async def _refund(chance: DrawChance, *, at: datetime) -> bool:
    """Return what a purchase had cost; False where that happened before."""
    source = f"{REASON}:{chance.id}"
    async with transaction():
        await Member.bump(chance.member_id)
        mark = "UPDATE draw_chance SET refunded_at = $1 WHERE id = $2 AND refunded_at IS NULL"
        if not await execute(mark, at, chance.id):
            return False
        spent = await PointEntry.get(member_id=chance.member_id, source=source, reason=REASON)
        move = Move(
            of_platform(Bucket.SPENT), of_member(chance.member_id), -spent.amount, "refund", source, gives_back=spent.id
        )
        await PointEntry.post([move], at=at)
        await standing_changed([chance.member_id], at=at)
    return True


async def _take_back(result: DrawResult, draw: Draw, void: DrawVoid, *, at: datetime) -> int:
    """Take a prize's points back, its own lot first, as far as they are there; the caller holds the member's row."""
    if not result.points:
        return 0
    source = f"draw_result:{result.id}"
    won = await PointEntry.get(member_id=result.member_id, source=source, amount__gt=0)
    home, wanted = await Budget.home_of(draw.budget_id), result.points
    while wanted > 0:
        move = Move(
            debit=of_member(result.member_id),
            credit=home,
            amount=wanted,
            reason="reversal",
            source=source,
            note=void.reason,
            staff_id=void.staff_id,
            reversal_of=won.id,
            earned_at=won.earned_at,
            from_lot=won.expires_at or NEVER,
        )
        try:
            async with savepoint():
                await PointEntry.post([move], at=at)
            return wanted
        except InsufficientPoints as refusal:
            # No more than is there; a spending in between may have left less still.
            wanted = min(wanted - 1, int(str(refusal.facts["available"])))
    return 0


async def _recall(result: DrawResult, *, at: datetime) -> bool:
    """Take back what belonged to a prize beside points; True where some of it was handed over or used."""
    claim = await PrizeClaim.get_or_none(result_id=result.id)
    if claim is not None:
        is_closed = await claim.void(at=at)
        if is_closed and claim.prize_number is not None:
            await DrawPrize.give_back(claim.prize_id)
        return claim.fulfilled_at is not None
    if result.prize_id is None:
        return False
    prize = await DrawPrize.get(id=result.prize_id)
    if prize.kind is PrizeKind.MAKE_UP_CARD:
        ids = card_ids(result.id, prize.amount)
        unused = await CheckInCard.filter(id__in=ids, used_at__isnull=True).update(expires_at=at)
        return unused < len(ids)
    if result.prize_number is not None:
        await DrawPrize.give_back(prize.id)
    return False
