"""Only WeChat is heard, and only when it speaks to this app."""

import base64
import hashlib
import json
import os
import struct
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from platforms.wechat.callback import Callback, ForgedPush

APP_ID = "wx0123456789abcdef"
AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
EVENT = {
    "ToUserName": "gh_shequn",
    "FromUserName": "oLinXiaoyu",
    "CreateTime": 1795397400,
    "MsgType": "event",
    "Event": "wxa_media_check",
    "trace_id": "60ae120f-371d5872-7941a05b",
    "result": {"suggest": "pass", "label": 100},
}


@pytest.fixture
def callback() -> Callback:
    return Callback(token="AAAAA", encoding_aes_key=AES_KEY, app_id=APP_ID)


def sealed(message: bytes, *, app_id: str = APP_ID, padding: int | None = None) -> str:
    plain = os.urandom(16) + struct.pack(">I", len(message)) + message + app_id.encode()
    count = 32 - len(plain) % 32
    plain += bytes([count if padding is None else padding]) * count
    key = base64.b64decode(AES_KEY + "=")
    encryptor = Cipher(AES(key), CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(plain) + encryptor.finalize()).decode()


def signed(text: str, *, token: str = "AAAAA") -> dict[str, str]:
    parts = sorted([token, "1795397400", "1320562132", text])
    signature = hashlib.sha1("".join(parts).encode()).hexdigest()
    return {"msg_signature": signature, "timestamp": "1795397400", "nonce": "1320562132"}


def body(text: str) -> bytes:
    return json.dumps({"ToUserName": "gh_shequn", "Encrypt": text}).encode()


def test_the_vendors_own_example_is_greeted(callback: Callback) -> None:
    signature = "f464b24fc39322e44b38aa78f5edd27bd1441696"
    echo = "4375120948345356249"
    assert callback.greet(signature=signature, timestamp="1714036504", nonce="1514711492", echo=echo) == echo


@pytest.mark.parametrize("signature", ["", "f464b24fc39322e44b38aa78f5edd27bd1441697", "签名", "\ud800"])
def test_a_greeting_without_the_token_is_forged(callback: Callback, signature: str) -> None:
    with pytest.raises(ForgedPush):
        callback.greet(signature=signature, timestamp="1714036504", nonce="1514711492", echo="1")


def test_an_event_is_opened(callback: Callback) -> None:
    text = sealed(json.dumps(EVENT).encode())
    push = callback.open(body(text), **signed(text))
    assert (push.kind, push.openid) == ("wxa_media_check", "oLinXiaoyu")
    assert push.at == datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
    assert push.key == "oLinXiaoyu:1795397400:wxa_media_check"
    assert push.facts["trace_id"] == EVENT["trace_id"]


def test_a_message_is_known_by_its_own_id(callback: Callback) -> None:
    message = {**EVENT, "MsgType": "text", "Content": "你好", "MsgId": 25_001_234_567_890_123, "Event": ""}
    text = sealed(json.dumps(message).encode())
    push = callback.open(body(text), **signed(text))
    assert (push.kind, push.key, push.facts["Content"]) == ("text", "25001234567890123", "你好")


def test_an_event_signed_with_another_token_is_forged(callback: Callback) -> None:
    text = sealed(json.dumps(EVENT).encode())
    with pytest.raises(ForgedPush):
        callback.open(body(text), **signed(text, token="BBBBB"))


@pytest.mark.parametrize(
    "text",
    [
        sealed(json.dumps(EVENT).encode(), app_id="wxother"),
        sealed(json.dumps(EVENT).encode(), padding=33),
        sealed(json.dumps(EVENT).encode(), padding=0),
        sealed(b"not json"),
        sealed(b"[]"),
        sealed(json.dumps({**EVENT, "CreateTime": 10**18}).encode()),
        sealed(b"")[:20],
        "",
        "没有加密",
    ],
    ids=["app", "long padding", "no padding", "text", "list", "far future", "cut", "empty", "plain"],
)
def test_a_signed_but_broken_event_is_refused(callback: Callback, text: str) -> None:
    with pytest.raises(ForgedPush):
        callback.open(body(text), **signed(text))


@pytest.mark.parametrize("raw", [b"", b"null", b"{}", b"\xff", b"[" * 50_000, b'{"Encrypt": 7}'])
def test_a_body_without_envelope_is_refused(callback: Callback, raw: bytes) -> None:
    with pytest.raises(ForgedPush):
        callback.open(raw, **signed(""))


def test_a_key_of_another_length_is_named_at_the_start() -> None:
    with pytest.raises(ValueError, match="43"):
        Callback(token="AAAAA", encoding_aes_key="abc", app_id=APP_ID)
