"""What the fake WeChat knows and by which rules it answers; faults on demand.

The demo runs on it and the tests drive it, so it is as strict as the true one: a code works once and for five minutes,
a token ends or is replaced by rule, a wrong secret or openid is refused, and every refusal is an HTTP 200 with
`errcode`, `errmsg` and a request id.

With `demo=True` the code `demo:<openid>` logs that openid in, any number of times, and a phone code `demo:<openid>`
answers its phone; members unknown so far are made up on the spot. Without it such codes are as wrong as any other.
"""

import asyncio
import base64
import hashlib
import re
import secrets
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from platforms.platform import Advice
from store.clock import Clock, SystemClock

_CODE_LIFE = timedelta(minutes=5)
_TOKEN_LIFE = timedelta(seconds=7200)
_OVERLAP = timedelta(minutes=5)
_FORCED_GAP = timedelta(seconds=30)
_FORCED_A_DAY = 20
_DEMO_CODE = re.compile(r"demo:([0-9A-Za-z_-]{1,64})")


@dataclass(slots=True)
class FakeUser:
    openid: str
    phone: str
    unionid: str | None = None
    is_blocked: bool = False


@dataclass(slots=True)
class _Code:
    openid: str
    expires_at: datetime
    is_used: bool = False


@dataclass(slots=True)
class Fault:
    """What the next `times` calls of a path meet instead of an answer; `hang` is seconds before the true answer."""

    errcode: int | None = None
    status: int | None = None
    hang: float | None = None
    garbage: bytes | None = None
    times: int = 1


@dataclass(frozen=True, slots=True)
class FakeCall:
    path: str
    query: Mapping[str, str]
    body: Mapping[str, object]


class WeChatRefusal(Exception):
    def __init__(self, errcode: int, errmsg: str) -> None:
        super().__init__(errcode, errmsg)
        self.errcode, self.errmsg = errcode, errmsg


