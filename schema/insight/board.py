"""Boards in the contract.

The type is made over a `LiveBoard` rather than a row: its places come from Redis, and each place bears the id of its
member, from which the member is read like any relation.
"""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from engine.cursor import decode_cursor, encode_cursor
from engine.declare import After, Before, First, Last, Node, PageInfo, computed, mirrored, one, record_type
from engine.read import PageArguments
from engine.relation import Order
from models.insight.board import BoardScope, Metric
from models.insight.board_entry import BoardPage
from models.insight.board_period import Window
from models.insight.board_ranking import AROUND_MOST, LiveBoard
from models.insight.board_result import BoardResult as BoardResultRecord
from models.members.member import Member as MemberRecord
from schema.enums import publish
from schema.members.member import Member
from schema.scalars import BigInt

if TYPE_CHECKING:
    pass

publish(
    Metric,
    "What a board counts.",
    named="BoardMetric",
    points="Points earned; reversals are taken off.",
    check_ins="Check-ins that stand.",
    streak="Days in a row under the default plan.",
    invites="Members brought in.",
)
publish(
    Window,
    "How long a board counts before it begins anew, by the brand's business days.",
    named="BoardWindow",
    day="A business day.",
    week="An ISO week, Monday to Sunday.",
    month="A calendar month.",
    all="Since the beginning.",
)
publish(
    BoardScope,
    "Among whom a board ranks.",
    **{"global": "Everybody."},
    circle="The members of a circle's groups.",
    group="The members of a group.",
)

_BY_RANK = Order.by("rank")


@strawberry.type(description="A place on a board.")
class BoardMemberEdge:
    node: Member = one(MemberRecord, "member_id", description="Who stands there.")
    rank: int = strawberry.field(description="The place, from 1; no two members share one.")
    score: BigInt = strawberry.field(description="What is counted.")
    reached_at: datetime = strawberry.field(description="When it reached that; among equals the earlier is first.")
    rank_change: int | None = strawberry.field(
        description="Places gained since the period before, below 0 for places lost; absent for whoever was not on it."
    )

    @computed(description="Where this place stands in the list.")
    def cursor(self: Any) -> str:
        return encode_cursor(_BY_RANK, self)


@strawberry.type(description="A page of a board.")
class BoardMemberConnection:
    @computed(description="The places of this page, the first one in front.")
    def edges(self: Any) -> list[BoardMemberEdge]:
        return list(mirrored(self.entries))

    @computed(description="About this page.")
    def page_info(self: Any) -> PageInfo:
        page: BoardPage = self
        first, last = (page.entries[0], page.entries[-1]) if page.entries else (None, None)
        return PageInfo(
            has_next_page=last is not None and last.rank < page.size,
            has_previous_page=first is not None and first.rank > 1,
            start_cursor=encode_cursor(_BY_RANK, first) if first else None,
            end_cursor=encode_cursor(_BY_RANK, last) if last else None,
        )

    @computed(description="How many members are on the board.")
    def total_count(self: Any) -> int:
        return int(self.size)


Reach = Annotated[int, strawberry.argument(description=f"How many neighbours on each side, 0 to {AROUND_MOST}.")]


@strawberry.type(
    description="A live board: more comes first, and among equals whoever reached it first. Staff and members who wish "
    "not to be shown are on no board."
)
class Board:
    @computed(description="What it counts.")
    def metric(self: Any) -> Metric:
        return Metric(self.board.metric)

    @computed(description="Among whom it ranks.")
    def scope(self: Any) -> BoardScope:
        return BoardScope(self.board.scope)

    @computed(description="How long it counts.")
    def window(self: Any) -> Window:
        return Window(self.period.window)

    @computed(description="Its period: `2026-11-23`, `2026-W48`, `2026-11` or `all`.")
    def period_name(self: Any) -> str:
        return str(self.period.name)

    @computed(description="The first instant after its period; absent where it never ends.")
    def ends_at(self: Any) -> datetime | None:
        live: LiveBoard = self
        return None if live.period.window is Window.ALL else live.period.ends_at

    @computed(description="The places, in their order.")
    async def entries(
        self: Any, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> BoardMemberConnection:
        page: BoardMemberConnection = mirrored(await _page(self, PageArguments(first, after, last, before)))
        return page

    @computed(description="Where the caller stands; absent where it is not on the board.")
    async def viewer_entry(self: Any, info: Info) -> BoardMemberEdge | None:
        caller = info.context.caller
        entry = await self.place(caller.id) if caller.kind is CallerKind.MEMBER else None
        place: BoardMemberEdge | None = mirrored(entry)
        return place

    @computed(
        description="The caller with its neighbours; empty where it is not on the board.", bound=2 * AROUND_MOST + 1
    )
    async def viewer_neighbours(self: Any, info: Info, reach: Reach = 2) -> list[BoardMemberEdge]:
        caller = info.context.caller
        if caller.kind is not CallerKind.MEMBER:
            return []
        page = await self.around(caller.id, count=reach)
        return list(mirrored(page.entries))


@record_type(BoardResultRecord, description="A place on a board as its period ended; it never changes.")
class BoardResult(Node):
    metric: Metric = strawberry.field(description="What was counted.")
    window: Window = strawberry.field(description="How long it was counted.")
    period: str = strawberry.field(description="The period: `2026-11-23`, `2026-W48` or `2026-11`.")
    member: Member = one(MemberRecord, "member_id", description="Who stood there.")
    rank: int = strawberry.field(description="The place, from 1.")
    score: BigInt = strawberry.field(description="What was counted.")
    reached_at: datetime = strawberry.field(description="When the score was reached.")
    frozen_at: datetime = strawberry.field(description="When the result was written down.")


async def _page(live: LiveBoard, arguments: PageArguments) -> BoardPage:
    """The page that cursors ask for; a cursor names a rank."""
    size = arguments.size
    if arguments.last is not None:
        return await live.last_page(last=size, before=_rank_in(arguments.before))
    return await live.page(first=size, after=_rank_in(arguments.after) or 0)


def _rank_in(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    [rank] = decode_cursor(cursor, _BY_RANK, BoardResultRecord)
    return max(0, min(int(str(rank)), 2**31))
