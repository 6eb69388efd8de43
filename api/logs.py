"""Logs are lines of JSON on standard output, and hold no secrets.

Whatever logs, ours or a library, goes through the same last step: fields that are named like a secret lose their value,
bearer tokens and mobile numbers are masked in every text. JSON escapes line breaks, so nobody can forge a line.
"""

import asyncio
import logging
import re
import sys
from collections.abc import Mapping, Sequence
from functools import lru_cache

import orjson
import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from store.clock import SystemClock

SECRET = re.compile(r"token|secret|password|authorization|cookie|session_key|phone|openid", re.IGNORECASE)
BEARER = re.compile(r"(?i)\b(bearer\s+)[^\s\"',]+")
MOBILE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
# These write down whole addresses at level info: of sockets that come in, and of calls to WeChat with the AppSecret.
TALKATIVE = ("uvicorn.error", "httpx2", "httpcore2")
MASK = "***"
# What stands behind it in a path is a secret, whatever it is.
SECRET_PATH = re.compile(r"^/+(calendar|files/+posters)/", re.IGNORECASE)
FLUSH_SECONDS = 0.1
CLOCK = SystemClock()
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE
SHORTEST = 11  # no mobile number is shorter, nor "Bearer" with a real token


def open_logs(level: str) -> None:
    """Send all logs of the process through here. `level` is debug, info, warning or error."""
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        masked,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer(serializer=_dumps)],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(serializer=lambda event, **_: _dumps(event).decode()),
            ],
        )
    )
    request_lines.open(level)
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


class RequestLines:
    """The line of each request, the same as every other but made straight: there is one for each request.

    Lines are handed to the system together, a tenth of a second later at most.
    """

    def __init__(self) -> None:
        self._processors: Sequence[Processor] = ()
        self._is_flushing = False

    def open(self, level: str) -> None:
        wanted = level.lower() in ("debug", "info")
        self._processors = tuple(structlog.get_config()["processors"]) if wanted else ()

    def write(self, **facts: object) -> bool:
        """Whether the line was taken; not where logs go another way than `open_logs` sent them, or are not wanted."""
        if not self._processors or tuple(structlog.get_config()["processors"]) != self._processors:
            return False
        told = {name: masked_text(fact) if isinstance(fact, str) else fact for name, fact in facts.items()}
        told |= {"event": "request", "level": "info", "timestamp": CLOCK.now()}
        sys.stdout.buffer.write(orjson.dumps(told, option=OPTIONS))
        if not self._is_flushing:
            self._is_flushing = True
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush)
        return True

    def _flush(self) -> None:
        self._is_flushing = False
        sys.stdout.flush()


request_lines = RequestLines()


def masked(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The event without secrets, at any depth."""
    for name, value in event.items():
        if isinstance(value, str | Mapping | list | tuple):
            event[name] = MASK if _is_secret(name) else _masked_value(value)
    return event


def public_path(path: str) -> str:
    """The path of a request as the log may keep it: of the address of a calendar or a poster only that it is one."""
    secret = SECRET_PATH.match(path)
    return f"/{secret[1].lower()}/{MASK}" if secret else path


def masked_text(text: str) -> str:
    """The text with bearer tokens and mobile numbers masked: 13800138000 becomes 138****8000."""
    if len(text) < SHORTEST:
        return text
    if "bearer" in text.lower():
        text = BEARER.sub(rf"\1{MASK}", text)
    return MOBILE.sub(r"\1****\2", text)


def _masked_value(value: object) -> object:
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, Mapping):
        return {key: MASK if _is_secret(str(key)) else _masked_value(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked_value(inner) for inner in value]
    return value


@lru_cache(maxsize=1_000)
def _is_secret(name: str) -> bool:
    return SECRET.search(name) is not None


def _dumps(event: object, **_: object) -> bytes:
    return orjson.dumps(event, default=lambda value: masked_text(repr(value)))
