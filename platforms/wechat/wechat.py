"""The `Platform` that is WeChat: what each call sends, and what of the answer is believed."""

import re
from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import TypeVar

from platforms.errors import BadCode, Cause, Unavailable
from platforms.platform import Advice, MediaKind, PhoneNumber, PlatformSession, Scene, Verdict
from platforms.wechat.answers import CLEAN_LABEL, MediaCheck, Phone, Sent, Session, TextCheck
from platforms.wechat.client import Call, WeChatClient, is_picture
from platforms.wechat.notice import fitted
from platforms.wechat.token import AccessToken, TokenStore
from platforms.wechat.token_store import MemoryTokenStore
from store.clock import Clock, SystemClock

API_BASE = "https://api.weixin.qq.com"
_LONGEST_CODE = 512
_LONGEST_TEXT = 2500
_OVERLAP = 50
_SCENES = {Scene.PROFILE: 1, Scene.COMMENT: 2, Scene.FORUM: 3, Scene.JOURNAL: 4}
_MEDIA_KINDS = {MediaKind.AUDIO: 1, MediaKind.IMAGE: 2}
_CODE_SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")

T = TypeVar("T")


class Release(StrEnum):
    """Which build of the mini-program codes and notices open; WeChat spells it in two ways."""

    RELEASE = "release"
    TRIAL = "trial"
    DEVELOP = "develop"


_NOTICE_STATES = {Release.RELEASE: "formal", Release.TRIAL: "trial", Release.DEVELOP: "developer"}


