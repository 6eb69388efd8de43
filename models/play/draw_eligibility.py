"""Whether a member may draw, told before it tries: every reason, its chances, the price, the odds that hold for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from models.eligibility import Eligibility
from models.errors import DomainError
from models.members.member import ACTIVE, Member, MemberNotActive
from models.play.draw import Draw
from models.play.draw_chance import DrawChance, NoDrawChance, next_free_at
from models.play.draw_entry import DrawEntry
from models.play.draw_prize import DrawPrize
from models.play.draw_result import DrawResult
from models.play.roll import entrant_of


@dataclass(frozen=True)
class DrawEligibility:
    """`entrant` is the member's name in the log, `segment` whose weights hold; `pity_left` draws are left to the
    guarantee, None without one."""

    draw: Draw
    eligibility: Eligibility
    chances: int
    drawn: int
    drawn_today: int
    entrant: str
    segment: str | None
    pity_left: int | None
    prizes: Sequence[DrawPrize]


async def draw_eligibility(member_id: UUID, draw_id: UUID, *, at: datetime) -> DrawEligibility:
    """Everything that stands against drawing, or against entering a scheduled draw, at `at`. Raises `NotFound`."""
    draw = await Draw.seen(draw_id)
    member = await Member.existing(member_id)
    refusals: list[DomainError] = [] if member.status in ACTIVE else [MemberNotActive()]
    if (closing := draw.closing(at=at)) is not None:
        refusals.append(closing)
    refusals += await draw.for_whom.refusals(member_id, at=at)
    standing = await DrawResult.standing(member_id, draw, at=at)
    drawn, today = standing.drawn, standing.drawn_today
    if draw.is_scheduled:
        drawn, today = await DrawEntry.counts(member_id, draw, at=at)
    refusals += draw.limits_reached(drawn, today, at=at)
    chances = await DrawChance.held(member_id, draw, at=at)
    if not chances:
        refusals.append(NoDrawChance(retry_at=next_free_at(draw, at)))
    return DrawEligibility(
        draw,
        Eligibility(refusals),
        chances,
        drawn,
        today,
        standing.entrant if not draw.is_scheduled else entrant_of(draw.id, member_id),
        await draw.segment_of(member_id, at=at),
        None if draw.pity_after is None else max(draw.pity_after - standing.pity, 0),
        await DrawPrize.offered(draw.id),
    )
