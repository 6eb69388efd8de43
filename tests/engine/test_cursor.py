"""Cursors and ids: what we did not make is refused, byte by byte."""

import base64
import json
from uuid import UUID

import pytest
from graphql import GraphQLError

from engine.cursor import decode_cursor, decode_id, encode_id
from engine.relation import Order
from models.checkins.check_in import CheckIn
from models.groups.circle import Circle

SOME_ID = "01a20815-6d14-775f-b536-0139ea3b09d2"
BY_TIME, BY_NUMBER, BY_TEXT = Order.by("-created_at", "-id"), Order.by("position", "id"), Order.by("name", "id")


def forged(*values: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "values",
    [
        ("0001-01-01T00:00:00+23:59", SOME_ID),
        ("9999-12-31T23:59:59-23:59", SOME_ID),
        ("yesterday", SOME_ID),
        (5, SOME_ID),
        ("2026-11-23T00:00:00+00:00", "not an id"),
        ("2026-11-23T00:00:00+00:00",),
    ],
)
def test_a_forged_instant_is_a_coded_refusal(values: tuple[object, ...]) -> None:
    with pytest.raises(GraphQLError) as refused:
        decode_cursor(forged(*values), BY_TIME, CheckIn)

    assert refused.value.extensions == {"code": "BAD_USER_INPUT"}


@pytest.mark.parametrize("value", [2**31, -(2**31), True, 1.5, "1", None])
def test_a_number_fits_its_column(value: object) -> None:
    with pytest.raises(GraphQLError):
        decode_cursor(forged(value, SOME_ID), BY_NUMBER, Circle)


def test_text_holds_no_nul() -> None:
    with pytest.raises(GraphQLError):
        decode_cursor(forged("\0", SOME_ID), BY_TEXT, Circle)


@pytest.mark.parametrize("text", ["", "x", "Q2lyY2xlOjE", "社群", "=" * 8, encode_id("Circle", UUID(int=1)) + "="])
def test_an_id_that_is_not_ours_is_none(text: str) -> None:
    assert decode_id(text) is None
