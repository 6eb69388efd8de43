"""Questions as a spreadsheet: the template, what is wrong in a row, files that mean harm."""

import zipfile
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
import xlsxwriter

from models.errors import Invalid
from models.learning.bank_row import BankRow
from models.learning.question_content import Medium
from models.learning.question_kind import QuestionKind
from models.learning.sheet_reading import read_sheet
from models.learning.sheet_template import EXAMPLES
from models.learning.sheet_writing import template, written_sheet
from models.plain_cell import kept_cell
from tests.learning.bank import terms
from tests.learning.questions import EVERY_KIND, match, single

HEADINGS = ("题型", "题干", "选项A", "选项B", "选项C", "右项1", "右项2", "答案", "难度", "评分标准", "标签")


def sheet(*rows: tuple[Any, ...], headings: tuple[str, ...] = HEADINGS) -> bytes:
    """A spreadsheet as somebody else's program writes it, with numbers as numbers."""
    file = BytesIO()
    book = xlsxwriter.Workbook(file)
    page = book.add_worksheet()
    for line, row in enumerate((headings, *rows)):
        for column, cell in enumerate(row):
            page.write(line, column, cell)
    book.close()
    return file.getvalue()


def read(*rows: tuple[Any, ...]) -> list[BankRow]:
    return list(read_sheet(sheet(*rows)))


def test_the_template_holds_an_example_of_each_kind_that_comes_in() -> None:
    rows = list(read_sheet(template()))
    assert [row.problem for row in rows] == [None] * len(EXAMPLES)
    assert {row.terms.content.kind for row in rows if row.terms} == set(QuestionKind)
    first = rows[0].terms
    assert first


@pytest.mark.parametrize("build", EVERY_KIND)
def test_what_is_written_is_read_again(build: Any) -> None:
    said = terms(build(), tags=("机油",), explanation="=SUM(A1)", source="'=1", difficulty=5).checked().renamed()
    content, left_out = written_sheet([said])
    [row] = read_sheet(content)
    assert (row.problem, row.terms, left_out) == (None, said, [])


def test_cells_are_read_as_people_write_them() -> None:
    rows = read(
        ("单选", "一加一等于？", 1, 2, 3, "", "", "B", 1),
        ("判断题", "二大于一", "", "", "", "", "", True, "易"),
        ("多选题", "偶数有", 2.5, 2, 4, "", "", "c、b", "较难", "", "数学，入门"),
        ("数值题", "圆周率", "", "", "", "", "", "3.14 +- 0.01"),
        ("配对题", "配对", "甲", "乙", "", "一", "二", "A→2，B→1"),
        ("填空题", "首都是____，旧称______。", "", "", "", "", "", "北京\n北平|燕京"),
    )
    assert [row.problem for row in rows] == [None] * 6
    one, two, three, four, five, six = (row.terms for row in rows if row.terms)
    assert ([option.text for option in one.content.options], one.key.right_ids) == (["1", "2", "3"], frozenset("b"))
    assert (two.key.truth, two.difficulty) == (True, 1)
    assert (three.key.right_ids, three.difficulty, three.tags) == (frozenset("bc"), 4, ("数学", "入门"))
    assert (four.key.numbers[0].value, four.key.numbers[0].tolerance) == ("3.14", "0.01")
    left, right = ({one.id: one.text for one in side} for side in (five.content.options, five.content.choices))
    assert {left[one]: right[other] for one, other in five.key.pairs.items()} == {"甲": "二", "乙": "一"}
    assert six.content.stem == "首都是{{1}}，旧称{{2}}。"
    assert [one.text for one in six.key.blanks[1]] == ["北平", "燕京"]


