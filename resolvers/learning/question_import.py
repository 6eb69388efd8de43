"""Files of questions: looked through on arrival (`POST /imports/questions`), then taken in or dropped from here."""

from typing import Annotated

import strawberry
from strawberry import Info

from auth.permissions import StaffCan
from auth.scope import demand_whole_brand
from engine.declare import Connection, mirrored
from models.learning.question_import import QuestionImport as QuestionImportRecord
from models.staff.right import StaffRight
from schema.ids import id_of
from schema.learning.question_import import (
    DropQuestionImportInput,
    DropQuestionImportPayload,
    QuestionImport,
    TakeInQuestionsInput,
    TakeInQuestionsPayload,
)
from schema.payload import listed, mutation, query

READING, WRITING = StaffCan(StaffRight.QUIZZES_READ), StaffCan(StaffRight.QUIZZES_WRITE)
ImportId = Annotated[strawberry.ID, strawberry.argument(description="Which file.")]


@strawberry.type
class QuestionImportQueries:
    question_imports: Connection[QuestionImport] = listed(
        QuestionImportRecord,
        order=("-created_at", "-id"),
        allow=READING,
        description="Files of questions that were handed over, the newest first.",
    )

    @query(allow=READING, description="A file of questions that was handed over.")
    async def question_import(self, info: Info, id: ImportId) -> QuestionImport | None:
        import_id = id_of("QuestionImport", id, field="id")
        found: QuestionImport | None = await info.context.loads.by_id(QuestionImportRecord, import_id)
        return found


@strawberry.type
class QuestionImportMutations:
    @mutation(allow=WRITING, description="Make questions of a file that was looked through, all of them at once.")
    async def take_in_questions(self, info: Info, input: TakeInQuestionsInput) -> TakeInQuestionsPayload:
        demand_whole_brand(info.context)
        found = await QuestionImportRecord.take_in(
            id_of("QuestionImport", input.import_id, field="importId"),
            status=input.status,
            skips_faulty=input.skips_faulty,
            skips_duplicates=input.skips_duplicates,
            staff_id=info.context.staff_id,
            at=info.context.at,
        )
        return TakeInQuestionsPayload(import_=mirrored(found))

    @mutation(allow=WRITING, description="Take nothing in of a file that was looked through.")
    async def drop_question_import(self, info: Info, input: DropQuestionImportInput) -> DropQuestionImportPayload:
        demand_whole_brand(info.context)
        import_id = id_of("QuestionImport", input.import_id, field="importId")
        found = await QuestionImportRecord.drop(import_id, staff_id=info.context.staff_id, at=info.context.at)
        return DropQuestionImportPayload(import_=mirrored(found))
