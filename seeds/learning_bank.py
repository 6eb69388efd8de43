"""The bank of the demo: two hundred questions on what the circles talk about, of every kind and difficulty."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from models.learning.answer_key import AnswerKey, Criterion, right_options
from models.learning.question import Question, QuestionStatus, WrittenQuestion
from models.learning.question_content import Content, Option, option_id
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import QuestionTerms
from models.learning.written_key import Accepted, AcceptedNumber
from seeds.community import Community
from seeds.learning_bank_texts import CIRCLES
from store.ids import new_id

KINDS = {
    "单": QuestionKind.SINGLE,
    "多": QuestionKind.MULTIPLE,
    "判": QuestionKind.JUDGE,
    "填": QuestionKind.BLANK,
    "数": QuestionKind.NUMBER,
    "序": QuestionKind.ORDER,
    "配": QuestionKind.MATCH,
    "简": QuestionKind.SHORT_TEXT,
}
SOURCE = "品牌学习中心"


async def found(community: Community) -> None:
    """Write the bank, all of it in use."""
    many = [WrittenQuestion(new_id(), terms) for text in CIRCLES.values() for terms in questions_in(text)]
    await Question.write_many(many, status=QuestionStatus.ACTIVE, staff_id=community.owner.id, at=community.founded_at)


def questions_in(text: str) -> Iterator[QuestionTerms]:
    """The questions of a circle; a line behind `@` says where those below it lie, and by which word they are found."""
    category, tag = "", ""
    for line in filter(None, text.split("\n")):
        if line.startswith("@"):
            _, category, tag = line.split()
        else:
            yield _question(line, category, tag).checked().renamed()


def _question(line: str, category: str, tag: str) -> QuestionTerms:
    words, _, explanation = line.partition(" ## ")
    kind, difficulty = KINDS[words[0]], int(words[1])
    stem, *parts = (part.strip() for part in words[2:].split("|"))
    content, key = _PARTS[kind](kind, stem, parts)
    return QuestionTerms(
        content,
        key,
        category=category,
        explanation=explanation or None,
        tags=(tag,),
        difficulty=difficulty,
        source=SOURCE,
    )


Pair = tuple[Content, AnswerKey]


def _options(texts: Sequence[str]) -> tuple[Option, ...]:
    return tuple(Option(option_id(place), text) for place, text in enumerate(texts))


def _chosen(kind: QuestionKind, stem: str, parts: Sequence[str]) -> Pair:
    right = [option_id(place) for place, part in enumerate(parts) if part.startswith("*")]
    options = _options([part.removeprefix("*") for part in parts])
    return Content(kind, stem, options=options), AnswerKey(shares=right_options(*right))


def _judged(kind: QuestionKind, stem: str, parts: Sequence[str]) -> Pair:
    return Content(kind, stem), AnswerKey(truth=parts[0] == "对")


def _blanks(kind: QuestionKind, stem: str, parts: Sequence[str]) -> Pair:
    blanks = tuple(tuple(Accepted(text) for text in part.split("/")) for part in parts)
    return Content(kind, stem, blanks=len(blanks)), AnswerKey(blanks=blanks)


def _number(kind: QuestionKind, stem: str, parts: Sequence[str]) -> Pair:
    number, _, unit = parts[0].partition(" ")
    value, _, tolerance = number.partition("±")
    return Content(kind, stem, unit=unit), AnswerKey(numbers=(AcceptedNumber(value, tolerance),))


def _ordered(kind: QuestionKind, stem: str, parts: Sequence[str]) -> Pair:
    options = _options(parts)
    return Content(kind, stem, options=options), AnswerKey(order=tuple(one.id for one in options))


def _matched(kind: QuestionKind, stem: str, parts: Sequence[str]) -> Pair:
    pairs = [part.split("=") for part in parts]
    options = _options([left for left, _ in pairs])
    choices = tuple(Option(str(place), right) for place, (_, right) in enumerate(pairs, start=1))
    key = {one.id: other.id for one, other in zip(options, choices, strict=True)}
    return Content(kind, stem, options=options, choices=choices), AnswerKey(pairs=key)


def _told(kind: QuestionKind, stem: str, parts: Sequence[str]) -> Pair:
    sample, *lines = parts
    rubric = tuple(Criterion(words, Decimal(share)) for share, _, words in (line.partition("%") for line in lines))
    return Content(kind, stem), AnswerKey(sample=sample, rubric=rubric)


_PARTS = {
    QuestionKind.SINGLE: _chosen,
    QuestionKind.MULTIPLE: _chosen,
    QuestionKind.JUDGE: _judged,
    QuestionKind.BLANK: _blanks,
    QuestionKind.NUMBER: _number,
    QuestionKind.ORDER: _ordered,
    QuestionKind.MATCH: _matched,
    QuestionKind.SHORT_TEXT: _told,
}
