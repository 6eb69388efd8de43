"""Files of questions over HTTP: handed over, taken out again, and pictures on the way."""

import base64
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.app import app
from auth import platforms
from models.learning.bank_row import BankRow
from models.learning.gift_reading import read_gift
from models.learning.moodle_reading import read_moodle
from models.learning.question import Question
from models.learning.question_export import QuestionExport
from models.learning.question_import import QuestionImport
from models.learning.question_version import QuestionVersion
from models.learning.sheet_reading import read_sheet
from models.members.session import Session, SubjectKind
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from models.staff.staff import Staff
from platforms.storage.storage import open_storage
from tests.build import a_member, a_staff
from tests.callers import Callers
from tests.conftest import NOON
from tests.learning.bank import a_question
from tests.learning.pictures import Gallery
from tests.learning.questions import judge, order, single

FILES = Path(__file__).parent / "files"


@pytest.fixture
async def http(callers: Callers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[httpx2.AsyncClient]:
    kept = open_storage(tmp_path)
    monkeypatch.setattr("api.question_files.storage", lambda: kept)
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shequn.test") as client:
        yield client


async def headers(staff: Staff | None) -> dict[str, str]:
    if staff is None:
        return {}
    return {"authorization": f"Bearer {(await Session.start(SubjectKind.STAFF, staff.id, at=NOON)).access}"}


async def hand_over(http: httpx2.AsyncClient, staff: Staff | None, content: bytes, format: str) -> httpx2.Response:
    address = f"/imports/questions?format={format}&name=题库"
    return await http.post(address, content=content, headers=await headers(staff))


async def take_out(http: httpx2.AsyncClient, staff: Staff | None, **body: Any) -> httpx2.Response:
    return await http.post("/exports/questions", json=body, headers=await headers(staff))


def code_of(answer: httpx2.Response) -> str:
    return str(answer.json()["errors"][0]["extensions"]["code"])


async def test_a_file_is_looked_through_and_taken_in(http: httpx2.AsyncClient, callers: Callers) -> None:
    staff = await a_staff("quizzes.read", "quizzes.write")
    answer = await hand_over(http, staff, (FILES / "paintings.moodle.xml").read_bytes(), "MOODLE_XML")
    assert answer.status_code == 201
    told = answer.json()["import"]
    assert (told["rows"], told["faulty"], told["duplicates"]) == (19, 9, 0)
    assert await Question.all().count() == 0

    caller = await callers.staff(staff)
    found = await caller.data(
        "query($id: ID!) { questionImport(id: $id) { name status rowCount faultyCount "
        "faultyRows(first: 2) { totalCount edges { node { filePlace title problem { column message } } } } } }",
        id=told["id"],
    )
    assert found["questionImport"] == {
        "name": "题库",
        "status": "CHECKED",
        "rowCount": 19,
        "faultyCount": 9,
        "faultyRows": {
            "totalCount": 9,
            "edges": [
                {
                    "node": {
                        "filePlace": 10,
                        "title": "选择填空",
                        "problem": {"column": "题型", "message": "完形填空含 MULTICHOICE，只支持 SHORTANSWER"},
                    }
                },
                {
                    "node": {
                        "filePlace": 11,
                        "title": "说明",
                        "problem": {"column": "题型", "message": "这是一段说明而不是题目"},
                    }
                },
            ],
        },
    }
    assert await caller.refusal("takeInQuestions", {"importId": told["id"]}) == "QUESTION_IMPORT_FAULTY"
    done = await caller.do(
        "takeInQuestions",
        {"importId": told["id"], "skipsFaulty": True, "status": "ACTIVE"},
        "import { status takenCount rows(first: 1) { edges { node { question { kind status } } } } }",
    )
    assert done["import"] == {
        "status": "TAKEN_IN",
        "takenCount": 10,
        "rows": {"edges": [{"node": {"question": {"kind": "SINGLE", "status": "ACTIVE"}}}]},
    }

    version = await QuestionVersion.filter(kind="single").first()
    assert version
    address = version.shown.stem.split('src="')[1].split('"')[0]
    picture = await http.get(address)
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert picture.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert picture.headers["content-security-policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize("name", ["nothing.png", "..%2f..%2fsecret.key", "UPPER.png", ""])
async def test_what_is_no_picture_is_not_found(http: httpx2.AsyncClient, name: str) -> None:
    assert (await http.get(f"/files/questions/{name}")).status_code == 404


async def test_what_goes_out_comes_in_again(http: httpx2.AsyncClient) -> None:
    staff = await a_staff("quizzes.read", "quizzes.write")
    for build in (single, judge, order):
        await a_question(build(), tags=("机油",), explanation="见手册")
    readers: dict[str, Callable[[bytes], Iterator[BankRow]]] = {
        "XLSX": read_sheet,
        "GIFT": read_gift,
        "MOODLE_XML": partial(read_moodle, gallery=Gallery()),
    }
    told = []
    for written_as, read in readers.items():
        answer = await take_out(http, staff, format=written_as, reason="备份", category="汽车")
        assert (answer.status_code, answer.headers["x-rows-left-out"]) == (200, "0")
        told.append([row.terms for row in read(answer.content)])
    assert told[0] == told[1] == told[2]
    assert len(told[0]) == 3
    assert await AuditRow.filter(action="export_questions", reason="备份").count() == 3


async def test_pictures_travel_with_moodle_xml(http: httpx2.AsyncClient, callers: Callers) -> None:
    staff = await a_staff("quizzes.read", "quizzes.write")
    file = (FILES / "paintings.moodle.xml").read_bytes()
    told = (await hand_over(http, staff, file, "MOODLE_XML")).json()["import"]
    caller = await callers.staff(staff)
    await caller.do("takeInQuestions", {"importId": told["id"], "skipsFaulty": True})
    answer = await take_out(http, staff, format="MOODLE_XML", reason="迁移", statuses=["DRAFT"])
    gallery = Gallery()
    assert [row.problem for row in read_moodle(answer.content, gallery)] == [None] * 10
    assert all(base64.b64encode(one) in file for one in gallery.taken)
    assert len(gallery.taken) == 2


async def test_filters_choose_what_goes_out(http: httpx2.AsyncClient) -> None:
    staff = await a_staff("quizzes.read")
    await a_question(single(), tags=("机油",), difficulty=1)
    await a_question(judge(), category="汽车/新能源", difficulty=5)

    async def titles(**filter: Any) -> list[str]:
        answer = await take_out(http, staff, format="GIFT", reason="抽查", **filter)
        assert answer.status_code == 200, answer.text
        return [row.title for row in read_gift(answer.content)]

    assert await titles(tags=["机油"]) == ["机油的主要作用不包括哪一项？"]
    assert await titles(kinds=["JUDGE"]) == ["电动汽车不需要更换机油。"]
    assert await titles(difficultyLeast=4) == ["电动汽车不需要更换机油。"]
    assert await titles(search="提高油品") == ["机油的主要作用不包括哪一项？"]
    assert await titles(category="汽车/新") == []


async def test_the_template_is_handed_out(http: httpx2.AsyncClient) -> None:
    staff = await a_staff("quizzes.read")
    answer = await http.post("/exports/question-template", headers=await headers(staff))
    assert answer.headers["content-disposition"] == 'attachment; filename="question-template.xlsx"'
    assert len(list(read_sheet(answer.content))) == 8


@pytest.mark.parametrize(
    ("right", "scope", "status"),
    [
        ("quizzes.read", DataScope.ALL, 403),
        ("mall.write", DataScope.ALL, 403),
        ("quizzes.write", DataScope.OWN_GROUPS, 404),
    ],
)
async def test_who_may_not_hand_over_is_refused(
    http: httpx2.AsyncClient, right: str, scope: DataScope, status: int
) -> None:
    staff = await a_staff(right, scope=scope)
    answer = await hand_over(http, staff, "题目{T}".encode(), "GIFT")
    assert answer.status_code == status
    assert await QuestionImport.all().count() == 0


async def test_members_and_strangers_touch_no_file(http: httpx2.AsyncClient) -> None:
    member = await a_member()
    token = (await Session.start(SubjectKind.MEMBER, member.id, at=NOON)).access
    for bearer, status in (({}, 401), ({"authorization": f"Bearer {token}"}, 403)):
        for address in ("/imports/questions?format=GIFT", "/exports/questions", "/exports/question-template"):
            answer = await http.post(address, json={"format": "GIFT", "reason": "看看"}, headers=bearer)
            assert answer.status_code == status
    assert (await QuestionImport.all().count(), await QuestionExport.all().count()) == (0, 0)


@pytest.mark.parametrize(
    "body",
    [
        {"format": "GIFT"},
        {"format": "DOCX", "reason": "备份"},
        {"format": "GIFT", "reason": "备份", "kinds": ["ESSAY"]},
        {"format": "GIFT", "reason": "备份", "tags": "机油"},
        {"format": "GIFT", "reason": "备份", "difficultyLeast": True},
        {"format": "GIFT", "reason": "备份", "secret": 1},
    ],
)
async def test_an_export_that_is_asked_for_wrongly_is_refused(http: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    answer = await take_out(http, await a_staff("quizzes.read"), **body)
    assert answer.status_code == 400, answer.text
    assert await QuestionExport.all().count() == 0


@pytest.mark.parametrize(
    ("content", "format"),
    [(b"", "XLSX"), (b"", "GIFT"), (b"<html/>", "MOODLE_XML"), (b"x", "DOCX"), ("题{T}".encode("gb18030"), "GIFT")],
)
async def test_a_file_that_cannot_be_read_is_refused(http: httpx2.AsyncClient, content: bytes, format: str) -> None:
    staff = await a_staff("quizzes.write")
    answer = await hand_over(http, staff, content, format)
    assert code_of(answer) == "INVALID_INPUT"
    assert await QuestionImport.all().count() == 0


async def test_a_file_that_is_too_large_is_refused(http: httpx2.AsyncClient) -> None:
    staff = await a_staff("quizzes.write")
    answer = await hand_over(http, staff, b"x" * (32 * 1024 * 1024 + 1), "GIFT")
    assert answer.status_code == 413
    assert await QuestionImport.all().count() == 0


async def test_the_folder_of_the_settings_is_used_without_a_bucket() -> None:
    platforms.storage.cache_clear()
    assert platforms.storage().url("questions/a.png") == "/files/questions/a.png"
