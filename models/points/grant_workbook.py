"""A grant's spreadsheet: the lines of the first sheet of an .xlsx, as text, read as carefully as an upload.

A spreadsheet is a packed folder, of which little can become much. What its parts come to unpacked is bounded before
anything is unpacked, and no more of a part is unpacked than was said. Its rows are read one after another and given up
where they are too many: a row may claim to be the millionth, and a cell to stand in whatever column.
"""

import io
from collections.abc import Iterator, Sequence
from zipfile import ZipFile

from openpyxl import load_workbook

from models.errors import Invalid
from models.points.grant_row import ROWS_MOST

SHEETS_MOST = 64 * 1024 * 1024
"""Bytes of the sheets and their texts, unpacked."""

OTHERS_MOST = 4 * 1024 * 1024
"""Bytes of styles and the like, which are read as a whole."""

PARTS_MOST = 500
LINES_MOST = 2 * ROWS_MOST
"""The empty ones among them."""

COLUMNS_MOST = 20
_LARGE = ("xl/worksheets/", "xl/sharedStrings")


def is_workbook(sheet: bytes) -> bool:
    """Whether a file is a packed folder, as every .xlsx is."""
    return sheet.startswith(b"PK\x03\x04")


def workbook_lines(sheet: bytes) -> Iterator[Sequence[str]]:
    """The cells of each line, up to `COLUMNS_MOST`; a formula counts as what it came to. Raises `Invalid`."""
    try:
        _refuse_bombs(sheet)
        for number, cells in enumerate(_lines(sheet)):
            if number > LINES_MOST:
                raise Invalid("file", zh="行数过多（含空行）", en=f"it has more than {LINES_MOST} lines")
            yield [_text(cell) for cell in cells]
    except Invalid:
        raise
    except Exception:  # Whatever a broken file makes of its reader, it is the file that is at fault.
        raise Invalid("file", zh="无法读取该表格文件", en="it cannot be read as a spreadsheet") from None


def _refuse_bombs(sheet: bytes) -> None:
    with ZipFile(io.BytesIO(sheet)) as folder:
        parts = folder.infolist()
    sheets = sum(part.file_size for part in parts if part.filename.startswith(_LARGE))
    others = sum(part.file_size for part in parts) - sheets
    if len(parts) > PARTS_MOST or sheets > SHEETS_MOST or others > OTHERS_MOST:
        raise Invalid("file", zh="文件解压后过大", en="unpacked it is too large")


def _lines(sheet: bytes) -> Iterator[Sequence[object]]:
    book = load_workbook(io.BytesIO(sheet), read_only=True, data_only=True)
    first = book.worksheets[0]
    # What it says of its own size is not to be trusted: some programs write it wrong, and then rows would be missing.
    first.reset_dimensions()
    yield from first.iter_rows(max_col=COLUMNS_MOST, values_only=True)


def _text(cell: object) -> str:
    """A cell as one would have typed it: a phone in a column of numbers has no decimal point."""
    if cell is None:
        return ""
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
