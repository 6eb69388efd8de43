"""Boards: live ones, how ended periods were won, and hearing of changes."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import date
from typing import Annotated
from uuid import UUID

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.context import Context
from auth.permissions import IsMemberOrStaff
from auth.scope import demand_group
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import Condition
from models.groups.circle import Circle as CircleRecord
from models.groups.membership import Membership
from models.insight.board import Board as BoardName
from models.insight.board import BoardScope, Metric, in_circle, in_group
from models.insight.board_period import Period, Window
from models.insight.board_ranking import LiveBoard
from models.insight.board_result import BoardResult as BoardResultRecord
from models.insight.board_watch import board_watch
from schema.ids import optional_id_of
from schema.insight.board import Board, BoardResult
from schema.payload import query, subscription
from store.brand_day import brand_day

MetricAsked = Annotated[Metric, strawberry.argument(description="What is counted.")]
WindowAsked = Annotated[Window, strawberry.argument(description="How long it is counted.")]
Day = Annotated[
    date | None,
    strawberry.argument(description="A business day of the period: of this one (the default) or of the one before."),
]
EndedDay = Annotated[
    date | None, strawberry.argument(description="A business day of the period; of the one before this if absent.")
]
CircleId = Annotated[strawberry.ID | None, strawberry.argument(description="Rank the members of this circle.")]
GroupId = Annotated[strawberry.ID | None, strawberry.argument(description="Rank the members of this group.")]


@strawberry.type
class BoardQueries:
    @query(allow=IsMemberOrStaff(), description="A live board, by default of everybody and for this month.")
    async def board(
        self,
        info: Info,
        metric: MetricAsked = Metric.POINTS,
        window: WindowAsked = Window.MONTH,
        day: Day = None,
        circle_id: CircleId = None,
        group_id: GroupId = None,
    ) -> Board | None:
        name = await _named(info.context, metric, circle_id, group_id)
        live: Board = mirrored(LiveBoard.of(name, window, at=info.context.at, day=day))
        return live

    @query(allow=IsMemberOrStaff(), description="How an ended day, week or month was won, the first place in front.")
    async def board_results(
        self,
        info: Info,
        metric: MetricAsked = Metric.POINTS,
        window: WindowAsked = Window.MONTH,
        day: EndedDay = None,
        circle_id: CircleId = None,
        group_id: GroupId = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[BoardResult]:
        name = await _named(info.context, metric, circle_id, group_id)
        current = Period.of(window, brand_day(info.context.at))
        period = Period.of(window, day) if day else current.previous or current
        where = Condition(
            '{row}.metric = ? AND {row}.scope = ? AND {row}.scope_id = ? AND {row}."window" = ? AND {row}.period = ?',
            (metric.value, name.scope.value, name.scope_id, window.value, period.name),
        )
        results = listing(BoardResultRecord, order=("rank", "id"), where=where)
        page: Connection[BoardResult] = await info.context.loads.list_page(
            results, PageArguments(first, after, last, before)
        )
        return page


@strawberry.type
class BoardSubscriptions:
    @subscription(
        allow=IsMemberOrStaff(),
        description="A live board at once and whenever it changes, at most once a second.",
    )
    async def board_changed(
        self,
        info: Info,
        metric: MetricAsked = Metric.POINTS,
        window: WindowAsked = Window.MONTH,
        circle_id: CircleId = None,
        group_id: GroupId = None,
    ) -> AsyncGenerator[Board, None]:
        context = info.context
        name = await _named(context, metric, circle_id, group_id)
        LiveBoard.of(name, window, at=context.at)
        async with aclosing(board_watch.changes(name)) as changes:
            async for _ in changes:
                if name.scope is BoardScope.GROUP:
                    await _demand_of_group(context, name.scope_id)
                live: Board = mirrored(LiveBoard.of(name, window, at=context.clock.now()))
                yield live


async def _named(context: Context, metric: Metric, circle_id: str | None, group_id: str | None) -> BoardName:
    """The board of a scope that the caller may see. A group's is for its members and for staff in charge of it."""
    group = optional_id_of("Group", group_id, field="groupId")
    if group is not None:
        await _demand_of_group(context, group)
        return in_group(metric, group)
    circle = optional_id_of("Circle", circle_id, field="circleId")
    if circle is not None:
        await CircleRecord.existing(circle, field="circleId")
        return in_circle(metric, circle)
    return BoardName(metric)


async def _demand_of_group(context: Context, group_id: UUID) -> None:
    if context.caller.kind is CallerKind.MEMBER:
        await Membership.of(context.member_id, group_id, field="groupId")
    else:
        await demand_group(context, group_id)
