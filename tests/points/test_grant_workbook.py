"""A spreadsheet becomes the same grant as the text of its cells, and one that is a trap is refused unread."""

import io
import re
from collections.abc import Callable, Sequence
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from api.grants import hand_in
from models.errors import Invalid
from models.members.identity import Identity
from models.points.grant_batch import GrantBatch, GrantBatchStatus
from models.points.grant_row import GivenRow, GrantRow, NamedBy
from models.points.grant_sheet import read_sheet
from tests.build import a_member, a_staff
from tests.conftest import NOON

SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"
LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">%s]>
<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="str">
<v>&i;</v></c></row></sheetData></worksheet>""" % b"".join(
    b'<!ENTITY %c "%s">' % (after, b"&%c;" % before * 10) for before, after in zip(b"bcdefgh", b"cdefghi", strict=True)
)


def a_workbook(*rows: Sequence[str | int | float | None]) -> bytes:
    made = io.BytesIO()
    with xlsxwriter.Workbook(made) as book:
        sheet = book.add_worksheet("发放")
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
        book.add_worksheet("说明").write(0, 0, "第二张表不读")
    return made.getvalue()


def altered(sheet: bytes, name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The same spreadsheet with one of its parts changed."""
    made = io.BytesIO()
    with ZipFile(io.BytesIO(sheet)) as before, ZipFile(made, "w", ZIP_DEFLATED) as after:
        for part in before.namelist():
            after.writestr(part, change(before.read(part)) if part == name else before.read(part))
    return made.getvalue()


GOOD = a_workbook(("member", "points", "note"), ("Ab3dEf9h", 5, None))


def test_cells_are_read_as_they_would_have_been_typed() -> None:
    sheet = a_workbook(
        (None, None, None),
        ("note", " member ", "points", "经手人"),
        ("感谢", 13812345678, 20, "李"),
        (None, "+86 138-1234-5678", "30", None),
        (None, None, None, " "),
        ("=1+1", "Ab3dEf9h", 7.0),
        ("半分", "Ab3dEf9h", 1.5),
        ("多", "x", -3),
    )

    assert read_sheet(sheet) == [
        GivenRow(NamedBy.PHONE, "13812345678", 20, "感谢"),
        GivenRow(NamedBy.PHONE, "+86 138-1234-5678", 30, None),
        GivenRow(NamedBy.INVITE_CODE, "Ab3dEf9h", 7, "0"),
        GivenRow(NamedBy.INVITE_CODE, "Ab3dEf9h", 0, "半分"),
        GivenRow(NamedBy.INVITE_CODE, "x", 0, "多"),
    ]


def test_a_spreadsheet_that_says_its_size_wrong_is_read_whole() -> None:
    lying = altered(GOOD, SHEET, lambda part: re.sub(rb'<dimension ref="[^"]+"', b'<dimension ref="A1"', part))

    assert lying != GOOD
    assert read_sheet(lying) == [GivenRow(NamedBy.INVITE_CODE, "Ab3dEf9h", 5, None)]


@pytest.mark.parametrize(
    "sheet",
    [
        a_workbook(("会员", "积分"), ("Ab3dEf9h", 5)),
        a_workbook(),
        GOOD[: len(GOOD) // 2],
        altered(GOOD, SHEET, lambda part: part[:-20]),
        altered(GOOD, SHEET, lambda part: part.replace(b'<row r="2"', b'<row r="1048576"')),
        altered(GOOD, SHEET, lambda part: part + b" " * (65 * 1024 * 1024)),
        altered(GOOD, STYLES, lambda part: part + b" " * (5 * 1024 * 1024)),
        altered(GOOD, SHEET, lambda part: LAUGHS),
    ],
    ids=["other columns", "empty", "cut", "broken", "far row", "bomb", "bomb of styles", "entities"],
)
def test_a_broken_spreadsheet_or_a_trap_is_refused(sheet: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        read_sheet(sheet)
    assert caught.value.field == "file"


async def test_a_spreadsheet_is_handed_in_and_told_row_by_row(database: str) -> None:
    member, staff = await a_member(), await a_staff(name="li")
    await Identity.bind_phone(member.id, "86", "13812345678", at=NOON)
    faulty = a_workbook(("member", "points"), (13812345678, 20), ("nobody", 20), (13812345678, "许多"))

    told = await hand_in(faulty, staff_name="li", name="补贴", is_trial=False, at=NOON)
    done = await hand_in(
        a_workbook(("member", "points"), (13812345678, 20)), staff_name="li", name="补贴", is_trial=False, at=NOON
    )

    assert told == (
        "row,member,points,note,problem\r\n2,nobody,20,,NOT_FOUND\r\n3,138****5678,0,,INVALID_INPUT\r\n",
        False,
    )
    assert done == ("approved: 1 rows, 20 points.\n", True)
    statuses = [batch.status for batch in await GrantBatch.all().order_by("created_at", "id")]
    assert statuses == [GrantBatchStatus.DRAFT, GrantBatchStatus.APPROVED]
    assert [row.member_id for row in await GrantRow.filter(problem=None)] == [member.id] * 2
    assert {batch.created_by for batch in await GrantBatch.all()} == {staff.id}
