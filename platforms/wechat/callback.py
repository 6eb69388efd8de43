"""What WeChat pushes to us: who may speak is proved by a signature, what is said is encrypted (its "safe mode", JSON).

Signature: SHA-1 over the sorted token, timestamp, nonce and, for an event, the encrypted text. Encryption: AES-256-CBC
with the first half of the key as initial vector, padded to 32 bytes; inside are 16 random bytes, the length of the
message, the message, and the app id it is for. An event that is not answered within five seconds comes again, so its
`key` is kept and a second one with the same key is dropped.
"""

import base64
import hashlib
import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

_BLOCK = 32
_RANDOM_BYTES = 16


class ForgedPush(Exception):
    """Not from WeChat, not for this app, or damaged. Says no more, for the sender may be anybody."""


@dataclass(frozen=True, slots=True)
class Push:
    """A message or event; `kind` is the event's name, or the message's type where it is no event."""

    kind: str
    openid: str
    at: datetime
    key: str
    facts: Mapping[str, object] = field(repr=False)


class _Envelope(msgspec.Struct):
    encrypt: str = msgspec.field(name="Encrypt")


class _Head(msgspec.Struct, rename="pascal"):
    from_user_name: str
    create_time: Annotated[int, msgspec.Meta(ge=0, lt=2**32)]
    msg_type: str
    event: str = ""
    msg_id: int | str = ""


class Callback:
    def __init__(self, *, token: str, encoding_aes_key: str, app_id: str) -> None:
        """The token and the 43-character key that stand in the console; raises `ValueError` for another key."""
        self._token, self._app_id = token, app_id
        self._key = base64.b64decode(encoding_aes_key + "=")
        if len(encoding_aes_key) != 43 or len(self._key) != 32:
            raise ValueError("an EncodingAESKey has 43 characters")

    def greet(self, *, signature: str, timestamp: str, nonce: str, echo: str) -> str:
        """The answer to the console's first call: `echo`, as plain text; raises `ForgedPush`."""
        self._check(signature, timestamp, nonce)
        return echo

    def open(self, body: bytes, *, msg_signature: str, timestamp: str, nonce: str) -> Push:
        """What is pushed; raises `ForgedPush`."""
        try:
            sealed = msgspec.json.decode(body, type=_Envelope).encrypt
            self._check(msg_signature, timestamp, nonce, sealed)
            return _push(self._decrypted(sealed))
        except (ValueError, RecursionError, struct.error):
            pass
        raise ForgedPush

    def _check(self, signature: str, *parts: str) -> None:
        text = "".join(sorted([self._token, *parts]))
        # The protocol says SHA-1; who does not know the token cannot make use of its weakness.
        expected = hashlib.sha1(text.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
        if not hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace")):
            raise ForgedPush

    def _decrypted(self, sealed: str) -> bytes:
        decryptor = Cipher(AES(self._key), CBC(self._key[:16])).decryptor()
        padded = decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
        padding = padded[-1] if padded else 0
        if not 1 <= padding <= _BLOCK or padded[-padding:] != bytes([padding]) * padding:
            raise ForgedPush
        plain = padded[_RANDOM_BYTES:-padding]
        (length,) = struct.unpack_from(">I", plain)
        message, app_id = plain[4 : 4 + length], plain[4 + length :]
        if app_id != self._app_id.encode():
            raise ForgedPush
        return message


def _push(message: bytes) -> Push:
    head = msgspec.json.decode(message, type=_Head)
    facts = msgspec.json.decode(message, type=dict[str, object])
    kind = head.event or head.msg_type
    key = str(head.msg_id) or f"{head.from_user_name}:{head.create_time}:{kind}"
    return Push(kind, head.from_user_name, datetime.fromtimestamp(head.create_time, UTC), key, facts)
