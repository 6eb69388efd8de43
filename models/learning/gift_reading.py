"""Questions read from GIFT, the plain text in which teachers write questions for Moodle.

Paragraphs are parted by empty lines. What braces hold is the answer, and how it looks decides the kind: nothing for an
essay, `#` for a number, `~` for options, `->` for pairs, `>` for an order, T or F, else accepted texts. A paragraph
without braces is a note to the reader and no question.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from functools import partial

from models.learning.answer_key import AnswerKey
from models.learning.bank_row import (
    ROWS_MOST,
    BankRow,
    Notes,
    demand_short,
    joined,
    judged,
    remarked,
    source_of,
    unreadable,
    unsayable,
)
from models.learning.category_path import from_moodle
from models.learning.extras import NAME, read_extras, with_extras
from models.learning.folding import number_in
from models.learning.gift_answer import Answer, answers_in, options_of, order_of, pairs_of
from models.learning.gift_text import hidden, read_format, shown, usual_format
from models.learning.question_content import Content
from models.learning.question_kind import ARRANGED_KINDS, QuestionKind
from models.learning.question_terms import TAG_ENDS, UNSORTED, QuestionTerms
from models.learning.rich_text import TextFormat, plain
from models.learning.wildcard import from_wildcard
from models.learning.written_key import Accepted, AcceptedNumber

_EXTRAS = re.compile(rf"//\s*\[{NAME}:(\{{.*\}})\]\s*")
_TAG = re.compile(r"\[tag:((?:\\\]|[^\]])*)\]")
_NAME = re.compile(r"::(.*?)::", re.DOTALL)
_TRUE, _FALSE = frozenset({"T", "TRUE"}), frozenset({"F", "FALSE"})
_PLACE = "_____"


def read_gift(content: bytes) -> Iterator[BankRow]:
    """The rows of a GIFT file in UTF-8. Raises `Invalid` for one that is not, or has too many questions."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise unreadable("不是 UTF-8 编码的文本", "it is no text in UTF-8") from None
    category = UNSORTED
    for count, (place, lines) in enumerate(_paragraphs(text)):
        if count >= ROWS_MOST:
            raise unreadable(f"最多 {ROWS_MOST} 题", f"it has more than {ROWS_MOST} questions")
        said = [one for one in lines if not one.strip().startswith("//")]
        comments = "\n".join(one.strip() for one in lines if one.strip().startswith("//"))
        body = "\n".join(said).strip()
        if body.startswith("$CATEGORY:"):
            category = from_moodle(body.removeprefix("$CATEGORY:"))
        elif body:
            yield judged(place, body, partial(_terms, body, comments, category))


def _paragraphs(text: str) -> Iterator[tuple[int, list[str]]]:
    """The paragraphs, each with the number of its first line that is no comment; a category stands by itself."""
    lines: list[str] = []
    first = 0
    for number, line in enumerate([*re.split(r"\r\n|\r|\n", text), ""], start=1):
        if line.strip().startswith("$CATEGORY:"):
            yield number, [line]
        elif line.strip():
            first = number if not lines or all(one.strip().startswith("//") for one in lines) else first
            lines.append(line)
        elif lines:
            yield first, lines
            lines = []


def _terms(body: str, comments: str, category: str, notes: Notes) -> QuestionTerms:
    text = hidden(demand_short(body))
    name = ""
    if found := _NAME.match(text):
        name, text = shown(found[1]), text[found.end() :].strip()
    before, answer, behind = _parts(text)
    answer, feedback = _general_feedback(answer)
    is_blank = _is_blank(answer)
    whole = f"{before.rstrip()}{_gap(before, behind, is_blank)}{behind}"
    stem, written_in = read_format(whole, usual_format(shown(text)))
    content, key = _question(stem, answer, written_in, notes)
    explanation = read_format(feedback, written_in)[0] if feedback else None
    terms = QuestionTerms(
        content=content,
        key=key,
        category=category,
        explanation=joined([explanation, *_remarks(answer, content, notes)], content.format),
        source=source_of(name, plain(content.stem, content.format)),
        tags=tuple(tag for one in _TAG.findall(comments) for tag in TAG_ENDS.split(one.replace("\\]", "]"))),
    )
    extras = next((read_extras(found[1]) for line in comments.split("\n") if (found := _EXTRAS.fullmatch(line))), {})
    return with_extras(terms, extras)


