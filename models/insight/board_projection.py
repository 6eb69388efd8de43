"""Writing members' places into Redis, board by board, in few round trips."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from redis.asyncio.client import Pipeline

from models.insight.board import Board, BoardScope, Metric, in_circle, layout
from models.insight.board_period import Period, live_periods
from models.insight.board_reading import Reading, read_members
from models.insight.board_score import Score, id_to_text, instant_to_text
from models.insight.board_script import LOCK_MILLISECONDS, WRITE
from models.insight.board_source import SELDOM_LOST
from store.brand_day import brand_day
from store.redis import redis

ROWS_PER_SCRIPT = 250
"""Members that one run of the script writes: a few milliseconds in which the server answers nobody else."""
ROWS_PER_TRIP = 1_000

Rows = dict[Board, list[str]]
"""For each board a line for each member, as `board_script` wants it."""


@dataclass(frozen=True)
class Change:
    """A member whose places may have changed at an instant."""

    member_id: UUID
    at: datetime


async def project(changes: Iterable[Change]) -> None:
    """Bring the boards of these members up to date from SQL. Raises `RedisUnavailable`; doing it again is harmless."""
    for day, of_day in _by_day(changes).items():
        instants = of_day.values()
        readings = await read_members(list(of_day), live_periods(day), at=max(instants), since=min(instants))
        await write(rows_of((reading, of_day[reading.member_id]) for reading in readings), day)


async def write(rows: Rows, day: date, *, token: str = "") -> int:
    """Send rows to their boards; with a builder's token to the successors. Returns how many boards refused the token.

    A board with an empty list is told nothing but that its builder is still at work.
    """
    refused = 0
    for trip in _trips(rows):

        def fill(pipeline: Pipeline, trip: list[tuple[Board, list[str]]] = trip) -> None:
            for board, some in trip:
                plan = layout(board, day)
                WRITE.queue(pipeline, keys=plan.keys, args=[token, LOCK_MILLISECONDS, plan.expiries, "\n".join(some)])

        refused += (await redis().batch(fill)).count(-1)
    return refused


def rows_of(readings: Iterable[tuple[Reading, datetime]], *, is_rebuild: bool = False) -> Rows:
    """What the boards of everybody and of circles are told of some members, whose figures were read for an instant.

    Whoever has nothing to show is told of nevertheless, and on the boards of circles they left, so that an older
    reading still on its way is ignored. Left out are those who never had anything, and in a rebuild those who have
    nothing but could be shown.
    """
    everybody: dict[Metric, list[str]] = defaultdict(list)
    circles: dict[UUID, dict[Metric, list[str]]] = defaultdict(lambda: defaultdict(list))
    for reading, at in readings:
        member, nothing = id_to_text(reading.member_id), f"{reading.version} {int(at.timestamp())}"
        groups = "-" if is_rebuild else _groups(reading)
        left = set(reading.past_circle_ids).difference(reading.circle_ids)
        for metric, scores in reading.scores.items():
            never_had = metric in SELDOM_LOST and metric not in reading.lost
            if not scores and (never_had or (is_rebuild and reading.is_ranked)):
                continue
            entry = f"{nothing}{_held(scores)}" if reading.is_ranked else nothing
            everybody[metric].append(f"{member} {groups} {entry}")
            for circle_id in reading.circle_ids:
                circles[circle_id][metric].append(f"{member} - {entry}")
            for circle_id in left:
                circles[circle_id][metric].append(f"{member} - {nothing}")
    rows = {Board(metric): lines for metric, lines in everybody.items()}
    for circle_id, of_circle in circles.items():
        rows |= {in_circle(metric, circle_id): lines for metric, lines in of_circle.items()}
    return rows


def shown(board: Board, reading: Reading, period: Period) -> Score | None:
    """What a board shows of a member: on a circle's board, nothing of somebody who is not in the circle."""
    if board.scope is BoardScope.CIRCLE and board.scope_id not in reading.circle_ids:
        return None
    return reading.score(board.metric, period)


def _held(scores: dict[str, Score]) -> str:
    return "".join(f" {name}={value}:{instant_to_text(at)}" for name, (value, at) in scores.items())


def _groups(reading: Reading) -> str:
    """The groups whose boards may look different now; `!` before those whose members changed."""
    stayed = (str(group_id) for group_id in reading.group_ids if group_id not in reading.moved_group_ids)
    return ",".join([*stayed, *(f"!{group_id}" for group_id in reading.moved_group_ids)]) or "-"


def _trips(rows: Rows) -> Iterator[list[tuple[Board, list[str]]]]:
    """The rows in round trips of bearable size, and within them in runs of bearable length."""
    trip: list[tuple[Board, list[str]]] = []
    size = 0
    for board, of_board in rows.items():
        for start in range(0, max(len(of_board), 1), ROWS_PER_SCRIPT):
            some = of_board[start : start + ROWS_PER_SCRIPT]
            trip.append((board, some))
            size += len(some)
            if size >= ROWS_PER_TRIP:
                yield trip
                trip, size = [], 0
    if trip:
        yield trip


def _by_day(changes: Iterable[Change]) -> dict[date, dict[UUID, datetime]]:
    """The latest change of each member on each business day."""
    days: dict[date, dict[UUID, datetime]] = defaultdict(dict)
    for change in changes:
        of_day = days[brand_day(change.at)]
        of_day[change.member_id] = max(change.at, of_day.get(change.member_id, change.at))
    return days
