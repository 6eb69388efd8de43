"""A question on its way into the bank or out of it: a row of a sheet, a paragraph of GIFT, an element of Moodle XML.

A reader makes a row of everything it finds, with the question that it says or with what is wrong, where, in words. What
a row says beyond what is kept is noted beside it, so nothing is lost in silence.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

from models.errors import Invalid
from models.learning.question_terms import SOURCE_MOST, QuestionTerms
from models.learning.rich_text import TextFormat, line, plain

ROWS_MOST = 20_000
TITLE_MOST = 60
NAMELESS = "题目"
"""What a question without words is called where it needs a name."""
TITLE_FROM = 2_000
TEXT_MOST = 60_000
"""More than any text of a question may have, so longer ones are refused before anybody looks for marks in them."""

NAMES: Mapping[str, str] = {
    **{"stem": "题干", "options": "选项", "options.text": "选项", "options.id": "选项", "choices": "右项"},
    **{"choices.text": "右项", "media": "题干媒体", "media.url": "题干媒体", "options.media.url": "选项媒体"},
    **{"unit": "单位", "blanks": "答案", "explanation": "解析", "category": "分类", "tags": "标签"},
    **{"difficulty": "难度", "source": "来源"},
    **{"key.rubric": "评分标准", "key.rubric.text": "评分标准", "key.rubric.share": "评分标准"},
    **{f"key.{name}": "答案" for name in ("shares", "truth", "blanks", "numbers", "order", "pairs", "sample")},
    **{"key.blanks.text": "答案", "key.blanks.share": "答案", "key.numbers.value": "答案"},
    **{"key.numbers.tolerance": "答案", "key.numbers.share": "答案"},
}
"""What people call the parts of a question."""


@dataclass(frozen=True)
class Remark:
    """What is to be said of a row: the column or part that it is about, and a sentence in both languages."""

    column: str
    zh: str
    en: str

    @classmethod
    def of(cls, refusal: Invalid) -> Self:
        part = refusal.field or ""
        return cls(NAMES.get(part, part), str(refusal.facts["reason_zh"]), str(refusal.facts["reason_en"]))

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        return cls(stored["column"], stored["zh"], stored["en"])

    def to_json(self) -> dict[str, str]:
        return {"column": self.column, "zh": line(self.zh), "en": line(self.en)}

    def sentence(self, locale: str) -> str:
        return self.en if locale.lower().startswith("en") else self.zh


@dataclass(frozen=True)
class BankRow:
    """`place` is the line, row or number that a person finds it by; either the terms are there, or a problem is."""

    place: int
    title: str
    terms: QuestionTerms | None = None
    problem: Remark | None = None
    notes: tuple[Remark, ...] = ()


@dataclass
class Notes:
    """What a reader leaves out of the row that it is reading."""

    found: list[Remark] = field(default_factory=list)

    def add(self, column: str, *, zh: str, en: str) -> None:
        if (remark := Remark(column, zh, en)) not in self.found:
            self.found.append(remark)


class Gallery(Protocol):
    """Takes pictures that come inside a file; says the address that each will have, or None for what is none."""

    def take(self, content: bytes) -> str | None: ...


def judged(place: int, title: str, read: Callable[[Notes], QuestionTerms]) -> BankRow:
    """The row that `read` makes, or what is wrong with it."""
    notes = Notes()
    try:
        terms = read(notes).checked().renamed()
    except Invalid as refusal:
        return BankRow(place, title_of(title), problem=Remark.of(refusal), notes=tuple(notes.found))
    shown = plain(terms.content.stem, terms.content.format)
    return BankRow(place, title_of(shown or title), terms, notes=tuple(notes.found))


def remarked(said: Iterable[tuple[str, str]], notes: Notes) -> list[str]:
    """What a file says about single answers, as lines for the explanation."""
    lines = [f"{text}：{words}" if text else words for text, words in said if words]
    if lines:
        notes.add("解析", zh="单个答案的反馈已并入解析", en="remarks on single answers went into the explanation")
    return lines


def joined(lines: Iterable[str | None], format: TextFormat) -> str | None:
    """Lines as one text of a format."""
    return ("<br>" if format is TextFormat.HTML else "\n").join(filter(None, lines)) or None


def source_of(name: str, stem: str) -> str | None:
    """A name that does not merely begin the stem: it says where the question was found."""
    bare = line(name).removesuffix("...").removesuffix("…").strip()
    return None if bare == NAMELESS or line(stem).startswith(bare) else bare[:SOURCE_MOST]


def title_of(text: str, format: TextFormat = TextFormat.HTML) -> str:
    """The beginning of a question, to be told by."""
    return line(plain(text[:TITLE_FROM], format))[:TITLE_MOST]


def demand_short(text: str, column: str = "题干") -> str:
    """The text, or `Invalid` for one that is longer than any may be."""
    if len(text) > TEXT_MOST:
        raise unsayable(column, f"超过 {TEXT_MOST} 字", f"it has more than {TEXT_MOST} characters")
    return text


def unreadable(zh: str, en: str) -> Invalid:
    """A file that is none of its kind: nothing of it comes in."""
    return Invalid("file", zh=zh, en=en)


def unsayable(column: str, zh: str, en: str) -> Invalid:
    """What a format cannot say, or what a question of the bank cannot."""
    return Invalid(column, zh=zh, en=en)
