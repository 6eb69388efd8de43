"""The drawing of a scheduled draw: once, over a list that was frozen and hashed when the draw ended.

Ending the draw and freezing the list are one transaction, after which nobody can enter. The drawing itself is another:
it takes the members who are picked, and then the mark that it is done, which only one of any number of callers gets. So
it may be run late and twice. Prizes are given in their order, a place each; whoever takes part no more is passed over,
and those picked behind the last prize are alternates, to whom unclaimed prizes move up.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import UniqueConstraint

from models.insight.standing import standing_changed
from models.members.member import ACTIVE, Member
from models.one_by_one import OneByOne
from models.play.award import Award, take
from models.play.draw import Draw, DrawState
from models.play.draw_entry import DrawEntry, entrants
from models.play.draw_prize import DrawPrize, Wanting
from models.play.draw_result import DrawResult
from models.play.draw_seed import DrawSeed, reveal_seeds
from models.play.picking import Pick, picks
from models.play.prize_claim import ClaimState, PrizeClaim
from models.play.roll import entrants_hash
from models.record import Record
from store.brand_day import brand_day
from store.database import execute, fetch, transaction, violates

LAPSED_AT_ONCE = 200


class Drawing(Record):
    draw: fields.ForeignKeyRelation[Draw] = fields.ForeignKeyField(
        "models.Draw", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    draw_id: UUID
    list_hash = fields.CharField(max_length=64, description="SHA-256 of the lines `entrant:tickets`.")
    entrants = fields.IntField()
    tickets = fields.BigIntField()
    frozen_at: datetime = fields.DatetimeField()
    drawn_at: datetime | None = fields.DatetimeField(null=True)

    class Meta:
        table = "drawing"
        constraints = (UniqueConstraint(fields=("draw_id",), name="drawing_once_per_draw"),)

    @classmethod
    async def freeze(cls, draw: Draw, *, at: datetime) -> Self:
        """Close the list of a draw that is ending, inside the transaction that ends it."""
        listed = [(entrant, tickets) for entrant, tickets, _ in await entrants(draw)]
        return await cls.create(
            draw_id=draw.id,
            list_hash=entrants_hash(listed),
            entrants=len(listed),
            tickets=sum(tickets for _, tickets in listed),
            frozen_at=at,
        )

    async def hold(self, *, at: datetime) -> bool:
        """Pick the winners and give them their prizes; False where that was done, or the draw is void."""
        draw = await Draw.get(id=self.draw_id)
        listed = await entrants(draw)
        prizes = await DrawPrize.offered(draw.id)
        secret = (await DrawSeed.get(draw_id=draw.id, number=0)).secret
        wanted = sum(prize.stock or 0 for prize in prizes) + draw.alternates
        found = list(picks(draw.id, self.list_hash, [tickets for _, tickets, _ in listed], secret, wanted))
        member_ids = sorted(listed[pick.index][2] for pick in found)
        async with transaction():
            for member_id in member_ids:
                await Member.bump(member_id)
            draw = await Draw.held(self.draw_id)
            mark = "UPDATE drawing SET drawn_at = $1 WHERE id = $2 AND drawn_at IS NULL"
            if draw.state is not DrawState.ENDED or not await execute(mark, at, self.id):
                return False
            await self._give(draw, prizes, [(pick, listed[pick.index]) for pick in found], at=at)
            await reveal_seeds(draw, at=at)
            if member_ids:
                await standing_changed(member_ids, at=at)
        return True

    async def _give(
        self,
        draw: Draw,
        prizes: Sequence[DrawPrize],
        found: Sequence[tuple[Pick, tuple[str, int, UUID]]],
        *,
        at: datetime,
    ) -> None:
        """A result for each pick, in the order of their places; the caller holds their members."""
        pieces = [prize for prize in prizes for _ in range(prize.stock or 0)]
        ids = [member_id for _, (_, _, member_id) in found]
        active = {member.id for member in await Member.filter(id__in=ids, status__in=ACTIVE)}
        tickets = await DrawEntry.filter(draw_id=draw.id, member_id__in=ids, number=1)
        first = {one.member_id: one.chance_id for one in tickets}
        for pick, (entrant, _, member_id) in found:
            made = _result(draw, pick, entrant, member_id, first[member_id], at=at)
            prize = pieces[0] if pieces else None
            award: Award | Wanting | None = None
            if prize is not None:
                made.rolled_prize_id = prize.id
                is_there = member_id in active
                award = await take(draw, prize, member_id, made.id, at=at) if is_there else Wanting.NOT_ACTIVE
            if isinstance(award, Award):
                made.prize_id, made.prize_number, made.points = award.prize.id, award.number, award.points
            elif award is not None:
                made.wanting = award
            if award not in (None, Wanting.NOT_ACTIVE):
                pieces.pop(0)
            await made.save(force_create=True)
            if isinstance(award, Award):
                await award.hand_over(at=at)


async def draw_due(*, at: datetime) -> int:
    """Hold the drawings of scheduled draws that have ended; returns how many."""
    due = await Drawing.filter(drawn_at__isnull=True, draw__state=DrawState.ENDED).order_by("frozen_at", "id")
    run = OneByOne("hold drawing")
    return sum([bool(await run.do(drawing.id, drawing.hold(at=at))) for drawing in due])


async def lapse_claims(*, at: datetime) -> int:
    """Take back the prizes that were not claimed in time: each once, for the stock or the next alternate."""
    lapsed, run = 0, OneByOne("take prize back")
    due = PrizeClaim.filter(state=ClaimState.WAITING, expires_at__lte=at).order_by("expires_at", "id")
    while claims := await due.exclude(id__in=run.failed).limit(LAPSED_AT_ONCE):
        for claim in claims:
            lapsed += bool(await run.do(claim.id, _lapse(claim, at=at)))
    return lapsed


async def _lapse(claim: PrizeClaim, *, at: datetime) -> bool:
    try:
        async with transaction():
            if not await claim.expire(at=at):
                return False
            if not await _move_up(claim, at=at) and claim.prize_number is not None:
                await DrawPrize.give_back(claim.prize_id)
            return True
    except IntegrityError as error:
        # Two jobs wanted the same alternate; whoever came second finds the claim still waiting and tries again.
        if not violates(error, PrizeClaim, "prize_claim_once_per_result"):
            raise
        return False


async def _move_up(claim: PrizeClaim, *, at: datetime) -> bool:
    """Give an unclaimed prize to the first alternate who takes part and has got none; False where there is nobody."""
    draw = await Draw.shared(claim.draw_id)
    if draw.state is not DrawState.ENDED:
        return False
    rows = await fetch(
        "SELECT r.id, r.member_id FROM draw_result r JOIN member m ON m.id = r.member_id "
        "AND m.status IN ('normal', 'muted') WHERE r.draw_id = $1 AND r.pick_number IS NOT NULL "
        "AND r.prize_id IS NULL AND r.wanting IS NULL "
        "AND NOT EXISTS (SELECT 1 FROM prize_claim c WHERE c.result_id = r.id) ORDER BY r.pick_number LIMIT 1",
        claim.draw_id,
    )
    if not rows:
        return False
    prize = await DrawPrize.get(id=claim.prize_id)
    result_id, member_id = UUID(str(rows[0]["id"])), UUID(str(rows[0]["member_id"]))
    await Award(draw, prize, member_id, result_id, claim.prize_number).hand_over(at=at)
    return True


def _result(draw: Draw, pick: Pick, entrant: str, member_id: UUID, chance_id: UUID, *, at: datetime) -> DrawResult:
    """The result of a pick, without its prize."""
    return DrawResult(
        draw_id=draw.id,
        member_id=member_id,
        entrant=entrant,
        sequence=1,
        business_day=brand_day(at),
        day_index=1,
        chance_id=chance_id,
        version=draw.version,
        seed_number=0,
        roll_bound=pick.bound,
        roll_number=pick.number,
        pity_before=0,
        pity_after=0,
        is_forced=False,
        pick_number=pick.place,
        created_at=at,
    )
