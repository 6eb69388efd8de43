"""Avatars on other hosts: loaded from those that are trusted, within bounds, and from nowhere else."""

import gzip

import httpx2
import pytest

from platforms import remote_pictures
from platforms.errors import Cause, Unavailable
from platforms.remote_pictures import RemotePictures

HOST = "thirdwx.example"


def answering(answer: httpx2.Response | Exception, asked: list[str] | None = None) -> RemotePictures:
    def handle(request: httpx2.Request) -> httpx2.Response:
        if asked is not None:
            asked.append(str(request.url))
        if isinstance(answer, Exception):
            raise answer
        return answer

    return RemotePictures([HOST], transport=httpx2.MockTransport(handle))


async def test_a_trusted_host_is_asked() -> None:
    asked: list[str] = []
    remote = answering(httpx2.Response(200, content=b"face"), asked)
    assert await remote.get(f"https://{HOST}/mmopen/132") == b"face"
    assert asked == [f"https://{HOST}/mmopen/132"]
    await remote.close()


@pytest.mark.parametrize(
    "address",
    [
        f"http://{HOST}/a",
        f"https://{HOST}:8443/a",
        f"https://{HOST}.evil.example/a",
        f"https://evil.example/{HOST}",
        f"https://{HOST}@evil.example/a",
        f"https://user@{HOST}/a",
        "https://127.0.0.1/a",
        "https://[::1]/a",
        "https://[bad/a",
        "/files/avatars/a.jpg",
        "file:///etc/passwd",
        "",
    ],
)
async def test_nobody_else_is_asked(address: str) -> None:
    asked: list[str] = []
    assert await answering(httpx2.Response(200, content=b"secret"), asked).get(address) is None
    assert asked == []


async def test_redirects_are_not_followed() -> None:
    asked: list[str] = []
    away = httpx2.Response(302, headers={"location": "https://evil.example/"})
    assert await answering(away, asked).get(f"https://{HOST}/a") is None
    assert len(asked) == 1


async def test_what_is_too_large_or_gone_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_pictures, "BYTES_MOST", 3)
    assert await answering(httpx2.Response(200, content=b"face")).get(f"https://{HOST}/a") is None
    assert await answering(httpx2.Response(404)).get(f"https://{HOST}/a") is None


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (httpx2.Response(503), Cause.STATUS),
        (httpx2.Response(429), Cause.STATUS),
        (httpx2.ConnectError("no"), Cause.NETWORK),
        (httpx2.ReadTimeout("no"), Cause.TIMEOUT),
    ],
)
async def test_a_host_that_fails_for_now_is_told_apart(answer: httpx2.Response | Exception, cause: Cause) -> None:
    with pytest.raises(Unavailable) as failure:
        await answering(answer).get(f"https://{HOST}/a")
    assert failure.value.cause is cause


async def test_what_is_packed_is_not_unpacked() -> None:
    seen: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, content=gzip.compress(b"0" * 1_000), headers={"content-encoding": "gzip"})

    pictures = RemotePictures([HOST], transport=httpx2.MockTransport(answer))

    assert await pictures.get(f"https://{HOST}/a") is None
    assert seen[0].headers["accept-encoding"] == "identity"
