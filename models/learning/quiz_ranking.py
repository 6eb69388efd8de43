"""The board of a quiz: who stands where, by the score that counts and, among equals, by the earlier hand-in.

It is read from the standings, which grading keeps in its own transaction, so it cannot disagree with them. Staff,
members who wish not to be shown and those who take no part are on no board. A place tells a score, so members see a
board only while the review matrix shows marks to everybody who has handed in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from models.learning.quiz import Quiz
from models.learning.review import Aspect, Phase, ReviewMatrix
from store.clock import as_instant
from store.database import fetch, fetch_value
from store.ids import as_id

PAGE_MOST = 100

Position = tuple[int, datetime, UUID]
"""Where a place lies in the order: its score, when it was handed in, and the standing's id."""


@dataclass(frozen=True)
class QuizPlace:
    """A member's place, from 1; `score` in hundredths of a percent, `id` is that of its standing."""

    rank: int
    id: UUID
    member_id: UUID
    score: int
    submitted_at: datetime

    @property
    def percent(self) -> int:
        return self.score // 100


@dataclass(frozen=True)
class RankingPage:
    """Some places in a row, and whether there are others on either side."""

    quiz_id: UUID
    places: Sequence[QuizPlace]
    has_next: bool = False
    has_previous: bool = False

    async def count(self) -> int:
        """How many are on the board."""
        return int(await fetch_value(f"SELECT COUNT(*) {_BOARD}", self.quiz_id))


@dataclass(frozen=True)
class QuizRanking:
    quiz_id: UUID

    async def page(self, *, first: int, after: Position | None = None) -> RankingPage:
        """The `first` places (1 to 100) behind a position."""
        rows = await self._rows(_BEHIND if after else "", after, "s.score DESC, s.submitted_at, s.id", first)
        places = await self._numbered(rows[:first])
        return RankingPage(self.quiz_id, places, has_next=len(rows) > first, has_previous=after is not None)

    async def last_page(self, *, last: int, before: Position | None = None) -> RankingPage:
        """The `last` places (1 to 100) ahead of a position, or at the end of the board."""
        rows = await self._rows(_AHEAD if before else "", before, "s.score, s.submitted_at DESC, s.id DESC", last)
        places = await self._numbered(rows[:last][::-1])
        return RankingPage(self.quiz_id, places, has_next=before is not None, has_previous=len(rows) > last)

    async def place(self, member_id: UUID) -> QuizPlace | None:
        """Where a member stands, if it is on the board."""
        rows = await fetch(f"SELECT {_COLUMNS} {_BOARD} AND s.member_id = $2", self.quiz_id, member_id)
        return (await self._numbered(rows))[0] if rows else None

    async def _rows(self, where: str, start: Position | None, order: str, size: int) -> list[Mapping[str, Any]]:
        sql = f"SELECT {_COLUMNS} {_BOARD}{where} ORDER BY {order} LIMIT {min(size, PAGE_MOST) + 1}"
        return await fetch(sql, self.quiz_id, *(start or ()))

    async def _numbered(self, rows: Sequence[Mapping[str, Any]]) -> list[QuizPlace]:
        """The rows with their ranks: those ahead of the first one are counted, the others follow it."""
        if not rows:
            return []
        first = (rows[0]["score"], as_instant(rows[0]["submitted_at"]), as_id(rows[0]["id"]))
        ahead = int(await fetch_value(f"SELECT COUNT(*) {_BOARD}{_AHEAD}", self.quiz_id, *first))
        return [
            QuizPlace(
                rank,
                as_id(row["id"]),
                as_id(row["member_id"]),
                int(row["score"]),
                as_instant(row["submitted_at"]),
            )
            for rank, row in enumerate(rows, start=ahead + 1)
        ]


def is_ranking_shown(quiz: Quiz, *, at: datetime) -> bool:
    """Whether members see the board of a quiz: each place on it would be shown to the one who holds it."""
    matrix = ReviewMatrix.from_json(quiz.review)
    phases = (Phase.AFTER_CLOSE,) if quiz.is_closed(at=at) else (Phase.RIGHT_AFTER, Phase.LATER)
    return all(Aspect.MARKS in matrix.at(one) for one in phases)


_COLUMNS = "s.id, s.member_id, s.score, s.submitted_at"
_BOARD = (
    "FROM quiz_standing s JOIN member m ON m.id = s.member_id WHERE s.quiz_id = $1 AND s.graded > 0 "
    "AND m.status IN ('normal', 'muted') AND NOT m.is_hidden_from_boards AND NOT m.is_staff"
)
# The first comparison says nothing new: it lets the index `quiz_standing_by_score` begin where the page does.
_BEHIND = " AND s.score <= $2 AND (s.score < $2 OR s.submitted_at > $3 OR (s.submitted_at = $3 AND s.id > $4))"
_AHEAD = " AND s.score >= $2 AND (s.score > $2 OR s.submitted_at < $3 OR (s.submitted_at = $3 AND s.id < $4))"
