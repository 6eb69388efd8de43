"""Posters over HTTP: who may make, draft and look at them, and what the addresses of pictures hand out."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import httpx2
import pytest
from pydantic import ValidationError

from api import drawing_room, pictures, poster_pictures, posters
from api.app import app
from auth import platforms
from auth.rate_limit import Rate
from models.members.erasure import erase
from models.members.identity import PlatformName
from models.members.member import Member, MemberStatus
from models.members.session import Session, SubjectKind
from models.qr_code import png_of, svg_of
from models.spread import scene_link
from models.spread.poster import Poster
from models.spread.poster_design import CodeKind
from models.spread.poster_drawing import drawn
from models.spread.poster_template import PosterTemplate
from models.spread.scene_code import SceneCode
from models.staff.audit import AuditRow
from models.staff.colleague import DataScope
from models.staff.staff import Staff
from platforms.remote_pictures import RemotePictures
from platforms.storage.storage import Storage, open_storage
from platforms.wechat.client import WeChatClient
from platforms.wechat.fake import FakeWeChat, RunningFake, start_fake
from platforms.wechat.token_store import MemoryTokenStore
from platforms.wechat.wechat import WeChat
from store.clock import FixedClock
from store.outbox import relay
from store.settings import Settings, settings
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON
from tests.spread.pictures import a_picture, holds_code, opened
from tests.spread.posters import SMALL, STAFF_ID, a_template
from tests.statements import WITH_PLANS, statements

CODE = "/wxa/getwxacodeunlimit"
MAKE = "mutation($input: MakePosterInput!) { makePoster(input: $input) { __typename } }"
DESIGN = {"slogan": "一起喝茶", "code": {"x": 340, "y": 1160, "width": 400, "height": 400}}
LISTED = """{ posterTemplates(first: 10) { totalCount edges { node {
    name isEnabled version design { slogan width sloganBox { x } code { width } codeKind } } } } }"""
MINE = "{ viewer { posters(first: 20) { edges { node { address template { name } } } } } }"


@pytest.fixture(scope="module")
async def server() -> AsyncIterator[RunningFake]:
    running = await start_fake()
    yield running
    await running.stop()


@pytest.fixture
async def fake(server: RunningFake, clock: FixedClock, callers: Callers) -> AsyncIterator[FakeWeChat]:
    fake = FakeWeChat(clock=clock)
    server.replace(fake)
    client = WeChatClient(server.url, timeout=1.0)
    wechat = WeChat(app_id=fake.app_id, secret=fake.secret, client=client, tokens=MemoryTokenStore(), clock=clock)
    platforms.use_platform(PlatformName.WECHAT, wechat)
    yield fake
    await platforms.close_platforms()


@pytest.fixture
async def storage(callers: Callers, tmp_path: Path) -> Storage:
    storage = open_storage(tmp_path / "pictures")
    platforms.use_pictures(storage)
    return storage


@pytest.fixture
async def http(storage: Storage) -> AsyncIterator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shequn.test") as client:
        yield client
    await platforms.close_platforms()


async def bearer(staff: Staff | None = None, member: Member | None = None) -> dict[str, str]:
    if staff is None and member is None:
        return {}
    kind, subject = (SubjectKind.STAFF, staff) if staff else (SubjectKind.MEMBER, member)
    assert subject is not None
    return {"authorization": f"Bearer {(await Session.start(kind, subject.id, at=NOON)).access}"}


def address_of(poster: Poster) -> str:
    return f"/files/posters/{poster.address}.jpg"


def refused(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, str(answer.json()["errors"][0]["extensions"]["code"])


def files(storage_folder: Path, folder: str) -> int:
    return sum(one.is_file() for one in (storage_folder / "pictures" / folder).rglob("*"))


async def test_members_make_posters_with_codes_of_their_own(callers: Callers) -> None:
    member, stranger, template = await a_member(), await a_member(), await a_template()
    caller, given = await callers.member(member), {"templateId": public_id(template)}
    theirs = await SceneCode.of(inviter_id=stranger.id, at=NOON)

    assert await callers.nobody().error(MAKE, input=given) == "UNAUTHENTICATED"
    assert await (await callers.staff(await a_staff())).error(MAKE, input=given) == "FORBIDDEN"
    assert await caller.refusal("makePoster", given | {"codeId": public_id(theirs)}) == "NOT_FOUND"
    assert await caller.refusal("makePoster", {"templateId": public_id(member)}) == "NOT_FOUND"
    assert await Poster.all().count() == 0
    made = await caller.do("makePoster", given, "poster { id address template { name } }")
    again = await caller.do("makePoster", given, "poster { id address template { name } }")

    assert made == again
    poster = await Poster.get()
    assert made["poster"]["address"] == address_of(poster)
    assert (await caller.data(MINE))["viewer"]["posters"]["edges"] == [
        {"node": {"address": address_of(poster), "template": {"name": template.name}}}
    ]
    assert (await (await callers.member(stranger)).data(MINE))["viewer"]["posters"]["edges"] == []
    other = await (await callers.member(stranger)).data(
        "query($id: ID!) { node(id: $id) { id } }", id=made["poster"]["id"]
    )
    assert other["node"] is None


async def test_staff_draft_and_members_see_what_is_enabled(callers: Callers) -> None:
    staff, member = await callers.staff(await a_staff("spread.read", "spread.write")), await a_member()
    reader, part = await a_staff("spread.read"), await a_staff("spread.write", scope=DataScope.REGION, region="华东")
    given = {"name": "春日", "design": DESIGN}
    query = "mutation($input: DraftPosterTemplateInput!) { draftPosterTemplate(input: $input) { __typename } }"

    assert await callers.nobody().error(query, input=given) == "UNAUTHENTICATED"
    assert await (await callers.member(member)).error(query, input=given) == "FORBIDDEN"
    assert await (await callers.staff(reader)).error(query, input=given) == "FORBIDDEN"
    assert await (await callers.staff(part)).refusal("draftPosterTemplate", given) == "NOT_FOUND"
    wrong = given | {"design": DESIGN | {"width": 10}}
    assert await staff.refusal("draftPosterTemplate", wrong) == "INVALID_INPUT"
    assert (await PosterTemplate.all().count(), await AuditRow.all().count()) == (0, 0)

    drafted = (await staff.do("draftPosterTemplate", given, "template { id version design { note } }"))["template"]
    assert (drafted["version"], drafted["design"]) == (1, {"note": "长按识别，一起加入"})
    seen = await (await callers.member(member)).data(LISTED)
    assert seen["posterTemplates"] == {"totalCount": 0, "edges": []}
    of_staff = await (await callers.staff(reader)).data(LISTED)
    assert of_staff["posterTemplates"]["totalCount"] == 1
    enabling = {"templateId": drafted["id"], "reason": "上线"}
    await staff.do("enablePosterTemplate", enabling, "template { isEnabled }")
    changing = {"templateId": drafted["id"], "expectedVersion": 1, "reason": "改字"}
    await staff.do("changePosterTemplate", changing | {"name": "春日踏青", "design": DESIGN | {"codeKind": "QR"}})
    assert await staff.refusal("changePosterTemplate", changing | given) == "POSTER_TEMPLATE_CHANGED"

    seen = await (await callers.member(member)).data(LISTED)
    [edge] = seen["posterTemplates"]["edges"]
    shown = {"slogan": "一起喝茶", "width": 1080, "sloganBox": {"x": 100}, "code": {"width": 400}, "codeKind": "QR"}
    assert edge["node"] == {"name": "春日踏青", "isEnabled": True, "version": 2, "design": shown}
    assert await callers.nobody().error(LISTED) == "UNAUTHENTICATED"


@pytest.mark.parametrize("act", ["changePosterTemplate", "enablePosterTemplate"])
async def test_only_staff_of_the_brand_change_templates(callers: Callers, act: str) -> None:
    template = await a_template()
    kind = f"{act[0].upper()}{act[1:]}Input"
    query = f"mutation($input: {kind}!) {{ {act}(input: $input) {{ __typename }} }}"
    given: dict[str, Any] = {"templateId": public_id(template), "reason": "试"}
    given |= {"expectedVersion": 1, "name": "新", "design": {}} if act == "changePosterTemplate" else {}
    part = await a_staff("spread.write", scope=DataScope.REGION, region="华东")

    assert await callers.nobody().error(query, input=given) == "UNAUTHENTICATED"
    assert await (await callers.member(await a_member())).error(query, input=given) == "FORBIDDEN"
    assert await (await callers.staff(await a_staff("spread.read"))).error(query, input=given) == "FORBIDDEN"
    assert await (await callers.staff(part)).refusal(act, given) == "NOT_FOUND"
    kept = await PosterTemplate.get()
    assert (kept.name, kept.version, kept.is_enabled) == (template.name, 1, True)


@WITH_PLANS
async def test_posters_are_read_by_so_many_statements(callers: Callers, monkeypatch: pytest.MonkeyPatch) -> None:
    member = await a_member()
    caller = await callers.member(member)

    async def counted() -> int:
        await caller.data(MINE)
        with statements(monkeypatch) as seen:
            await caller.data(MINE)
        return len(seen)

    await Poster.of(member.id, (await a_template()).id, at=NOON)
    few = await counted()
    for _ in range(4):
        await Poster.of(member.id, (await a_template()).id, at=NOON)
    assert await counted() == few


async def test_a_poster_is_drawn_once_with_a_mini_program_code(
    http: httpx2.AsyncClient, fake: FakeWeChat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poster = await Poster.of((await a_member(nickname="林小雨")).id, (await a_template()).id, at=NOON)
    drawings: list[object] = []
    monkeypatch.setattr(poster_pictures, "drawn", counting(drawn, drawings))

    many = await asyncio.gather(*(http.get(address_of(poster)) for _ in range(6)))
    again = await http.get(address_of(poster))
    known = await http.get(address_of(poster), headers={"if-none-match": again.headers["etag"]})

    assert {one.status_code for one in many} == {200}
    assert len({one.content for one in (*many, again)}) == 1
    assert (opened(again.content).size, again.headers["content-type"]) == ((300, 400), "image/jpeg")
    assert again.headers["cache-control"] == "private, max-age=60"
    assert again.headers["x-content-type-options"] == "nosniff"
    assert again.headers["content-security-policy"].startswith("default-src 'none'")
    assert (known.status_code, known.content) == (304, b"")
    assert (len(drawings), fake.count(CODE)) == (1, 1)
    assert (files(tmp_path, "posters"), files(tmp_path, "codes")) == (1, 1)
    assert not holds_code(again.content, SMALL.boxes["code"], "s=" + (await SceneCode.get()).code)


def counting(plain: Any, calls: list[object]) -> Any:
    def counted(*given: object) -> object:
        calls.append(given)
        return plain(*given)

    return counted


async def test_a_poster_is_drawn_anew_when_anything_on_it_changes(
    http: httpx2.AsyncClient, fake: FakeWeChat, tmp_path: Path
) -> None:
    member, template = await a_member(nickname="林小雨"), await a_template()
    poster = await Poster.of(member.id, template.id, at=NOON)
    first = await http.get(address_of(poster))

    await Member.filter(id=member.id).update(nickname="王建国")
    second = await http.get(address_of(poster))
    slogan = PosterTemplate.change(
        template.id, "新", SMALL, expected_version=1, reason="改版", staff_id=STAFF_ID, at=NOON
    )
    await slogan
    third = await http.get(address_of(poster), headers={"if-none-match": second.headers["etag"]})

    assert first.content != second.content
    assert len({one.headers["etag"] for one in (first, second, third)}) == 3
    assert (third.status_code, fake.count(CODE), files(tmp_path, "posters")) == (200, 1, 1)


async def test_while_the_platform_fails_a_qr_code_stands_in(
    http: httpx2.AsyncClient, fake: FakeWeChat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poster = await Poster.of((await a_member()).id, (await a_template()).id, at=NOON)
    text = (await SceneCode.get()).scene
    drawings: list[object] = []
    monkeypatch.setattr(poster_pictures, "drawn", counting(drawn, drawings))
    fake.fail(CODE, errcode=45009)

    with_qr = await http.get(address_of(poster))
    same = await http.get(address_of(poster))
    assert fake.count(CODE) == 1
    asked = platforms.code_pictures(PlatformName.WECHAT)
    assert asked
    asked._failed.clear()
    back = await http.get(address_of(poster))

    assert holds_code(with_qr.content, SMALL.boxes["code"], text)
    assert same.content == with_qr.content
    assert not holds_code(back.content, SMALL.boxes["code"], text)
    assert (len(drawings), files(tmp_path, "posters"), files(tmp_path, "codes")) == (2, 1, 1)


async def test_without_a_platform_a_poster_bears_a_qr_code(http: httpx2.AsyncClient) -> None:
    poster = await Poster.of((await a_member()).id, (await a_template()).id, at=NOON)
    answer = await http.get(address_of(poster))
    assert holds_code(answer.content, SMALL.boxes["code"], (await SceneCode.get()).scene)


async def test_an_address_that_does_not_hold_is_one_that_never_was(
    http: httpx2.AsyncClient, fake: FakeWeChat, tmp_path: Path
) -> None:
    member, template = await a_member(), await a_template()
    poster = await Poster.of(member.id, template.id, at=NOON)
    code = await SceneCode.get()
    assert (await http.get(address_of(poster))).status_code == 200
    codes = [f"/files/codes/{code.code}/{name}" for name in ("qr.svg", "qr.png", "mini-program.png")]
    assert [(await http.get(one)).status_code for one in codes] == [200, 200, 200]

    await SceneCode.decide(code.id, expires_at=None, is_withdrawn=True, reason="停用", staff_id=STAFF_ID, at=NOON)
    for address in (address_of(poster), *codes, "/files/posters/nothing.jpg", f"/files/posters/{'a' * 400}.jpg"):
        assert refused(await http.get(address)) == (404, "NOT_FOUND")
    await SceneCode.decide(code.id, expires_at=None, is_withdrawn=False, reason="误停", staff_id=STAFF_ID, at=NOON)
    assert (await http.get(address_of(poster))).status_code == 200
    await erase(member.id, at=NOON)
    await relay(at=NOON + timedelta(minutes=1))
    assert refused(await http.get(address_of(poster))) == (404, "NOT_FOUND")
    assert files(tmp_path, "posters") == 0


async def test_a_member_that_leaves_while_its_poster_is_drawn_leaves_nothing(
    http: httpx2.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poster = await Poster.of((await a_member()).id, (await a_template()).id, at=NOON)
    note = Poster.note

    async def late(*given: Any, **said: Any) -> bool:
        await Poster.filter(id=poster.id).delete()
        return await note(*given, **said)

    monkeypatch.setattr(Poster, "note", late)
    assert refused(await http.get(address_of(poster))) == (404, "NOT_FOUND")
    assert files(tmp_path, "posters") == 0


async def test_a_picture_that_the_storage_lost_is_drawn_again(http: httpx2.AsyncClient, storage: Storage) -> None:
    poster = await Poster.of((await a_member()).id, (await a_template()).id, at=NOON)
    first = await http.get(address_of(poster))
    await storage.clear(f"posters/{poster.id.hex}")

    known = await http.get(address_of(poster), headers={"if-none-match": first.headers["etag"]})
    assert known.status_code == 304  # without a look at the storage
    again = await http.get(address_of(poster))

    assert again.content == first.content
    assert again.headers["etag"] == first.headers["etag"]


async def test_an_avatar_that_is_away_for_now_is_asked_for_again_after_minutes(
    http: httpx2.AsyncClient, clock: FixedClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [httpx2.Response(503), httpx2.Response(200, content=a_picture(colour="#0000ff"))]
    remote = RemotePictures(["face.example"], transport=httpx2.MockTransport(lambda request: answers.pop(0)))
    platforms.use_avatars(remote)
    monkeypatch.setattr(poster_pictures, "DRAWINGS", Rate("poster_drawings", most=2, seconds=600))
    member = await a_member(avatar_url="https://face.example/1")
    poster = await Poster.of(member.id, (await a_template()).id, at=NOON)

    without = [await http.get(address_of(poster)) for _ in range(4)]
    clock.advance(seconds=poster_pictures.WITHOUT_AVATAR_FOR.total_seconds())
    with_it = await http.get(address_of(poster))

    assert {(one.status_code, one.content) for one in without} == {(200, without[0].content)}
    assert with_it.status_code == 200
    assert (with_it.headers["etag"] != without[0].headers["etag"], files(tmp_path, "posters")) == (True, 1)
    red, _, blue = opened(with_it.content).getpixel((150, 40))  # type: ignore[misc]  # of three channels
    assert (red < 60, blue > 200) == (True, True)


async def test_many_who_look_at_one_poster_pay_for_one_drawing(
    http: httpx2.AsyncClient, fake: FakeWeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poster_pictures, "DRAWINGS", Rate("poster_drawings", most=1, seconds=600))
    poster = await Poster.of((await a_member()).id, (await a_template()).id, at=NOON)

    found = await asyncio.gather(*(http.get(address_of(poster)) for _ in range(6)))

    assert {one.status_code for one in found} == {200}


@pytest.mark.parametrize("status", [MemberStatus.FROZEN, MemberStatus.LEFT])
async def test_nothing_is_handed_out_of_a_member_that_takes_no_part(
    http: httpx2.AsyncClient, status: MemberStatus
) -> None:
    member = await a_member()
    poster = await Poster.of(member.id, (await a_template()).id, at=NOON)
    code = await SceneCode.get()
    await Member.filter(id=member.id).update(status=status)

    for address in (address_of(poster), f"/files/codes/{code.code}/qr.svg"):
        assert refused(await http.get(address)) == (404, "NOT_FOUND")


async def test_drawings_of_one_member_are_bounded_and_kept_ones_are_not(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poster_pictures, "DRAWINGS", Rate("poster_drawings", most=2, seconds=600))
    member = await a_member()
    made = [await Poster.of(member.id, (await a_template()).id, at=NOON) for _ in range(3)]

    found = [await http.get(address_of(one)) for one in made]
    again = await http.get(address_of(made[0]))

    assert [one.status_code for one in found] == [200, 200, 429]
    assert refused(found[2]) == (429, "RATE_LIMITED")
    assert again.status_code == 200


async def test_too_many_drawings_at_once_are_put_off(
    http: httpx2.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, gate = drawing_room.DrawingRoom(1, waiting_most=1), threading.Event()
    monkeypatch.setattr(poster_pictures, "room", room)
    template = await a_template()
    made = [await Poster.of((await a_member()).id, template.id, at=NOON) for _ in range(3)]
    busy = [asyncio.ensure_future(room.run(gate.wait)) for _ in range(2)]
    await asyncio.sleep(0)

    found = [await http.get(address_of(one)) for one in made]
    gate.set()
    await asyncio.gather(*busy)
    later = [await http.get(address_of(one)) for one in made]

    assert {(one.status_code, one.headers["retry-after"]) for one in found} == {(503, "2")}
    assert {one.status_code for one in later} == {200}


async def jpeg(*_: object, **__: object) -> bytes:
    return a_picture()


async def test_codes_are_handed_out_as_pictures(
    http: httpx2.AsyncClient, fake: FakeWeChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = await SceneCode.of(inviter_id=(await a_member()).id, at=NOON)
    at = f"/files/codes/{code.code}"

    svg, png, mini = [await http.get(f"{at}/{name}") for name in ("qr.svg", "qr.png?width=300", "mini-program.png")]

    assert (svg.headers["content-type"], ElementTree.fromstring(svg.content).tag[-3:]) == ("image/svg+xml", "svg")
    assert png.content == png_of(code.scene, 300)
    assert opened(png.content).size == (290, 290)
    assert (mini.status_code, mini.headers["content-type"]) == (200, "image/png")
    asked = platforms.code_pictures(PlatformName.WECHAT)
    assert asked
    with monkeypatch.context() as patch:
        patch.setattr(asked, "picture", jpeg)
        assert (await http.get(f"{at}/mini-program.png")).headers["content-type"] == "image/jpeg"
    for wrong in ("qr.png?width=0", "qr.png?width=2001", "qr.png?width=x", "qr.png?width=-1", "qr.png?width=١٠٠"):
        assert refused(await http.get(f"{at}/{wrong}")) == (400, "INVALID_INPUT")
    assert refused(await http.get(f"{at}/qr.gif")) == (404, "NOT_FOUND")
    assert refused(await http.get("/files/codes/0000000000/qr.svg")) == (404, "NOT_FOUND")
    fake.fail(CODE, errcode=41030)
    assert refused(await http.get(f"{at}/mini-program.png?width=900")) == (503, "SERVICE_UNAVAILABLE")


async def test_a_code_says_where_its_pictures_are(http: httpx2.AsyncClient, callers: Callers) -> None:
    member = await a_member()
    code = await SceneCode.of(inviter_id=member.id, at=NOON)
    query = """{ viewer { sceneCodes(first: 5) { edges { node {
        link qrSvg pictures { qrSvg qrPng miniProgramCode } } } } } }"""

    [edge] = (await (await callers.member(member)).data(query))["viewer"]["sceneCodes"]["edges"]

    assert edge["node"]["link"] == f"s={code.code}"
    assert edge["node"]["qrSvg"] == svg_of(f"s={code.code}")
    assert (await http.get(edge["node"]["pictures"]["qrSvg"])).text == edge["node"]["qrSvg"]
    assert edge["node"]["pictures"]["miniProgramCode"] == f"/files/codes/{code.code}/mini-program.png"


def test_a_link_is_the_brands_address_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with_one = settings().model_copy(update={"scene_link": "https://go.example.com/i/"})
    monkeypatch.setattr(scene_link, "settings", lambda: with_one)
    assert scene_link.link_of("7kQ2Ab9xZ1") == "https://go.example.com/i/7kQ2Ab9xZ1"


@pytest.mark.parametrize(
    "wrong", ["http://go.example.com/", "https://go.example.com", "go", "https:///i/", "https://a b/"]
)
def test_an_address_that_no_code_can_stand_behind_is_no_setting(wrong: str) -> None:
    with pytest.raises(ValidationError):
        Settings(scene_link=wrong)


async def test_codes_are_loaded_so_often_from_one_address(
    http: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posters, "LOADS", Rate("code_pictures", most=2))
    code = await SceneCode.of(inviter_id=(await a_member()).id, at=NOON)
    found = [(await http.get(f"/files/codes/{code.code}/qr.svg")).status_code for _ in range(3)]
    assert found == [200, 200, 429]


async def test_staff_look_at_a_draft_as_a_member_would(http: httpx2.AsyncClient) -> None:
    template, member = await a_template(is_enabled=False), await a_member(nickname="王建国")
    staff = await a_staff("spread.read", "members.read")
    part = await a_staff("spread.read", scope=DataScope.REGION, region="华东")
    at, of = f"/poster-templates/{public_id(template)}/preview", {"memberId": public_id(member)}

    assert refused(await http.post(at)) == (401, "UNAUTHENTICATED")
    assert refused(await http.post(at, headers=await bearer(member=member))) == (403, "FORBIDDEN")
    assert refused(await http.post(at, headers=await bearer(await a_staff("members.read")))) == (403, "FORBIDDEN")
    assert refused(await http.post(at, params=of, headers=await bearer(part))) == (404, "NOT_FOUND")
    headers = await bearer(staff)
    assert refused(await http.post("/poster-templates/x/preview", headers=headers)) == (404, "NOT_FOUND")
    sample, shown = await http.post(at, headers=headers), await http.post(at, params=of, headers=headers)

    assert (sample.status_code, shown.status_code, opened(shown.content).size) == (200, 200, (300, 400))
    assert sample.content != shown.content
    assert shown.headers["cache-control"] == "no-store"
    assert holds_code(shown.content, SMALL.boxes["code"], f"s={posters.SAMPLE}")
    assert await Poster.all().count() == 0


async def test_staff_put_pictures_behind_posters(http: httpx2.AsyncClient, callers: Callers) -> None:
    staff, headers = await a_staff("spread.read", "spread.write"), {}
    at = "/uploads/poster-backgrounds"
    dark = a_picture(600, 800, kind="PNG", colour="#102030")
    part = await a_staff("spread.write", scope=DataScope.REGION, region="华东")

    assert refused(await http.post(at, content=dark)) == (401, "UNAUTHENTICATED")
    assert refused(await http.post(at, content=dark, headers=await bearer(member=await a_member()))) == (
        403,
        "FORBIDDEN",
    )
    assert refused(await http.post(at, content=dark, headers=await bearer(await a_staff("spread.read")))) == (
        403,
        "FORBIDDEN",
    )
    assert refused(await http.post(at, content=dark, headers=await bearer(part))) == (404, "NOT_FOUND")
    headers = await bearer(staff)
    for wrong in (b"", b"<svg/>", a_picture(kind="GIF"), dark[:90]):
        assert refused(await http.post(at, content=wrong, headers=headers)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert refused(await http.post(at, content=b"\0" * (10 * 1024 * 1024 + 1), headers=headers)) == (
        413,
        "BODY_TOO_LARGE",
    )
    kept = (await http.post(at, content=dark, headers=headers)).json()["background"]

    assert (kept["width"], kept["height"]) == (600, 800)
    drafting = {"name": "夜色", "design": {"background": kept["key"]}}
    lost = {"name": "丢失", "design": {"background": f"poster-backgrounds/{'0' * 40}.jpg"}}
    assert await (await callers.staff(staff)).refusal("draftPosterTemplate", lost) == "INVALID_INPUT"
    drafted = await (await callers.staff(staff)).do("draftPosterTemplate", drafting, "template { id }")
    row = await AuditRow.get(action="upload_poster_background")
    assert (row.actor_id, row.after) == (staff.id, {"picture": kept["key"], "width": 600, "height": 800})
    preview = await http.post(f"/poster-templates/{drafted['template']['id']}/preview", headers=headers)
    assert opened(preview.content).getpixel((5, 5)) == pytest.approx((16, 32, 48), abs=6)


async def test_a_member_puts_its_face_up_and_takes_it_along(
    http: httpx2.AsyncClient, callers: Callers, tmp_path: Path
) -> None:
    member = await a_member()
    headers = await bearer(member=member)
    at = "/uploads/avatar"

    assert refused(await http.post(at, content=a_picture())) == (401, "UNAUTHENTICATED")
    assert refused(await http.post(at, content=a_picture(), headers=await bearer(await a_staff()))) == (
        403,
        "FORBIDDEN",
    )
    assert refused(await http.post(at, content=b"<html>", headers=headers)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    answer = await http.post(at, content=a_picture(90, 70, colour="#0000ff"), headers=headers)
    url = answer.json()["avatar"]["url"]
    face = await http.get(urlsplit(url).path)
    poster = await Poster.of(member.id, (await a_template()).id, at=NOON)
    shown = opened((await http.get(address_of(poster))).content)

    assert (answer.status_code, (await Member.get(id=member.id)).avatar_url) == (201, url)
    assert (face.status_code, opened(face.content).size) == (200, (70, 70))
    assert face.headers["cache-control"] == "private, max-age=14400"
    same = await http.get(urlsplit(url).path, headers={"if-none-match": face.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert shown.getpixel((150, 40))[2] > 200  # type: ignore[index]  # of three channels
    assert refused(await http.get(f"/files/avatars/{member.id.hex}/none.jpg")) == (404, "NOT_FOUND")
    assert refused(await http.get("/files/avatars/..%2F..%2Fsecret/key")) == (404, "NOT_FOUND")
    await erase(member.id, at=NOON)
    await relay(at=NOON + timedelta(minutes=1))
    assert files(tmp_path, "avatars") == 0


async def test_a_face_may_come_in_a_form(http: httpx2.AsyncClient) -> None:
    headers, at = await bearer(member=await a_member()), "/uploads/avatar"

    sent = await http.post(at, files={"file": ("face.jpg", a_picture())}, data={"from": "profile"}, headers=headers)
    without = await http.post(at, files={"name": (None, "小雨")}, headers=headers)
    broken = {"content-type": "multipart/form-data; boundary=x", **headers}

    assert sent.status_code == 201
    assert refused(without) == (400, "BAD_USER_INPUT")
    assert refused(await http.post(at, content=b"no form", headers=broken))[0] == 400


async def test_a_face_that_may_not_be_shown_is_not_kept_and_an_earlier_one_goes(
    http: httpx2.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, at = await a_member(), "/uploads/avatar"
    headers = await bearer(member=member)
    for colour in ("#0000ff", "#00ff00", "#00ff00"):
        assert (await http.post(at, content=a_picture(colour=colour), headers=headers)).status_code == 201
    assert files(tmp_path, "avatars") == 1

    await Member.filter(id=member.id).update(status=MemberStatus.MUTED)
    assert refused(await http.post(at, content=a_picture(colour="red"), headers=headers)) == (400, "MEMBER_MUTED")
    read = pictures._read

    async def late(work: Callable[[], Any]) -> Any:
        await Member.filter(id=member.id).update(status=MemberStatus.MUTED)
        return await read(work)

    await Member.filter(id=member.id).update(status=MemberStatus.NORMAL)
    monkeypatch.setattr(pictures, "_read", late)
    assert refused(await http.post(at, content=a_picture(colour="red"), headers=headers)) == (400, "MEMBER_MUTED")
    assert files(tmp_path, "avatars") == 1


async def test_a_qr_code_is_drawn_where_a_template_says_so(http: httpx2.AsyncClient, fake: FakeWeChat) -> None:
    template = await a_template(replace(SMALL, code_kind=CodeKind.QR))
    poster = await Poster.of((await a_member()).id, template.id, at=NOON)

    answer = await http.get(address_of(poster))

    assert holds_code(answer.content, SMALL.boxes["code"], (await SceneCode.get()).scene)
    assert fake.count(CODE) == 0
