"""Secrets at rest: encryption of what must be read back, hashes of what must only be recognised.

Phones and session keys are encrypted (AES-256-GCM) with the id of the key in front, so that a key can be rotated while
old rows stay readable. A phone is found again by a keyed hash, because a plain hash of eleven digits is guessed at
once. Tokens are random and long, so a plain SHA-256 is enough for them.
"""

import base64
import hashlib
import hmac
import os
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.settings import settings

_NONCE_BYTES = 12


class Vault:
    def __init__(self, secret: str, previous: str | None = None) -> None:
        self._current = _key_id(secret)
        self._ciphers = {_key_id(key): AESGCM(_subkey(key, b"encrypt")) for key in (secret, previous) if key}
        self._lookup = _subkey(secret, b"lookup")

    def encrypt(self, text: str, *, purpose: str) -> str:
        """`text` encrypted for one purpose (a column's name); it does not decrypt under another purpose."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._ciphers[self._current].encrypt(nonce, text.encode(), purpose.encode())
        return f"{self._current}.{base64.urlsafe_b64encode(nonce + sealed).decode()}"

    def decrypt(self, sealed: str, *, purpose: str) -> str:
        """The text; raises `KeyError` for an unknown key and `InvalidTag` for changed bytes or another purpose."""
        key_id, _, body = sealed.partition(".")
        raw = base64.urlsafe_b64decode(body)
        return self._ciphers[key_id].decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], purpose.encode()).decode()

    def is_current(self, sealed: str) -> bool:
        """Whether a text was encrypted with the key of today."""
        return sealed.startswith(f"{self._current}.")

    def keyed_hash(self, text: str) -> str:
        """64 hex digits by which an encrypted value can be looked up."""
        return hmac.new(self._lookup, text.encode(), hashlib.sha256).hexdigest()


def token_hash(token: str) -> str:
    """64 hex digits under which a random token is kept."""
    return hashlib.sha256(token.encode()).hexdigest()


@lru_cache(maxsize=1)
def vault() -> Vault:
    return Vault(settings().secret(), settings().secret_key_previous)


def _subkey(secret: str, use: bytes) -> bytes:
    return hmac.new(secret.encode(), b"shequn:" + use, hashlib.sha256).digest()


def _key_id(secret: str) -> str:
    return _subkey(secret, b"id").hex()[:8]
