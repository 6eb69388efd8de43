"""What came of quizzes: boards, who has not handed in, and the analysis of questions."""

from dataclasses import dataclass
from typing import Annotated

import strawberry
from strawberry import Info

from auth.caller import CallerKind
from auth.context import Context
from auth.permissions import IsMemberOr, StaffCan
from auth.scope import demand_group, groups_in_scope, in_scope, members_in_scope
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from engine.relation import Condition
from models.actor import Actor
from models.errors import NotFound
from models.groups.role import Right, authorize
from models.learning.quiz import Quiz as QuizRecord
from models.learning.quiz_analysis import QuizAnalysis as QuizAnalysisRecord
from models.learning.quiz_missing import concerns, in_group, missing, turnout, turnout_by_group
from models.learning.quiz_ranking import QuizRanking as QuizRankingRecord
from models.learning.quiz_ranking import is_ranking_shown
from models.members.condition_sql import Clause
from models.members.member import Member as MemberRecord
from models.members.segment import both
from models.staff.right import StaffRight
from schema.ids import id_of, optional_id_of
from schema.learning.quiz_analysis import QuizAnalysis
from schema.learning.quiz_ranking import QuizRanking
from schema.learning.quiz_sight import quizzes_seen
from schema.learning.quiz_turnout import QuizTurnout
from schema.members.member import Member
from schema.payload import query

QuizId = Annotated[strawberry.ID, strawberry.argument(description="The quiz.")]
GroupId = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Among the members of this group; staff may leave it out."),
]


async def _seen(context: Context, text: str) -> QuizRecord:
    """A quiz that the caller sees; `NotFound` for any other."""
    quiz_id = id_of("Quiz", text, field="quizId")
    if not await in_scope([quiz_id], quizzes_seen(context), table="quiz"):
        raise NotFound(field="quizId")
    return await QuizRecord.get(id=quiz_id)


@dataclass(frozen=True)
class _Part:
    """A quiz, and the part of the brand in which the caller may know who has not handed it in."""

    quiz: QuizRecord
    members: Clause
    groups: Clause


async def _part(context: Context, quiz_id: str, group_id: str | None) -> _Part:
    """Staff know it of their scope; of members those who speak to a group, of its members."""
    quiz, group = await _seen(context, quiz_id), optional_id_of("Group", group_id, field="groupId")
    if group is not None and not await concerns(quiz, group):
        raise NotFound(field="groupId")
    if context.caller.kind is CallerKind.MEMBER:
        if group is None:
            raise NotFound(field="groupId")
        await authorize(Actor.member(context.member_id), group, Right.ANNOUNCE)
        return _Part(quiz, in_group(group), Clause("{row}.id = ?", (group,)))
    members, groups = members_in_scope(context, "id"), groups_in_scope(context, "id")
    part = _Part(quiz, Clause(members.sql, members.values), Clause(groups.sql, groups.values))
    if group is None:
        return part
    await demand_group(context, group)
    return _Part(quiz, both(part.members, in_group(group)), both(part.groups, Clause("{row}.id = ?", (group,))))


@strawberry.type
class QuizResultsQueries:
    @query(
        allow=IsMemberOr(StaffRight.QUIZZES_READ),
        description="The board of a quiz; absent for members while marks are not shown.",
    )
    async def quiz_ranking(self, info: Info, quiz_id: QuizId) -> QuizRanking | None:
        quiz = await _seen(info.context, quiz_id)
        is_member = info.context.caller.kind is CallerKind.MEMBER
        is_hidden = is_member and not is_ranking_shown(quiz, at=info.context.at)
        ranking: QuizRanking | None = mirrored(None if is_hidden else QuizRankingRecord(quiz.id))
        return ranking

    @query(
        allow=IsMemberOr(StaffRight.QUIZZES_READ),
        description="How many of those who should have handed a quiz in; for staff in their scope, and for members who "
        "may announce in a group, in that group.",
    )
    async def quiz_turnout(self, info: Info, quiz_id: QuizId, group_id: GroupId = None) -> QuizTurnout:
        part, at = await _part(info.context, quiz_id, group_id), info.context.at
        total = await turnout(part.quiz, at=at, within=part.members)
        return QuizTurnout.of(total, await turnout_by_group(part.quiz, at=at, within=part.groups))

    @query(
        allow=IsMemberOr(StaffRight.QUIZZES_READ),
        description="Who should have handed a quiz in and has not, the oldest members first; told as `quizTurnout` is.",
    )
    async def quiz_missing(
        self,
        info: Info,
        quiz_id: QuizId,
        group_id: GroupId = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Member]:
        part = await _part(info.context, quiz_id, group_id)
        whom = both(await missing(part.quiz, at=info.context.at), part.members)
        members = listing(MemberRecord, order=("joined_at", "id"), where=Condition(whom.sql, whom.values))
        page: Connection[Member] = await info.context.loads.list_page(
            members, PageArguments(first, after, last, before)
        )
        return page

    @query(
        allow=StaffCan(StaffRight.QUIZZES_READ),
        description="How a quiz and its questions went, worked out minutes ago; absent before the first grade.",
    )
    async def quiz_analysis(self, info: Info, quiz_id: QuizId) -> QuizAnalysis | None:
        quiz = await _seen(info.context, quiz_id)
        found: QuizAnalysis | None = mirrored(await QuizAnalysisRecord.get_or_none(quiz_id=quiz.id))
        return found
