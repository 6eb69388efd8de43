"""Holding what Redis has of some members against their readings, all boards in two round trips."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from models.insight.board import Board, layout
from models.insight.board_period import Period
from models.insight.board_projection import shown
from models.insight.board_reading import Reading
from models.insight.board_score import Score, held_scores, id_to_text, member_in, name_of
from store.redis import redis


@dataclass(frozen=True, order=True)
class Difference:
    """What SQL says and what Redis holds of a member's place, `-` for nothing; without a member, the whole board."""

    board: str
    period: str = "-"
    member_id: str = "-"
    in_sql: str = "-"
    in_redis: str = "-"

    def __str__(self) -> str:
        if self.period == "-":
            return f"{self.board}: not built"
        return f"{self.board} {self.period} member {self.member_id}: SQL {self.in_sql}, Redis {self.in_redis}"


@dataclass(frozen=True)
class Order:
    """The order of one period of a board."""

    board: Board
    period: Period

    @property
    def key(self) -> str:
        return self.board.keys.order(self.period)


@dataclass(frozen=True)
class Spot:
    """A name in an order. The name tells the member and since when it has what it has."""

    order: Order
    name: str


Found = dict[Spot, Difference]
_Scores = dict[Order, dict[str, int]]


async def compare(
    readings: Mapping[Board, Sequence[Reading]], day: date, spots: Iterable[Spot] = ()
) -> tuple[Found, Counter[Order]]:
    """What differs of these members and at these spots of the boards, and how many names are right in each order.

    A name is right where it bears the right score both in the order and in its member's entry.
    """
    wanted, stated = _wanted(readings, day), await _stated(readings, day)
    names = {order: wanted[order].keys() | stated[order].keys() for order in wanted}
    for spot in spots:
        names[spot.order] = names.get(spot.order, set()) | {spot.name}
    ordered = await _ordered(names)
    found, right = Found(), Counter[Order]()
    for order, scores in ordered.items():
        for name, score in scores.items():
            in_sql, in_entry = wanted[order].get(name), stated[order].get(name)
            if score == in_entry == in_sql:
                right[order] += in_sql is not None
            else:
                found[Spot(order, name)] = _difference(order, name, in_sql, score, in_entry)
    return found, right


def _wanted(readings: Mapping[Board, Sequence[Reading]], day: date) -> _Scores:
    """The names that SQL puts into each order."""
    wanted: _Scores = defaultdict(dict)
    for board, of_board in readings.items():
        for period in layout(board, day).periods:
            scores = ((reading.member_id, shown(board, reading, period)) for reading in of_board)
            wanted[Order(board, period)] = _named(scores)
    return wanted


async def _stated(readings: Mapping[Board, Sequence[Reading]], day: date) -> _Scores:
    """The names that the members' entries put into each order."""
    members = {board: [reading.member_id for reading in of_board] for board, of_board in readings.items() if of_board}
    answers = await redis().batch(
        lambda pipeline: [
            pipeline.hmget(board.keys.state, [id_to_text(one) for one in of_board])
            for board, of_board in members.items()
        ]
    )
    stated: _Scores = defaultdict(dict)
    for (board, of_board), entries in zip(members.items(), answers, strict=True):
        held = {one: held_scores(entry) for one, entry in zip(of_board, entries, strict=True) if entry}
        for period in layout(board, day).periods:
            stated[Order(board, period)] = _named((one, scores.get(period.name)) for one, scores in held.items())
    return stated


async def _ordered(names: Mapping[Order, Iterable[str]]) -> dict[Order, dict[str, int | None]]:
    """What each order says of the names."""
    asked = {order: sorted(of_order) for order, of_order in names.items() if of_order}
    answers = await redis().batch(
        lambda pipeline: [pipeline.zmscore(order.key, of_order) for order, of_order in asked.items()]
    )
    return {
        order: {name: None if score is None else int(score) for name, score in zip(of_order, scores, strict=True)}
        for (order, of_order), scores in zip(asked.items(), answers, strict=True)
    }


def _named(scores: Iterable[tuple[UUID, Score | None]]) -> dict[str, int]:
    return {name_of(member_id, score): score.value for member_id, score in scores if score}


def _difference(order: Order, name: str, in_sql: int | None, score: int | None, in_entry: int | None) -> Difference:
    in_redis = f"{_text(score)} in order, {_text(in_entry)} in state"
    return Difference(order.board.name, order.period.name, str(member_in(name)), _text(in_sql), in_redis)


def _text(value: int | None) -> str:
    return "-" if value is None else str(value)
