"""Files of questions on their way into the bank, in the contract."""

from datetime import datetime
from typing import Any

import strawberry
from strawberry import Info

from engine.declare import Connection, Node, computed, connection, one, record_type
from engine.relation import Condition
from models.learning.bank_row import Remark
from models.learning.question import Question as QuestionRecord
from models.learning.question_import import BankFormat, ImportStatus
from models.learning.question_import import QuestionImport as QuestionImportRecord
from models.learning.question_import import QuestionImportRow as QuestionImportRowRecord
from models.staff.staff import Staff as StaffRecord
from schema.enums import publish
from schema.learning.question import Question, bank_seen
from schema.learning.question_status import QuestionKind, QuestionStatus
from schema.payload import Payload
from schema.staff.staff import Staff

NOTES_MOST = 20

publish(
    BankFormat,
    "How a file of questions is written.",
    xlsx="A spreadsheet with the headings of the template.",
    gift="GIFT, plain text.",
    moodle_xml="Moodle XML.",
)
publish(
    ImportStatus,
    "How far a file of questions has come.",
    named="QuestionImportStatus",
    checked="It was looked through; nothing of it is in the bank.",
    taken_in="Its questions are in the bank.",
    dropped="Nothing of it came in.",
)


@strawberry.type(description="What is to be said of a row.")
class RowRemark:
    column: str = strawberry.field(description="The column or part that it is about.")
    message: str = strawberry.field(description="A sentence, in the caller's language.")

    @classmethod
    def of(cls, stored: dict[str, Any], locale: str) -> "RowRemark":
        remark = Remark.from_json(stored)
        return cls(column=remark.column, message=remark.sentence(locale))


@record_type(QuestionImportRowRecord, description="A question of a file, or what is wrong with it.", visible=bank_seen)
class QuestionImportRow(Node):
    position: int = strawberry.field(description="From 1, as the questions came.")
    file_place: int = strawberry.field(description="To find it by: row of a sheet, line of a text, number in XML.")
    title: str = strawberry.field(description="How it begins.")
    kind: QuestionKind | None = strawberry.field(description="What it asks for, where it could be read.")
    doubles_row: int | None = strawberry.field(description="The position of an earlier row that says the same.")
    doubles_question: Question | None = one(
        QuestionRecord, "doubles_question_id", description="The question of the bank that says the same."
    )
    question: Question | None = one(QuestionRecord, "question_id", description="The question that came of it.")

    @computed(needs=("problem",), description="Why it cannot come in.")
    def problem(self: Any, info: Info) -> RowRemark | None:
        return RowRemark.of(self.problem, info.context.locale) if self.problem else None

    @computed(needs=("notes",), description="What of it stays behind.", bound=NOTES_MOST)
    def notes(self: Any, info: Info) -> list[RowRemark]:
        return [RowRemark.of(one, info.context.locale) for one in self.notes[:NOTES_MOST]]


@record_type(QuestionImportRecord, description="A file of questions that was handed over.", visible=bank_seen)
class QuestionImport(Node):
    format: BankFormat = strawberry.field(description="How it is written.")
    name: str | None = strawberry.field(description="What it is called.")
    status: ImportStatus = strawberry.field(description="How far it has come.")
    row_count: int = strawberry.field(description="How many questions it has.")
    faulty_count: int = strawberry.field(description="How many of them cannot come in.")
    duplicate_count: int = strawberry.field(description="How many say what the bank or an earlier row says.")
    taken_count: int = strawberry.field(description="How many questions came of it.")
    created_by: Staff | None = one(StaffRecord, "staff_id", description="Who handed it over.")
    created_at: datetime = strawberry.field(description="When.")
    ended_at: datetime | None = strawberry.field(description="When it was taken in or dropped.")
    rows: Connection[QuestionImportRow] = connection(
        QuestionImportRowRecord, "import_id", order=("position", "id"), description="Its questions, as they came."
    )
    faulty_rows: Connection[QuestionImportRow] = connection(
        QuestionImportRowRecord,
        "import_id",
        order=("position", "id"),
        where=Condition("{row}.problem IS NOT NULL"),
        description="Those that cannot come in.",
    )
    duplicate_rows: Connection[QuestionImportRow] = connection(
        QuestionImportRowRecord,
        "import_id",
        order=("position", "id"),
        where=Condition("({row}.doubles_row IS NOT NULL OR {row}.doubles_question_id IS NOT NULL)"),
        description="Those that say what is there already.",
    )


@strawberry.input(description="A file that was looked through, to be taken in as a whole.")
class TakeInQuestionsInput:
    import_id: strawberry.ID = strawberry.field(description="The file.")
    status: QuestionStatus = strawberry.field(
        default=QuestionStatus.DRAFT, description="Whether its questions are used at once."
    )
    skips_faulty: bool = strawberry.field(default=False, description="Whether rows with problems are left out.")
    skips_duplicates: bool = strawberry.field(
        default=True, description="Whether rows are left out that say what is there already."
    )


@strawberry.input(description="A file that was looked through, of which nothing is to come in.")
class DropQuestionImportInput:
    import_id: strawberry.ID = strawberry.field(description="The file.")


@strawberry.type
class QuestionImportPayload(Payload):
    import_: QuestionImport | None = strawberry.field(name="import", default=None, description="The file after it.")


@strawberry.type(description="A file whose questions are in the bank now.")
class TakeInQuestionsPayload(QuestionImportPayload):
    pass


@strawberry.type(description="A file that was dropped.")
class DropQuestionImportPayload(QuestionImportPayload):
    pass
