"""The fake's endpoints, and the server that answers them on a loopback port."""

import asyncio
import contextlib
import io
import json
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import segno
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol

from platforms.platform import Advice
from platforms.wechat.fake.wechat import FakeCall, FakeWeChat, Fault, WeChatRefusal

Body = Mapping[str, object]
Answer = Callable[[FakeWeChat, Mapping[str, str], Body], Response]

_LABELS = {Advice.PASS: 100, Advice.REVIEW: 10001, Advice.RISKY: 20001}
_QUIET = 2
_CODE_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")


class RunningFake:
    """A fake at its address. Another one may be put in its place; `stop` ends the server, whatever still hangs."""

    def __init__(self, fake: FakeWeChat, listener: socket.socket) -> None:
        self.fake = fake
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        application = Starlette(routes=_routes(self))
        self._server = _Server(uvicorn.Config(application, http=_Discreet, log_config=None, lifespan="off"))
        self._task = asyncio.create_task(self._server.serve(sockets=[listener]), name="fake-wechat")

    async def listening(self) -> None:
        await self._server.listening.wait()

    def replace(self, fake: FakeWeChat) -> None:
        """From now on answers what `fake` knows; the calls that hang in the old one are let go."""
        self.fake.released.set()
        self.fake = fake

    async def stop(self) -> None:
        self.fake.released.set()
        self._server.should_exit = True
        await self._task


async def start_fake(fake: FakeWeChat | None = None, *, port: int = 0) -> RunningFake:
    """Serves the fake in the running event loop, on a free port unless one is given."""
    running = RunningFake(fake or FakeWeChat(), socket.create_server(("127.0.0.1", port)))
    await running.listening()
    return running


class _Server(uvicorn.Server):
    """A guest in somebody else's event loop: it leaves the process's signals alone and says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()


class _Discreet(H11Protocol):
    """Writes no access log, wherever the process sends its logs: the queries hold secrets and tokens."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False


def _routes(running: RunningFake) -> list[Route]:
    return [
        _route(running, "GET", "/sns/jscode2session", _code_to_session, needs_token=False),
        _route(running, "POST", "/cgi-bin/stable_token", _stable_token, needs_token=False),
        _route(running, "POST", "/wxa/business/getuserphonenumber", _phone),
        _route(running, "POST", "/wxa/msg_sec_check", _check_text),
        _route(running, "POST", "/wxa/media_check_async", _check_media),
        _route(running, "POST", "/cgi-bin/message/subscribe/send", _send_notice),
        _route(running, "POST", "/wxa/getwxacodeunlimit", _mini_program_code),
    ]


def _route(running: RunningFake, method: str, path: str, answer: Answer, *, needs_token: bool = True) -> Route:
    async def endpoint(request: Request) -> Response:
        fake = running.fake
        query, body = dict(request.query_params), await _body(request)
        fake.calls.append(FakeCall(path, query, body))
        fault = fake.next_fault(path)
        if fault and (broken := await _broken(fake, fault)):
            return broken
        try:
            if needs_token:
                fake.check_token(query.get("access_token"))
            return answer(fake, query, body)
        except WeChatRefusal as refusal:
            return _refused(refusal.errcode, refusal.errmsg)

    return Route(path, endpoint, methods=[method])


async def _body(request: Request) -> Body:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


async def _broken(fake: FakeWeChat, fault: Fault) -> Response | None:
    if fault.hang is not None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(fake.released.wait(), fault.hang)
    if fault.garbage is not None:
        return Response(fault.garbage, media_type="text/html")
    if fault.status is not None:
        return Response("upstream error", status_code=fault.status)
    return _refused(fault.errcode, "injected") if fault.errcode is not None else None


def _code_to_session(fake: FakeWeChat, query: Mapping[str, str], body: Body) -> Response:
    fake.check_app(query.get("appid"), query.get("secret"))
    user = fake.redeem_login_code(query.get("js_code", ""))
    if user.is_blocked:
        raise WeChatRefusal(40226, "code blocked")
    union = {"unionid": user.unionid} if user.unionid else {}
    return _answered({"openid": user.openid, "session_key": fake.new_session_key(), **union})


