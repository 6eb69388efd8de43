"""From where a request comes: the peer, or what a proxy that is trusted says."""

import signal
from typing import Any

import pytest
import uvicorn
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from api import serve
from store.settings import Settings


class Started:
    """A server that would run, with what it was told."""

    config: uvicorn.Config

    def __init__(self, config: uvicorn.Config) -> None:
        type(self).config = config

    def run(self, **_: object) -> None:
        """Nothing."""


@pytest.mark.parametrize(
    ("peer", "seen"), [("10.1.2.3", "203.0.113.9"), ("10.2.0.1", "10.2.0.1"), ("127.0.0.1", "127.0.0.1")]
)
async def test_only_proxies_that_are_named_say_where_a_request_comes_from(
    monkeypatch: pytest.MonkeyPatch, peer: str, seen: str
) -> None:
    monkeypatch.setattr(uvicorn, "Server", Started)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    serve._serve(Settings(trusted_proxies=["10.1.0.0/16"]), object())  # type: ignore[arg-type]  # nobody listens
    found: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found.append(scope["client"][0])

    proxied = ProxyHeadersMiddleware(app, trusted_hosts=Started.config.forwarded_allow_ips)
    headers = [(b"x-forwarded-for", b"203.0.113.9")]
    await proxied({"type": "http", "client": (peer, 1), "headers": headers, "scheme": "http"}, None, None)  # type: ignore[arg-type]  # nothing is read or sent

    assert found == [seen]
    assert Started.config.proxy_headers
