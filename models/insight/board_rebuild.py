"""Building boards anew from SQL, while members go on acting.

A rebuild fills keys beside the live ones and puts them in their place in one step; the scripts of `board_script` see to
it that no reader meets half a board and no act is lost. It is what follows a lost Redis, a new circle, and a restored
backup, and it may be run at any time.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import date, datetime
from typing import Self
from uuid import UUID

from redis.asyncio.client import Pipeline

from models.insight.board import Board, BoardScope, boards_with, layout
from models.insight.board_period import live_periods
from models.insight.board_projection import Rows, rows_of, write
from models.insight.board_reading import RUN, Reading, read_everybody, read_members
from models.insight.board_script import BEGIN, FINISH, LOCK_MILLISECONDS
from store.brand_day import brand_day
from store.database import among, fetch
from store.ids import new_id
from store.redis import REST, RedisUnavailable, Script, Value, redis

TRIES = 5
PAUSE_SECONDS = 2 * REST


class RebuildInterrupted(Exception):
    """Redis lost the half-built boards; the rebuild has to be run again, and the boards are as they were."""


async def rebuild(*, at: datetime, boards: Sequence[Board] | None = None) -> dict[str, int]:
    """Build boards (by default all) for the periods that are live at `at`; returns how many lines went to each.

    A board that somebody else is building is left out. Raises `RebuildInterrupted`, `RedisUnavailable`.
    """
    token, day = new_id().hex, brand_day(at)
    wanted = list(boards) if boards is not None else await all_boards()
    granted = await _run_on_each(BEGIN, wanted, day, [token, LOCK_MILLISECONDS])
    mine = [board for board, is_granted in zip(wanted, granted, strict=True) if is_granted]
    written = Counter(dict.fromkeys(mine, 0))
    async with _Writing(day, token) as writing:
        async for readings in _population(mine, at=at):
            rows = rows_of(((reading, at) for reading in readings), is_rebuild=True)
            rows = {board: rows.get(board, []) for board in mine}
            written.update({board: len(lines) for board, lines in rows.items()})
            await writing.go_on_with(rows)
    if not all(await _run_on_each(FINISH, mine, day, [token, int(at.timestamp())])):
        raise RebuildInterrupted
    return {board.name: count for board, count in written.items()}


async def rebuild_missing(*, at: datetime) -> dict[str, int]:
    """Build the boards that Redis has lost or never had, as after FLUSHALL or for a new circle."""
    boards = await all_boards()
    built = await are_built(boards)
    missing = [board for board in boards if board not in built]
    return await rebuild(at=at, boards=missing) if missing else {}


async def all_boards() -> list[Board]:
    """Every board that has keys of its own: each metric's for everybody and for each circle."""
    rows = await fetch("SELECT id FROM circle ORDER BY id")
    return boards_with(UUID(str(row["id"])) for row in rows)


async def are_built(boards: Sequence[Board]) -> set[Board]:
    """Those of the boards that Redis holds complete."""
    answers = await redis().batch(lambda pipeline: [pipeline.hexists(board.keys.about, "built") for board in boards])
    return {board for board, is_built in zip(boards, answers, strict=True) if is_built}


async def _population(boards: Sequence[Board], *, at: datetime) -> AsyncIterator[list[Reading]]:
    """Everybody who may stand on one of the boards."""
    periods = live_periods(brand_day(at))
    if any(board.scope is BoardScope.GLOBAL for board in boards):
        async for readings in read_everybody(periods, at=at):
            yield readings
        return
    member_ids = await _members_of({board.scope_id for board in boards})
    for start in range(0, len(member_ids), RUN):
        yield await read_members(member_ids[start : start + RUN], periods, at=at)


async def _members_of(circle_ids: Iterable[UUID]) -> list[UUID]:
    rows = await fetch(
        "SELECT DISTINCT s.member_id FROM membership s JOIN chat_group g ON g.id = s.group_id "  # noqa: S608 - SQL of the program; values are bound
        f"WHERE {among('g.circle_id', 1, 'uuid')}",
        list(circle_ids),
    )
    return [UUID(str(row["member_id"])) for row in rows]


async def _run_on_each(script: Script, boards: Sequence[Board], day: date, args: Sequence[Value]) -> list[int]:
    """The script's answer for each board, in one round trip."""

    def fill(pipeline: Pipeline) -> None:
        for board in boards:
            script.queue(pipeline, keys=layout(board, day).keys, args=args)

    return await redis().batch(fill) if boards else []


class _Writing:
    """Redis writes one run of members while the next is read and worded."""

    def __init__(self, day: date, token: str) -> None:
        self._day = day
        self._token = token
        self._run: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._run is None:
            return
        if kind is None:
            await self._run
        else:
            self._run.cancel()
            await asyncio.gather(self._run, return_exceptions=True)

    async def go_on_with(self, rows: Rows) -> None:
        if self._run is not None:
            await self._run
        self._run = asyncio.create_task(self._write(rows))

    async def _write(self, rows: Rows) -> None:
        """Through short pauses of Redis: writing again is harmless, beginning again is dear."""
        for tries_left in reversed(range(TRIES)):
            try:
                refused = await write(rows, self._day, token=self._token)
            except RedisUnavailable:
                if not tries_left:
                    raise
                await asyncio.sleep(PAUSE_SECONDS)
            else:
                if refused:
                    raise RebuildInterrupted
                return
