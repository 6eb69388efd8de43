"""Results as a sheet: for those who may, within their scope, harmless, and told to the audit."""

import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree

import httpx2
import pytest

from api.app import app
from models.learning import quiz_export
from models.learning.handing_in import hand_in
from models.learning.quiz import Quiz
from models.learning.quiz_answer import Given
from models.learning.quiz_export import QuizExport
from models.learning.response import Response
from models.members.session import Session, SubjectKind
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from models.staff.staff import Staff
from tests.build import a_member, a_staff, public_id
from tests.conftest import NOON
from tests.groups.build import a_group, a_place
from tests.learning.questions import short_text
from tests.learning.quizzes import MINUTE, a_question, a_quiz, begun, handed_in, questions, right

NAMESPACE = {"x": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
RIGHTS = ("quizzes.read", "members.export")


@pytest.fixture
async def http(callers: object) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shequn.test") as client:
        yield client


async def asked(http: httpx2.AsyncClient, staff: Staff | None, **body: Any) -> httpx2.Response:
    headers = {}
    if staff:
        token = (await Session.start(SubjectKind.STAFF, staff.id, at=NOON)).access
        headers["authorization"] = f"Bearer {token}"
    return await http.post("/exports/quiz-results", json=body, headers=headers)


def rows_in(answer: httpx2.Response) -> list[list[str]]:
    """The cells of the sheet, as any reader of such files sees them."""
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        sheet = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        assert sheet.findall(".//x:f", NAMESPACE) == []
        return [
            ["".join(cell.itertext()) for cell in row.findall("x:c", NAMESPACE)]
            for row in sheet.findall(".//x:row", NAMESPACE)
        ]


async def a_taken_quiz() -> Quiz:
    quiz = await a_quiz(*await questions(2))
    evil, other = await a_member(nickname="=cmd|calc"), await a_member(nickname="王小明")
    await handed_in(evil, quiz, 1)
    await handed_in(other, quiz, 1, 2, at=NOON + MINUTE)
    await begun(await a_member(), quiz)
    return quiz


async def test_a_sheet_holds_what_was_handed_in(http: httpx2.AsyncClient) -> None:
    quiz, staff = await a_taken_quiz(), await a_staff(*RIGHTS)

    answer = await asked(http, staff, quizId=public_id(quiz), reason="月度复盘")
    titles, first, second = rows_in(answer)

    assert answer.headers["content-disposition"] == 'attachment; filename="quiz-results.xlsx"'
    assert (titles[0], titles[-2:]) == ("会员", ["第1题", "第2题"])
    instants = ["2026-11-23 12:00:00", "2026-11-23 12:00:00"]
    assert first == ["'=cmd|calc", "1", "已评分", "1", "2", "50", "否", "否", *instants, "0", "1", "0"]
    assert second[:7] == ["王小明", "1", "已评分", "2", "2", "100", "是"]
    row = await AuditRow.get(action="export_quiz_results")
    assert (row.actor_id, row.reason, row.after) == (staff.id, "月度复盘", {"quiz_id": str(quiz.id)})
    assert (await QuizExport.get()).quiz_id == quiz.id


async def test_what_waits_for_a_marker_has_no_score(http: httpx2.AsyncClient) -> None:
    quiz = await a_quiz(await a_question(), await a_question(short_text()))
    member = await a_member(nickname="李思远")
    attempt = await begun(member, quiz)
    given = [*await right(attempt, 1), Given(2, Response(text="分散风险"), 1)]
    await hand_in(member.id, attempt.id, given, at=NOON)

    _, row = rows_in(await asked(http, await a_staff(*RIGHTS), quizId=public_id(quiz), reason="批改"))

    assert row[:7] == ["李思远", "1", "待批改", "", "2", "", ""]
    assert row[-2:] == ["1", ""]


async def test_a_long_sheet_is_read_page_by_page(http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiz_export, "ROWS_AT_ONCE", 2)
    quiz, names = await a_quiz(), [f"会员{n}" for n in range(5)]
    for n, name in enumerate(names):
        await handed_in(await a_member(nickname=name), quiz, 1, at=NOON + (n // 2) * MINUTE)

    _, *rows = rows_in(await asked(http, await a_staff(*RIGHTS), quizId=public_id(quiz), reason="复盘"))

    assert [row[0] for row in rows] == names


async def test_a_sheet_holds_the_members_in_scope(http: httpx2.AsyncClient) -> None:
    near, far = await a_group(region="华东"), await a_group(region="华南")
    of_near, of_all = await a_quiz(group_id=near.id), await a_quiz()
    await handed_in(await a_place(near, member=await a_member(nickname="陈雨桐")), of_near, 1)
    await a_place(far)
    staff = await a_staff(*RIGHTS, scope=DataScope.REGION, region="华东")

    _, *rows = rows_in(await asked(http, staff, quizId=public_id(of_near), reason="复盘"))
    refused = await asked(http, staff, quizId=public_id(of_all), reason="复盘")

    assert [row[0] for row in rows] == ["陈雨桐"]
    assert (refused.status_code, refused.json()["errors"][0]["extensions"]["code"]) == (404, "NOT_FOUND")
    assert await QuizExport.all().count() == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"reason": ""}, "INVALID_INPUT"),
        ({"reason": 5}, "INVALID_INPUT"),
        ({"quizId": ["x"]}, "INVALID_INPUT"),
        ({"quizId": "x"}, "NOT_FOUND"),
        ({"drop": "table"}, "BAD_USER_INPUT"),
    ],
)
async def test_bad_bodies_take_nothing_out(http: httpx2.AsyncClient, change: dict[str, Any], code: str) -> None:
    quiz = await a_quiz()

    answer = await asked(http, await a_staff(*RIGHTS), **{"quizId": public_id(quiz), "reason": "复盘", **change})

    assert answer.status_code in (400, 404)
    assert answer.json()["errors"][0]["extensions"]["code"] == code
    assert await QuizExport.all().count() == await AuditRow.filter(action="export_quiz_results").count() == 0


async def test_nobody_else_takes_results_out(http: httpx2.AsyncClient) -> None:
    quiz, member = await a_quiz(), await a_member()
    body = {"quizId": public_id(quiz), "reason": "复盘"}
    token = (await Session.start(SubjectKind.MEMBER, member.id, at=NOON)).access
    headers = {"authorization": f"Bearer {token}"}
    as_member = await http.post("/exports/quiz-results", json=body, headers=headers)

    assert (await asked(http, None, **body)).status_code == 401
    assert as_member.status_code == 403
    assert (await asked(http, await a_staff("quizzes.read"), **body)).status_code == 403
    assert (await asked(http, await a_staff("members.export"), **body)).status_code == 403
    assert (await http.get("/exports/quiz-results")).status_code == 405
    assert await QuizExport.all().count() == 0
