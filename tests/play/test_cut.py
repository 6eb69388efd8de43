"""Cutting: the sum is exact, the bounds hold always, and no place in the order is better than another."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from models.play.cut import cut

CUTS = 20_000


@pytest.fixture(autouse=True)
def same_luck(monkeypatch: pytest.MonkeyPatch) -> None:
    """In these tests luck is the same each time, so that what holds with near certainty holds for sure."""
    monkeypatch.setattr("models.play.cut._chance", Random(20261123))


def means(total: int, count: int, *, most: int | None = None) -> list[float]:
    """The mean share by place over many cuts."""
    sums = [0] * count
    for _ in range(CUTS):
        for place, share in enumerate(cut(total, count, most=most)):
            sums[place] += share
    return [found / CUTS for found in sums]


@pytest.mark.parametrize(
    ("total", "count", "most"), [(1_000, 10, None), (100, 5, None), (1_000, 10, 150), (600, 10, 200)]
)
def test_every_place_in_the_order_has_the_same_mean(total: int, count: int, most: int | None) -> None:
    fair = total / count

    assert [place for place in means(total, count, most=most) if abs(place / fair - 1) > 0.03] == []


@some.composite
def bounds(draw: some.DrawFn) -> tuple[int, int, int, int | None]:
    count, least = draw(some.integers(1, 200)), draw(some.integers(1, 50))
    most = draw(some.none() | some.integers(least, least + 200))
    highest = count * (most if most is not None else least + 10_000)
    return draw(some.integers(count * least, highest)), count, least, most


@settings(max_examples=500, deadline=None)
@given(bounds())
def test_the_sum_is_exact_and_no_share_leaves_its_bounds(wanted: tuple[int, int, int, int | None]) -> None:
    total, count, least, most = wanted

    shares = cut(total, count, least=least, most=most)

    assert len(shares) == count
    assert sum(shares) == total
    assert min(shares) >= least
    assert most is None or max(shares) <= most


@pytest.mark.parametrize(
    ("total", "count", "most", "shares"),
    [(7, 1, None, [7]), (10, 10, None, [1] * 10), (100, 10, 10, [10] * 10), (2**53 - 1, 1, None, [2**53 - 1])],
)
def test_where_there_is_one_way_to_cut_it_is_taken(total: int, count: int, most: int | None, shares: list[int]) -> None:
    assert cut(total, count, most=most) == shares


@pytest.mark.parametrize(("total", "count", "least", "most"), [(9, 10, 1, None), (19, 10, 2, None), (101, 10, 1, 10)])
def test_what_cannot_be_cut_is_a_mistake_of_the_caller(total: int, count: int, least: int, most: int | None) -> None:
    with pytest.raises(ValueError, match="cannot be cut"):
        cut(total, count, least=least, most=most)


def test_luck_is_worth_the_name() -> None:
    """Of ten shares the largest is about 29 of 100: shares that are nearly equal would be no game."""
    largest = sum(max(cut(1_000, 10)) for _ in range(2_000)) / 2_000

    assert 270 < largest < 320


def test_ten_thousand_shares_are_cut_in_no_time() -> None:
    shares = cut(10_000_000, 10_000, most=1_010)

    assert (len(shares), sum(shares), max(shares) <= 1_010) == (10_000, 10_000_000, True)
