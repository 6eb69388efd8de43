"""An entry of a board: a member's place, and a page of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from models.insight.board_score import Score, member_in, name_of, score_of


class BoardEntry(NamedTuple):
    """A member's place. `previous_rank` is absent for somebody who was not on the board of the previous period.

    `name` is the member's name in the order, which tells who it is and since when (see `board_score`).
    """

    rank: int
    name: str
    score: int
    previous_rank: int | None = None

    @property
    def member_id(self) -> UUID:
        return member_in(self.name)

    @property
    def reached_at(self) -> datetime:
        return score_of(self.name, self.score).reached_at

    @property
    def rank_change(self) -> int | None:
        """Places gained since the previous period; below 0 for places lost."""
        return None if self.previous_rank is None else self.previous_rank - self.rank


@dataclass(frozen=True)
class BoardPage:
    """Some places of a board in a row, how many there are in all, and when the board last changed."""

    entries: Sequence[BoardEntry]
    size: int
    changed_at: datetime | None


def ranked(scores: Mapping[UUID, Score], before: Mapping[UUID, Score]) -> list[BoardEntry]:
    """Few members in the order of a board: more first, then earlier, then the smaller id."""
    previous = {member_id: rank for rank, member_id in enumerate(_order(before), start=1)}
    return [
        BoardEntry(rank, name_of(member_id, scores[member_id]), scores[member_id].value, previous.get(member_id))
        for rank, member_id in enumerate(_order(scores), start=1)
    ]


def _order(scores: Mapping[UUID, Score]) -> list[UUID]:
    return sorted(scores, key=lambda member_id: (-scores[member_id].value, scores[member_id].reached_at, member_id))
