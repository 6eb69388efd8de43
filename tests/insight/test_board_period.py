"""Periods: which day, week and month an instant belongs to by the brand's clock."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from models.insight.board_period import Period, Window, live_periods
from store.brand_day import brand_day
from store.settings import Settings


@pytest.fixture
def brand(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give the brand another zone and start of its day."""

    def use(*, zone: str = "Asia/Shanghai", day_start_hour: int = 0) -> None:
        found = Settings(brand_zone=zone, day_start_hour=day_start_hour)
        monkeypatch.setattr("store.brand_day.settings", lambda: found)

    return use


@pytest.mark.parametrize(
    ("day", "names"),
    [
        (date(2026, 11, 23), ["2026-11-23", "2026-W48", "2026-11"]),
        (date(2026, 12, 31), ["2026-12-31", "2026-W53", "2026-12"]),
        (date(2027, 1, 3), ["2027-01-03", "2026-W53", "2027-01"]),
        (date(2027, 1, 4), ["2027-01-04", "2027-W01", "2027-01"]),
        (date(2025, 12, 29), ["2025-12-29", "2026-W01", "2025-12"]),
        (date(2028, 2, 29), ["2028-02-29", "2028-W09", "2028-02"]),
    ],
)
def test_a_day_has_its_iso_week_and_month(day: date, names: list[str]) -> None:
    assert [Period.of(window, day).name for window in (Window.DAY, Window.WEEK, Window.MONTH)] == names


def test_periods_follow_each_other_without_a_gap() -> None:
    for window in (Window.DAY, Window.WEEK, Window.MONTH):
        period = Period.of(window, date(2026, 1, 1))
        for _ in range(60):
            following = period.next
            assert following is not None
            assert following.first_day == period.last_day + timedelta(days=1)
            assert following.previous == period
            assert following.starts_at == period.ends_at
            period = following


def test_all_time_has_no_neighbours() -> None:
    period = Period.of(Window.ALL, date(2026, 11, 23))

    assert (period.name, period.previous, period.next, period.forgotten_at) == ("all", None, None, None)


def test_a_live_day_shows_seven_periods() -> None:
    assert [period.name for period in live_periods(date(2027, 1, 1))] == [
        "2027-01-01",
        "2026-W53",
        "2027-01",
        "2026-12-31",
        "2026-W52",
        "2026-12",
        "all",
    ]


def test_the_brands_hour_begins_the_day(brand: Callable[..., None]) -> None:
    brand(day_start_hour=4)

    assert brand_day(datetime(2026, 11, 30, 19, 59, 59, tzinfo=UTC)) == date(2026, 11, 30)
    assert brand_day(datetime(2026, 11, 30, 20, 0, tzinfo=UTC)) == date(2026, 12, 1)
    assert Period.of(Window.MONTH, date(2026, 12, 1)).starts_at == datetime(2026, 11, 30, 20, 0, tzinfo=UTC)


def test_a_day_of_daylight_saving_is_an_hour_shorter_or_longer(brand: Callable[..., None]) -> None:
    brand(zone="Europe/Berlin")
    spring, autumn = Period.of(Window.DAY, date(2026, 3, 29)), Period.of(Window.DAY, date(2026, 10, 25))

    assert spring.ends_at - spring.starts_at == timedelta(hours=23)
    assert autumn.ends_at - autumn.starts_at == timedelta(hours=25)
