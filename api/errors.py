"""The one place where errors become public.

Every error of an answer carries `extensions.code`: a code of `ErrorCode`, or that of a declared `DomainError`. What is
neither was not meant for the caller: it is logged once with the request's id, and the caller is told only that id.
The sentences here never contain an exception's text, because that text was written for us.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import structlog
from graphql import GraphQLError

from engine.refusal import Refusal
from models.errors import DomainError
from store.database import is_unavailable
from store.redis import RedisUnavailable

# The JSON of an answer is written here and read here; its values are of every kind.
JSON = dict[str, Any]
RETRY_SECONDS = 2
log = structlog.get_logger("api")


class ErrorCode(StrEnum):
    """Every code that is not a domain refusal's."""

    BAD_REQUEST = "BAD_REQUEST"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    NOT_ACCEPTABLE = "NOT_ACCEPTABLE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    BODY_TOO_LARGE = "BODY_TOO_LARGE"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_NOT_FOUND = "OPERATION_NOT_FOUND"
    OPERATION_NOT_REGISTERED = "OPERATION_NOT_REGISTERED"
    PERSISTED_OPERATION_NOT_FOUND = "PERSISTED_OPERATION_NOT_FOUND"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    BAD_PAGE_SIZE = "BAD_PAGE_SIZE"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"
    TOO_MANY_OPERATIONS = "TOO_MANY_OPERATIONS"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    RATE_LIMITED = "RATE_LIMITED"
    TIMEOUT = "TIMEOUT"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"


SENTENCES: Mapping[str, tuple[str, str]] = {
    ErrorCode.UNAUTHENTICATED: ("请先登录", "Log in first."),
    ErrorCode.FORBIDDEN: ("没有权限进行此操作", "You may not do this."),
    ErrorCode.NOT_FOUND: ("没有找到", "Not found."),
    ErrorCode.RATE_LIMITED: ("操作太频繁，请稍后再试", "Too many requests. Try again later."),
    ErrorCode.TIMEOUT: ("处理超时，请稍后再试", "This took too long. Try again later."),
    ErrorCode.SERVICE_UNAVAILABLE: ("服务暂时不可用，请稍后再试", "The service is not available. Try again later."),
    ErrorCode.INTERNAL_SERVER_ERROR: ("服务器出错了", "Something went wrong on our side."),
}

STATUSES: Mapping[str, int] = {
    ErrorCode.METHOD_NOT_ALLOWED: 405,
    ErrorCode.NOT_ACCEPTABLE: 406,
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: 415,
    ErrorCode.BODY_TOO_LARGE: 413,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.FORBIDDEN: 403,
    ErrorCode.NOT_FOUND: 404,
    ErrorCode.RATE_LIMITED: 429,
    ErrorCode.TIMEOUT: 503,
    ErrorCode.SERVICE_UNAVAILABLE: 503,
    ErrorCode.INTERNAL_SERVER_ERROR: 500,
}


class RequestRefused(Exception):
    """A request that is refused before GraphQL: bad bytes, a bad header, a bad method."""

    def __init__(self, code: ErrorCode, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.headers = dict(headers or {})


def status_of(code: object) -> int:
    """The HTTP status of an answer that is nothing but this error."""
    return STATUSES.get(str(code), 400)


def sentence(code: str, locale: str) -> str:
    """What a code says by itself, in the caller's language."""
    zh, en = SENTENCES[code]
    return en if locale.lower().startswith("en") else zh


def published(error: Exception, *, locale: str, request_id: str) -> JSON:
    """What the caller is told about an exception."""
    if isinstance(error, DomainError):
        return _error(error.code, error.sentence(locale), field=error.field, retryAt=_instant(error.retry_at))
    if isinstance(error, RequestRefused):
        return _error(error.code, error.message)
    code = getattr(error, "code", None)
    if isinstance(code, str) and code in SENTENCES:
        return _error(code, sentence(code, locale))
    if isinstance(error, RedisUnavailable) or is_unavailable(error):
        log.warning("unavailable", request_id=request_id, error=type(error).__name__)
        return _error(ErrorCode.SERVICE_UNAVAILABLE, sentence(ErrorCode.SERVICE_UNAVAILABLE, locale))
    log.error("bug", request_id=request_id, exc_info=error)
    return _error(
        ErrorCode.INTERNAL_SERVER_ERROR, sentence(ErrorCode.INTERNAL_SERVER_ERROR, locale), requestId=request_id
    )


def published_refusals(refusals: Iterable[Refusal]) -> list[JSON]:
    """What the caller is told about a document that was refused."""
    answers = []
    for refusal in refusals:
        answer = _error(refusal.code, refusal.message)
        if refusal.places:
            answer["locations"] = [{"line": line, "column": column} for line, column in refusal.places]
        answers.append(answer)
    return answers


def published_results(errors: Iterable[GraphQLError], *, locale: str, request_id: str) -> list[JSON]:
    """What the caller is told about the errors of an execution; one bug in many fields is logged once."""
    told: dict[int, JSON] = {}
    answers = []
    for error in errors:
        cause = _cause(error)
        if id(cause) not in told:
            told[id(cause)] = _told(error, cause, locale=locale, request_id=request_id)
        answers.append(told[id(cause)] | _position(error))
    return answers


def _told(error: GraphQLError, cause: Exception, *, locale: str, request_id: str) -> JSON:
    if error.path is None:
        # Without a path nothing has run: the variables did not fit their types.
        return _error(ErrorCode.BAD_USER_INPUT, _without_cause(error.message))
    if isinstance(cause, GraphQLError):
        code = (cause.extensions or {}).get("code")
        if isinstance(code, str) and code in ErrorCode.__members__:
            return _error(code, cause.message)
        if cause.message.startswith("Argument "):
            return _error(ErrorCode.BAD_USER_INPUT, _without_cause(cause.message))
    return published(cause, locale=locale, request_id=request_id)


def _cause(error: GraphQLError) -> Exception:
    cause: Exception = error
    while isinstance(cause, GraphQLError) and isinstance(cause.original_error, Exception):
        cause = cause.original_error
    return cause


def _position(error: GraphQLError) -> JSON:
    position: JSON = {}
    if error.locations:
        position["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path is not None:
        position["path"] = error.path
    return position


def _without_cause(message: str) -> str:
    """A scalar's own exception is quoted by the library; its text is not for the caller."""
    return re.sub(r",? but encountered error '.*?'(?=; found)", "", message, flags=re.DOTALL)


def _error(code: str, message: str, **facts: str | None) -> JSON:
    return {"message": message, "extensions": {"code": code, **{k: v for k, v in facts.items() if v is not None}}}


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z") if at else None
