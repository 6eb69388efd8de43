"""The kinds of question of Moodle XML that the bank has, each read from its element."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from models.learning.answer_key import AnswerKey
from models.learning.bank_row import Gallery, Notes, unsayable
from models.learning.cloze import read_cloze, without_gaps_below
from models.learning.gift_answer import alike, matched
from models.learning.moodle_text import Element, fragment, text_of
from models.learning.question_content import Content, Option, option_id
from models.learning.question_kind import QuestionKind
from models.learning.rich_text import TextFormat, as_html
from models.learning.wildcard import from_wildcard
from models.learning.written_key import Accepted, AcceptedNumber


@dataclass(frozen=True)
class Reading:
    """An element on its way to a question."""

    element: Element
    stem: str
    written_in: TextFormat
    gallery: Gallery
    notes: Notes
    extras: dict[str, Any]

    @property
    def answers(self) -> list[Element]:
        return list(self.element.findall("answer"))

    def texts(self, elements: Sequence[Element]) -> tuple[str, list[str], TextFormat]:
        """The stem and the texts of elements, in one format."""
        texts = [fragment(one, self.gallery, self.notes) for one in elements]
        told = [
            (text, written_in if one.get("format") else self.written_in)
            for one, (text, written_in) in zip(elements, texts, strict=True)
        ]
        return alike(self.stem, told, self.written_in)


Pair = tuple[Content, AnswerKey]


def _choice(said: Reading) -> Pair:
    is_single = text_of(said.element, "single").lower() not in ("false", "0")
    stem, texts, written_in = said.texts(said.answers)
    options = tuple(Option(option_id(place), one) for place, one in enumerate(texts))
    shares = {option_id(place): _share(one) for place, one in enumerate(said.answers)}
    kind = QuestionKind.SINGLE if is_single else QuestionKind.MULTIPLE
    return Content(kind, stem, written_in, options=options), AnswerKey(shares=shares)


def _true_false(said: Reading) -> Pair:
    right = [text_of(one).lower() for one in said.answers if _share(one) > 0]
    if len(right) != 1 or right[0] not in ("true", "false"):
        raise unsayable("答案", "判断题应有一个正确答案", "one of true and false must be right")
    return Content(QuestionKind.JUDGE, said.stem, said.written_in), AnswerKey(truth=right[0] == "true")


def _short_answer(said: Reading) -> Pair:
    is_case_sensitive = text_of(said.element, "usecase") == "1"
    blank = tuple(
        Accepted(*from_wildcard(text_of(one)), is_case_sensitive, _share(one))
        for one in said.answers
        if _share(one) > 0
    )
    return Content(QuestionKind.BLANK, said.stem, said.written_in, blanks=1), AnswerKey(blanks=(blank,))


def _numerical(said: Reading) -> Pair:
    numbers = tuple(
        AcceptedNumber(text_of(one), text_of(one, "tolerance") or "0", share=_share(one))
        for one in said.answers
        if _share(one) > 0
    )
    units = [(text_of(one, "unit_name"), text_of(one, "multiplier")) for one in said.element.findall("units/unit")]
    if len(units) > 1:
        said.notes.add("单位", zh="只导入了第一个单位", en="of its units the first came in")
    unit = units[0][0] if units else None
    return Content(QuestionKind.NUMBER, said.stem, said.written_in, unit=unit), AnswerKey(numbers=numbers)


def _matching(said: Reading) -> Pair:
    pairs = said.element.findall("subquestion")
    stem, texts, written_in = said.texts(pairs)
    rights = [text_of(one, "answer/text") for one in pairs]
    asked = [(text, right) for text, right in zip(texts, rights, strict=True) if text]
    every = list(dict.fromkeys(right for right in rights if right))
    content, key = matched(stem, [one for one, _ in asked], [one for _, one in asked], every, written_in)
    said_so = said.extras.get("choiceTexts")
    if isinstance(said_so, dict):
        choices = tuple(replace(one, text=str(said_so.get(one.id, one.text))) for one in content.choices)
        content = replace(content, choices=choices)
    return content, key


def _ordering(said: Reading) -> Pair:
    """The fraction of an item is its place in the right order."""
    items = sorted(said.answers, key=_share)
    stem, texts, written_in = said.texts(items)
    options = tuple(Option(option_id(place), one) for place, one in enumerate(texts))
    return (
        Content(QuestionKind.ORDER, stem, written_in, options=options),
        AnswerKey(order=tuple(one.id for one in options)),
    )


def _essay(said: Reading) -> Pair:
    if text_of(said.element, "attachmentsrequired") not in ("", "0"):
        raise unsayable("题型", "要求上传附件的题暂不支持", "an answer that must be a file is not known here")
    if text_of(said.element, "responsetemplate/text"):
        said.notes.add("题干", zh="作答模板未导入", en="its template for answers stays behind")
    sample, written_in = fragment(said.element.find("graderinfo"), said.gallery, said.notes)
    told = (sample, written_in if sample else said.written_in)
    stem, [sample], written_in = alike(said.stem, [told], said.written_in)
    return Content(QuestionKind.SHORT_TEXT, stem, written_in), AnswerKey(sample=sample or None)


def _cloze(said: Reading) -> Pair:
    content, key = read_cloze(said.stem, said.written_in, said.notes)
    if said.extras.get("below"):
        content = replace(content, stem=without_gaps_below(content.stem))
    return content, key


def _share(element: Element) -> Decimal:
    """The fraction of an answer, in percent."""
    try:
        share = Decimal(str(element.get("fraction") or "0").strip())
    except InvalidOperation:
        raise unsayable("答案", "分值比例应为数字", "a fraction must be a number") from None
    if not share.is_finite():
        raise unsayable("答案", "分值比例应为数字", "a fraction must be a number")
    return share


def escaped_rights(choices: Sequence[Option], format: TextFormat, plain: Sequence[str]) -> dict[str, str]:
    """Right sides that are more than their plain words, by their ids."""
    told = {
        one.id: (one.text, as_html(words, TextFormat.PLAIN) if format is TextFormat.HTML else words)
        for one, words in zip(choices, plain, strict=True)
    }
    return {name: text for name, (text, read) in told.items() if text != read}


READERS: dict[str, Callable[[Reading], Pair]] = {
    "multichoice": _choice,
    "truefalse": _true_false,
    "shortanswer": _short_answer,
    "numerical": _numerical,
    "matching": _matching,
    "match": _matching,
    "ordering": _ordering,
    "essay": _essay,
    "cloze": _cloze,
    "multianswer": _cloze,
}
