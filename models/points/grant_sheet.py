"""A grant as a sheet: comma-separated rows of a member, points and a note, read in and given back with what is wrong.

A spreadsheet takes a cell that begins with `=`, `+`, `-` or `@` for a formula. A note is freed of that when it comes
in and every cell when it goes out, so that neither can make somebody's spreadsheet do something.
"""

import csv
import io
import re
from collections.abc import Iterable

from models.errors import Invalid
from models.members.phone import is_phone
from models.points.grant_row import ROWS_MOST, GivenRow, GrantRow, NamedBy

COLUMNS = ("member", "points", "note")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def plain_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def read_sheet(text: str) -> list[GivenRow]:
    """The rows of a sheet with the columns of the template; a member is a phone or an invite code.

    Raises `Invalid` where the columns are others, or the rows too many.
    """
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    if reader.fieldnames is None or not {"member", "points"} <= {name.strip() for name in reader.fieldnames}:
        raise Invalid("file", zh="首行应为 member,points,note", en="its first line must be member,points,note")
    reader.fieldnames = [name.strip() for name in reader.fieldnames]
    rows = [
        _given(row) for row in reader if any((cell or "").strip() for cell in row.values() if isinstance(cell, str))
    ]
    if len(rows) > ROWS_MOST:
        raise Invalid("file", zh=f"最多 {ROWS_MOST} 行", en=f"a batch has at most {ROWS_MOST} rows")
    return rows


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


def _given(row: dict[str, str | None]) -> GivenRow:
    name, points, note = ((row.get(column) or "").strip() for column in COLUMNS)
    amount = int(points) if re.fullmatch(r"\d{1,12}", points) else 0
    named_by = NamedBy.PHONE if is_phone(name) else NamedBy.INVITE_CODE
    return GivenRow(named_by, name, amount, plain_cell(note) or None)
