"""Frozen results: how a period ended, kept in SQL and never changed.

Some minutes after a day, week or month has ended, its boards are computed from SQL once more and written down. A
correction that comes later (a void, a member who hides) changes the ledger and the live boards, but no result: who won
in November won in November. A streak has no periods, so it has no results.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from tortoise import fields
from tortoise.exceptions import IntegrityError
from tortoise.migrations.constraints import CheckConstraint, UniqueConstraint

from models.insight.board import EVERYBODY, BoardScope, Metric
from models.insight.board_period import Period, Window
from models.insight.board_reading import Reading, read_everybody
from models.insight.board_source import SOURCES
from models.members.member import Member
from models.record import Record
from store.brand_day import brand_day
from store.clock import as_instant
from store.database import fetch_value, transaction, violates
from store.engines.guards import AppendOnly

FREEZE_AFTER = timedelta(minutes=10)
"""How long after a period's end its last acts may still be on their way."""

RANKS_KEPT: Mapping[Window, Mapping[BoardScope, int]] = {
    Window.DAY: {BoardScope.GLOBAL: 100, BoardScope.CIRCLE: 100, BoardScope.GROUP: 0},
    Window.WEEK: {BoardScope.GLOBAL: 1000, BoardScope.CIRCLE: 1000, BoardScope.GROUP: 10},
    Window.MONTH: {BoardScope.GLOBAL: 1000, BoardScope.CIRCLE: 1000, BoardScope.GROUP: 10},
}
LOOK_BACK: Mapping[Window, int] = {Window.DAY: 35, Window.WEEK: 10, Window.MONTH: 13}
"""How many ended periods are made good after a long pause, or where results are kept for the first time."""

_PERIODS_AT_ONCE = 6
_ROWS_AT_ONCE = 1_000

_BoardOf = tuple[Metric, Period, BoardScope, UUID]
_Standing = tuple[int, datetime, UUID]


class BoardFreeze(Record):
    """That the boards of a metric were frozen for a period, also where nobody stood on them."""

    metric = fields.CharEnumField(Metric, max_length=20)
    window = fields.CharEnumField(Window, max_length=10)
    period = fields.CharField(max_length=10)
    entry_count = fields.IntField()
    frozen_at: datetime = fields.DatetimeField()

    class Meta:
        table = "board_freeze"
        constraints = (UniqueConstraint(fields=("metric", "window", "period"), name="board_freeze_once"),)


class BoardResult(Record):
    metric = fields.CharEnumField(Metric, max_length=20)
    scope = fields.CharEnumField(BoardScope, max_length=10)
    scope_id: UUID = fields.UUIDField(description="The circle or group; all zeros for everybody.")
    window = fields.CharEnumField(Window, max_length=10)
    period = fields.CharField(max_length=10, description="2026-11-23, 2026-W48 or 2026-11.")
    rank = fields.IntField()
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "models.Member", related_name=False, on_delete=fields.OnDelete.RESTRICT
    )
    member_id: UUID
    score = fields.BigIntField()
    reached_at: datetime = fields.DatetimeField()
    frozen_at: datetime = fields.DatetimeField()

    class Meta:
        table = "board_result"
        constraints = (
            UniqueConstraint(
                fields=("metric", "scope", "scope_id", "window", "period", "rank"), name="board_result_one_per_rank"
            ),
            UniqueConstraint(
                fields=("member_id", "metric", "scope", "scope_id", "window", "period"),
                name="board_result_one_per_member",
            ),
            CheckConstraint(check="rank >= 1 AND score >= 1", name="board_result_shows_something"),
        )
        guards = (AppendOnly("board_result"),)


async def freeze_due(*, at: datetime) -> int:
    """Freeze the boards of every ended period that are not frozen yet, also after a pause; returns how many were."""
    due = await _due(at)
    periods = list(due)
    frozen = 0
    for start in range(0, len(periods), _PERIODS_AT_ONCE):
        some = periods[start : start + _PERIODS_AT_ONCE]
        tops = await _tops(some, at)
        for period in some:
            for metric in due[period]:
                frozen += await _freeze(metric, period, tops, at)
    return frozen