@dataclass
class FakeWeChat:
    """What the server knows. The methods are for tests; the server beside this module speaks the protocol."""

    app_id: str = "wx0123456789abcdef"
    secret: str = "fake-app-secret"  # noqa: S105  it opens nothing but the fake
    demo: bool = False
    clock: Clock = field(default_factory=SystemClock)
    users: dict[str, FakeUser] = field(default_factory=dict)
    words: dict[str, Advice] = field(default_factory=dict)
    """Words that make a text doubtful, each with the advice it gives."""
    grants: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Notices that a member, by (openid, template id), still allows."""
    pages: set[str] | None = None
    """The pages of the published build; none: whatever is asked for is published."""
    calls: deque[FakeCall] = field(default_factory=lambda: deque(maxlen=10_000))
    session_keys: deque[str] = field(default_factory=lambda: deque(maxlen=10_000))
    """Every session key and access token ever given out, to be looked for where they must not be."""
    access_tokens: deque[str] = field(default_factory=lambda: deque(maxlen=10_000))
    released: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the server stops, so that no hanging call keeps it."""
    _faults: dict[str, list[Fault]] = field(default_factory=dict)
    _login_codes: dict[str, _Code] = field(default_factory=dict)
    _phone_codes: dict[str, _Code] = field(default_factory=dict)
    _tokens: dict[str, datetime] = field(default_factory=dict)
    _forced: deque[datetime] = field(default_factory=deque)

    def add_user(
        self, openid: str, *, phone: str | None = None, unionid: str | None = None, is_blocked: bool = False
    ) -> FakeUser:
        user = FakeUser(openid, phone or _made_up_phone(openid), unionid, is_blocked)
        self.users[openid] = user
        return user

    def login_code(self, openid: str) -> str:
        """What `wx.login()` would give this user now."""
        return self._issue(self._login_codes, openid)

    def phone_code(self, openid: str) -> str:
        """What the phone button would give this user now."""
        return self._issue(self._phone_codes, openid)

    def fail(
        self,
        path: str,
        *,
        errcode: int | None = None,
        status: int | None = None,
        hang: float | None = None,
        garbage: bool | bytes = False,
        times: int = 1,
    ) -> None:
        """The next `times` calls of `path` meet this fault; faults of one path come in the order they were set."""
        rubbish = b"<html>\xff\xfe<h1>502 Bad Gateway" if garbage is True else garbage or None
        self._faults.setdefault(path, []).append(Fault(errcode, status, hang, rubbish, times))

    def heal(self) -> None:
        """Forgets the faults that have not come yet."""
        self._faults.clear()

    def count(self, path: str) -> int:
        """How often a path was called, faults included."""
        return sum(call.path == path for call in self.calls)

    def revoke_tokens(self) -> None:
        """Ends every access token before its time, as a reset of the secret does."""
        self._tokens.clear()

    # What the endpoints ask.

    def next_fault(self, path: str) -> Fault | None:
        waiting = self._faults.get(path)
        if not waiting:
            return None
        waiting[0].times -= 1
        return waiting.pop(0) if waiting[0].times <= 0 else waiting[0]

    def user(self, openid: object) -> FakeUser:
        user = self.users.get(str(openid))
        if user is None:
            raise WeChatRefusal(40003, "invalid openid")
        return user

    def check_app(self, app_id: object, secret: object) -> None:
        if not app_id:
            raise WeChatRefusal(41002, "appid missing")
        if not secret:
            raise WeChatRefusal(41004, "appsecret missing")
        if app_id != self.app_id:
            raise WeChatRefusal(40013, "invalid appid")
        if secret != self.secret:
            raise WeChatRefusal(40125, "invalid appsecret")

    def check_token(self, token: str | None) -> None:
        if not token:
            raise WeChatRefusal(41001, "access_token missing")
        ends_at = self._tokens.get(token)
        if ends_at is None:
            raise WeChatRefusal(40001, "invalid credential, access_token is invalid or not latest")
        if ends_at <= self.clock.now():
            raise WeChatRefusal(42001, "access_token expired")

    def redeem_login_code(self, code: str) -> FakeUser:
        return self._redeem(self._login_codes, code)

    def redeem_phone_code(self, code: str) -> FakeUser:
        return self._redeem(self._phone_codes, code)

    def new_session_key(self) -> str:
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        self.session_keys.append(key)
        return key

    def stable_token(self, *, force: bool) -> tuple[str, int]:
        """The living token and its seconds; a new one in its last five minutes, or when forced."""
        now = self.clock.now()
        if force:
            self._count_forced(now)
            self._tokens.clear()
        for token, ends_at in self._tokens.items():
            if ends_at - now > _OVERLAP:
                return token, int((ends_at - now).total_seconds())
        token = secrets.token_urlsafe(96)
        self._tokens[token] = now + _TOKEN_LIFE
        self.access_tokens.append(token)
        return token, int(_TOKEN_LIFE.total_seconds())

    def _count_forced(self, now: datetime) -> None:
        while self._forced and now - self._forced[0] >= timedelta(days=1):
            self._forced.popleft()
        if len(self._forced) >= _FORCED_A_DAY or (self._forced and now - self._forced[-1] < _FORCED_GAP):
            raise WeChatRefusal(45009, "reach max api daily quota limit")
        self._forced.append(now)

    def _issue(self, codes: dict[str, _Code], openid: str) -> str:
        self.user(openid)
        code = "0" + secrets.token_urlsafe(23)
        codes[code] = _Code(openid, self.clock.now() + _CODE_LIFE)
        return code

    def _redeem(self, codes: dict[str, _Code], code: str) -> FakeUser:
        if not code:
            raise WeChatRefusal(41008, "missing code")
        demo = _DEMO_CODE.fullmatch(code) if self.demo else None
        if demo:
            return self.users.get(demo.group(1)) or self.add_user(demo.group(1))
        issued = codes.get(code)
        if issued is None or issued.expires_at <= self.clock.now():
            raise WeChatRefusal(40029, "invalid code")
        if issued.is_used:
            raise WeChatRefusal(40163, "code been used")
        issued.is_used = True
        return self.user(issued.openid)


def _made_up_phone(openid: str) -> str:
    """A phone that belongs to the openid, the same in every run."""
    return f"138{int(hashlib.sha256(openid.encode()).hexdigest(), 16) % 10**8:08d}"
