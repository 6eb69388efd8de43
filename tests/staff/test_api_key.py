"""Keys of partners: shown once, bound to scopes, ended at once."""

from datetime import timedelta

import pytest

from auth.token import caller_of
from models.staff.api_key import ApiKey
from models.staff.audit import AuditRow
from store.clock import FixedClock
from tests.build import a_member, a_staff, public_id
from tests.callers import Callers
from tests.conftest import NOON

MEMBER = "query($id: ID!) { node(id: $id) { ... on Member { nickname } } }"


async def a_key(*, days: int | None = None) -> tuple[ApiKey, str]:
    return await ApiKey.issue(name="门店系统", scopes=["members.read"], days=days, staff_id=None, at=NOON)


async def test_a_key_is_shown_once_and_kept_as_a_hash(callers: Callers) -> None:
    staff = await callers.staff(await a_staff("keys.write"))

    made = await staff.do(
        "createApiKey", {"name": "门店系统", "scopes": ["members.read"], "days": 30}, "text apiKey { prefix }"
    )

    text = made["text"]
    assert text.startswith(made["apiKey"]["prefix"])
    [key] = await ApiKey.all()
    assert text not in vars(key).values()
    assert text not in str((await AuditRow.get(action="create_api_key")).after)
    assert (await staff.data("{ apiKeys(first: 5) { edges { node { name lastUsedAt } } } }"))["apiKeys"] == {
        "edges": [{"node": {"name": "门店系统", "lastUsedAt": None}}]
    }


async def test_a_partner_reads_members_and_nothing_of_staff(callers: Callers) -> None:
    member, (_, text) = await a_member(nickname="陈雨桐"), await a_key()
    partner = callers.with_token(text)

    assert await partner.data(MEMBER, id=public_id(member)) == {"node": {"nickname": "陈雨桐"}}
    assert await partner.error("{ viewer { member { nickname } } }") == "FORBIDDEN"
    assert await partner.error("{ apiKeys(first: 1) { edges { cursor } } }") == "FORBIDDEN"


async def test_a_revoked_key_is_refused_at_once(callers: Callers) -> None:
    key, text = await a_key()
    staff, partner = await callers.staff(await a_staff("keys.write")), callers.with_token(text)
    assert "errors" not in await partner.ask(MEMBER, id=public_id(key))

    await staff.do("revokeApiKey", {"apiKeyId": public_id(key), "reason": "合作结束"})

    assert await partner.error(MEMBER, id=public_id(key)) == "UNAUTHENTICATED"
    assert await staff.refusal("revokeApiKey", {"apiKeyId": public_id(key)}) == "KEY_REVOKED"
    assert await AuditRow.filter(action="revoke_api_key", reason="合作结束").count() == 1


async def test_a_key_ends_by_itself(callers: Callers, clock: FixedClock) -> None:
    partner = callers.with_token((await a_key(days=1))[1])

    clock.advance(days=1)

    assert await partner.error('{ node(id: "x") { id } }') == "UNAUTHENTICATED"


async def test_use_is_noted_by_the_minute(database: str) -> None:
    key, text = await a_key()

    for seconds in (0, 30, 61):
        await caller_of(text, at=NOON + timedelta(seconds=seconds))
        noted = (await ApiKey.get(id=key.id)).last_used_at
        assert noted == NOON + timedelta(seconds=61 if seconds == 61 else 0)


@pytest.mark.parametrize("scopes", [[], ["staff.write"], ["members.read", "*"]])
async def test_scopes_beyond_a_partners_are_refused(callers: Callers, scopes: list[str]) -> None:
    staff = await callers.staff(await a_staff("keys.write"))

    assert await staff.refusal("createApiKey", {"name": "门店系统", "scopes": scopes}) == "INVALID_INPUT"
    assert await ApiKey.all().count() == 0