class WeChat:
    """Implements `platforms.platform.Platform`."""

    def __init__(
        self,
        *,
        app_id: str,
        secret: str,
        client: WeChatClient,
        tokens: TokenStore,
        clock: Clock,
        release: Release = Release.RELEASE,
    ) -> None:
        self._app_id, self._secret, self._client, self._release = app_id, secret, client, release
        self._token = AccessToken(client, tokens, app_id=app_id, secret=secret, clock=clock)

    @property
    def name(self) -> str:
        return "wechat"

    @property
    def app_id(self) -> str:
        return self._app_id

    @property
    def release(self) -> str:
        return self._release.value

    async def login(self, code: str) -> PlatformSession:
        path = "/sns/jscode2session"
        _refuse_malformed(path, code)
        query = {"appid": self._app_id, "secret": self._secret, "js_code": code, "grant_type": "authorization_code"}
        answer = await self._client.ask(Call(path, query), Session, deadline=self._client.deadline())
        return PlatformSession(answer.openid, answer.unionid or None, answer.session_key)

    async def phone(self, code: str, openid: str) -> PhoneNumber:
        path = "/wxa/business/getuserphonenumber"
        _refuse_malformed(path, code)
        info = (await self._ask(path, {"code": code, "openid": openid}, Phone)).phone_info
        if info.watermark.appid != self._app_id:
            raise Unavailable(platform=self.name, path=path, cause=Cause.GARBAGE)
        return PhoneNumber(info.pure_phone_number, info.country_code)

    async def check_text(
        self, openid: str, scene: Scene, text: str, *, nickname: str | None = None, title: str | None = None
    ) -> Verdict:
        about = {"version": 2, "openid": openid, "scene": _SCENES[scene]}
        about |= {"nickname": nickname} if nickname else {}
        about |= {"title": title} if title else {}
        deadline, verdicts = self._client.deadline(), [Verdict(Advice.PASS, CLEAN_LABEL, None)]
        for part in _parts(text):
            body = {**about, "content": part}
            answer = await self._ask("/wxa/msg_sec_check", body, TextCheck, repeatable=True, deadline=deadline)
            verdicts.append(Verdict(answer.result.suggest, answer.result.label, answer.trace_id))
        # The last of equals, so that a clean text carries the trace of a check that was made.
        return max(reversed(verdicts), key=lambda verdict: list(Advice).index(verdict.advice))

    async def check_media(self, openid: str, scene: Scene, url: str, kind: MediaKind) -> str:
        body = {"version": 2, "openid": openid, "scene": _SCENES[scene], "media_url": url}
        body |= {"media_type": _MEDIA_KINDS[kind]}
        return (await self._ask("/wxa/media_check_async", body, MediaCheck)).trace_id

    async def send_notice(
        self, openid: str, template_id: str, values: Mapping[str, str], *, page: str | None = None
    ) -> str | None:
        body: dict[str, object] = {"touser": openid, "template_id": template_id, "data": fitted(values)}
        body |= {"miniprogram_state": _NOTICE_STATES[self._release], "lang": "zh_CN"}
        body |= {"page": page} if page else {}
        sent = await self._ask("/cgi-bin/message/subscribe/send", body, Sent)
        return None if sent.msgid is None else str(sent.msgid)

    async def mini_program_code(
        self, scene: str, page: str | None = None, *, width: int = 430, must_exist: bool = True
    ) -> bytes:
        path = "/wxa/getwxacodeunlimit"
        if not _CODE_SCENE.fullmatch(scene) or not 280 <= width <= 1280 or (page or "").startswith("/"):
            raise ValueError("a code has a scene of 1-32 plain characters, a width of 280-1280, a page without slash")
        body: dict[str, object] = {"scene": scene, "width": width, "check_path": must_exist}
        body |= {"env_version": self._release.value}
        body |= {"page": page} if page else {}
        deadline = self._client.deadline()
        picture = await self._with_token(
            path, body, lambda call: self._client.fetch(call, deadline=deadline), deadline=deadline, repeatable=True
        )
        if not is_picture(picture):
            raise Unavailable(platform=self.name, path=path, cause=Cause.GARBAGE)
        return picture

    async def close(self) -> None:
        await self._token.close()
        await self._client.close()

    async def _ask(
        self,
        path: str,
        body: Mapping[str, object],
        into: type[T],
        *,
        repeatable: bool = False,
        deadline: float | None = None,
    ) -> T:
        deadline = self._client.deadline() if deadline is None else deadline
        return await self._with_token(
            path,
            body,
            lambda call: self._client.ask(call, into, deadline=deadline),
            deadline=deadline,
            repeatable=repeatable,
        )

    async def _with_token(
        self,
        path: str,
        body: Mapping[str, object],
        send: Callable[[Call], Awaitable[T]],
        *,
        deadline: float,
        repeatable: bool,
    ) -> T:
        async def call(token: str) -> T:
            return await send(Call(path, {"access_token": token}, body, repeatable=repeatable))

        return await self._token.used_in(call, deadline=deadline)


def open_wechat(
    *,
    app_id: str,
    secret: str,
    api_base: str = API_BASE,
    tokens: TokenStore | None = None,
    clock: Clock | None = None,
    timeout: float = 3.0,
    release: Release = Release.RELEASE,
) -> WeChat:
    """WeChat behind its defaults; without `tokens` the access token is this process's own."""
    client = WeChatClient(api_base, timeout=timeout)
    tokens, clock = tokens or MemoryTokenStore(), clock or SystemClock()
    return WeChat(app_id=app_id, secret=secret, client=client, tokens=tokens, clock=clock, release=release)


def _refuse_malformed(path: str, code: str) -> None:
    """What cannot be a code is not worth a call, and a long one would not fit in an address."""
    if not 1 <= len(code) <= _LONGEST_CODE or not code.isascii() or not code.isprintable():
        raise BadCode(platform="wechat", path=path)


def _parts(text: str) -> list[str]:
    """The text in pieces of 2,500 characters, none for a blank one; they overlap, so that no cut hides a word."""
    if not text.strip():
        return []
    step = _LONGEST_TEXT - _OVERLAP
    return [text[start : start + _LONGEST_TEXT] for start in range(0, max(1, len(text) - _OVERLAP), step)]
