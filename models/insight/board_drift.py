"""Where the boards in Redis differ from what SQL says.

Members act while this looks, and Redis follows SQL by a moment, so only what differs at several looks is reported.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from models.insight.board import Board, BoardScope, layout
from models.insight.board_comparison import Difference, Found, Order, Spot, compare
from models.insight.board_period import live_periods
from models.insight.board_reading import RUN, Reading, read_everybody, read_members
from models.insight.board_rebuild import all_boards, are_built
from models.insight.board_score import member_in
from store.brand_day import brand_day
from store.redis import redis

LOOKS = 3
PAUSE_SECONDS = 0.5
MOST = 1_000
"""Differences that are reported; where there are more, a rebuild is due anyway."""


async def drift(*, at: datetime) -> list[Difference]:
    """Every difference in the periods that are live at `at`, up to `MOST`. Raises `RedisUnavailable`."""
    day, boards = brand_day(at), await all_boards()
    built = await are_built(boards)
    missing = [Difference(board.name) for board in boards if board not in built]
    found = await _first_look([board for board in boards if board in built], day, at)
    for _ in range(LOOKS - 1):
        if found:
            await asyncio.sleep(PAUSE_SECONDS)
            again = await _look_at(found, day, at)
            found = {spot: difference for spot, difference in again.items() if spot in found}
    return [*missing, *sorted(found.values())][:MOST]


async def _first_look(boards: Sequence[Board], day: date, at: datetime) -> Found:
    """Every member is looked up; where an order holds more names than those, all its names are."""
    found: Found = {}
    right: Counter[Order] = Counter()
    async for readings in read_everybody(live_periods(day), at=at):
        wrong, right_of_run = await compare({board: _on(board, readings) for board in boards}, day)
        found |= wrong
        right.update(right_of_run)
        if len(found) >= MOST:
            return found
    orders = [Order(board, period) for board in boards for period in layout(board, day).periods]
    sizes = await redis().batch(lambda pipeline: [pipeline.zcard(order.key) for order in orders])
    for order, size in zip(orders, sizes, strict=True):
        if size != right[order]:
            found |= await _strangers(order, day, at)
    return found


def _on(board: Board, readings: Sequence[Reading]) -> list[Reading]:
    """The members who may be on a board; whoever else is there comes to light as a stranger."""
    if board.scope is BoardScope.GLOBAL:
        return list(readings)
    return [reading for reading in readings if board.scope_id in reading.circle_ids]


async def _strangers(order: Order, day: date, at: datetime) -> Found:
    """What differs among all names of one order."""
    found: Found = {}
    cursor: int | None = None
    while cursor != 0 and len(found) < MOST:
        cursor, names = await _names(order, cursor or 0)
        found |= await _look_at([Spot(order, name) for name in names], day, at)
    return found


async def _names(order: Order, cursor: int) -> tuple[int, list[str]]:
    """Some names of an order, and where to go on; 0 at the end."""
    following, rows = await redis().call(lambda r: r.zscan(order.key, cursor, count=RUN))
    return int(following), [str(name) for name, _ in rows]


async def _look_at(spots: Iterable[Spot], day: date, at: datetime) -> Found:
    """What differs of the members at some spots."""
    by_board: dict[Board, list[Spot]] = defaultdict(list)
    for spot in spots:
        by_board[spot.order.board].append(spot)
    found: Found = {}
    for board, of_board in by_board.items():
        for start in range(0, len(of_board), RUN):
            some = of_board[start : start + RUN]
            readings = await read_members(list({member_in(spot.name) for spot in some}), live_periods(day), at=at)
            found |= (await compare({board: readings}, day, some))[0]
    return found
