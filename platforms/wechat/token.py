"""WeChat's access token: one for the whole app, shared by all workers, fetched by one of them at a time.

`stable_token` answers the same token until five minutes before it ends and then a new one, while the old one keeps
working: so it is renewed in those five minutes, a second renewal at the same time is harmless, and a renewal that fails
does no harm as long as the old token lives. A token that WeChat rejects before its time is dropped, fetched once, and
the call is tried once more; a second rejection goes to the caller.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Protocol, TypeVar

import msgspec

from platforms.errors import Cause, PlatformError, Unavailable
from platforms.wechat.client import Call, WeChatClient
from platforms.wechat.errcode import TokenRejected
from store.clock import Clock

_PATH = "/cgi-bin/stable_token"
_RENEWAL = timedelta(seconds=300)
_USABLE = timedelta(seconds=10)
_PAUSE = timedelta(seconds=10)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Token:
    value: str = field(repr=False)
    expires_at: datetime

    def lasts(self, span: timedelta, at: datetime) -> bool:
        return self.expires_at - at > span


class TokenStore(Protocol):
    """Where the workers share the token. It loses nothing but time when it forgets or does not answer."""

    async def get(self) -> Token | None:
        """The token last set, whether or not it still lives."""

    async def set(self, token: Token) -> None:
        """Keeps the token for all workers."""

    async def drop(self, value: str) -> None:
        """Forgets the token if it is still the one with this value."""

    async def claim_renewal(self) -> bool:
        """True for one worker at a time, for a few seconds."""


class _Answer(msgspec.Struct):
    access_token: Annotated[str, msgspec.Meta(min_length=1, max_length=2048)]
    expires_in: Annotated[int, msgspec.Meta(ge=1, le=7200)]


class AccessToken:
    def __init__(self, client: WeChatClient, store: TokenStore, *, app_id: str, secret: str, clock: Clock) -> None:
        self._client, self._store, self._clock = client, store, clock
        self._app_id, self._secret = app_id, secret
        self._fetching: asyncio.Task[Token] | None = None
        self._tried_at: datetime | None = None

    async def used_in(self, call: Callable[[str], Awaitable[T]], *, deadline: float) -> T:
        """The result of `call(token)`, which is made a second time with a fresh token if the first is rejected."""
        token = await self._current(deadline)
        try:
            return await call(token)
        except TokenRejected:
            await self._store.drop(token)
        return await call(await self._current(deadline))

    async def close(self) -> None:
        if self._fetching:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    async def _current(self, deadline: float) -> str:
        held = await self._store.get()
        now = self._clock.now()
        if held and held.lasts(_RENEWAL, now):
            return held.value
        if not held or not held.lasts(_USABLE, now):
            return (await self._fetched(deadline)).value
        if self._was_tried_lately(now) or not (self._fetching or await self._store.claim_renewal()):
            return held.value
        try:
            return (await self._fetched(deadline)).value
        except PlatformError:
            return held.value

    def _was_tried_lately(self, now: datetime) -> bool:
        """A renewal that failed, or brought the old token once more, is not repeated by each call that follows."""
        return self._tried_at is not None and now - self._tried_at < _PAUSE

    async def _fetched(self, deadline: float) -> Token:
        """All callers of this process wait for one fetch; one that gives up does not end it for the others."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch(), name="wechat-access-token")
            self._fetching.add_done_callback(self._fetch_ended)
        try:
            async with asyncio.timeout_at(deadline):
                return await asyncio.shield(self._fetching)
        except TimeoutError:
            pass
        raise Unavailable(platform="wechat", path=_PATH, cause=Cause.TIMEOUT)

    async def _fetch(self) -> Token:
        now = self._tried_at = self._clock.now()
        held = await self._store.get()
        if held and held.lasts(_RENEWAL, now):
            return held  # Another call or worker brought it while this one was on its way here.
        body = {"grant_type": "client_credential", "appid": self._app_id, "secret": self._secret}
        call = Call(_PATH, body={**body, "force_refresh": False}, repeatable=True)
        answer = await self._client.ask(call, _Answer, deadline=self._client.deadline())
        token = Token(answer.access_token, now + timedelta(seconds=answer.expires_in))
        await self._store.set(token)
        return token

    def _fetch_ended(self, task: asyncio.Task[Token]) -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # The callers have it; where all of them have gone, nobody needs to hear of it.
