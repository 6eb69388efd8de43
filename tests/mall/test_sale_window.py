"""From when to when something is sold, and which days of a month, counted over the brand's days."""

from datetime import UTC, datetime, timedelta

import pytest

from models.errors import Invalid
from models.mall.sale_window import SaleWindow
from tests.conftest import NOON

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def shanghai(month: int, day: int, hour: int = 0, *, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, tzinfo=UTC) - 8 * HOUR


@pytest.mark.parametrize(
    ("window", "at", "opens_at"),
    [
        (SaleWindow(), NOON, NOON),
        (SaleWindow(from_at=NOON + HOUR), NOON, NOON + HOUR),
        (SaleWindow(until_at=NOON), NOON, None),
        (SaleWindow(until_at=NOON), NOON - HOUR, NOON - HOUR),
        # the last three days of a month
        (SaleWindow(first_day=-3, last_day=-1), NOON, shanghai(11, 28)),
        (SaleWindow(first_day=-3, last_day=-1), shanghai(11, 30, 23), shanghai(11, 30, 23)),
        (SaleWindow(first_day=-3, last_day=-1), shanghai(12, 1), shanghai(12, 29)),
        (SaleWindow(first_day=-3, last_day=-1), shanghai(2, 1, year=2027), shanghai(2, 26, year=2027)),
        (SaleWindow(first_day=-3, last_day=-1), shanghai(2, 1, year=2028), shanghai(2, 27, year=2028)),
        # from the 25th to the last day
        (SaleWindow(first_day=25, last_day=-1), NOON, shanghai(11, 25)),
        # the first days, whose next ones lie in the next year
        (SaleWindow(first_day=1, last_day=5), shanghai(12, 6), shanghai(1, 1, year=2027)),
        # both at once: not before the start, and not after the end
        (SaleWindow(from_at=shanghai(12, 30, 9), first_day=-3, last_day=-1), NOON, shanghai(12, 30, 9)),
        (SaleWindow(until_at=shanghai(11, 28), first_day=-3, last_day=-1), NOON, None),
    ],
)
def test_a_window_says_when_it_opens(window: SaleWindow, at: datetime, opens_at: datetime | None) -> None:
    assert window.checked().opens_at(at) == opens_at
    assert window.is_open(at) == (opens_at == at)


@pytest.mark.parametrize(
    "window",
    [
        SaleWindow(from_at=NOON, until_at=NOON),
        SaleWindow(first_day=3),
        SaleWindow(first_day=5, last_day=3),
        SaleWindow(first_day=-1, last_day=-3),
        SaleWindow(first_day=-3, last_day=3),
        SaleWindow(first_day=0, last_day=3),
        SaleWindow(first_day=1, last_day=29),
    ],
)
def test_windows_that_make_no_sense_are_refused(window: SaleWindow) -> None:
    with pytest.raises(Invalid):
        window.checked()
