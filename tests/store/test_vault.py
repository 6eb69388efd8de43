"""What is kept secret can be read back by us, for one purpose, and by nobody else."""

import pytest
from cryptography.exceptions import InvalidTag

from store.vault import Vault, token_hash

KEY, OTHER = "k" * 40, "o" * 40
PHONE = "13800138000"


def test_a_secret_is_read_back() -> None:
    vault = Vault(KEY)

    sealed = vault.encrypt(PHONE, purpose="phone")

    assert PHONE not in sealed
    assert vault.decrypt(sealed, purpose="phone") == PHONE


def test_the_same_secret_never_looks_the_same() -> None:
    vault = Vault(KEY)

    assert vault.encrypt(PHONE, purpose="phone") != vault.encrypt(PHONE, purpose="phone")


def test_a_secret_is_bound_to_its_purpose() -> None:
    vault = Vault(KEY)

    with pytest.raises(InvalidTag):
        vault.decrypt(vault.encrypt(PHONE, purpose="phone"), purpose="session_key")


def test_a_rotated_key_still_reads_old_rows() -> None:
    sealed = Vault(OTHER).encrypt(PHONE, purpose="phone")

    assert Vault(KEY, previous=OTHER).decrypt(sealed, purpose="phone") == PHONE
    with pytest.raises(KeyError):
        Vault(KEY).decrypt(sealed, purpose="phone")


def test_a_look_up_needs_the_key() -> None:
    assert Vault(KEY).keyed_hash(PHONE) == Vault(KEY).keyed_hash(PHONE)
    assert Vault(KEY).keyed_hash(PHONE) != Vault(OTHER).keyed_hash(PHONE)
    assert Vault(KEY).keyed_hash(PHONE) != token_hash(PHONE)
