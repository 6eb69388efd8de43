"""Spreadsheets that are handed over are read within bounds, and cells that go out are no formulas."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from models.errors import Invalid
from models.plain_cell import given_cell, kept_cell, plain_cell
from models.workbook import ELEMENTS_AT_ONCE, Bounds, workbook_lines

MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
BOUNDS = Bounds(lines=3, columns=2)


def a_book(*rows: tuple[str, ...]) -> bytes:
    file = BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for line, cells in enumerate(rows):
        sheet.write_row(line, 0, cells)
    book.close()
    return file.getvalue()


def with_part(name: str, content: bytes) -> bytes:
    """A good book, of which one part is another."""
    file = BytesIO()
    with ZipFile(BytesIO(a_book(("题干",)))) as good, ZipFile(file, "w", ZIP_DEFLATED) as made:
        for part in good.namelist():
            made.writestr(part, content if part == name else good.read(part))
    return file.getvalue()


def with_rows(rows: bytes, *, before: bytes = b"") -> bytes:
    sheet = before + b'<worksheet xmlns="' + MAIN + b'"><sheetData>' + rows + b"</sheetData></worksheet>"
    return with_part("xl/worksheets/sheet1.xml", sheet)


def refusal(book: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        list(workbook_lines(book, BOUNDS))
    return refused.value.sentence("zh-CN").removeprefix("file不正确：")


def test_as_many_lines_as_the_bounds_say_are_read_and_the_columns_alone() -> None:
    book = a_book(("题干", "答案", "多余"), ("茶", "水"), ("酒", ""))

    assert [list(cells) for cells in workbook_lines(book, BOUNDS)] == [["题干", "答案"], ["茶", "水"], ["酒", None]]
    assert refusal(a_book(*[("茶", "水")] * 4)) == "行数过多（含空行）"


@pytest.mark.parametrize(
    ("book", "words"),
    [
        (with_rows(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "行数过多（含空行）"),
        (with_rows(b"<row>" + b"<c/>" * (ELEMENTS_AT_ONCE + 1) + b"</row>"), "文件解压后过大"),
        (with_rows(b"<row><c/></row>" * 1_600_000), "文件解压后过大"),
        (with_rows(b"", before=b'<!DOCTYPE a [<!ENTITY x "y">]>'), "文件不允许文档类型声明"),
        (
            with_part("xl/sharedStrings.xml", b'<sst xmlns="' + MAIN + b'">' + b"<si/>" * 3_100_000 + b"</sst>"),
            "文件解压后过大",
        ),
        (with_part("xl/styles.xml", b" " * 5_000_000), "文件解压后过大"),
        (a_book(("题干",))[:-40], "无法读取该表格文件"),
    ],
    ids=["far cell", "crowded row", "crowded sheet", "entity", "crowded texts", "large styles", "cut off"],
)
def test_what_becomes_too_much_is_refused(book: bytes, words: str) -> None:
    assert refusal(book) == words


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠a"])
def test_text_that_looks_like_a_formula_is_put_behind_an_apostrophe(text: str) -> None:
    assert (plain_cell(text), kept_cell(text)) == (f"'{text}", f"'{text}")


@pytest.mark.parametrize("text", ["=1", "'=1", "''=1", "'a", "''a", "a=1", "'", "", "保温杯=好"])
def test_a_cell_that_is_kept_comes_back_as_it_was(text: str) -> None:
    assert given_cell(kept_cell(text)) == text
