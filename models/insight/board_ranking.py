"""Reading boards: a page, a member's place, its neighbours. One round trip each, whatever the board's size.

The boards of everybody and of circles are in Redis alone, because ranking a community in SQL for each reader would
stop it; where Redis does not answer, or has lost the board and it is being built anew, the answer is the refusal
`BOARD_UNAVAILABLE`, at once. A group is small enough to be ranked from SQL then, and is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from uuid import UUID

from models.insight.board import (
    Board,
    BoardPeriodNotLive,
    BoardScope,
    BoardUnavailable,
    BoardWindowNotOffered,
    layout,
)
from models.insight.board_entry import BoardEntry, BoardPage
from models.insight.board_group import cut, rank_group
from models.insight.board_period import Period, Window, live_periods
from models.insight.board_score import id_to_text
from models.insight.board_script import READ
from store.brand_day import brand_day
from store.company import Company
from store.redis import RedisUnavailable, redis

PAGE_MOST = 100
AROUND_MOST = 50
RETRY_AFTER = timedelta(seconds=5)


@dataclass(frozen=True)
class LiveBoard:
    """A board for one of the periods that are live: the current one of its window, or the one before."""

    board: Board
    period: Period
    at: datetime

    @classmethod
    def of(cls, board: Board, window: Window, *, at: datetime, day: date | None = None) -> Self:
        """The board for the period that holds `day`, by default today.

        Raises `BoardWindowNotOffered`, `BoardPeriodNotLive`.
        """
        if window not in board.metric.windows:
            raise BoardWindowNotOffered()
        period = Period.of(window, day or brand_day(at))
        if period not in layout(board, brand_day(at)).periods:
            raise BoardPeriodNotLive()
        return cls(board, period, at)

    async def page(self, *, first: int, after: int = 0) -> BoardPage:
        """The `first` places (1 to 100) behind rank `after`. Raises `BoardUnavailable`, as do the others."""
        return await self._read(after, after + min(first, PAGE_MOST) - 1)

    async def last_page(self, *, last: int, before: int | None = None) -> BoardPage:
        """The `last` places (1 to 100) above rank `before`, or at the end of the board."""
        count = min(last, PAGE_MOST)
        if before is None:
            return await self._read(-count, -1)
        if before <= 1:
            return await self._read(1, 0)
        return await self._read(max(before - 1 - count, 0), before - 2)

    async def around(self, member_id: UUID, *, count: int) -> BoardPage:
        """A member with up to `count` (0 to 50) neighbours on each side; no entries where it is not on the board."""
        reach = max(0, min(count, AROUND_MOST))
        return await self._read(-reach, reach, around=member_id)

    async def place(self, member_id: UUID) -> BoardEntry | None:
        """Where a member stands, if on the board."""
        page = await self.around(member_id, count=0)
        return page.entries[0] if page.entries else None

    async def _read(self, first: int, last: int, *, around: UUID | None = None) -> BoardPage:
        if self.board.scope is BoardScope.GROUP:
            return cut(await rank_group(self.board, self.period, self._previous, at=self.at), first, last, around)
        page = await _pages.ask((self.board, self.period, first, last, around), (self, first, last, around))
        if page is None:
            raise BoardUnavailable(retry_at=self.at + RETRY_AFTER)
        return page

    async def read_from_redis(self, first: int, last: int, around: UUID | None) -> BoardPage | None:
        """What Redis has of the board; nothing where it does not answer or the board is not complete."""
        try:
            found = await self._run_script(first, last, around)
        except RedisUnavailable:
            found = None
        if found is None:
            return None
        size, changed, start, rows, before = found
        entries = [
            _entry(start + n + 1, rows[2 * n], rows[2 * n + 1], before[n] if before else -1)
            for n in range(len(rows) // 2)
        ]
        return BoardPage(entries, size, datetime.fromtimestamp(int(changed), UTC))

    async def _run_script(self, first: int, last: int, around: UUID | None) -> Any:
        keys, previous = self.board.keys, self._previous
        order = keys.order(self.period)
        names = (self.period.name, previous.name if previous else "")
        return await redis().run(
            READ,
            keys=(keys.about, keys.state, order, keys.order(previous) if previous else order),
            args=(*names, first, last, id_to_text(around) if around else ""),
        )

    @property
    def _previous(self) -> Period | None:
        """The period that ranks are compared with, while it is at hand."""
        previous = self.period.previous
        return previous if previous in live_periods(brand_day(self.at)) else None


_Asked = tuple[LiveBoard, int, int, UUID | None]


async def _read_once(asked: Sequence[_Asked]) -> Sequence[BoardPage | None]:
    """The same page for all who ask for it."""
    live, first, last, around = asked[0]
    return [await live.read_from_redis(first, last, around)] * len(asked)


_pages = Company[_Asked, BoardPage | None](_read_once, under_way=1, size=1_000)
"""The page that everybody looks at is read once for all who look at the same moment."""


def _entry(rank: int, name: str, value: str, place_before: int) -> BoardEntry:
    return BoardEntry(rank, name, int(value), place_before + 1 if place_before >= 0 else None)
