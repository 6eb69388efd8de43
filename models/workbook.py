"""A spreadsheet that somebody hands over: the lines of the first sheet of an .xlsx, read as carefully as an upload.

A spreadsheet is a packed folder, of which little can become much. What its parts come to unpacked is bounded before
anything is unpacked, and no more of a part is unpacked than was said. Then its elements are counted, of which a reader
makes far more memory than they took: a row may hold a million cells in a few bytes. Its rows are read one after another
and given up where they are too many: a row may claim to be the millionth, and a cell to stand in whatever column.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat
from zipfile import ZipFile

from openpyxl import load_workbook

from models.errors import Invalid

OTHERS_MOST = 4 * 1024 * 1024
"""Bytes of styles and the like, which are read as a whole."""

ELEMENTS_MOST = 3_000_000
"""Of all sheets and their texts."""
ELEMENTS_AT_ONCE = 100_000
"""Of a row or a text, which is read as a whole."""

_PIECE = 1 << 16
_COUNTED = ("xl/worksheets/", "xl/sharedStrings")
_NOT_WHOLE = ("xl/worksheets/", "xl/sharedStrings", "xl/media/")


@dataclass(frozen=True)
class Bounds:
    """How large a spreadsheet may be. `lines` counts the empty ones; what stands right of `columns` is not read."""

    lines: int
    columns: int
    unpacked: int = 64 * 1024 * 1024
    """Bytes of the sheets, their texts and pictures."""
    parts: int = 500


def is_workbook(sheet: bytes) -> bool:
    """Whether a file is a packed folder, as every .xlsx is."""
    return sheet.startswith(b"PK\x03\x04")


def workbook_lines(sheet: bytes, bounds: Bounds) -> Iterator[Sequence[object]]:
    """The cells of each line; a formula counts as what it came to. Raises `Invalid`."""
    try:
        _refuse_bombs(sheet, bounds)
        for number, cells in enumerate(_lines(sheet, bounds.columns)):
            if number >= bounds.lines:
                raise Invalid("file", zh="行数过多（含空行）", en=f"it has more than {bounds.lines} lines")
            yield cells
    except Invalid:
        raise
    except Exception:  # Whatever a broken file makes of its reader, it is the file that is at fault.
        raise Invalid("file", zh="无法读取该表格文件", en="it cannot be read as a spreadsheet") from None


def _refuse_bombs(sheet: bytes, bounds: Bounds) -> None:
    with ZipFile(io.BytesIO(sheet)) as folder:
        parts = folder.infolist()
        large = sum(part.file_size for part in parts if part.filename.startswith(_NOT_WHOLE))
        others = sum(part.file_size for part in parts) - large
        if len(parts) > bounds.parts or large > bounds.unpacked or others > OTHERS_MOST:
            raise _too_large()
        counted = _Counted()
        for part in parts:
            if part.filename.startswith(_COUNTED) and part.filename.endswith(".xml"):
                with folder.open(part) as unpacked:
                    counted.read(unpacked)


def _too_large() -> Invalid:
    return Invalid("file", zh="文件解压后过大", en="unpacked it is too large")


class _Counted:
    """The elements of some parts, which are read in pieces and kept nowhere."""

    def __init__(self) -> None:
        self._all = self._at_once = 0

    def read(self, part: IO[bytes]) -> None:
        """Raises `Invalid` as soon as they are too many."""
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.StartElementHandler = self._begin
        parser.StartDoctypeDeclHandler = self._refuse
        while piece := part.read(_PIECE):
            parser.Parse(piece)
        parser.Parse(b"", True)

    def _begin(self, name: str, _attributes: object) -> None:
        self._all += 1
        self._at_once = 0 if name.endswith((" row", " si")) else self._at_once + 1
        if self._all > ELEMENTS_MOST or self._at_once > ELEMENTS_AT_ONCE:
            raise _too_large()

    @staticmethod
    def _refuse(*_declared: object) -> None:
        raise Invalid("file", zh="文件不允许文档类型声明", en="it declares a document type")


def _lines(sheet: bytes, columns: int) -> Iterator[Sequence[object]]:
    book = load_workbook(io.BytesIO(sheet), read_only=True, data_only=True)
    first = book.worksheets[0]
    # What it says of its own size is not to be trusted: some programs write it wrong, and then rows would be missing.
    first.reset_dimensions()
    yield from first.iter_rows(max_col=columns, values_only=True)
