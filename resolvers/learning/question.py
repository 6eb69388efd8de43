"""The question bank: read, searched, written and changed by staff of the whole brand."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import StaffCan
from auth.scope import demand_whole_brand
from engine.declare import After, Before, Connection, First, Last, listing, mirrored
from engine.read import PageArguments
from models.learning.duplicates import near_duplicates
from models.learning.question import Question as QuestionRecord
from models.learning.question_category import question_categories
from models.learning.question_sorting import sort_questions
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.learning.question import DuplicateQuestions, Question, QuestionCategory, QuestionTwins
from schema.learning.question_filter import QuestionFilter
from schema.learning.question_terms import (
    ChangeQuestionInput,
    ChangeQuestionPayload,
    PutQuestionStatusInput,
    PutQuestionStatusPayload,
    SortQuestionsInput,
    SortQuestionsPayload,
    WriteQuestionInput,
    WriteQuestionPayload,
)
from schema.payload import mutation, query

READING, WRITING = StaffCan(StaffRight.QUIZZES_READ), StaffCan(StaffRight.QUIZZES_WRITE)

Filter = Annotated[QuestionFilter | None, strawberry.argument(description="Which of them.")]
QuestionId = Annotated[strawberry.ID, strawberry.argument(description="Which question.")]
Similarity = Annotated[float, strawberry.argument(description="How alike they are at least, 0.5 to 1.")]
Category = Annotated[str | None, strawberry.argument(description="Only questions in this category or below it.")]


@strawberry.type
class QuestionQueries:
    @query(allow=READING, description="Questions of the bank, the newest first.")
    async def questions(
        self,
        info: Info,
        filter: Filter = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> Connection[Question]:
        every = listing(QuestionRecord, order=("-created_at", "-id"), where=(filter or QuestionFilter()).condition())
        page: Connection[Question] = await info.context.loads.list_page(
            every, PageArguments(first, after, last, before)
        )
        return page

    @query(allow=READING, description="A question of the bank.")
    async def question(self, info: Info, id: QuestionId) -> Question | None:
        found: Question | None = await info.context.loads.by_id(QuestionRecord, id_of("Question", id, field="id"))
        return found

    @query(allow=READING, description="The categories that have questions, at most 500, by path.")
    async def question_categories(self, info: Info) -> list[QuestionCategory]:
        return [QuestionCategory(path=path, question_count=count) for path, count in await question_categories()]

    @query(allow=READING, description="Questions that say nearly the same.")
    async def duplicate_questions(
        self, info: Info, similarity: Similarity = 0.8, category: Category = None
    ) -> DuplicateQuestions:
        found = await near_duplicates(similarity, category=category)
        ids = {one for twins in found.pairs for one in (twins.one, twins.other)}
        known = {one.id: one for one in await QuestionRecord.filter(id__in=ids)}
        pairs = [
            QuestionTwins(
                one=mirrored(known[twins.one]), other=mirrored(known[twins.other]), similarity=twins.similarity
            )
            for twins in found.pairs
        ]
        return DuplicateQuestions(pairs=pairs, is_complete=found.is_complete)


@strawberry.type
class QuestionMutations:
    @mutation(allow=WRITING, description="Write a new question.")
    async def write_question(self, info: Info, input: WriteQuestionInput) -> WriteQuestionPayload:
        context, once = info.context, info.context.once(input)
        demand_whole_brand(context)
        question = await QuestionRecord.write(
            input.terms.value(), status=input.status, staff_id=context.staff_id, at=context.at, once=once
        )
        return WriteQuestionPayload(question=mirrored(question), is_replay=once.replayed)

    @mutation(allow=WRITING, description="Say all of a question anew; attempts keep the version that they saw.")
    async def change_question(self, info: Info, input: ChangeQuestionInput) -> ChangeQuestionPayload:
        demand_whole_brand(info.context)
        question = await QuestionRecord.change(
            id_of("Question", input.question_id, field="questionId"),
            input.terms.value(),
            expected_version=input.expected_version,
            staff_id=info.context.staff_id,
            reason=input.reason,
            at=info.context.at,
        )
        return ChangeQuestionPayload(question=mirrored(question))

    @mutation(allow=WRITING, description="Take questions into use, back to the draft, or into the archive.")
    async def put_question_status(self, info: Info, input: PutQuestionStatusInput) -> PutQuestionStatusPayload:
        demand_whole_brand(info.context)
        questions = await QuestionRecord.put_status(
            [id_of("Question", one, field="questionIds") for one in input.question_ids],
            input.status,
            staff_id=info.context.staff_id,
            reason=input.reason,
            at=info.context.at,
        )
        return PutQuestionStatusPayload(questions=mirrored(questions))

    @mutation(allow=WRITING, description="Say of many questions where they lie, how hard they are, and their tags.")
    async def sort_questions(self, info: Info, input: SortQuestionsInput) -> SortQuestionsPayload:
        demand_whole_brand(info.context)
        questions = await sort_questions(
            [id_of("Question", one, field="questionIds") for one in input.question_ids],
            input.sorting(),
            staff_id=info.context.staff_id,
            reason=input.reason,
            at=info.context.at,
        )
        return SortQuestionsPayload(questions=mirrored(questions))
