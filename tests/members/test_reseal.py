"""A rotated secret key: what the old one sealed is sealed anew, and found again."""

import pytest

from models.members import identity
from models.members.identity import Identity, reseal
from store.vault import Vault
from tests.build import a_member
from tests.conftest import NOON

OLD, NEW = "o" * 40, "n" * 40


async def test_after_a_rotation_a_phone_is_found_and_read_under_the_new_key_alone(
    database: str, empty_redis: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    member, other = await a_member(), await a_member()
    monkeypatch.setattr(identity, "vault", lambda: Vault(OLD))
    await Identity.bind_phone(member.id, "86", "13800138000", at=NOON)
    monkeypatch.setattr(identity, "vault", lambda: Vault(NEW, previous=OLD))

    assert await reseal() == 1
    assert await reseal() == 0

    monkeypatch.setattr(identity, "vault", lambda: Vault(NEW))
    assert (await Identity.get(member_id=member.id)).phone == "+8613800138000"
    with pytest.raises(identity.PhoneTaken):
        await Identity.bind_phone(other.id, "86", "13800138000", at=NOON)
