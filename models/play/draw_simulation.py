"""A simulation of a draw before it is published: what so many draws would give, and cost. It writes nothing.

It rolls with the odds, guarantee, stock, release and caps of the draw, as if the draws were spread evenly over its time
and its members. What a segment would change is left out, and a budget as well: the cost says how much it needs.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from models.play.draw import Draw
from models.play.draw_prize import DrawPrize
from models.play.draw_result import odds_of
from models.play.draw_terms import PrizeKind
from models.play.roll import new_seed, unmet_message

DRAWS_MOST = 100_000


@dataclass
class Simulation:
    """How often each prize was given, how often one was wanting, and what that costs: points, and worth."""

    draws: int
    given: Counter[UUID] = field(default_factory=Counter)
    wanting: int = 0
    forced: int = 0
    points: int = 0
    worth: int = 0


def simulate(
    draw: Draw, prizes: Sequence[DrawPrize], *, draws: int, members: int, seed: str | None = None
) -> Simulation:
    """What `draws` draws of `members` members would give; the same seed gives the same."""
    odds, known, found = odds_of(draw, prizes), {prize.id: prize for prize in prizes}, Simulation(draws)
    pity: Counter[int] = Counter()
    won: Counter[tuple[int, UUID]] = Counter()
    secret, length = seed or new_seed(), draw.ends_at - draw.starts_at
    for n in range(draws):
        member, at = n % members, draw.starts_at + length * n / draws

        def is_there(prize_id: UUID, member: int = member, at: datetime = at) -> bool:
            prize = known[prize_id]
            stock = draws if prize.stock is None else prize.stock
            is_capped = prize.member_most is not None and won[member, prize_id] >= prize.member_most
            left = min(prize.released(draw.starts_at, draw.ends_at, at=at), stock)
            return not is_capped and found.given[prize_id] < left

        roll = odds.roll(secret, str(n), segment=None, pity=pity[member])
        wanted = odds.of_the_tier(roll, None) if roll.is_forced else []
        if roll.is_forced and not any(is_there(one) for one in wanted):
            roll, wanted = odds.roll(secret, unmet_message(str(n)), segment=None, pity=0), []
        given = next((one for one in wanted or [roll.prize_id] if is_there(one)), odds.fallback_id)
        prize = known[given]
        found.given[given] += 1
        won[member, prize.id] += 1
        found.wanting += prize.id != roll.prize_id
        found.forced += roll.is_forced
        found.points += prize.amount if prize.kind is PrizeKind.POINTS else 0
        found.worth += prize.worth
        pity[member] = odds.pity_next(pity[member], prize.id)
    return found
