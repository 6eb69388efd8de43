"""Business days: every instant lies in exactly one, in every zone, also on the days that are shorter or longer."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.clock import FixedClock, business_day, day_start

ZONES = (
    "Asia/Shanghai",
    "America/New_York",
    "Europe/Berlin",
    "Africa/Cairo",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "America/Havana",
    "Asia/Kathmandu",
    "UTC",
)
instants = st.datetimes(min_value=datetime(2020, 1, 1), max_value=datetime(2032, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(instants, st.sampled_from(ZONES), st.integers(0, 23))
def test_every_instant_lies_in_its_business_day(at: datetime, zone: str, hour: int) -> None:
    day = business_day(at, zone, hour)

    assert day_start(day, zone, hour) <= at < day_start(day + timedelta(days=1), zone, hour)


@given(instants, st.sampled_from(ZONES), st.integers(0, 23))
def test_a_day_begins_with_its_first_instant(at: datetime, zone: str, hour: int) -> None:
    day = business_day(at, zone, hour)
    start = day_start(day, zone, hour)

    assert business_day(start, zone, hour) == day
    assert business_day(start - timedelta(microseconds=1), zone, hour) == day - timedelta(days=1)


@pytest.mark.parametrize(
    ("at", "zone", "hour", "expected"),
    [
        (datetime(2026, 11, 23, 15, 59, 59, 999999, UTC), "Asia/Shanghai", 0, date(2026, 11, 23)),
        (datetime(2026, 11, 23, 16, 0, 0, 0, UTC), "Asia/Shanghai", 0, date(2026, 11, 24)),
        (datetime(2026, 11, 23, 19, 59, 59, 0, UTC), "Asia/Shanghai", 4, date(2026, 11, 23)),
        (datetime(2026, 12, 31, 16, 0, 0, 0, UTC), "Asia/Shanghai", 0, date(2027, 1, 1)),
        (datetime(2028, 2, 28, 16, 0, 0, 0, UTC), "Asia/Shanghai", 0, date(2028, 2, 29)),
        # New York springs forward at 02:00 on 8 March: the day that begins at two begins at three.
        (datetime(2026, 3, 8, 6, 59, 59, 0, UTC), "America/New_York", 2, date(2026, 3, 7)),
        (datetime(2026, 3, 8, 7, 0, 0, 0, UTC), "America/New_York", 2, date(2026, 3, 8)),
        # It falls back on 1 November: the hour from one to two comes twice and belongs to one day both times.
        (datetime(2026, 11, 1, 5, 30, 0, 0, UTC), "America/New_York", 1, date(2026, 11, 1)),
        (datetime(2026, 11, 1, 6, 30, 0, 0, UTC), "America/New_York", 1, date(2026, 11, 1)),
    ],
)
def test_days_turn_where_the_wall_clock_says(at: datetime, zone: str, hour: int, expected: date) -> None:
    assert business_day(at, zone, hour) == expected


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))

    assert clock.now() == clock.now()
    assert clock.advance(hours=1) == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
