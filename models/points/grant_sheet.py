"""A grant as a sheet: rows of a member, points and a note, read in and given back with what is wrong.

It comes as a spreadsheet (.xlsx) or as comma-separated text, and is read in one way from then on.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula. A note is freed of that when it comes
in and every cell when it goes out, so that neither can make somebody's spreadsheet do something.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from models.errors import Invalid
from models.members.phone import is_phone
from models.plain_cell import plain_cell
from models.points.grant_row import ROWS_MOST, GivenRow, GrantRow, NamedBy
from models.workbook import Bounds, is_workbook, workbook_lines

COLUMNS = ("member", "points", "note")
SHEET_MOST = 10 * 1024 * 1024
"""Bytes of a file."""
_BOUNDS = Bounds(lines=2 * ROWS_MOST + 1, columns=20)


def read_sheet(sheet: bytes) -> list[GivenRow]:
    """The rows of a sheet with the columns of the template; a member is a phone or an invite code.

    Raises `Invalid` for a file that is neither kind or too large, for other columns, and for too many rows.
    """
    if len(sheet) > SHEET_MOST:
        raise Invalid("file", zh="文件过大", en=f"it must not exceed {SHEET_MOST} bytes")
    lines = _workbook_lines(sheet) if is_workbook(sheet) else _text_lines(sheet)
    filled = (cells for cells in lines if any(cell.strip() for cell in cells))
    columns = [cell.strip() for cell in next(filled, ())]
    if not {"member", "points"} <= set(columns):
        raise Invalid("file", zh="首行应为 member,points,note", en="its first line must be member,points,note")
    rows = [_given(dict(zip(columns, cells, strict=False))) for cells in islice(filled, ROWS_MOST + 1)]
    if len(rows) > ROWS_MOST:
        raise Invalid("file", zh=f"最多 {ROWS_MOST} 行", en=f"a batch has at most {ROWS_MOST} rows")
    return rows


def _workbook_lines(sheet: bytes) -> Iterator[Sequence[str]]:
    for cells in workbook_lines(sheet, _BOUNDS):
        yield [_typed(cell) for cell in cells]


def _typed(cell: object) -> str:
    """A cell as one would have typed it: a phone in a column of numbers has no decimal point."""
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)


def result_sheet(rows: Iterable[GrantRow]) -> str:
    """The rows of a batch, each with the code of what is wrong with it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(("row", "member", "points", "note", "problem"))
    for row in rows:
        cells = (str(row.position), row.name, str(row.amount), row.note or "", row.problem or "")
        writer.writerow([plain_cell(cell) for cell in cells])
    return out.getvalue()


def template() -> str:
    """An empty sheet."""
    return ",".join(COLUMNS) + "\r\n"


def _text_lines(sheet: bytes) -> Iterator[Sequence[str]]:
    try:
        text = sheet.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Invalid("file", zh="请使用 .xlsx 或 UTF-8 编码的 CSV", en="give an .xlsx, or a CSV in UTF-8") from None
    try:
        yield from csv.reader(io.StringIO(text, newline=""))
    except csv.Error as error:
        raise Invalid("file", zh="无法读取该 CSV 文件", en=f"it is no CSV: {error}") from None


def _given(row: Mapping[str, str]) -> GivenRow:
    name, points, note = (row.get(column, "").strip() for column in COLUMNS)
    amount = int(points) if re.fullmatch(r"\d{1,12}", points) else 0
    named_by = NamedBy.PHONE if is_phone(name) else NamedBy.INVITE_CODE
    return GivenRow(named_by, name, amount, plain_cell(note) or None)
