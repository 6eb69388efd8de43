"""An award: what a result gives its member. It is taken before the result is written, and handed over after.

Taking is what may fail: the member's cap of a prize, the piece of the stock, the code of a pool, the points of a
budget. It happens in a part of the transaction that can fail alone, so a prize that is wanting leaves nothing behind
and the next one is tried.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from models.checkins.card import CardKind, CardSource, CheckInCard
from models.checkins.plan import CheckInPlan
from models.mall.good_code import GoodCode
from models.play.draw import Draw
from models.play.draw_chance import DrawChance, DueChance
from models.play.draw_prize import DrawPrize, Wanting
from models.play.draw_terms import CLAIMED_KINDS, ChanceSource, PrizeKind
from models.play.prize_claim import ClaimState, PrizeClaim
from models.points.account import Bucket, of_budget, of_member, of_platform
from models.points.entry import InsufficientPoints, Move, PointEntry, Rule
from store.database import fetch, savepoint

REASON = "draw_prize"


@dataclass(frozen=True)
class Award:
    """A prize that was taken for a result, and which piece of its stock."""

    draw: Draw
    prize: DrawPrize
    member_id: UUID
    result_id: UUID
    number: int | None = None

    @property
    def points(self) -> int:
        return self.prize.amount if self.prize.kind is PrizeKind.POINTS else 0

    async def hand_over(self, *, at: datetime) -> None:
        """Make what belongs to the prize beside points, once its result is written."""
        if self.prize.kind in CLAIMED_KINDS:
            await self._open_claim(at=at)
        elif self.prize.kind is PrizeKind.CODE:
            # It was handed over when it was taken, so the claim begins at its end.
            await self._open_claim(at=at, is_done=True)
        elif self.prize.kind is PrizeKind.CHANCE:
            due = DueChance(ChanceSource.PRIZE, f"result:{self.result_id}", self.prize.amount, None)
            await DrawChance.write_down(self.member_id, self.draw.id, due, at=at)
        elif self.prize.kind is PrizeKind.MAKE_UP_CARD:
            plan = await CheckInPlan.chosen(None)
            ids = card_ids(self.result_id, self.prize.amount)
            await CheckInCard.hand_out(ids, self.member_id, plan.id, CardKind.MAKE_UP, CardSource.EARNED, at=at)

    async def _open_claim(self, *, at: datetime, is_done: bool = False) -> None:
        days = None if is_done else self.draw.claim_days
        done_at = at if is_done else None
        await PrizeClaim.create(
            member_id=self.member_id,
            draw_id=self.draw.id,
            prize_id=self.prize.id,
            result_id=self.result_id,
            prize_number=self.number,
            expires_at=at + timedelta(days=days) if days else None,
            state=ClaimState.FULFILLED if is_done else ClaimState.WAITING,
            created_at=at,
            claimed_at=done_at,
            fulfilled_at=done_at,
        )


async def take(draw: Draw, prize: DrawPrize, member_id: UUID, result_id: UUID, *, at: datetime) -> Award | Wanting:
    """Take a prize for a result, with its points, or say why it is wanting; the caller holds the member's row."""
    if prize.member_most is not None and await _won(draw, prize, member_id) >= prize.member_most:
        return Wanting.MEMBER_CAP
    try:
        if not prize.is_counted and not draw.budget_id:
            return await _paid(Award(draw, prize, member_id, result_id), at=at)
        async with savepoint():
            number = await _piece(draw, prize, at=at)
            return await _paid(Award(draw, prize, member_id, result_id, number), at=at)
    except _IsWanting as wanting:
        return wanting.why
    except InsufficientPoints:
        return Wanting.BUDGET


def card_ids(result_id: UUID, count: int) -> list[UUID]:
    """The ids of the cards that a result gives: they follow from its own, so they are found again."""
    return [uuid5(result_id, f"card:{n}") for n in range(count)]


class _IsWanting(Exception):
    def __init__(self, why: Wanting) -> None:
        super().__init__(why)
        self.why = why


async def _piece(draw: Draw, prize: DrawPrize, *, at: datetime) -> int | None:
    if not prize.is_counted:
        return None
    found = await prize.take(prize.released(draw.starts_at, draw.ends_at, at=at))
    if isinstance(found, Wanting):
        raise _IsWanting(found)
    return found


async def _paid(award: Award, *, at: datetime) -> Award:
    sku_id = award.prize.sku_id
    if sku_id and not await GoodCode.take_for_result(sku_id, award.result_id, at=at):
        raise _IsWanting(Wanting.OUT_OF_STOCK)
    if award.points:
        budget_id = award.draw.budget_id
        payer = of_budget(budget_id) if budget_id else of_platform(Bucket.ISSUED)
        source = f"draw_result:{award.result_id}"
        rule = Rule(award.draw.id, award.draw.version)
        await PointEntry.post([Move(payer, of_member(award.member_id), award.points, REASON, source, rule=rule)], at=at)
    return award


async def _won(draw: Draw, prize: DrawPrize, member_id: UUID) -> int:
    """How often the member has won the prize in this draw."""
    sql = "SELECT count(*) AS n FROM draw_result WHERE draw_id = $1 AND member_id = $2 AND prize_id = $3"
    return int((await fetch(sql, draw.id, member_id, prize.id))[0]["n"])
