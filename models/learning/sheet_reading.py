"""Questions read from a spreadsheet: the first sheet, whose first row are the headings of the template."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import partial

from models.learning.answer_key import AnswerKey
from models.learning.bank_row import ROWS_MOST, BankRow, Notes, demand_short, judged, unreadable, unsayable
from models.learning.question_content import CHOICES_MOST, OPTIONS_MOST, Content, Option, option_id
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import TAG_ENDS, UNSORTED, QuestionTerms
from models.learning.rich_text import TextFormat
from models.learning.sheet_cell import (
    letter,
    letters,
    read_blanks,
    read_media,
    read_numbers,
    read_pairs,
    read_rubric,
    read_shares,
    read_truth,
)
from models.learning.sheet_columns import (
    ANSWER,
    CATEGORY,
    CHOICE,
    DIFFICULTY,
    DIFFICULTY_OF,
    EXPLANATION,
    FORMAT,
    FORMAT_OF,
    KIND,
    KIND_OF,
    MEDIA,
    OPTION,
    OPTION_MEDIA,
    RUBRIC,
    SOURCE,
    STEM,
    TAGS,
    UNIT,
    heading_of,
)
from models.plain_cell import given_cell
from models.workbook import Bounds, workbook_lines

COLUMNS_MOST = 200

Row = Mapping[str, str]


def read_sheet(content: bytes) -> Iterator[BankRow]:
    """The rows of a spreadsheet. Raises `Invalid` for a file that is none, or whose headings are others."""
    rows = workbook_lines(content, Bounds(lines=ROWS_MOST + 1, columns=COLUMNS_MOST))
    first = next(rows, ())
    columns = {place: name for place, cell in enumerate(first) if (name := heading_of(_text(cell)))}
    if missing := {KIND, STEM, ANSWER} - set(columns.values()):
        raise unreadable(f"首行缺少列：{'、'.join(sorted(missing))}", "its first row must have 题型, 题干 and 答案")
    for place, cells in enumerate(rows, start=2):
        row = {name: text for at, name in columns.items() if at < len(cells) and (text := _text(cells[at]))}
        if row:
            yield judged(place, row.get(STEM, ""), partial(_terms, row))


def _text(cell: object) -> str:
    """A cell as a person reads it: 3 and not 3.0."""
    if isinstance(cell, bool):
        return "对" if cell else "错"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return given_cell("" if cell is None else str(cell).replace("_x000D_", "").strip())


def _terms(row: Row, notes: Notes) -> QuestionTerms:
    for column, text in row.items():
        demand_short(text, column)
    kind = KIND_OF.get(row.get(KIND, "").lower())
    if kind is None:
        raise unsayable(KIND, "题型不正确", "there is no such kind of question")
    written_in = FORMAT_OF.get(row.get(FORMAT, "纯文本").lower())
    if written_in is None:
        raise unsayable(FORMAT, "应为纯文本、Markdown 或 HTML", "it is 纯文本, Markdown or HTML")
    content = _content(row, kind, written_in)
    key = _key(row, content)
    if kind is QuestionKind.BLANK:
        content = _with_blanks(content, key)
    return QuestionTerms(
        content=content,
        key=key,
        category=row.get(CATEGORY, UNSORTED),
        explanation=row.get(EXPLANATION),
        tags=tuple(filter(None, (one.strip() for one in TAG_ENDS.split(row.get(TAGS, "").replace("\n", ","))))),
        difficulty=_difficulty(row.get(DIFFICULTY, "3")),
        source=row.get(SOURCE),
    )


def _content(row: Row, kind: QuestionKind, format: TextFormat) -> Content:
    media = _option_media(row)
    texts = [(letter(place), row.get(f"{OPTION}{letter(place)}", "")) for place in range(OPTIONS_MOST)]
    options = [(name, text) for name, text in texts if text or name in media]
    if [name for name, _ in options] != [letter(place) for place in range(len(options))]:
        raise unsayable(OPTION, "选项之间有空列", "there is a gap between its options")
    return Content(
        kind=kind,
        stem=row.get(STEM, ""),
        format=format,
        media=read_media(row.get(MEDIA, "")),
        options=tuple(
            Option(option_id(place), text, read_media("\n".join(media.get(name, ()))))
            for place, (name, text) in enumerate(options)
        ),
        choices=tuple(
            Option(str(place), row[f"{CHOICE}{place}"])
            for place in range(1, CHOICES_MOST + 1)
            if f"{CHOICE}{place}" in row
        ),
        unit=row.get(UNIT),
    )


def _option_media(row: Row) -> dict[str, list[str]]:
    """The media of options by letter: `A https://…` a line."""
    found: dict[str, list[str]] = {}
    for said in filter(None, (one.strip() for one in row.get(OPTION_MEDIA, "").split("\n"))):
        name, _, medium = said.partition(" ")
        found.setdefault(name.upper(), []).append(medium)
    return found


def _key(row: Row, content: Content) -> AnswerKey:
    answer, ids = row.get(ANSWER, ""), content.option_ids
    match content.kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            return AnswerKey(shares=read_shares(answer, ids))
        case QuestionKind.JUDGE:
            return AnswerKey(truth=read_truth(answer))
        case QuestionKind.BLANK:
            return AnswerKey(blanks=read_blanks(answer))
        case QuestionKind.NUMBER:
            return AnswerKey(numbers=read_numbers(answer))
        case QuestionKind.ORDER:
            names = {letter(place): one for place, one in enumerate(ids)}
            return AnswerKey(order=tuple(names.get(one, one) for one in letters(answer)))
        case QuestionKind.MATCH:
            return AnswerKey(pairs=read_pairs(answer, ids, content.choice_ids))
        case QuestionKind.SHORT_TEXT:
            return AnswerKey(sample=answer or None, rubric=read_rubric(row.get(RUBRIC, "")))


def _with_blanks(content: Content, key: AnswerKey) -> Content:
    return Content(
        kind=content.kind, stem=content.stem, format=content.format, media=content.media, blanks=len(key.blanks)
    )


def _difficulty(text: str) -> int:
    if text in DIFFICULTY_OF:
        return DIFFICULTY_OF[text]
    if not text.isdecimal():
        raise unsayable(DIFFICULTY, "应为 1–5", "it must be 1 to 5")
    return int(text[:3])
