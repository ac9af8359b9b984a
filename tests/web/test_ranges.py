"""Which days a page is about."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convertos.analytics.periods import Period
from convertos.web.ranges import PRESETS, Range, read_range

TODAY = date(2026, 3, 12)


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("today", date(2026, 3, 12), TODAY),
        ("yesterday", date(2026, 3, 11), date(2026, 3, 11)),
        ("7d", date(2026, 3, 6), TODAY),
        ("30d", date(2026, 2, 11), TODAY),
        ("month", date(2026, 3, 1), TODAY),
        ("last-month", date(2026, 2, 1), date(2026, 2, 28)),
        ("12m", date(2025, 4, 1), TODAY),
        ("year", date(2026, 1, 1), TODAY),
        ("last-year", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_presets(preset: str, first: date, last: date) -> None:
    """A preset is about these days, today included."""
    assert read_range({"range": preset}, TODAY).period == Period(first, last)


@given(st.dates(date(2000, 3, 1), date(2100, 1, 1)))
def test_presets_on_any_day(today: date) -> None:
    """Every preset makes sense on every day, leap days and year's ends too."""
    for preset in PRESETS:
        period = preset.period(today)
        assert period.first <= period.last <= today


def test_without_anything() -> None:
    """An address without parameters means the last thirty days against the thirty before, by last touch."""
    found = read_range({}, TODAY)
    assert (found.preset, found.comparison, found.model) == ("30d", "previous", "last_touch")
    assert found.compared == Period(date(2026, 1, 12), date(2026, 2, 10))
    assert found.parameters() == {}


@pytest.mark.parametrize(
    "query",
    [
        {"range": "7d", "compare": "year"},
        {"from": "2026-01-01", "to": "2026-01-31", "compare": "none"},
        {"model": "last_touch_including_direct"},
    ],
)
def test_kept_in_the_address(query: dict[str, str]) -> None:
    """What was chosen is found again from the address that it makes."""
    found = read_range(query, TODAY)
    assert found.parameters() == query
    assert read_range(found.parameters(), TODAY) == found


@pytest.mark.parametrize(
    "query",
    [
        {"range": "x"},
        {"from": "2026-02-30", "to": "2026-03-01"},
        {"from": "2026-03-01"},
        {"from": "0001-01-01", "to": "9999-12-31"},
        {"compare": "x", "model": "x"},
    ],
)
def test_nonsense(query: dict[str, str]) -> None:
    """What makes no sense in an address is as if it were not there."""
    assert read_range(query, TODAY) == read_range({}, TODAY)


def test_days_the_wrong_way_round() -> None:
    """Whoever picks the later day first gets the same days."""
    found = read_range({"from": "2026-01-31", "to": "2026-01-01"}, TODAY)
    assert found == Range(Period(date(2026, 1, 1), date(2026, 1, 31)), None)
