"""A sheet becomes a grant, tells what is wrong with its rows, and cannot make a spreadsheet do anything."""

import pytest

from api.grants import hand_in
from models.errors import Invalid, NotAllowed
from models.members.identity import Identity
from models.points.grant_batch import GrantBatch, GrantBatchStatus
from models.points.grant_row import ROWS_MOST, GivenRow, GrantRow, NamedBy
from models.points.grant_sheet import SHEET_MOST, read_sheet, template
from tests.build import a_member, a_staff
from tests.conftest import NOON


def test_a_sheet_names_members_by_phone_or_invite_code() -> None:
    text = "\ufeffmember,points,note\r\n+86 138-1234-5678,20,感谢\r\nAb3dEf9h,5,\r\n\r\nx,many,\r\n"

    assert read_sheet(text.encode()) == [
        GivenRow(NamedBy.PHONE, "+86 138-1234-5678", 20, "感谢"),
        GivenRow(NamedBy.INVITE_CODE, "Ab3dEf9h", 5, None),
        GivenRow(NamedBy.INVITE_CODE, "x", 0, None),
    ]
    assert read_sheet(template().encode()) == []


@pytest.mark.parametrize("text", ["", "a,b\r\n1,2\r\n"])
def test_a_sheet_has_its_columns(text: str) -> None:
    with pytest.raises(Invalid):
        read_sheet(text.encode())


@pytest.mark.parametrize(
    "sheet",
    [
        "member,points\r\n小明,5\r\n".encode("gb18030"),
        b"\xd0\xcf\x11\xe0 an old .xls",
        b"member,points\r\n" + b"x" * 200_000,
    ],
    ids=["another encoding", "another kind", "an endless cell"],
)
def test_a_file_of_another_kind_is_refused(sheet: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        read_sheet(sheet)
    assert caught.value.field == "file"


def test_of_too_many_rows_none_is_taken() -> None:
    full = b"member,points\r\n" + b"Ab3dEf9h,5\r\n\r\n" * ROWS_MOST

    assert len(read_sheet(full)) == ROWS_MOST
    with pytest.raises(Invalid):
        read_sheet(full + b"Ab3dEf9h,5\r\n")
    with pytest.raises(Invalid):
        read_sheet(full + b"," * SHEET_MOST)


async def test_a_good_sheet_is_handed_in_and_a_trial_is_not(database: str) -> None:
    member, staff = await a_member(), await a_staff(name="li")
    await Identity.bind_phone(member.id, "86", "13812345678", at=NOON)
    text = "member,points,note\r\n13812345678,20,=HYPERLINK(1)\r\n"

    tried = await hand_in(text.encode(), staff_name="li", name="补贴", is_trial=True, at=NOON)
    done = await hand_in(text.encode(), staff_name="li", name="补贴", is_trial=False, at=NOON)

    assert (tried, done) == (("draft: 1 rows, 20 points.\n", True), ("approved: 1 rows, 20 points.\n", True))
    assert [one.created_by for one in await GrantBatch.all()] == [staff.id] * 2
    assert {row.note for row in await GrantRow.all()} == {"'=HYPERLINK(1)"}


async def test_a_faulty_sheet_stays_a_draft_and_is_told_row_by_row(database: str) -> None:
    await a_staff(name="li")

    said = await hand_in(b"member,points\r\nnobody,20\r\n", staff_name="li", name="补贴", is_trial=False, at=NOON)

    assert said == ("row,member,points,note,problem\r\n1,nobody,20,,NOT_FOUND\r\n", False)
    assert (await GrantBatch.get()).status is GrantBatchStatus.DRAFT


async def test_a_sheet_is_handed_in_by_staff_with_the_right(database: str) -> None:
    await a_staff("points.read", name="he")

    for name in ("he", "nobody"):
        with pytest.raises(NotAllowed):
            await hand_in(b"member,points\r\n", staff_name=name, name="补贴", is_trial=False, at=NOON)

    assert await GrantBatch.all().count() == 0
