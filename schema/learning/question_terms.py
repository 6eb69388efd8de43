"""What staff write of a question, and the acts on it."""

import strawberry

from models.learning.question_content import Content, Medium, MediumKind, Option
from models.learning.question_sorting import Sorting
from models.learning.question_terms import UNSORTED, QuestionTerms
from models.learning.rich_text import TextFormat
from schema.learning.question import Question
from schema.learning.question_key import QuestionKeyInput
from schema.learning.question_status import QuestionKind, QuestionStatus
from schema.payload import Payload, changed


@strawberry.input(description="A picture, a sound or a film beside a text.")
class QuestionMediumInput:
    url: str = strawberry.field(description="An https address, or a path on this host.")
    kind: MediumKind = strawberry.field(default=MediumKind.IMAGE, description="What it is.")
    text: str | None = strawberry.field(default=None, description="What is in it, up to 200 characters.")

    def value(self) -> Medium:
        return Medium(self.url, self.kind, self.text)


@strawberry.input(description="Something to tick, to order or to match.")
class QuestionOptionInput:
    id: strawberry.ID = strawberry.field(
        description="1 to 8 small letters or digits. It stays over changes, so that answers can be marked anew."
    )
    text: str = strawberry.field(default="", description="What it says, up to 2000 characters.")
    media: list[QuestionMediumInput] = strawberry.field(default_factory=list, description="Up to 9 beside it.")

    def value(self) -> Option:
        return Option(str(self.id), self.text, tuple(one.value() for one in self.media))


@strawberry.input(description="What a question asks: the fields that its kind uses, and no others.")
class QuestionContentInput:
    kind: QuestionKind = strawberry.field(description="What it asks for.")
    stem: str = strawberry.field(description="The question, up to 8000 characters; `{{1}}` is where a blank stands.")
    format: TextFormat = strawberry.field(default=TextFormat.PLAIN, description="How all its texts are written.")
    media: list[QuestionMediumInput] = strawberry.field(default_factory=list, description="Up to 9 beside the stem.")
    options: list[QuestionOptionInput] = strawberry.field(
        default_factory=list,
        description="2 to 30. What is to be ordered or matched gets ids and an order that do not tell the answer.",
    )
    choices: list[QuestionOptionInput] = strawberry.field(
        default_factory=list, description="2 to 60 that options are matched with."
    )
    blanks: int = strawberry.field(default=0, description="How many blanks there are, 1 to 30.")
    unit: str | None = strawberry.field(default=None, description="The unit of the number, up to 20 characters.")

    def value(self) -> Content:
        return Content(
            kind=self.kind,
            stem=self.stem,
            format=self.format,
            media=tuple(one.value() for one in self.media),
            options=tuple(one.value() for one in self.options),
            choices=tuple(one.value() for one in self.choices),
            blanks=self.blanks,
            unit=self.unit,
        )


@strawberry.input(description="All that is said of a question.")
class QuestionTermsInput:
    content: QuestionContentInput = strawberry.field(description="What it asks.")
    key: QuestionKeyInput = strawberry.field(description="What is right.")
    category: str = strawberry.field(default=UNSORTED, description="Where it lies: names with / between.")
    explanation: str | None = strawberry.field(default=None, description="Why the answer is what it is.")
    tags: list[str] = strawberry.field(default_factory=list, description="Up to 20 words of up to 30 characters.")
    difficulty: int = strawberry.field(default=3, description="1 is the easiest, 5 the hardest.")
    source: str | None = strawberry.field(default=None, description="Where it was taken from, up to 200 characters.")

    def value(self) -> QuestionTerms:
        return QuestionTerms(
            content=self.content.value(),
            key=self.key.value(),
            category=self.category,
            explanation=self.explanation,
            tags=tuple(self.tags),
            difficulty=self.difficulty,
            source=self.source,
        )


@strawberry.input(description="A new question.")
class WriteQuestionInput:
    idempotency_key: str = strawberry.field(description="Made by the client; the same key never writes two.")
    terms: QuestionTermsInput = strawberry.field(description="All that is said of it.")
    status: QuestionStatus = strawberry.field(default=QuestionStatus.DRAFT, description="Whether it is used at once.")


@strawberry.input(description="All of a question anew, as its next version.")
class ChangeQuestionInput:
    question_id: strawberry.ID = strawberry.field(description="The question.")
    expected_version: int = strawberry.field(description="The version that was read; another one refuses the change.")
    terms: QuestionTermsInput = strawberry.field(description="All that is said of it from now on.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="Questions to take into use, back to the draft, or into the archive.")
class PutQuestionStatusInput:
    question_ids: list[strawberry.ID] = strawberry.field(description="1 to 200 questions; all of them or none.")
    status: QuestionStatus = strawberry.field(description="The status.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")


@strawberry.input(description="What is to be said of questions; what is left out stays as it is.")
class SortQuestionsInput:
    question_ids: list[strawberry.ID] = strawberry.field(description="1 to 200 questions; all of them or none.")
    category: str | None = strawberry.field(default=None, description="Where they lie from now on.")
    difficulty: int | None = strawberry.field(default=None, description="How hard they are, 1 to 5.")
    added_tags: list[str] = strawberry.field(default_factory=list, description="Words to find them by as well.")
    removed_tags: list[str] = strawberry.field(default_factory=list, description="Words to find them by no more.")
    reason: str | None = strawberry.field(default=None, description="Why, for the audit.")

    def sorting(self) -> Sorting:
        return Sorting(self.category, self.difficulty, tuple(self.added_tags), tuple(self.removed_tags))


@strawberry.type
class QuestionPayload(Payload):
    question: Question | None = changed("The question.")


@strawberry.type(description="A new question.")
class WriteQuestionPayload(QuestionPayload):
    is_replay: bool = strawberry.field(default=False, description="Whether this key had been answered before.")


@strawberry.type(description="A question after a change.")
class ChangeQuestionPayload(QuestionPayload):
    pass


@strawberry.type(description="Questions whose status was put.")
class PutQuestionStatusPayload(Payload):
    questions: list[Question] | None = changed("The questions.")


@strawberry.type(description="Questions that were sorted; those that changed have their next version.")
class SortQuestionsPayload(Payload):
    questions: list[Question] | None = changed("The questions.")
