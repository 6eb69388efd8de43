"""Hearing of changes of boards: each process asks Redis once a second how often the boards it watches have changed.

However many members act and however many watch, that is one small question a second, and nobody hears of a board more
than once a second. What is lost while Redis is away is not missed: the figures are compared when it is back.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence

from redis.exceptions import RedisError

from models.insight.board import Board, BoardScope
from store.redis import RedisUnavailable, redis

POLL_SECONDS = 1.0


class BoardWatch:
    """The boards that are watched in this process. It polls while there are any."""

    def __init__(self, poll_seconds: float = POLL_SECONDS) -> None:
        self._poll_seconds = poll_seconds
        self._marks: dict[Board, str | None] = {}
        self._watchers: dict[Board, set[asyncio.Event]] = {}
        self._poller: asyncio.Task[None] | None = None

    async def changes(self, board: Board) -> AsyncGenerator[None, None]:
        """Yields once at the start, and then whenever the board has changed, at most once a poll."""
        has_changed = asyncio.Event()
        has_changed.set()
        await self._join(board, has_changed)
        try:
            while True:
                await has_changed.wait()
                has_changed.clear()
                yield
        finally:
            self._leave(board, has_changed)

    async def _join(self, board: Board, has_changed: asyncio.Event) -> None:
        """What the watcher reads from now on is as new as the mark that is remembered, or newer."""
        if board not in self._marks:
            [mark] = await self._read([board])
            self._marks.setdefault(board, mark)
        self._watchers.setdefault(board, set()).add(has_changed)
        if self._poller is None:
            self._poller = asyncio.create_task(self._poll(), name="board watch")

    def _leave(self, board: Board, has_changed: asyncio.Event) -> None:
        self._watchers[board].discard(has_changed)
        if not self._watchers[board]:
            del self._watchers[board], self._marks[board]
        if not self._watchers and self._poller is not None:
            self._poller.cancel()
            self._poller = None

    async def _poll(self) -> None:
        while True:
            await asyncio.sleep(self._poll_seconds)
            boards = list(self._watchers)
            for board, mark in zip(boards, await self._read(boards), strict=True):
                if mark is None or mark == self._marks.get(board, mark):
                    continue
                self._marks[board] = mark
                for has_changed in self._watchers[board]:
                    has_changed.set()

    async def _read(self, boards: Sequence[Board]) -> list[str | None]:
        """How often each board has changed, as text to compare; nothing where it cannot be told now."""
        try:
            found = await redis().batch(
                lambda pipeline: [pipeline.hmget(board.keys.about, ["built", _counter(board)]) for board in boards]
            )
        except (RedisUnavailable, RedisError):
            return [None] * len(boards)
        return [f"{built}:{count}" if built else None for built, count in found]


def _counter(board: Board) -> str:
    """The field that counts a board's changes; a group's stands beside that of everybody."""
    return str(board.scope_id) if board.scope is BoardScope.GROUP else "revision"


board_watch = BoardWatch()
"""The watch of this process."""
