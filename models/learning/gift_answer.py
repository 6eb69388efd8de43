"""The answers between the braces of GIFT: their weights, their words, what is said about them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from models.learning.answer_key import AnswerKey
from models.learning.bank_row import Notes, unsayable
from models.learning.gift_text import read_format, shown
from models.learning.question_content import Content, Option, option_id
from models.learning.question_kind import QuestionKind
from models.learning.rich_text import TextFormat, as_html
from models.learning.written_key import FULL

_WEIGHT = re.compile(r"%(-?\d{1,3}(?:\.\d*)?)%")


@dataclass(frozen=True)
class Answer:
    """One of them, still with its hidden characters; `is_marked` says that `=` stood before it."""

    text: str
    share: Decimal
    feedback: str
    is_marked: bool


def answers_in(text: str, *, otherwise: Decimal, weighs_marked: bool = True) -> list[Answer]:
    """The answers of a text, each begun by `=` or `~`; one without a weight has the share `otherwise`.

    Of options the one behind `=` has no weight: what looks like one are its words.
    """
    found = []
    for mark, said in re.findall(r"([=~]?)([^=~]*)", text):
        if not (mark or said.strip()):
            continue
        weight = _WEIGHT.match(said.strip()) if weighs_marked or mark != "=" else None
        words = said.strip()[weight.end() :] if weight else said.strip()
        share = Decimal(weight[1].rstrip(".")) if weight else otherwise
        answer, _, feedback = words.partition("#")
        found.append(Answer(answer.strip(), share, feedback.strip(), mark == "="))
    return found


def options_of(stem: str, text: str, written_in: TextFormat) -> tuple[Content, AnswerKey]:
    """A question with options: where one is marked by `=`, it is the one; else several are right by their weights."""
    answers = answers_in(text, otherwise=Decimal(0), weighs_marked=False)
    is_single = any(one.is_marked for one in answers)
    stem, texts, written_in = alike(stem, [read_format(one.text, written_in) for one in answers], written_in)
    shares = {option_id(place): FULL if is_single and one.is_marked else one.share for place, one in enumerate(answers)}
    kind = QuestionKind.SINGLE if is_single else QuestionKind.MULTIPLE
    options = tuple(Option(option_id(place), one) for place, one in enumerate(texts))
    return Content(kind, stem, written_in, options=options), AnswerKey(shares=shares)


def pairs_of(stem: str, text: str, written_in: TextFormat) -> tuple[Content, AnswerKey]:
    """A question of pairs; a right side without a left one belongs to nothing, and one may belong to several."""
    left: list[tuple[str, TextFormat]] = []
    right: list[str] = []
    rights: list[str] = []
    for one in (part for part in text.split("=") if part.strip()):
        asked, arrow, answer = one.partition("->")
        if not arrow:
            raise unsayable("答案", "配对应写作 左 -> 右", "a pair is written as left -> right")
        answer = shown(answer.partition("#")[0])
        if answer not in rights:
            rights.append(answer)
        if asked.strip():
            left.append(read_format(asked, written_in))
            right.append(answer)
    stem, texts, written_in = alike(stem, left, written_in)
    return matched(stem, texts, right, rights, written_in)


def matched(
    stem: str, left: Sequence[str], right: Sequence[str], rights: Sequence[str], written_in: TextFormat
) -> tuple[Content, AnswerKey]:
    """The question of `left` and what belongs to each, among all `rights`, which are plain text."""
    said = rights if written_in is not TextFormat.HTML else [as_html(one, TextFormat.PLAIN) for one in rights]
    options = tuple(Option(option_id(place), one) for place, one in enumerate(left))
    choices = tuple(Option(str(place), one) for place, one in enumerate(said, start=1))
    pairs = {option_id(place): str(rights.index(one) + 1) for place, one in enumerate(right)}
    return Content(QuestionKind.MATCH, stem, written_in, options=options, choices=choices), AnswerKey(pairs=pairs)


def order_of(stem: str, text: str, written_in: TextFormat, notes: Notes) -> tuple[Content, AnswerKey]:
    """A question of an order: its settings in the first line, then a thing a line, in the right order."""
    settings, *lines = text.split("\n")
    if settings.strip() and not settings.split()[0].isdecimal() and settings.split()[0].upper() not in ("ALL", "A"):
        lines = [settings, *lines]
    things = [read_format(one, written_in) for one in lines if one.strip()]
    stem, texts, written_in = alike(stem, things, written_in)
    options = tuple(Option(option_id(place), one) for place, one in enumerate(texts))
    return Content(QuestionKind.ORDER, stem, written_in, options=options), AnswerKey(order=tuple(o.id for o in options))


def alike(
    stem: str, texts: Sequence[tuple[str, TextFormat]], written_in: TextFormat
) -> tuple[str, list[str], TextFormat]:
    """The stem and all texts in one format: plain text goes into HTML; Markdown and HTML do not mix."""
    formats = {written_in, *(one for _, one in texts)}
    if len(formats) == 1:
        return stem, [text for text, _ in texts], written_in
    if TextFormat.MARKDOWN in formats:
        raise unsayable("格式", "题干与选项的格式不一致", "Markdown is mixed with other formats")
    return as_html(stem, written_in), [as_html(text, one) for text, one in texts], TextFormat.HTML
