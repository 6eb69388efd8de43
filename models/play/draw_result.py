"""A result: one draw of one member, with everything that it was made from, never changed afterwards.

Chance, roll, piece of the stock and points are one transaction. The member's row is taken first, so a member's results
are numbered without a gap (`sequence`, and `day_index` within the business day), and the unique keys keep quotas exact;
members do not wait for each other but for a piece of the same limited prize.

Where the prize that was rolled is wanting, the result says why (`wanting`) and gives the fallback prize. A guarantee is
met by any prize of its tier that there is; where there is none it stays due, the result says why (`unmet`), and another
roll decides as if there were no guarantee.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self
from uuid import UUID

from tortoise import fields
from tortoise.indexes import Index
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.errors import Invalid
from models.idempotency import Once, perform_claiming
from models.insight.standing import standing_changed
from models.members.member import Member
from models.play.award import Award, take
from models.play.draw import Draw, WrongDrawKind
from models.play.draw_chance import DrawChance
from models.play.draw_prize import DrawPrize, Wanting
from models.play.draw_seed import DrawSeed
from models.play.odds import Odds, Roll
from models.play.roll import entrant_of, roll_message, unmet_message
from models.record import Record
from store.brand_day import brand_day
from store.engines.guards import AppendOnly
from store.together import Write

Prizes = Mapping[UUID, DrawPrize]

_CLIENT_TEXT = re.compile(r"[0-9A-Za-z_-]{1,40}")


@dataclass(frozen=True)
class Standing:
    """Where a member stands in a draw: what it has drawn, and what the guarantee has counted."""

    entrant: str
    drawn: int = 0
    drawn_today: int = 0
    pity: int = 0
    day: date | None = None


class DrawResult(Record):
    draw: fields.ForeignKeyRelation[Draw] = fields.ForeignKeyField(
        "models.Draw", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    draw_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    entrant = fields.CharField(max_length=64, description="The member's name in the log, which tells nobody who it is.")
    sequence = fields.IntField(description="The member's nth result in this draw, from 1.")
    business_day: date = fields.DateField()
    day_index = fields.IntField(description="The member's nth result of the day, from 1.")
    chance_id: UUID = fields.UUIDField(description="The gift whose chance was used.")
    version = fields.IntField(description="Of the draw's rules.")
    seed_number = fields.SmallIntField()
    client_text = fields.CharField(max_length=40, null=True)
    segment = fields.CharField(max_length=40, null=True, description="Whose weights held; absent: those of all.")
    roll_bound = fields.BigIntField(description="The number rolled is below it.")
    roll_number = fields.BigIntField()
    pity_before = fields.IntField()
    pity_after = fields.IntField()
    is_forced = fields.BooleanField(description="Whether the guarantee decided.")
    rolled_prize_id: UUID | None = fields.UUIDField(null=True, description="What the roll fell on.")
    wanting = fields.CharEnumField(Wanting, max_length=20, null=True)
    unmet = fields.CharEnumField(Wanting, max_length=20, null=True, description="Why the guarantee was not met.")
    prize: fields.ForeignKeyNullableRelation[DrawPrize] = fields.ForeignKeyField(
        "models.DrawPrize", null=True, related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    prize_id: UUID | None
    prize_number: int | None = fields.IntField(null=True, description="Which piece of the stock; absent: unlimited.")
    points = fields.IntField(default=0)
    pick_number: int | None = fields.IntField(null=True, description="Scheduled: in the order of picking, from 1.")
    created_at: datetime = fields.DatetimeField()

    class Meta:
        table = "draw_result"
        constraints = (
            UniqueConstraint(fields=("draw_id", "member_id", "sequence"), name="draw_result_sequence_once"),
            UniqueConstraint(fields=("draw_id", "member_id", "business_day", "day_index"), name="draw_result_day_once"),
            UniqueConstraint(
                fields=("draw_id", "pick_number"), condition="pick_number IS NOT NULL", name="draw_result_pick_once"
            ),
            CheckConstraint(
                check="sequence > 0 AND day_index > 0 AND roll_number >= 0 AND roll_number < roll_bound",
                name="draw_result_counts",
            ),
        )
        indexes = (
            Index(fields=("draw_id", "created_at", "id"), name="draw_result_by_draw"),
            Index(fields=("member_id", "created_at", "id"), name="draw_result_by_member"),
            Index(fields=("prize_id", "created_at", "id"), name="draw_result_by_prize"),
        )
        guards = (AppendOnly("draw_result"),)

    @classmethod
    async def draw_once(
        cls,
        member_id: UUID,
        draw_id: UUID,
        *,
        at: datetime,
        once: Once | None = None,
        client_text: str | None = None,
        buys: bool = False,
    ) -> Self:
        """Use a chance (or, with `buys`, buy one where none is left), roll, and give what came of it.

        Raises `NoDrawChance`, `DrawLimitReached`, `DrawNotOpen`, `DrawOver`, `DrawVoided`, `WrongDrawKind`,
        `InsufficientPoints`, the refusals of the draw's audience, `MemberNotActive`, `Invalid`, `NotFound`.
        """

        async def act(id: UUID, claim: Sequence[Write]) -> Self:
            await Member.touch(member_id, at=at, beside=claim)
            draw = await Draw.shared(draw_id)
            draw.refuse_closed(at=at)
            if draw.is_scheduled:
                raise WrongDrawKind()
            await draw.for_whom.demand(member_id, at=at)
            standing = await cls.standing(member_id, draw, at=at)
            for refusal in draw.limits_reached(standing.drawn, standing.drawn_today, at=at):
                raise refusal
            chance_id = await DrawChance.use(member_id, draw, at=at, buys=buys)
            made = cls(id=id, member_id=member_id, draw_id=draw.id, chance_id=chance_id, created_at=at)
            made.client_text = _client_text(client_text)
            await made._rolled(draw, standing, at=at)
            if made.points:
                await standing_changed([member_id], at=at)
            return made

        return await perform_claiming(once, cls, act, at=at)

    @classmethod
    async def standing(cls, member_id: UUID, draw: Draw, *, at: datetime) -> Standing:
        """Where a member stands; read under its row it is exact."""
        last = await cls.filter(draw_id=draw.id, member_id=member_id).order_by("-sequence").first()
        today = brand_day(at)
        if last is None:
            return Standing(entrant_of(draw.id, member_id), day=today)
        # The clock may have stepped back over midnight: a day that has begun is not left again.
        day = max(today, last.business_day)
        drawn_today = last.day_index if last.business_day == day else 0
        return Standing(last.entrant, last.sequence, drawn_today, last.pity_after, day)

    async def _rolled(self, draw: Draw, standing: Standing, *, at: datetime) -> None:
        """Roll, take the prize, and write the result down with what belongs to it."""
        prizes = {prize.id: prize for prize in await DrawPrize.offered(draw.id)}
        odds = odds_of(draw, list(prizes.values()))
        seed = await DrawSeed.in_use(draw, at=at)
        self.entrant, self.sequence = standing.entrant, standing.drawn + 1
        self.business_day, self.day_index = standing.day or brand_day(at), standing.drawn_today + 1
        self.version, self.seed_number = draw.version, seed.number
        self.segment = await draw.segment_of(self.member_id, at=at)
        message = roll_message(draw.id, self.entrant, self.sequence, self.client_text)
        roll = odds.roll(seed.secret, message, segment=self.segment, pity=standing.pity)
        award = await self._guaranteed(draw, odds, roll, prizes, at=at) if roll.is_forced else None
        if self.unmet:
            roll = odds.roll(seed.secret, unmet_message(message), segment=self.segment, pity=0)
        award = award or await self._taken(draw, odds, roll, prizes, at=at)
        self.roll_bound, self.roll_number, self.is_forced = roll.bound, roll.number, roll.is_forced
        self.rolled_prize_id, self.prize_id, self.prize_number = roll.prize_id, award.prize.id, award.number
        self.points = award.points
        self.pity_before, self.pity_after = standing.pity, odds.pity_next(standing.pity, award.prize.id)
        await self.save(force_create=True)
        await award.hand_over(at=at)

    async def _guaranteed(self, draw: Draw, odds: Odds, roll: Roll, prizes: Prizes, *, at: datetime) -> Award | None:
        """A prize of the guarantee's tier, the one rolled first; where there is none at all, `unmet` says why."""
        why: Wanting | None = None
        for prize_id in odds.of_the_tier(roll, self.segment):
            found = await take(draw, prizes[prize_id], self.member_id, self.id, at=at)
            if isinstance(found, Award):
                return found
            why = why or found
        if why:
            self.unmet = why
        return None

    async def _taken(self, draw: Draw, odds: Odds, roll: Roll, prizes: Prizes, *, at: datetime) -> Award:
        """The prize rolled, or the fallback; `wanting` says why the one rolled is not given."""
        for prize_id in (roll.prize_id, odds.fallback_id):
            found = await take(draw, prizes[prize_id], self.member_id, self.id, at=at)
            if isinstance(found, Award):
                return found
            self.wanting = self.wanting or found
        raise RuntimeError("a fallback prize was wanting")


def odds_of(draw: Draw, prizes: Sequence[DrawPrize]) -> Odds:
    """The odds of a draw's present version."""
    fallback = next(prize.id for prize in prizes if prize.is_fallback)
    return Odds(tuple(prize.odds for prize in prizes), fallback, draw.pity_tier, draw.pity_after)


def _client_text(given: str | None) -> str | None:
    if given and not _CLIENT_TEXT.fullmatch(given):
        raise Invalid("clientText", zh="只能是 1–40 个字母、数字、- 或 _", en="use 1 to 40 letters, digits, - or _")
    return given or None