def _stable_token(fake: FakeWeChat, query: Mapping[str, str], body: Body) -> Response:
    fake.check_app(body.get("appid"), body.get("secret"))
    token, seconds = fake.stable_token(force=body.get("force_refresh") is True)
    return _answered({"access_token": token, "expires_in": seconds})


def _phone(fake: FakeWeChat, query: Mapping[str, str], body: Body) -> Response:
    user = fake.redeem_phone_code(str(body.get("code") or ""))
    if body.get("openid") not in (None, user.openid):
        raise WeChatRefusal(40003, "invalid openid")
    phone = {"phoneNumber": user.phone, "purePhoneNumber": user.phone, "countryCode": "86"}
    watermark = {"timestamp": int(fake.clock.now().timestamp()), "appid": fake.app_id}
    return _done({"phone_info": {**phone, "watermark": watermark}})


def _check_text(fake: FakeWeChat, query: Mapping[str, str], body: Body) -> Response:
    fake.user(body.get("openid"))
    _check_scene(body)
    text = str(body.get("content") or "")
    if body.get("version") != 2 or not 1 <= len(text) <= 2500:
        raise WeChatRefusal(47001, "data format error")
    found = [advice for word, advice in fake.words.items() if word in text]
    advice = max(found, key=list(Advice).index, default=Advice.PASS)
    result = {"suggest": advice.value, "label": _LABELS[advice]}
    return _done({"result": result, "detail": [{"strategy": "content_model", "errcode": 0, **result}], **_trace()})


def _check_media(fake: FakeWeChat, query: Mapping[str, str], body: Body) -> Response:
    fake.user(body.get("openid"))
    _check_scene(body)
    if body.get("version") != 2 or body.get("media_type") not in (1, 2) or not body.get("media_url"):
        raise WeChatRefusal(47001, "data format error")
    return _done(_trace())


def _send_notice(fake: FakeWeChat, query: Mapping[str, str], body: Body) -> Response:
    user = fake.user(body.get("touser"))
    grant = (user.openid, str(body.get("template_id")))
    if fake.grants[grant] <= 0:
        raise WeChatRefusal(43101, "user refuse to accept the msg")
    if not body.get("data"):
        raise WeChatRefusal(47003, "argument invalid! data is empty")
    fake.grants[grant] -= 1
    return _done({"msgid": secrets.randbits(60)})


def _mini_program_code(fake: FakeWeChat, query: Mapping[str, str], body: Body) -> Response:
    scene, page, width = str(body.get("scene") or ""), str(body.get("page") or ""), body.get("width", 430)
    if not _CODE_SCENE.fullmatch(scene) or not isinstance(width, int):
        raise WeChatRefusal(40169, "invalid length for scene, or the data is not json string")
    if body.get("check_path", True) and fake.pages is not None and page not in fake.pages:
        raise WeChatRefusal(41030, "invalid page")
    return Response(_code_picture(f"{page}?scene={scene}", width), media_type="image/png")


def _check_scene(body: Body) -> None:
    if body.get("scene") not in (1, 2, 3, 4):
        raise WeChatRefusal(40129, "invalid scene")


def _trace() -> dict[str, object]:
    return {"trace_id": secrets.token_hex(8)}


def _done(facts: Mapping[str, object]) -> Response:
    return _answered({"errcode": 0, "errmsg": "ok", **facts})


def _refused(errcode: int, errmsg: str) -> Response:
    rid = f"{int(time.monotonic() * 1000):08x}-{secrets.token_hex(4)}-{secrets.token_hex(4)}"
    return _answered({"errcode": errcode, "errmsg": f"{errmsg} rid: {rid}"})


def _answered(facts: Mapping[str, object]) -> Response:
    """WeChat sends some JSON as text/plain, so nobody may rely on the type."""
    return Response(json.dumps(facts, ensure_ascii=False), media_type="text/plain")


def _code_picture(text: str, width: int) -> bytes:
    """A code that can be scanned, though a square one: WeChat's own round form is a secret of its."""
    drawn, code = io.BytesIO(), segno.make_qr(text, error="m")
    code.save(drawn, kind="png", border=_QUIET, scale=max(1, width // (len(code.matrix) + 2 * _QUIET)))
    return drawn.getvalue()
