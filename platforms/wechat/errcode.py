"""WeChat's error codes, each with the kind of refusal that it is for us."""

import re

from platforms.errors import (
    BadCode,
    Blocked,
    Busy,
    Misconfigured,
    NotGranted,
    PlatformError,
    RateLimited,
    Refused,
)


class TokenRejected(Misconfigured):
    """The access token is wrong or expired; it reaches the caller only when a fresh one is rejected as well."""


_KINDS: dict[int, type[PlatformError]] = {
    -1: Busy,
    40001: TokenRejected,  # also a wrong secret, where a token was asked for
    40014: TokenRejected,
    42001: TokenRejected,
    40029: BadCode,
    40163: BadCode,
    41008: BadCode,  # the code is missing
    45009: RateLimited,
    45011: RateLimited,
    40226: Blocked,
    43101: NotGranted,
    40013: Misconfigured,  # app id
    40125: Misconfigured,  # secret
    41002: Misconfigured,  # app id missing
    41004: Misconfigured,  # secret missing
    40164: Misconfigured,  # our address is not on the list
    48001: Misconfigured,  # the account has no right to this call
    40037: Misconfigured,  # template
    41030: Misconfigured,  # page not published
}
_RID = re.compile(r"rid: ?([0-9A-Za-z-]{1,64})")


def refusal(path: str, errcode: int, errmsg: str) -> PlatformError:
    kind = _KINDS.get(errcode, Refused)
    return kind(platform="wechat", path=path, errcode=errcode, rid=request_id(errmsg))


def request_id(errmsg: str) -> str | None:
    """The id that WeChat appends to a message. Nothing else of the message is kept: it may repeat what we sent."""
    found = _RID.search(errmsg)
    return found.group(1) if found else None
