"""Pictures of mini-program codes: asked for once, kept, and never in place of a failure."""

import asyncio
from pathlib import Path

import pytest

from platforms.code_pictures import CodePictures
from platforms.errors import Cause, Kind, Misconfigured, PlatformError, Unavailable
from platforms.storage.storage import Storage, open_storage
from platforms.wechat.fake import FakeWeChat
from platforms.wechat.wechat import Release, WeChat
from tests.platforms.conftest import OpenWeChat

CODE = "/wxa/getwxacodeunlimit"
TOKEN = "/cgi-bin/stable_token"
PAGE = "pages/join/join"


class Broken(Storage):
    """A storage that does not answer."""

    def __init__(self) -> None:
        self.asked = 0

    async def get(self, key: str) -> None:
        self.asked += 1
        raise Unavailable(platform="storage", path="pictures", cause=Cause.NETWORK)

    async def put(self, key: str, content: bytes) -> None:  # type: ignore[override]  # it never gives anything
        self.asked += 1
        raise Unavailable(platform="storage", path="pictures", cause=Cause.NETWORK)


def files_in(folder: Path) -> list[Path]:
    return [one for one in folder.rglob("*") if one.is_file()]


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    return open_storage(tmp_path)


@pytest.fixture
def seconds() -> list[float]:
    """What the clock says that failures are remembered by."""
    return [0.0]


@pytest.fixture
def codes(wechat: WeChat, storage: Storage, seconds: list[float]) -> CodePictures:
    return CodePictures(wechat, storage, seconds=lambda: seconds[0])


async def test_a_code_is_asked_for_once(
    fake: FakeWeChat, wechat: WeChat, codes: CodePictures, storage: Storage
) -> None:
    first = await codes.picture("s=7kQ2Ab9xZ1", PAGE, width=400)
    again = await codes.picture("s=7kQ2Ab9xZ1", PAGE, width=430)
    elsewhere = await CodePictures(wechat, storage).picture("s=7kQ2Ab9xZ1", PAGE, width=300)

    assert first.startswith(b"\x89PNG")
    assert first == again == elsewhere
    assert fake.count(CODE) == 1


async def test_codes_that_differ_in_anything_are_different_pictures(
    fake: FakeWeChat, wechat: WeChat, codes: CodePictures, storage: Storage
) -> None:
    trial = CodePictures(
        WeChat(
            app_id=fake.app_id,
            secret=fake.secret,
            client=wechat._client,
            tokens=wechat._token._store,
            clock=fake.clock,
            release=Release.TRIAL,
        ),
        storage,
    )
    await codes.picture("s=7kQ2Ab9xZ1", PAGE, width=430)
    await codes.picture("s=7kQ2Ab9xZ2", PAGE, width=430)
    await codes.picture("s=7kQ2Ab9xZ1", "pages/index/index", width=430)
    await codes.picture("s=7kQ2Ab9xZ1", PAGE, width=431)
    await trial.picture("s=7kQ2Ab9xZ1", PAGE, width=430)

    asked = [dict(call.body) for call in fake.calls if call.path == CODE]
    assert [one["width"] for one in asked] == [430, 430, 430, 860, 430]
    assert [one["env_version"] for one in asked] == ["release"] * 4 + ["trial"]
    assert [one["check_path"] for one in asked] == [True] * 4 + [False]


async def test_many_at_once_are_one_call(fake: FakeWeChat, codes: CodePictures) -> None:
    found = await asyncio.gather(*(codes.picture("s=7kQ2Ab9xZ1", PAGE, width=430) for _ in range(20)))

    assert len(set(found)) == 1
    assert fake.count(CODE) == 1