@pytest.mark.parametrize(
    ("row", "column", "zh"),
    [
        (("论文", "题干", "", "", "", "", "", "A"), "题型", "题型不正确"),
        (("单选题", "", "一", "二", "", "", "", "A"), "题干", "题干不能为空"),
        (("单选题", "题干", "一", "", "三", "", "", "A"), "选项", "选项之间有空列"),
        (("单选题", "题干", "一", "二", "", "", "", "C"), "答案", "没有选项 C"),
        (("单选题", "题干", "一", "二", "", "", "", ""), "答案", "须有一个满分选项"),
        (("单选题", "题干", "一", "一", "", "", "", "A"), "选项", "选项内容重复"),
        (("多选题", "题干", "一", "二", "", "", "", "A=50%"), "答案", "正确选项之和应为 100%"),
        (("判断题", "题干", "", "", "", "", "", "也许"), "答案", "判断题答案应为“对”或“错”"),
        (("填空题", "题干", "", "", "", "", "", ""), "答案", "应为 1–30"),
        (("填空题", "题干", "", "", "", "", "", r"[正则](a)\\1"), "答案", "正则表达式不受支持"),
        (("数值题", "题干", "", "", "", "", "", "三"), "答案", "应为数字"),
        (("排序题", "题干", "一", "二", "", "", "", "A"), "答案", "应包含每个选项各一次"),
        (("配对题", "题干", "一", "二", "", "甲", "乙", "A-3"), "答案", "没有右项 3"),
        (("简答题", "题干", "", "", "", "", "", "", "", "50% 一半"), "评分标准", "各项之和应为 100%"),
        (("判断题", "题干", "", "", "", "", "", "对", 9), "难度", "应为 1–5"),
    ],
)
def test_what_is_wrong_in_a_row_is_told_with_its_place_and_column(row: tuple[Any, ...], column: str, zh: str) -> None:
    good = ("判断题", "好题", "", "", "", "", "", "对")
    found = read(good, row, good)
    assert [one.place for one in found] == [2, 3, 4]
    assert [one.problem is None for one in found] == [True, False, True]
    problem = found[1].problem
    assert problem
    assert (problem.column, problem.zh) == (column, zh)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "＝1", "'=1", "'''=1", "'a", "a=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert not kept_cell(text).startswith(("=", "+", "-", "@", "＝"))
    pair = single()[0], single()[1]
    said = terms(pair, explanation=text).checked()
    [row] = read_sheet(written_sheet([said])[0])
    assert row.terms
    assert row.terms.explanation == text


def test_headings_that_are_missing_are_named() -> None:
    with pytest.raises(Invalid, match="file") as refused:
        list(read_sheet(sheet(headings=("题型", "题目"))))
    assert "答案、题干" in refused.value.sentence("zh-CN")


@pytest.mark.parametrize("content", [b"", b"\x00" * 100, b"PK\x03\x04" + b"x" * 100, "题型,题干".encode()])
def test_a_file_that_is_no_spreadsheet_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid, match="file"):
        list(read_sheet(content))


def packed(name: str, content: bytes) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def test_an_archive_that_unpacks_to_too_much_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        list(read_sheet(packed("xl/worksheets/sheet1.xml", b"0" * 70_000_000)))
    assert "解压后过大" in refused.value.sentence("zh-CN")


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    bomb = bytearray(packed("xl/worksheets/sheet1.xml", b"0" * 20_000_000))
    central = bomb.rindex(b"PK\x01\x02")
    bomb[central + 24 : central + 28] = (1_000).to_bytes(4, "little")
    with pytest.raises(Invalid) as refused:
        list(read_sheet(bytes(bomb)))
    assert "无法读取" in refused.value.sentence("zh-CN")


def test_rows_have_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.learning.sheet_reading.ROWS_MOST", 2)
    good = ("判断题", "好题", "", "", "", "", "", "对")
    with pytest.raises(Invalid, match="file"):
        read(good, good, good)


def test_what_a_sheet_cannot_show_is_left_out_with_its_reason() -> None:
    content, key = match()
    picture = (Medium("https://img.example.com/monet.jpg"),)
    shown = replace(content, choices=(replace(content.choices[0], media=picture), *content.choices[1:]))
    sheet, left_out = written_sheet([terms((shown, key)).checked(), terms().checked()])
    assert [row.terms for row in read_sheet(sheet)] == [terms().checked()]
    assert [(row.place, row.problem.zh) for row in left_out if row.problem] == [(1, "右项含媒体，表格无法表示")]
