"""What SQL says about members' places on boards, read in one statement.

One statement is one snapshot: the version of a member and the figures read beside it belong together, which is what
lets a board tell an older reading of a member from a newer one. The statement serves single members after an act, and
runs of members by id for a rebuild, a comparison and a frozen result.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from models.insight.board import Metric
from models.insight.board_period import Period, Window
from models.insight.board_score import Score
from models.insight.board_source import SELDOM_LOST, SOURCES
from models.insight.board_statement import bounds_of, statement
from models.insight.board_streak import standing_streak
from store.clock import as_instant
from store.database import dialect, fetch

RUN = 500
"""Members read at once where all are read: a short statement, and an event loop that is held up for a moment only."""

_ALL = "all"
_BEFORE_ALL = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Reading:
    """A member's figures: absent where there is nothing to show. `version` rises with every act that changes them.

    Circles that the member was in before, groups that it joined or left just now, and metrics of which something was
    taken from it, are known where asked for.
    """

    member_id: UUID
    version: int
    is_ranked: bool
    scores: dict[Metric, dict[str, Score]]
    circle_ids: tuple[UUID, ...]
    group_ids: tuple[UUID, ...]
    past_circle_ids: tuple[UUID, ...]
    moved_group_ids: tuple[UUID, ...]
    lost: tuple[Metric, ...] = ()

    def score(self, metric: Metric, period: Period) -> Score | None:
        """What a board shows: nothing of somebody who is on none."""
        return self.scores[metric].get(period.name) if self.is_ranked else None


async def read_everybody(periods: Sequence[Period], *, at: datetime) -> AsyncIterator[list[Reading]]:
    """The readings of all members in the order of their ids, `RUN` at a time, each run in a snapshot of its own.

    While a run is worked on, the database reads the next.
    """
    following = asyncio.ensure_future(_read_run(_BEFORE_ALL, periods, at))
    try:
        while readings := await following:
            following = asyncio.ensure_future(_read_run(readings[-1].member_id, periods, at))
            yield readings
    finally:
        following.cancel()


async def _read_run(after: UUID, periods: Sequence[Period], at: datetime) -> list[Reading]:
    rows = await fetch("SELECT id FROM member WHERE id > $1 ORDER BY id LIMIT $2", after, RUN)
    readings = await read_members([UUID(str(row["id"])) for row in rows], periods, at=at)
    return sorted(readings, key=lambda reading: reading.member_id)


async def read_members(
    member_ids: Sequence[UUID], periods: Sequence[Period], *, at: datetime, since: datetime | None = None
) -> list[Reading]:
    """The readings of these members, with their history where `since` is given; unknown ones are left out.

    They are named one by one even where they are a run: PostgreSQL takes a range of ids for next to nothing, and plans
    as if it were.
    """
    spans = [period for period in periods if period.window is not Window.ALL]
    has_totals = len(spans) < len(periods)
    sql = statement(len(spans), has_totals=has_totals, has_history=since is not None, dialect=dialect())
    values = [list(member_ids), *([at] if has_totals else []), *([since] if since else []), *bounds_of(spans)]
    rows = await fetch(sql, *values)
    columns = _columns(tuple(span.name for span in spans))
    return [_reading(row, columns, has_totals=has_totals, at=at) for row in rows]


_Columns = dict[Metric, list[tuple[str, str, str]]]
"""For each metric the names of the periods, each with its column and the one of its instant."""


def _columns(names: Sequence[str]) -> _Columns:
    return {
        metric: [(name, f"{metric}_{place}", f"{metric}_{place}_at") for place, name in enumerate(names)]
        for metric in SOURCES
    }


def _reading(row: Mapping[str, Any], columns: _Columns, *, has_totals: bool, at: datetime) -> Reading:
    scores: dict[Metric, dict[str, Score]] = {
        metric: {
            name: Score(row[value], as_instant(row[since])) for name, value, since in of_metric if (row[value] or 0) > 0
        }
        for metric, of_metric in columns.items()
    }
    scores[Metric.STREAK] = {}
    if has_totals:
        _add_totals(scores, row, at)
    return Reading(
        UUID(str(row["id"])),
        int(row["version"]),
        bool(row["is_ranked"]),
        scores,
        _ids(row["circle_ids"]),
        _ids(row["group_ids"]),
        _ids(row["past_circle_ids"]),
        _ids(row["moved_group_ids"]),
        tuple(metric for metric in SELDOM_LOST if row.get(f"{metric}_lost")),
    )


def _add_totals(scores: dict[Metric, dict[str, Score]], row: Mapping[str, Any], at: datetime) -> None:
    for metric in SOURCES:
        if total := row[f"{metric}_all"]:
            scores[metric][_ALL] = Score(int(total), as_instant(row[f"{metric}_all_at"] or row["joined_at"]))
    if streak := standing_streak(row, at=at):
        scores[Metric.STREAK][_ALL] = streak


def _ids(text: str | None) -> tuple[UUID, ...]:
    return tuple(_id(one) for one in text.split(",")) if text else ()


@lru_cache(maxsize=20_000)
def _id(text: str) -> UUID:
    """The same few circles and groups are met again and again."""
    return UUID(text)