async def test_one_who_gives_up_does_not_end_it_for_the_others(fake: FakeWeChat, codes: CodePictures) -> None:
    first = asyncio.create_task(codes.picture("s=7kQ2Ab9xZ1", PAGE, width=430))
    second = asyncio.create_task(codes.picture("s=7kQ2Ab9xZ1", PAGE, width=430))
    await asyncio.sleep(0)
    first.cancel()

    assert (await second).startswith(b"\x89PNG")
    assert fake.count(CODE) == 1


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"errcode": 45009}, Kind.RATE_LIMITED),
        ({"errcode": 41030}, Kind.MISCONFIGURED),
        ({"errcode": 40169}, Kind.REFUSED),
        ({"errcode": 40013}, Kind.MISCONFIGURED),
        ({"garbage": b'{"errcode": 0, "errmsg": "ok"}'}, Kind.UNAVAILABLE),
        ({"garbage": True}, Kind.UNAVAILABLE),
        ({"garbage": b"\x89PNG\r\n\x1a\n broken off"}, Kind.UNAVAILABLE),
        ({"status": 500}, Kind.UNAVAILABLE),
    ],
    ids=["rate", "page", "scene", "app", "json", "html", "broken-off", "status"],
)
async def test_a_failure_is_told_and_never_kept(
    fake: FakeWeChat,
    codes: CodePictures,
    seconds: list[float],
    tmp_path: Path,
    fault: dict[str, object],
    kind: Kind,
) -> None:
    fake.fail(CODE, **fault)  # type: ignore[arg-type]  # what a test is about
    with pytest.raises(PlatformError) as failure:
        await codes.picture("s=7kQ2Ab9xZ1", PAGE, width=430)

    assert failure.value.kind is kind
    assert files_in(tmp_path) == []
    asked = fake.count(CODE)
    seconds[0] += 9.0 if kind is Kind.UNAVAILABLE else 59.0
    with pytest.raises(PlatformError) as again:
        await codes.picture("s=7kQ2Ab9xZ1", PAGE, width=430)
    assert (again.value.kind, fake.count(CODE)) == (kind, asked)
    assert (await codes.picture("s=7kQ2Ab9xZ2", PAGE, width=430)).startswith(b"\x89PNG")
    seconds[0] += 2.0
    assert (await codes.picture("s=7kQ2Ab9xZ1", PAGE, width=430)).startswith(b"\x89PNG")


async def test_a_page_that_is_not_published_is_refused_by_the_platform(fake: FakeWeChat, codes: CodePictures) -> None:
    fake.pages = {"pages/index/index"}
    with pytest.raises(Misconfigured) as refusal:
        await codes.picture("s=7kQ2Ab9xZ1", PAGE, width=430)
    assert refusal.value.errcode == 41030
    assert await codes.picture("s=7kQ2Ab9xZ1", "pages/index/index", width=430)


async def test_a_token_that_was_taken_back_is_fetched_anew(fake: FakeWeChat, codes: CodePictures) -> None:
    await codes.picture("s=7kQ2Ab9xZ1", PAGE, width=430)
    fake.revoke_tokens()

    assert (await codes.picture("s=7kQ2Ab9xZ2", PAGE, width=430)).startswith(b"\x89PNG")
    assert (fake.count(TOKEN), fake.count(CODE)) == (2, 3)


async def test_a_platform_that_is_down_is_not_asked_for_a_while(
    fake: FakeWeChat, open_wechat: OpenWeChat, storage: Storage
) -> None:
    codes = CodePictures(open_wechat(breaker_failures=2), storage)
    fake.fail(CODE, status=502, times=10)
    causes = []
    for number in range(4):
        with pytest.raises(Unavailable) as failure:
            await codes.picture(f"s=7kQ2Ab9xZ{number}", PAGE, width=430)
        causes.append(failure.value.cause)

    assert causes == [Cause.STATUS, Cause.STATUS, Cause.BREAKER_OPEN, Cause.BREAKER_OPEN]
    assert fake.count(CODE) == 2


async def test_without_a_storage_pictures_are_handed_out_all_the_same(fake: FakeWeChat, wechat: WeChat) -> None:
    storage = Broken()
    assert (await CodePictures(wechat, storage).picture("s=7kQ2Ab9xZ1", PAGE, width=430)).startswith(b"\x89PNG")
    assert storage.asked == 2
