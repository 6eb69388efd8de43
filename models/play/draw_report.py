"""What a draw has brought and cost so far, for staff: read from its rows, each figure by one statement."""

from dataclasses import dataclass, field
from uuid import UUID

from models.play.draw_chance import REASON
from models.play.draw_prize import DrawPrize
from store.database import fetch, fetch_value


@dataclass(frozen=True)
class PrizeReport:
    """One prize: how often it was given, the points that it paid, what it was worth."""

    prize: DrawPrize
    given: int
    points: int

    @property
    def worth(self) -> int:
        return self.given * int(self.prize.worth)


@dataclass(frozen=True)
class DrawReport:
    """`earned` are points spent on chances, less what was returned; `shortfall` is what a void could not take back."""

    draws: int
    members: int
    earned: int
    taken_back: int
    shortfall: int
    wanting: int
    prizes: list[PrizeReport] = field(default_factory=list)

    @property
    def points(self) -> int:
        """Points that its prizes paid, less what was taken back."""
        return sum(one.points for one in self.prizes) - self.taken_back

    @property
    def worth(self) -> int:
        return sum(one.worth for one in self.prizes)


async def draw_report(draw_id: UUID) -> DrawReport:
    """The figures of a draw."""
    [totals] = await fetch(
        "SELECT count(*) AS draws, count(DISTINCT member_id) AS members, count(wanting) AS wanting "
        "FROM draw_result WHERE draw_id = $1",
        draw_id,
    )
    [void] = await fetch(
        "SELECT COALESCE(SUM(v.points_back), 0) AS back, COALESCE(SUM(v.shortfall), 0) AS shortfall "
        "FROM draw_result_void v JOIN draw_void d ON d.id = v.void_id WHERE d.draw_id = $1",
        draw_id,
    )
    given = await fetch(
        "SELECT prize_id, count(*) AS given, SUM(points) AS points FROM draw_result "
        "WHERE draw_id = $1 AND prize_id IS NOT NULL GROUP BY prize_id",
        draw_id,
    )
    by_prize = {UUID(str(row["prize_id"])): (int(row["given"]), int(row["points"])) for row in given}
    prizes = await DrawPrize.filter(draw_id=draw_id).order_by("position", "id")
    return DrawReport(
        draws=int(totals["draws"]),
        members=int(totals["members"]),
        earned=await _earned(draw_id),
        taken_back=int(void["back"]),
        shortfall=int(void["shortfall"]),
        wanting=int(totals["wanting"]),
        prizes=[PrizeReport(prize, *by_prize.get(prize.id, (0, 0))) for prize in prizes],
    )


async def _earned(draw_id: UUID) -> int:
    """What was spent on chances and not returned, by the ledger."""
    found = await fetch_value(
        "SELECT COALESCE(SUM(-e.amount), 0) AS earned FROM draw_chance c "
        "JOIN point_entry e ON e.member_id = c.member_id AND e.source = $2 || CAST(c.id AS TEXT) "
        "WHERE c.draw_id = $1 AND c.source = 'purchase' AND e.currency = 'points' AND e.bucket = 'available'",
        draw_id,
        f"{REASON}:",
    )
    return int(found or 0)
