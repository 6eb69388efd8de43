"""Spans of watched seconds: the pieces say what a plain set of seconds would, however they came."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from models.learning.spans import Span, from_json, merged, seconds_of, skipped, to_json

LENGTH = 60

pieces = st.builds(Span, st.integers(0, LENGTH), st.integers(0, LENGTH))


def seconds(spans: list[Span]) -> set[int]:
    return {second for span in spans for second in range(span.start, span.end)}


@given(st.lists(pieces, max_size=30))
def test_pieces_are_a_set_of_seconds(watched: list[Span]) -> None:
    together = merged(watched)

    assert seconds(together) == seconds(watched)
    assert seconds_of(together) == len(seconds(watched))
    assert all(one.end < another.start for one, another in pairwise(together))
    assert all(one.start < one.end for one in together)


@given(st.lists(pieces, max_size=20), st.lists(pieces, max_size=20))
def test_the_order_in_which_it_was_watched_says_nothing(some: list[Span], others: list[Span]) -> None:
    assert merged(merged(some) + others) == merged(merged(others) + some) == merged(some + others)


@given(st.lists(pieces, max_size=30))
def test_what_was_skipped_lies_before_the_furthest_second(watched: list[Span]) -> None:
    seen = seconds(watched)

    assert seconds(skipped(merged(watched))) == set(range(max(seen, default=-1) + 1)) - seen


@given(pieces, st.integers(0, LENGTH), st.integers(-5, LENGTH))
def test_a_piece_is_cut_to_its_session_and_to_what_time_allows(span: Span, length: int, allowed: int) -> None:
    within = span.within(length)

    assert seconds([within]) == {second for second in seconds([span]) if second < length}
    assert seconds([within.first(allowed)]) == set(sorted(seconds([within]))[: max(allowed, 0)])


@given(st.lists(pieces, max_size=10))
def test_pieces_are_kept_as_pairs(watched: list[Span]) -> None:
    together = merged(watched)

    assert from_json(to_json(together)) == together


def test_touching_pieces_are_one() -> None:
    assert merged([Span(10, 20), Span(0, 10), Span(30, 40)]) == [Span(0, 20), Span(30, 40)]
    assert skipped([Span(5, 20), Span(30, 40)]) == [Span(0, 5), Span(20, 30)]
