"""How a platform refuses: a closed list of kinds, told by class.

The text of an error names the platform, the path, the kind, the platform's error code and its request id (`rid`), and
nothing else: what the platform wrote itself is hostile input, and what we sent holds secrets, codes and phones.
"""

from enum import StrEnum
from typing import ClassVar


class Kind(StrEnum):
    BAD_CODE = "bad_code"
    BUSY = "busy"
    RATE_LIMITED = "rate_limited"
    BLOCKED = "blocked"
    NOT_GRANTED = "not_granted"
    REFUSED = "refused"
    MISCONFIGURED = "misconfigured"
    UNAVAILABLE = "unavailable"


class PlatformError(Exception):
    """A call that gave no result. `errcode` and `rid` are the platform's own, for logs and for its support."""

    kind: ClassVar[Kind]

    def __init__(self, *, platform: str, path: str, errcode: int | None = None, rid: str | None = None) -> None:
        self.platform, self.path, self.errcode, self.rid = platform, path, errcode, rid
        super().__init__(platform, path, errcode, rid)

    def __str__(self) -> str:
        facts = [f"{self.platform} {self.path}: {self.kind}"]
        facts += [f"errcode {self.errcode}"] if self.errcode is not None else []
        facts += [f"rid {self.rid}"] if self.rid else []
        return ", ".join(facts)


class BadCode(PlatformError):
    """The one-use code is wrong, expired or used: the client gets a new one."""

    kind = Kind.BAD_CODE


class Busy(PlatformError):
    """The platform asks to try again; a one-use code was not used up."""

    kind = Kind.BUSY


class RateLimited(PlatformError):
    """Too many calls, of this user or of the whole app."""

    kind = Kind.RATE_LIMITED


class Blocked(PlatformError):
    """The platform holds this user for a risk."""

    kind = Kind.BLOCKED


class NotGranted(PlatformError):
    """The member has not allowed this notice, or the grant is used: final, never tried again."""

    kind = Kind.NOT_GRANTED


class Refused(PlatformError):
    """The platform refuses this one call; the same call again is refused again."""

    kind = Kind.REFUSED


class Misconfigured(PlatformError):
    """Our app id, secret, token, address or page is wrong: an operator must act."""

    kind = Kind.MISCONFIGURED


class Cause(StrEnum):
    TIMEOUT = "timeout"
    NETWORK = "network"
    STATUS = "status"
    GARBAGE = "garbage"
    BREAKER_OPEN = "breaker_open"


class Unavailable(PlatformError):
    """No usable answer in time; `cause` says why."""

    kind = Kind.UNAVAILABLE

    def __init__(self, *, platform: str, path: str, cause: Cause, rid: str | None = None) -> None:
        self.cause = cause
        super().__init__(platform=platform, path=path, rid=rid)

    def __str__(self) -> str:
        return f"{super().__str__()}, {self.cause}"
