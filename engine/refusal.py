"""Why a document is refused before it runs: a code, a sentence and the places in the text."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class RefusalCode(StrEnum):
    BAD_REQUEST = "BAD_REQUEST"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    OPERATION_NOT_FOUND = "OPERATION_NOT_FOUND"
    OPERATION_NOT_REGISTERED = "OPERATION_NOT_REGISTERED"
    PERSISTED_OPERATION_NOT_FOUND = "PERSISTED_OPERATION_NOT_FOUND"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    BAD_PAGE_SIZE = "BAD_PAGE_SIZE"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason; `places` are lines and columns, from 1. It holds no part of the document, so it is cheap to keep."""

    code: RefusalCode
    message: str
    places: tuple[tuple[int, int], ...] = ()


class DocumentRefused(Exception):
    def __init__(self, refusals: Sequence[Refusal]) -> None:
        super().__init__(refusals[0].message)
        self.refusals = tuple(refusals)


def too_complex(message: str) -> Refusal:
    return Refusal(RefusalCode.QUERY_TOO_COMPLEX, message)
