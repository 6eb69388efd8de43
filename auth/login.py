"""Logging a member in, and what a platform's refusals mean to it.

The platform is asked outside any transaction: it may take seconds, and no row waits for it. What it refuses comes back
as a refusal of ours; its own words and our secrets do not. The adapter has logged it by then.
"""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from auth.platforms import platform
from auth.rate_limit import Rate, limit
from models.errors import DomainError
from models.members.identity import Identity, PlatformName
from models.members.registration import NOTHING_SAID, Comer, PlatformLogin, Recognised, issuer_of, recognise
from models.members.session import Session, SubjectKind, Tokens
from platforms.errors import BadCode, Blocked, Busy, PlatformError, RateLimited, Refused

LOGINS_PER_ADDRESS = Rate("login-address", 30)
LOGINS_PER_ACCOUNT = Rate("login-account", 20)
PHONE_CODES_PER_ADDRESS = Rate("phone-address", 30)
PHONE_CODES_PER_ACCOUNT = Rate("phone-account", 5)
REFRESHES_PER_ADDRESS = Rate("refresh-address", 120)
BUSY_FOR = timedelta(seconds=2)
LIMITED_FOR = timedelta(minutes=1)

T = TypeVar("T")


class CodeInvalid(DomainError):
    code = "LOGIN_CODE_INVALID"
    zh = "凭证无效或已使用，请重试"
    en = "The code is wrong, expired or used. Get a new one."
    field = "code"


class AccountBlocked(DomainError):
    code = "ACCOUNT_BLOCKED"
    zh = "该账号存在安全风险，已被平台限制"
    en = "The platform holds this account for a risk."


class PlatformBusy(DomainError):
    code = "PLATFORM_BUSY"
    zh = "平台繁忙，请稍后再试"
    en = "The platform is busy. Try again later."


class PlatformUnavailable(DomainError):
    code = "PLATFORM_UNAVAILABLE"
    zh = "平台暂时无法访问，请稍后再试"
    en = "The platform cannot be reached. Try again later."


@dataclass(frozen=True)
class LoggedIn:
    """A member with the tokens of its new session."""

    recognised: Recognised
    tokens: Tokens


async def mini_program_login(
    name: PlatformName,
    code: str,
    *,
    address: str | None,
    at: datetime,
    invite_code: str | None = None,
    comer: Comer = NOTHING_SAID,
) -> LoggedIn:
    """Log in with a platform's one-use code; whoever is new becomes a member.

    Raises `CodeInvalid`, `AccountBlocked`, `PlatformBusy`, `PlatformUnavailable`, `RateLimited`, `MemberHasLeft`.
    """
    await limit(LOGINS_PER_ADDRESS, address or "unknown", at=at)
    asked = platform(name)
    session = await _answer(asked.login(code), at=at)
    await limit(LOGINS_PER_ACCOUNT, f"{name}:{session.openid}", at=at)
    login = PlatformLogin(name, asked.app_id, session.openid, session.unionid, session.session_key)
    recognised = await recognise(login, at=at, invite_code=invite_code, comer=comer)
    return LoggedIn(recognised, await Session.start(SubjectKind.MEMBER, recognised.member.id, at=at))


async def bind_phone(member_id: UUID, name: PlatformName, code: str, *, address: str | None, at: datetime) -> Identity:
    """Bind the phone behind a platform's one-use phone code.

    Raises `PhoneTaken`, `NotFromThisPlatform`, `MemberNotActive`, and what `mini_program_login` says of platforms.
    """
    await limit(PHONE_CODES_PER_ADDRESS, address or "unknown", at=at)
    await limit(PHONE_CODES_PER_ACCOUNT, f"member:{member_id}", at=at)
    asked = platform(name)
    openid = await Identity.openid(member_id, issuer_of(name, asked.app_id))
    phone = await _answer(asked.phone(code, openid), at=at)
    return await Identity.bind_phone(member_id, phone.country_code, phone.number, at=at)


async def refresh(token: str, *, address: str | None, at: datetime) -> Tokens:
    """New tokens for a refresh token, which is used up. Raises `RefreshTokenInvalid`, `RateLimited`."""
    await limit(REFRESHES_PER_ADDRESS, address or "unknown", at=at)
    _, tokens = await Session.refresh(token, at=at)
    return tokens


async def _answer(call: Awaitable[T], *, at: datetime) -> T:
    try:
        return await call
    except (BadCode, Refused):
        raise CodeInvalid() from None
    except Blocked:
        raise AccountBlocked() from None
    except Busy:
        raise PlatformBusy(retry_at=at + BUSY_FOR) from None
    except RateLimited:
        raise PlatformBusy(retry_at=at + LIMITED_FOR) from None
    except PlatformError:
        raise PlatformUnavailable(retry_at=at + BUSY_FOR) from None
