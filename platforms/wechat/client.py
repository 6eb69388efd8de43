"""One call to WeChat's server: bounded in time and size, refused at once while the host is down, answered in types.

An operation has one deadline, whatever it takes inside: a token that is fetched on the way spends the same seconds.
Only calls marked `repeatable` are tried again, and only after a timeout, a broken connection or "busy": a login code,
a phone code and a notice count once, and after a timeout nobody knows whether they counted.

Secrets, codes and tokens travel in WeChat's query strings. They must not reach a log, so the HTTP library's own lines
lose their query, and errors are raised outside the `except` block: the library's errors carry the whole address.
"""

import asyncio
import json
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import httpx2
import msgspec
import stamina
import structlog

from platforms.breaker import Breaker
from platforms.errors import Busy, Cause, PlatformError, Unavailable
from platforms.wechat.errcode import refusal

_MAX_ANSWER_BYTES = 2 * 1024 * 1024
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_log = structlog.get_logger("platforms.wechat")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked. `query` and `body` hold secrets and are never printed; a call with a body is a POST."""

    path: str
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, object] | None = field(default=None, repr=False)
    repeatable: bool = False


class _Outcome(msgspec.Struct):
    errcode: int = 0
    errmsg: str = ""


class WeChatClient:
    def __init__(
        self, base_url: str, *, timeout: float = 3.0, breaker_failures: int = 5, breaker_rest: float = 5.0
    ) -> None:
        """`timeout` (seconds) bounds a whole operation; a path that fails `breaker_failures` times in a row rests."""
        _hide_queries_in_logs()
        self._timeout = timeout
        self._breakers = defaultdict[str, Breaker](lambda: Breaker(failures=breaker_failures, rest=breaker_rest))
        # A proxy of the environment serves the outside world, not the fake on this machine.
        trust_env = httpx2.URL(base_url).host not in _LOOPBACK
        transport = httpx2.Timeout(timeout)
        self._http = httpx2.AsyncClient(base_url=base_url, timeout=transport, trust_env=trust_env)

    def deadline(self) -> float:
        """The instant, on the loop's clock, by which an operation that starts now has ended."""
        return asyncio.get_running_loop().time() + self._timeout

    async def ask(self, call: Call, into: type[T], *, deadline: float) -> T:
        """The JSON answer as `into`; raises `PlatformError`."""
        body = await self.fetch(call, deadline=deadline)
        try:
            return msgspec.json.decode(body, type=into)
        except (ValueError, RecursionError):
            pass
        raise self._garbage(call)

    async def fetch(self, call: Call, *, deadline: float) -> bytes:
        """The body of an answer that is not a refusal: JSON or a picture."""
        attempts = 2 if call.repeatable else 1
        # The context form of stamina: its decorator logs the arguments of what it repeats.
        async for attempt in stamina.retry_context(
            on=_worth_repeating, attempts=attempts, timeout=None, wait_initial=0.05, wait_max=0.1, wait_jitter=0.05
        ):
            with attempt:
                share = asyncio.get_running_loop().time() + self._timeout / attempts
                return await self._attempt(call, until=min(deadline, share))
        raise AssertionError("stamina ends with a result or an error")

    async def close(self) -> None:
        await self._http.aclose()

    async def _attempt(self, call: Call, *, until: float) -> bytes:
        breaker = self._breakers[call.path]
        if not breaker.admits():
            raise self._report(_unavailable(call, Cause.BREAKER_OPEN))
        try:
            body, failure = await self._exchange(call, until=until)
        except BaseException:
            breaker.abandoned()
            raise
        if failure is None:
            breaker.succeeded()
            return body
        # A refusal in WeChat's own words shows that its server is well.
        (breaker.failed if isinstance(failure, Unavailable) else breaker.succeeded)()
        raise self._report(failure)

    async def _exchange(self, call: Call, *, until: float) -> tuple[bytes, PlatformError | None]:
        try:
            async with asyncio.timeout_at(until), self._answer(call) as answer:
                if answer.status_code != httpx2.codes.OK:
                    return b"", _unavailable(call, Cause.STATUS)
                return _read_outcome(call, await _bounded(answer))
        except (TimeoutError, httpx2.TimeoutException):
            return b"", _unavailable(call, Cause.TIMEOUT)
        except httpx2.DecodingError:
            return b"", _unavailable(call, Cause.GARBAGE)
        except httpx2.HTTPError:
            return b"", _unavailable(call, Cause.NETWORK)

    @asynccontextmanager
    async def _answer(self, call: Call) -> AsyncIterator[httpx2.Response]:
        if call.body is None:
            async with self._http.stream("GET", call.path, params=dict(call.query)) as answer:
                yield answer
            return
        # Some of WeChat's endpoints show \uXXXX as it stands, so the text goes out as UTF-8. A lone half of a
        # surrogate pair has no UTF-8 and becomes a question mark.
        content = json.dumps(call.body, ensure_ascii=False).encode("utf-8", "replace")
        headers = {"content-type": "application/json"}
        async with self._http.stream(
            "POST", call.path, params=dict(call.query), content=content, headers=headers
        ) as answer:
            yield answer

    def _garbage(self, call: Call) -> PlatformError:
        """An answer of the wrong shape came from a server that works, so the breaker is not asked."""
        return self._report(_unavailable(call, Cause.GARBAGE))

    def _report(self, failure: PlatformError) -> PlatformError:
        cause = failure.cause if isinstance(failure, Unavailable) else None
        _log.warning(
            "platform_call_failed",
            platform=failure.platform,
            path=failure.path,
            kind=failure.kind.value,
            cause=cause and cause.value,
            errcode=failure.errcode,
            rid=failure.rid,
        )
        return failure


def _worth_repeating(error: Exception) -> bool:
    if isinstance(error, Unavailable):
        return error.cause in {Cause.TIMEOUT, Cause.NETWORK}
    return isinstance(error, Busy)


async def _bounded(answer: httpx2.Response) -> bytes:
    """The body, or nothing (which is garbage to every reader) where it is longer than any true answer."""
    body = bytearray()
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > _MAX_ANSWER_BYTES:
            return b""
    return bytes(body)


def _read_outcome(call: Call, body: bytes) -> tuple[bytes, PlatformError | None]:
    if is_picture(body):
        return body, None
    try:
        outcome = msgspec.json.decode(body, type=_Outcome)
    except (ValueError, RecursionError):
        return b"", _unavailable(call, Cause.GARBAGE)
    return body, refusal(call.path, outcome.errcode, outcome.errmsg) if outcome.errcode else None


def is_picture(body: bytes) -> bool:
    return body.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"))


def _unavailable(call: Call, cause: Cause) -> Unavailable:
    return Unavailable(platform="wechat", path=call.path, cause=cause)


class _WithoutQuery(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                arg.copy_with(query=None) if isinstance(arg, httpx2.URL) else arg for arg in record.args
            )
        return True


_WITHOUT_QUERY = _WithoutQuery()


def _hide_queries_in_logs() -> None:
    """Adding the same filter again changes nothing."""
    logging.getLogger("httpx2").addFilter(_WITHOUT_QUERY)
