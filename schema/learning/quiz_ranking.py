"""The board of a quiz in the contract: its places are numbered, and each bears the id of its member."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from engine.cursor import decode_cursor, encode_cursor
from engine.declare import After, Before, First, Last, PageInfo, computed, mirrored, one
from engine.read import PageArguments
from engine.relation import Order
from models.learning.quiz import Quiz as QuizRecord
from models.learning.quiz_ranking import Position, RankingPage
from models.learning.quiz_ranking import QuizRanking as QuizRankingRecord
from models.learning.quiz_standing import QuizStanding as QuizStandingRecord
from models.members.member import Member as MemberRecord
from schema.learning.quiz import Quiz
from schema.members.member import Member

_BY_SCORE = Order.by("score", "submitted_at", "id")


@strawberry.type(description="A place on the board of a quiz.")
class QuizRankEdge:
    node: Member = one(MemberRecord, "member_id", description="Who stands there.")
    rank: int = strawberry.field(description="The place, from 1; no two members share one.")
    percent: int = strawberry.field(description="What counts of its score, in whole percents.")
    submitted_at: datetime = strawberry.field(description="When that was handed in; among equals the earlier is first.")

    @computed(description="Where this place stands in the list.")
    def cursor(self: Any) -> str:
        return encode_cursor(_BY_SCORE, self)


@strawberry.type(description="A page of the board of a quiz.")
class QuizRankConnection:
    @computed(description="The places of this page, the first one in front.")
    def edges(self: Any) -> list[QuizRankEdge]:
        return list(mirrored(self.places))

    @computed(description="About this page.")
    def page_info(self: Any) -> PageInfo:
        page: RankingPage = self
        cursors = [encode_cursor(_BY_SCORE, one) for one in page.places]
        return PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )

    @computed(description="How many members are on the board; counted only where it is asked for.")
    async def total_count(self: Any) -> int:
        page: RankingPage = self
        return await page.count()


@strawberry.type(
    description="The board of a quiz: the higher score that counts is first, among equals the earlier hand-in. Staff "
    "and members who wish not to be shown are not on it."
)
class QuizRanking:
    quiz: Quiz | None = one(QuizRecord, "quiz_id", description="The quiz.")

    @computed(description="The places, in their order.")
    async def entries(
        self: Any, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> QuizRankConnection:
        page: QuizRankConnection = mirrored(await _page(self, PageArguments(first, after, last, before)))
        return page

    @computed(description="Where the caller stands; absent where it is not on the board.")
    async def viewer_entry(self: Any, info: Info) -> QuizRankEdge | None:
        caller, ranking = info.context.caller, self
        place = await ranking.place(caller.id) if caller.kind is CallerKind.MEMBER else None
        found: QuizRankEdge | None = mirrored(place)
        return found


async def _page(ranking: QuizRankingRecord, arguments: PageArguments) -> RankingPage:
    size = arguments.size
    if arguments.last is not None:
        return await ranking.last_page(last=size, before=_position(arguments.before))
    return await ranking.page(first=size, after=_position(arguments.after))


def _position(cursor: str | None) -> Position | None:
    if cursor is None:
        return None
    position: Any = decode_cursor(cursor, _BY_SCORE, QuizStandingRecord)
    found: Position = position
    return found
