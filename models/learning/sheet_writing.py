"""Questions written as a spreadsheet, and the template that a sheet of questions is begun from.

Every cell is text. What a spreadsheet would take for a formula stands behind an apostrophe, which the reader takes off
again; so does what begins with such an apostrophe by itself.
"""

from collections.abc import Sequence
from io import BytesIO

import xlsxwriter

from models.errors import Invalid
from models.learning.bank_row import BankRow, Remark, title_of, unsayable
from models.learning.question_kind import QuestionKind
from models.learning.question_terms import QuestionTerms
from models.learning.sheet_cell import (
    letter,
    told_blanks,
    told_media,
    told_numbers,
    told_pairs,
    told_rubric,
    told_shares,
)
from models.learning.sheet_columns import (
    ANSWER,
    CATEGORY,
    CHOICE,
    DIFFICULTY,
    EXPLANATION,
    FORMAT,
    FORMAT_WORDS,
    KIND,
    KIND_WORDS,
    MEDIA,
    OPTION,
    OPTION_MEDIA,
    RUBRIC,
    SOURCE,
    STEM,
    TAGS,
    UNIT,
    headings,
)
from models.learning.sheet_template import EXAMPLES, GUIDE
from models.plain_cell import kept_cell

CELL_MOST = 32_000
TEMPLATE_OPTIONS, TEMPLATE_CHOICES = 6, 6


def written_sheet(many: Sequence[QuestionTerms]) -> tuple[bytes, list[BankRow]]:
    """A spreadsheet of questions, and the rows that are not in it, each with its reason."""
    left_out: list[BankRow] = []
    rows: list[dict[str, str]] = []
    for place, terms in enumerate(many, start=1):
        try:
            rows.append(_row(terms))
        except Invalid as refusal:
            left_out.append(BankRow(place, title_of(terms.content.stem), problem=Remark.of(refusal)))
    options = max((len(one.content.options) for one in many), default=0)
    choices = max((len(one.content.choices) for one in many), default=0)
    return _book(headings(options, choices), rows, left_out), left_out


def template() -> bytes:
    """An empty sheet with its headings, an example of each kind, and a sheet that explains."""
    return _book(headings(TEMPLATE_OPTIONS, TEMPLATE_CHOICES), EXAMPLES, [], guide=GUIDE)


def _book(
    names: Sequence[str],
    rows: Sequence[dict[str, str]],
    left_out: Sequence[BankRow],
    *,
    guide: Sequence[Sequence[str]] = (),
) -> bytes:
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold = book.add_format({"bold": True})
    sheet = book.add_worksheet("题目")
    sheet.freeze_panes(1, 2)
    sheet.set_column(0, len(names), 16)
    sheet.set_column(1, 1, 48)
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
    for line, row in enumerate(rows, start=1):
        for column, name in enumerate(names):
            if text := row.get(name):
                sheet.write_string(line, column, kept_cell(text))
    if guide:
        _plain_sheet(book, "填写说明", guide)
    if left_out:
        told = [[str(one.place), one.title, one.problem.column, one.problem.zh] for one in left_out if one.problem]
        _plain_sheet(book, "未导出", [["序号", "题目", "列", "原因"], *told])
    book.close()
    return file.getvalue()


def _plain_sheet(book: xlsxwriter.Workbook, name: str, rows: Sequence[Sequence[str]]) -> None:
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 3, 60)
    for line, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            sheet.write_string(line, column, kept_cell(cell))


def _row(terms: QuestionTerms) -> dict[str, str]:
    content, key = terms.content, terms.key
    row = {
        KIND: KIND_WORDS[content.kind][0],
        STEM: content.stem,
        ANSWER: _answer(terms),
        EXPLANATION: terms.explanation or "",
        CATEGORY: terms.category,
        TAGS: "、".join(terms.tags),
        DIFFICULTY: str(terms.difficulty),
        SOURCE: terms.source or "",
        UNIT: content.unit or "",
        RUBRIC: told_rubric(key.rubric),
        FORMAT: FORMAT_WORDS[content.format],
        MEDIA: told_media(content.media),
        OPTION_MEDIA: "\n".join(
            f"{letter(place)} {line}"
            for place, one in enumerate(content.options)
            for line in told_media(one.media).split("\n")
            if line
        ),
    }
    row |= {f"{OPTION}{letter(place)}": one.text for place, one in enumerate(content.options)}
    row |= {f"{CHOICE}{place}": one.text for place, one in enumerate(content.choices, start=1)}
    if any(one.media for one in content.choices):
        raise unsayable(CHOICE, "右项含媒体，表格无法表示", "a sheet cannot show media on the right side")
    for name, text in row.items():
        if len(text) > CELL_MOST:
            raise unsayable(name, f"超过 {CELL_MOST} 字，表格无法容纳", f"a cell holds {CELL_MOST} characters")
    return row


def _answer(terms: QuestionTerms) -> str:
    content, key = terms.content, terms.key
    ids = content.option_ids
    match content.kind:
        case QuestionKind.SINGLE | QuestionKind.MULTIPLE:
            return told_shares(key.shares, ids)
        case QuestionKind.JUDGE:
            return "对" if key.truth else "错"
        case QuestionKind.BLANK:
            return told_blanks(key.blanks)
        case QuestionKind.NUMBER:
            return told_numbers(key.numbers)
        case QuestionKind.ORDER:
            return ",".join(letter(ids.index(one)) for one in key.order)
        case QuestionKind.MATCH:
            return told_pairs(key.pairs, ids, content.choice_ids)
        case QuestionKind.SHORT_TEXT:
            return key.sample or ""
