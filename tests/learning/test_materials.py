"""Materials: taken in by what they are, handed out to those who may read them, and to nobody else."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
import pytest

from api.app import app
from api.materials import saved_name
from auth.platforms import use_documents
from models.learning import material
from models.learning.classroom import Unlock
from models.learning.material import Material, MaterialTerms, TooManyMaterials
from models.learning.material_ticket import LASTS, MaterialTicket, ReaderKind
from models.members.member import Member, MemberStatus
from models.members.session import Session, SubjectKind
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from models.staff.staff import Staff
from platforms.storage.storage import DOCUMENT_BYTES, open_storage
from store.clock import FixedClock
from store.ids import new_id
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.groups.build import a_group
from tests.learning.build import STAFF_ID, TONIGHT, a_course, a_session
from tests.learning.rooms import a_room, enrolled, leave
from tests.mall.build import refused, rows_of

PDF = b"%PDF-1.7\n" + "第一讲".encode()
LISTED = """query($id: ID!) { course(id: $id) { materials(first: 20) { edges { node {
    name kind isPreview size contentType address session { number } } } } } }"""


@pytest.fixture
async def http(callers: object, tmp_path: Path) -> AsyncIterator[httpx2.AsyncClient]:
    use_documents(open_storage(tmp_path / "documents"))
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shequn.test") as client:
        yield client


async def bearer(staff: Staff | None = None, member: Member | None = None) -> dict[str, str]:
    if staff is None and member is None:
        return {}
    kind, subject = (SubjectKind.STAFF, staff) if staff else (SubjectKind.MEMBER, member)
    assert subject is not None
    return {"authorization": f"Bearer {(await Session.start(kind, subject.id, at=NOON)).access}"}


async def uploaded(http: httpx2.AsyncClient, content: bytes, headers: dict[str, str], **asked: str) -> httpx2.Response:
    return await http.post("/uploads/materials", params=asked, content=content, headers=headers)


async def test_a_file_goes_in_and_comes_out_to_be_saved(http: httpx2.AsyncClient, callers: Callers) -> None:
    course, staff = await a_course(), await a_staff("courses.read", "courses.write")
    session = await a_session(course)
    member = await enrolled(course)
    given = {"courseId": public_id(course), "sessionId": public_id(session), "name": "讲义 第一讲"}

    answer = await uploaded(http, PDF, await bearer(staff), **given)
    shown = await (await callers.member(member)).data(LISTED, id=public_id(course))
    [edge] = shown["course"]["materials"]["edges"]
    download = await http.get(edge["node"]["address"])

    assert answer.status_code == 201
    assert answer.json()["material"] | {"id": ""} == {
        "id": "",
        "name": "讲义 第一讲.pdf",
        "contentType": "application/pdf",
        "size": len(PDF),
    }
    assert edge["node"]["session"] == {"number": 1}
    assert (download.status_code, download.content) == (200, PDF)
    told = download.headers
    assert told["content-type"] == "application/pdf"
    assert told["content-disposition"] == (
        f"attachment; filename=\"material.pdf\"; filename*=UTF-8''{quote('讲义 第一讲.pdf')}"
    )
    assert told["x-content-type-options"] == "nosniff"
    assert told["content-security-policy"] == "sandbox; default-src 'none'"
    assert told["cache-control"] == "no-store"
    row = await AuditRow.get(action="add_material")
    assert row.after
    assert row.after["name"] == "讲义 第一讲.pdf"


@pytest.mark.parametrize(
    ("name", "content_type", "saved"),
    [
        ("讲义.pdf", "application/pdf", "讲义.pdf"),
        ("讲义.exe", "application/pdf", "讲义.exe.pdf"),
        ("名单.csv", "text/plain", "名单.csv"),
        ("网页.html", "text/plain", "网页.html.txt"),
        ("长" * 120, "application/pdf", "长" * 116 + ".pdf"),
    ],
)
def test_a_file_is_saved_as_what_it_is(name: str, content_type: str, saved: str) -> None:
    assert saved_name(name, content_type) == saved


async def test_what_is_no_document_does_not_come_in(http: httpx2.AsyncClient) -> None:
    course, headers = await a_course(), await bearer(await a_staff("courses.write"))
    known = {"courseId": public_id(course), "name": "讲义"}

    async def code(content: bytes, **asked: str) -> str:
        answer = await uploaded(http, content, headers, **{**known, **asked})
        assert answer.status_code >= 400
        return str(answer.json()["errors"][0]["extensions"]["code"])

    assert await code(b"MZ\x90\x00") == "UNSUPPORTED_MEDIA_TYPE"
    assert await code(b"<html>") == "UNSUPPORTED_MEDIA_TYPE"
    assert await code(b"") == "UNSUPPORTED_MEDIA_TYPE"
    assert await code(PDF + b"\0" * DOCUMENT_BYTES) == "BODY_TOO_LARGE"
    assert await code(PDF, name="../passwd") == "INVALID_INPUT"
    assert await code(PDF, name=" ") == "INVALID_INPUT"
    assert await code(PDF, courseId="x") == "NOT_FOUND"
    assert await code(PDF, sessionId=public_id(await a_session(await a_course()))) == "NOT_FOUND"
    assert (await rows_of("material"), await AuditRow.filter(action="add_material").count()) == (0, 0)


async def test_only_staff_of_the_course_take_files_in(http: httpx2.AsyncClient) -> None:
    group = await a_group(region="华南")
    course = await a_course(group_id=group.id)
    part = await a_staff("courses.write", scope=DataScope.REGION, region="华东")
    wrong: tuple[tuple[dict[str, str], str], ...] = (
        ({}, "UNAUTHENTICATED"),
        (await bearer(member=await a_member()), "FORBIDDEN"),
        (await bearer(await a_staff("courses.read")), "FORBIDDEN"),
        (await bearer(part), "NOT_FOUND"),
    )

    for headers, code in wrong:
        answer = await uploaded(http, PDF, headers, courseId=public_id(course), name="讲义")
        assert answer.json()["errors"][0]["extensions"]["code"] == code
    assert await rows_of("material") == 0


async def a_link(course: object, name: str, **terms: object) -> Material:
    said = MaterialTerms(name, **terms)  # type: ignore[arg-type]  # what a test is about
    url = f"https://docs.example/{name}"
    return await Material.add_link(course.id, said, url, staff_id=STAFF_ID, at=NOON)  # type: ignore[attr-defined]  # a course


async def test_who_may_read_what(http: httpx2.AsyncClient, callers: Callers) -> None:
    course = await a_course()
    await a_room(course, unlock=Unlock.BY_DATE)
    past = await a_session(course, starts_at=NOON - timedelta(hours=2))
    coming = await a_session(course, starts_at=TONIGHT)
    member, stranger = await enrolled(course), await a_member()
    await a_link(course, "大纲")
    await a_link(course, "试读", is_preview=True)
    await a_link(course, "第一讲", session_id=past.id)
    await a_link(course, "第二讲", session_id=coming.id)
    gone = await a_link(course, "旧版")
    await Material.remove(gone.id, staff_id=STAFF_ID, at=NOON)
    draft = await a_course(is_published=False)
    await a_link(draft, "未发布", is_preview=True)
    staff = await callers.staff(await a_staff("courses.read"))

    async def open_to(caller: object) -> list[str]:
        found = await caller.data(LISTED, id=public_id(course))  # type: ignore[attr-defined]  # a caller
        nodes = [edge["node"] for edge in found["course"]["materials"]["edges"]]
        assert len(nodes) == 4
        return [node["name"] for node in nodes if node["address"]]

    assert await open_to(await callers.member(member)) == ["大纲", "试读", "第一讲"]
    assert await open_to(await callers.member(stranger)) == ["试读"]
    assert await open_to(staff) == ["大纲", "试读", "第一讲", "第二讲"]
    hidden = await (await callers.member(stranger)).data(
        "query($id: ID!) { node(id: $id) { id } }", id=public_id(await Material.get(course_id=draft.id))
    )
    assert hidden["node"] is None


async def test_an_address_leads_nowhere_once_its_reader_may_not(http: httpx2.AsyncClient, clock: FixedClock) -> None:
    course, staff = await a_course(), await a_staff("courses.write")
    member = await enrolled(course)
    await uploaded(http, PDF, await bearer(staff), courseId=public_id(course), name="讲义")
    material = await Material.get()

    def ticket(kind: ReaderKind = ReaderKind.MEMBER, reader: object = None) -> str:
        reader_id = reader.id if reader else member.id  # type: ignore[attr-defined]  # a member or a colleague
        return MaterialTicket.issue(material.id, kind, reader_id, at=clock.now())

    async def status(text: str) -> int:
        return int((await http.get("/materials", params={"ticket": text})).status_code)

    good, of_staff = ticket(), ticket(ReaderKind.STAFF, staff)
    body, seal = good.rsplit(".", 1)
    parts = body.split(".")
    forged = [".".join([*parts[:3], str(int(parts[3]) + 60)]) + f".{seal}", f"{body}.{'0' * 64}", "x", "", "饼.干"]
    assert [await status(one) for one in (good, of_staff)] == [200, 200]
    assert [await status(one) for one in forged] == [404] * len(forged)
    assert await status(ticket(reader=await a_member())) == 404
    clock.advance(seconds=LASTS.total_seconds())
    assert await status(good) == 404
    fresh = ticket()
    await Member.filter(id=member.id).update(status=MemberStatus.LEFT)
    assert await status(fresh) == 404
    await Member.filter(id=member.id).update(status=MemberStatus.NORMAL)
    await leave(member, course)
    assert await status(fresh) == 404
    await Staff.filter(id=staff.id).update(is_active=False)
    assert await status(ticket(ReaderKind.STAFF, staff)) == 404
    again = await enrolled(course)
    theirs = ticket(reader=again)
    await Material.remove(material.id, staff_id=STAFF_ID, at=NOON)
    assert await status(theirs) == 404


async def test_a_ticket_is_in_no_path(http: httpx2.AsyncClient, callers: Callers) -> None:
    course = await a_course()
    await uploaded(http, PDF, await bearer(await a_staff("courses.write")), courseId=public_id(course), name="讲义")
    shown = await (await callers.member(await enrolled(course))).data(LISTED, id=public_id(course))
    address = urlsplit(shown["course"]["materials"]["edges"][0]["node"]["address"])

    assert address.path == "/materials"
    assert list(parse_qs(address.query)) == ["ticket"]


async def test_staff_add_and_take_links_away(callers: Callers) -> None:
    course = await a_course()
    staff = await callers.staff(await a_staff("courses.read", "courses.write"))
    given = {"courseId": public_id(course), "name": "参考书单", "url": "https://docs.example/books"}

    added = await staff.do("addMaterialLink", given, "material { id kind address }")
    bad = await staff.refusal("addMaterialLink", given | {"url": "javascript:alert(1)"})
    here = await staff.refusal("addMaterialLink", given | {"url": "/files/x"})
    removing = {"materialId": added["material"]["id"], "reason": "过期"}
    removed = await staff.do("removeMaterial", removing, "material { address }")

    assert (added["material"]["kind"], added["material"]["address"]) == ("LINK", "https://docs.example/books")
    assert (bad, here) == ("INVALID_INPUT", "INVALID_INPUT")
    assert removed["material"] == {"address": None}
    assert await staff.refusal("removeMaterial", removing) == "NOT_FOUND"
    assert [row.action for row in await AuditRow.filter(subject_id=course.id, action__contains="material")] == [
        "add_material",
        "remove_material",
    ]


async def test_so_many_stand_beside_a_session_and_so_many_beside_its_course(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(material, "MATERIALS_MOST", 1)
    course = await a_course()
    session = await a_session(course)
    await a_link(course, "课程大纲")
    await a_link(course, "第一讲讲义", session_id=session.id)

    for beside in ({}, {"session_id": session.id}):
        with pytest.raises(TooManyMaterials):
            await a_link(course, "再来一份", **beside)
    assert await Material.all().count() == 2


async def test_a_material_of_nothing_is_not_taken_away(database: str) -> None:
    assert (await refused(Material.remove(new_id(), staff_id=STAFF_ID, at=NOON))).code == "NOT_FOUND"
