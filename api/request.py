"""A GraphQL request, read strictly from bytes that anybody may have sent.

One walk over the decoded value refuses what would fail later and worse: nesting, numbers that no scalar holds, the NUL
character that PostgreSQL cannot store. Bad UTF-8, lone surrogates, NaN and Infinity are refused by the JSON reader.
"""

from dataclasses import dataclass
from typing import cast

import orjson

from api.errors import ErrorCode, RequestRefused

DEPTH = 64
LIST_ITEMS = 250
NUMBER = 10**19
"""Numbers stay below this: nineteen digits."""


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """`document_id` names the document by its hash, instead of `query` or beside it; one of both is there."""

    query: str | None
    operation_name: str | None = None
    variables: dict[str, object] | None = None
    document_id: str | None = None


def read_object(data: bytes | str) -> dict[str, object]:
    """The JSON object in `data`; raises `RequestRefused`."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        raise _bad("The body is not valid JSON.") from None
    if type(value) is not dict:
        raise _bad("The body must be a JSON object.")
    check(value)
    return cast("dict[str, object]", value)


def read_request(fields: dict[str, object]) -> GraphQLRequest:
    """The request in a checked object; raises `RequestRefused` for members of the wrong type."""
    query = fields.get("query")
    operation_name = fields.get("operationName")
    variables = fields.get("variables")
    document_id = _document_id(fields)
    if document_id is not None and query == "":
        query = None  # clients of sockets cannot leave it out
    if type(query) is not str and not (query is None and document_id is not None):
        raise _bad("`query` must be a string, or `documentId` given instead.")
    if operation_name is not None and type(operation_name) is not str:
        raise _bad("`operationName` must be a string.")
    if variables is not None and type(variables) is not dict:
        raise _bad("`variables` must be an object.")
    return GraphQLRequest(query, operation_name, cast("dict[str, object] | None", variables), document_id)


def _document_id(fields: dict[str, object]) -> str | None:
    """The name of the document: `documentId`, or that of automatic persisted queries, which means the same."""
    given = fields.get("documentId")
    extensions = fields.get("extensions")
    if given is not None and type(given) is not str:
        raise _bad("`documentId` must be a string.")
    if extensions is not None and type(extensions) is not dict:
        raise _bad("`extensions` must be an object.")
    persisted = cast("dict[str, object]", extensions or {}).get("persistedQuery")
    if persisted is None:
        return given
    if type(persisted) is not dict or type(persisted.get("sha256Hash")) is not str or persisted.get("version") != 1:
        raise _bad("`persistedQuery` must be an object with the `version` 1 and a `sha256Hash`.")
    digits = cast("str", persisted["sha256Hash"])
    if given is not None and given.removeprefix("sha256:") != digits:
        raise _bad("`documentId` and `persistedQuery` name two documents.")
    return digits


def check(value: object) -> None:
    """Level by level, so that depth costs no stack; raises `RequestRefused`."""
    level: list[object] = [value]
    for _ in range(DEPTH + 1):
        below: list[object] = []
        for item in level:
            kind = type(item)
            if kind is str:
                if "\0" in cast("str", item):
                    raise _bad("Text must not contain the NUL character.")
            elif kind is dict:
                below.extend(cast("dict[str, object]", item))
                below.extend(cast("dict[str, object]", item).values())
            elif kind is list:
                if len(cast("list[object]", item)) > LIST_ITEMS:
                    raise RequestRefused(ErrorCode.BAD_USER_INPUT, f"A list may have at most {LIST_ITEMS} items.")
                below.extend(cast("list[object]", item))
            elif kind is not bool and item is not None and not -NUMBER < cast("float", item) < NUMBER:
                raise _bad("A number may have at most 19 digits.")
        if not below:
            return
        level = below
    raise _bad(f"The body is nested more than {DEPTH} levels deep.")


def _bad(message: str) -> RequestRefused:
    return RequestRefused(ErrorCode.BAD_REQUEST, message)
