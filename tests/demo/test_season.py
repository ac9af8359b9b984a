"""Days are as busy as people would expect."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from convertos.demo.brand import BRANDS, brand
from convertos.demo.season import Window, black_friday, busyness

days = st.dates(date(2020, 1, 1), date(2035, 12, 31))


def test_black_friday_is_the_day_after_thanksgiving() -> None:
    """The fourth Thursday is not always the last one."""
    assert [black_friday(year) for year in (2023, 2024, 2025, 2026)] == [
        date(2023, 11, 24),
        date(2024, 11, 29),
        date(2025, 11, 28),
        date(2026, 11, 27),
    ]


@given(st.integers(2020, 2035), st.sampled_from(["quillfink", "wrenfallow"]))
def test_black_friday_is_the_busiest_day_of_the_year(year: int, key: str) -> None:
    """No other day brings a shop as many orders."""
    season = brand(key).season
    year_long = (date(year, 1, 1) + timedelta(days=number) for number in range(365))
    assert max(year_long, key=lambda day: busyness(day, season)) == black_friday(year)


@given(days, st.sampled_from(BRANDS))
def test_no_day_is_silly(day: date, key: str) -> None:
    """There are no days without anybody, and none that break all bounds."""
    assert 0.2 < busyness(day, brand(key).season) < 10


def test_a_window_can_run_over_new_year() -> None:
    """`12-20..01-08` is one stretch of days."""
    window = Window.parse("12-20..01-08")
    assert [date(2026, 12, 19) in window, date(2026, 12, 20) in window, date(2027, 1, 8) in window] == [
        False,
        True,
        True,
    ]
    assert date(2027, 1, 9) not in window
