"""Sessions: short access, one-use refresh tokens, and an end when one is used twice."""

import asyncio

import pytest

from models.members.session import RefreshToken, RefreshTokenInvalid, Session, SubjectKind, Tokens
from store.clock import FixedClock
from store.database import fetch, fetch_value
from tests.build import a_member, a_staff
from tests.callers import Callers
from tests.conftest import NOON

REPEATS = 20
TOKENS = "accessToken refreshToken expiresAt"
VIEWER = "{ viewer { status } }"


async def a_session() -> Tokens:
    return await Session.start(SubjectKind.MEMBER, (await a_member()).id, at=NOON)


async def test_a_refresh_token_gives_new_tokens_and_ends_the_old_access(callers: Callers) -> None:
    old = await a_session()

    payload = await callers.nobody().do("refreshSession", {"refreshToken": old.refresh}, TOKENS)

    assert payload["expiresAt"] == "2026-11-23T06:00:00Z"
    await callers.with_token(payload["accessToken"]).data(VIEWER)
    assert await callers.with_token(old.access).error(VIEWER) == "UNAUTHENTICATED"


async def test_tokens_are_kept_as_hashes_only(callers: Callers) -> None:
    tokens = await a_session()

    kept = str([dict(row) for table in ("session", "refresh_token") for row in await fetch(f"SELECT * FROM {table}")])

    assert tokens.access not in kept
    assert tokens.refresh not in kept


async def test_a_second_use_of_a_refresh_token_ends_the_session_for_everybody(callers: Callers) -> None:
    stolen = (await a_session()).refresh
    thief = await callers.nobody().do("refreshSession", {"refreshToken": stolen}, TOKENS)

    owner = await callers.nobody().refusal("refreshSession", {"refreshToken": stolen})

    assert owner == "REFRESH_TOKEN_INVALID"
    assert await callers.with_token(thief["accessToken"]).error(VIEWER) == "UNAUTHENTICATED"
    assert await callers.nobody().refusal("refreshSession", {"refreshToken": thief["refreshToken"]}) == (
        "REFRESH_TOKEN_INVALID"
    )


async def test_of_two_uses_at_one_instant_one_wins_and_the_session_ends(database: str) -> None:
    for repeat in range(1, REPEATS + 1):
        token = (await a_session()).refresh

        outcomes = await asyncio.gather(*(Session.refresh(token, at=NOON) for _ in range(2)), return_exceptions=True)

        assert sum(isinstance(one, tuple) for one in outcomes) == 1
        assert sum(isinstance(one, RefreshTokenInvalid) for one in outcomes) == 1
        assert await fetch_value("SELECT count(*) FROM session WHERE ended_at IS NULL") == 0
        assert await RefreshToken.filter(used_at__isnull=True).count() == repeat


async def test_a_refresh_token_lives_for_thirty_days(callers: Callers, clock: FixedClock) -> None:
    early, late = await a_session(), await a_session()
    clock.advance(days=30, seconds=-1)
    assert (await callers.nobody().do("refreshSession", {"refreshToken": early.refresh}))["userErrors"] == []

    clock.advance(seconds=1)

    assert await callers.nobody().refusal("refreshSession", {"refreshToken": late.refresh}) == "REFRESH_TOKEN_INVALID"


@pytest.mark.parametrize("token", ["", "shq_r_unknown", "令牌", "x" * 5000])
async def test_what_is_no_refresh_token_is_refused(callers: Callers, token: str) -> None:
    assert await callers.nobody().refusal("refreshSession", {"refreshToken": token}) == "REFRESH_TOKEN_INVALID"


async def test_an_access_token_is_no_refresh_token(callers: Callers) -> None:
    tokens = await a_session()

    assert await callers.nobody().refusal("refreshSession", {"refreshToken": tokens.access}) == "REFRESH_TOKEN_INVALID"


async def test_logging_out_ends_this_session_only(callers: Callers) -> None:
    member = await a_member()
    phone, tablet = await callers.member(member), await callers.member(member)

    assert await phone.do("logOut", {}, "sessionsEnded") == {"sessionsEnded": 1, "userErrors": []}

    assert await phone.error(VIEWER) == "UNAUTHENTICATED"
    await tablet.data(VIEWER)


async def test_logging_out_everywhere_ends_every_session_of_the_member_alone(callers: Callers) -> None:
    member, other = await a_member(), await callers.member(await a_member())
    phone, tablet = await callers.member(member), await callers.member(member)

    assert await phone.do("logOut", {"everywhere": True}, "sessionsEnded") == {"sessionsEnded": 2, "userErrors": []}

    assert await tablet.error(VIEWER) == "UNAUTHENTICATED"
    await other.data(VIEWER)


async def test_a_refresh_token_is_worthless_after_the_logout(callers: Callers) -> None:
    tokens = await a_session()
    await callers.with_token(tokens.access).do("logOut", {})

    assert await callers.nobody().refusal("refreshSession", {"refreshToken": tokens.refresh}) == "REFRESH_TOKEN_INVALID"


async def test_a_colleague_logs_out_too(callers: Callers) -> None:
    staff = await callers.staff(await a_staff())

    assert (await staff.do("logOut", {}, "sessionsEnded"))["sessionsEnded"] == 1


async def test_nobody_logs_out(callers: Callers) -> None:
    assert await callers.nobody().error("mutation { logOut(input: {}) { sessionsEnded } }") == "UNAUTHENTICATED"