async def _due(at: datetime) -> dict[Period, list[Metric]]:
    """The ended periods of which results are missing, and of which metrics."""
    began_at = await fetch_value("SELECT min(joined_at) FROM member")
    if began_at is None:
        return {}
    began_on = brand_day(as_instant(began_at))
    ended = [period for window, most in LOOK_BACK.items() for period in _ended(window, most, at)]
    known = await BoardFreeze.filter(period__in=[period.name for period in ended])
    frozen = {(one.metric, one.period) for one in known}
    due = {}
    for period in ended:
        missing = [metric for metric in SOURCES if (metric, period.name) not in frozen]
        if missing and period.last_day >= began_on:
            due[period] = missing
    return due


def _ended(window: Window, most: int, at: datetime) -> Iterator[Period]:
    """The latest `most` periods that have ended for long enough."""
    period = Period.of(window, brand_day(at - FREEZE_AFTER))
    for _ in range(most):
        earlier = period.previous
        assert earlier is not None
        yield earlier
        period = earlier


async def _tops(periods: Sequence[Period], at: datetime) -> dict[_BoardOf, list[_Standing]]:
    """The first members of every board, in order; in memory there are never more than a few times as many."""
    tops: dict[_BoardOf, list[_Standing]] = defaultdict(list)
    async for readings in read_everybody(periods, at=at):
        for reading in readings:
            for board, standing in _standings(reading, periods):
                top, most = tops[board], _ranks_kept(board)
                top.append(standing)
                if len(top) >= 3 * most:
                    top.sort()
                    del top[most:]
    return {board: sorted(top)[: _ranks_kept(board)] for board, top in tops.items()}


def _standings(reading: Reading, periods: Sequence[Period]) -> Iterator[tuple[_BoardOf, _Standing]]:
    """Where a member may have a place, and what decides about it: more first, then earlier, then the smaller id."""
    scopes = [(BoardScope.GLOBAL, EVERYBODY)]
    scopes += [(BoardScope.CIRCLE, circle_id) for circle_id in reading.circle_ids]
    scopes += [(BoardScope.GROUP, group_id) for group_id in reading.group_ids]
    for metric in SOURCES:
        for period in periods:
            if score := reading.score(metric, period):
                for scope, scope_id in scopes:
                    if RANKS_KEPT[period.window][scope]:
                        yield (metric, period, scope, scope_id), (-score.value, score.reached_at, reading.member_id)


def _ranks_kept(board: _BoardOf) -> int:
    _, period, scope, _ = board
    return RANKS_KEPT[period.window][scope]


async def _freeze(metric: Metric, period: Period, tops: Mapping[_BoardOf, list[_Standing]], at: datetime) -> bool:
    """Write the results of one metric and period; false where somebody else has done so."""
    boards = {board: top for board, top in tops.items() if board[:2] == (metric, period)}
    rows = [
        row
        for (_, _, scope, scope_id), top in boards.items()
        for row in _rows(metric, period, scope, scope_id, top, at)
    ]
    freeze = BoardFreeze(metric=metric, window=period.window, period=period.name, entry_count=len(rows), frozen_at=at)
    try:
        async with transaction():
            await freeze.save(force_create=True)
            await BoardResult.bulk_create(rows, batch_size=_ROWS_AT_ONCE)
    except IntegrityError as error:
        if violates(error, BoardFreeze, "board_freeze_once"):
            return False
        raise
    return True


def _rows(
    metric: Metric, period: Period, scope: BoardScope, scope_id: UUID, top: Iterable[_Standing], at: datetime
) -> Iterator[BoardResult]:
    for rank, (value, reached_at, member_id) in enumerate(top, start=1):
        yield BoardResult(
            metric=metric,
            scope=scope,
            scope_id=scope_id,
            window=period.window,
            period=period.name,
            rank=rank,
            member_id=member_id,
            score=-value,
            reached_at=reached_at,
            frozen_at=at,
        )
