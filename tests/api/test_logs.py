"""Logs hold no secrets, and a line is a line."""

import io
import json
import logging
import sys

import httpx2
import pytest
import structlog

from api.logs import masked, masked_text, open_logs


@pytest.fixture
def lines(own_logs: None, monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    """What the process writes to standard output while its logs are open."""
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, write_through=True, encoding="utf-8"))
    open_logs("info")
    return written


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("王芳的手机是13800138000。", "王芳的手机是138****8000。"),
        ("call 13912345678, 15087654321", "call 139****5678, 150****4321"),
        ("order 2026112313800138000", "order 2026112313800138000"),
        ("Authorization: Bearer shq_a_x9-_.~", "Authorization: Bearer ***"),
        ("bearer shq_a_1", "bearer ***"),
        ("早上好", "早上好"),
    ],
)
def test_texts_are_masked(text: str, told: str) -> None:
    assert masked_text(text) == told


def test_fields_named_like_a_secret_are_masked_at_any_depth() -> None:
    event = {"access_token": "shq_a_1", "input": {"phone": "1", "list": [{"session_key": "k", "note": "13800138000"}]}}
    told = masked(None, "info", event)
    assert told == {
        "access_token": "***",
        "input": {"phone": "***", "list": [{"session_key": "***", "note": "138****8000"}]},
    }


def test_a_line_is_json_and_cannot_be_forged(lines: io.BytesIO) -> None:
    structlog.get_logger("api").info("request", path='/a\r\n{"event":"forged"}', ms=1.5)
    (line,) = lines.getvalue().splitlines()
    told = json.loads(line)
    assert (told["event"], told["level"], told["path"], told["ms"]) == (
        "request",
        "info",
        '/a\r\n{"event":"forged"}',
        1.5,
    )


def test_libraries_log_the_same_way(lines: io.BytesIO) -> None:
    logging.getLogger("tortoise").warning("slow for %s\nnext", "13800138000")
    (line,) = lines.getvalue().splitlines()
    assert json.loads(line)["event"] == "slow for 138****8000\nnext"


def test_a_traceback_is_one_masked_line(lines: io.BytesIO) -> None:
    try:
        raise ValueError("phone 13800138000")
    except ValueError as error:
        structlog.get_logger("api").error("bug", exc_info=error)
    (line,) = lines.getvalue().splitlines()
    assert "ValueError: phone 138****8000" in json.loads(line)["exception"]


def test_what_is_below_the_level_is_not_written(lines: io.BytesIO) -> None:
    structlog.get_logger("api").debug("detail")
    assert lines.getvalue() == b""


async def test_an_address_that_is_called_is_not_written_down(lines: io.BytesIO) -> None:
    transport = httpx2.MockTransport(lambda request: httpx2.Response(200))
    async with httpx2.AsyncClient(transport=transport) as client:
        await client.get("https://api.weixin.qq.com/sns/jscode2session?secret=8f14e45fceea167a")
    assert lines.getvalue() == b""
