"""The context of a request: who asks, in which language, at which instant, and how it reads."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from datetime import datetime
from uuid import UUID

from auth.caller import NOBODY, Caller, CallerKind
from auth.token import caller_of
from engine.load import Loads
from models.errors import DEFAULT_LOCALE, bounded_text
from models.idempotency import Once
from store.clock import Clock, SystemClock
from store.database import dialect, fetch_rows, fetch_short


class Unauthenticated(Exception):
    """A token that is forged, expired or revoked; or none where one is needed."""

    code = "UNAUTHENTICATED"


@dataclass
class Context:
    """Built once for each request, and anew for each event of a stream."""

    caller: Caller
    locale: str
    address: str | None
    request_id: str
    clock: Clock
    token: str | None = field(default=None, repr=False)
    agent: str | None = None
    at: datetime = field(init=False)
    loads: Loads = field(init=False)

    def __post_init__(self) -> None:
        self.at = self.clock.now()
        self.loads = Loads(fetch_rows, dialect(), self, fetch_short)

    @property
    def member_id(self) -> UUID:
        """The calling member; raises `Unauthenticated` for anybody else."""
        if self.caller.kind is not CallerKind.MEMBER or self.caller.id is None:
            raise Unauthenticated
        return self.caller.id

    @property
    def staff_id(self) -> UUID:
        """The calling staff member; raises `Unauthenticated` for anybody else."""
        if self.caller.kind is not CallerKind.STAFF or self.caller.id is None:
            raise Unauthenticated
        return self.caller.id

    @property
    def may_introspect(self) -> bool:
        return self.caller.kind is CallerKind.STAFF

    def once(self, input: object) -> Once:
        """The caller's wish that the mutation of this input (`CheckInInput`) happens once per its `idempotency_key`."""
        if self.caller.principal is None or not is_dataclass(input) or isinstance(input, type):
            raise Unauthenticated
        given = asdict(input)
        key = bounded_text(given.pop("idempotency_key"), "idempotencyKey", least=8, most=80) or ""
        return Once.of(self.caller.principal, type(input).__name__.removesuffix("Input"), key, given)


CLOCK: Clock = SystemClock()


async def open_context(headers: Mapping[str, str], address: str | None, request_id: str) -> Context:
    """The context of a request; raises `Unauthenticated` for a token that is not good."""
    caller, token = NOBODY, None
    if authorization := headers.get("authorization"):
        scheme, _, token = authorization.partition(" ")
        known = await caller_of(token, at=CLOCK.now()) if scheme.lower() == "bearer" else None
        if known is None:
            raise Unauthenticated
        caller = known
    return Context(
        caller, locale_of(headers.get("accept-language")), address, request_id, CLOCK, token, headers.get("user-agent")
    )


async def still_valid(context: Context) -> bool:
    """Whether the caller of a stream may still be told anything; nobody loses nothing."""
    return context.token is None or await caller_of(context.token, at=context.clock.now()) is not None


def renewed(context: Context) -> Context:
    """The same caller at the present instant, with nothing loaded."""
    return replace(context)


def locale_of(accepted: str | None) -> str:
    """`en` where English is preferred to Chinese by an Accept-Language header, else zh-CN."""
    best, best_weight = DEFAULT_LOCALE, 0.0
    for part in (accepted or "")[:200].split(","):
        found = re.fullmatch(r"\s*(zh|en)[\w-]*\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*", part, re.IGNORECASE)
        weight = float(found[2] or 1) if found else 0.0
        if found and weight > best_weight:
            best, best_weight = ("en" if found[1].lower() == "en" else DEFAULT_LOCALE), weight
    return best