def _parts(text: str) -> tuple[str, str, str]:
    start, end = text.find("{"), text.find("}")
    if start < 0 and end < 0:
        raise unsayable("题型", "没有答案，这是一段说明而不是题目", "it has no answer, so it is a note and no question")
    if start < 0 or end < start:
        raise unsayable("题干", "花括号不成对", "its braces do not match")
    if "{" in text[end + 1 :] or "{" in text[start + 1 : end]:
        raise unsayable("题干", "一题只能有一组答案", "a question has one answer in braces")
    return text[:start], text[start + 1 : end].strip(), text[end + 1 :]


def _gap(before: str, behind: str, is_blank: bool) -> str:
    """What stands where the braces were: nothing at the end, a place to write in before more words."""
    if not behind.strip():
        return ""
    space = " " if before[-1:].isspace() else ""
    return f"{space}{'{{1}}' if is_blank else _PLACE}"


def _general_feedback(answer: str) -> tuple[str, str]:
    words, mark, feedback = answer.rpartition("####")
    return (words.strip(), feedback.strip()) if mark else (answer, "")


def _is_blank(answer: str) -> bool:
    bare = answer.partition("#")[0].strip()
    is_other = not answer or answer[0] in "#>" or "~" in answer or ("=" in answer and "->" in answer)
    return not is_other and bare not in _TRUE | _FALSE


def _question(stem: str, answer: str, written_in: TextFormat, notes: Notes) -> tuple[Content, AnswerKey]:
    bare = answer.partition("#")[0].strip()
    if not answer:
        return Content(QuestionKind.SHORT_TEXT, stem, written_in), AnswerKey()
    if answer[0] == "#":
        numbers = tuple(_number(one) for one in answers_in(answer[1:].partition("~")[0], otherwise=Decimal(100)))
        return Content(QuestionKind.NUMBER, stem, written_in), AnswerKey(numbers=numbers)
    if answer[0] == ">":
        return order_of(stem, answer[1:], written_in, notes)
    if "~" in answer:
        return options_of(stem, answer, written_in)
    if "=" in answer and "->" in answer:
        return pairs_of(stem, answer, written_in)
    if bare in _TRUE | _FALSE:
        return Content(QuestionKind.JUDGE, stem, written_in), AnswerKey(truth=bare in _TRUE)
    blank = tuple(
        Accepted(*from_wildcard(shown(one.text)), share=one.share)
        for one in answers_in(answer, otherwise=Decimal(100))
        if one.share > 0
    )
    return Content(QuestionKind.BLANK, stem, written_in, blanks=1), AnswerKey(blanks=(blank,))


def _number(answer: Answer) -> AcceptedNumber:
    """`value`, `value:tolerance` or `least..most`."""
    text = answer.text.strip()
    if ".." in text:
        least, _, most = text.partition("..")
        low, high = number_in(least), number_in(most)
        if low is None or high is None:
            raise unsayable("答案", "区间应为数字", "a range is of two numbers")
        return AcceptedNumber(_decimal((low + high) / 2), _decimal(abs(high - low) / 2), share=answer.share)
    value, _, tolerance = text.partition(":")
    return AcceptedNumber(shown(value), shown(tolerance) or "0", share=answer.share)


def _decimal(number: Fraction) -> str:
    return f"{Decimal(number.numerator) / Decimal(number.denominator):f}"


def _remarks(answer: str, content: Content, notes: Notes) -> list[str]:
    """What is said about single answers, as lines of the explanation."""
    if content.kind in ARRANGED_KINDS or "#" not in answer.removeprefix("#"):
        return []
    bare = re.sub(r"^[^=~#]*", "", answer.removeprefix("#")) or answer
    said = [(shown(one.text), shown(one.feedback)) for one in answers_in(bare, otherwise=Decimal(0)) if one.feedback]
    return remarked([(text, feedback.replace("#", "\n").strip()) for text, feedback in said], notes)
