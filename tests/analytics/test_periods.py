"""Ranges of days: what is asked for, what it is compared against, how it is cut."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convertos.analytics.periods import (
    LONGEST_DAYS,
    Compare,
    Interval,
    Period,
    compared,
    compared_steps,
    period_asked,
    steps,
    usual_interval,
)
from convertos.core.errors import InvalidError

TODAY = date(2026, 11, 21)
DAY = timedelta(days=1)


def days(first: str, last: str) -> Period:
    return Period(date.fromisoformat(first), date.fromisoformat(last))


periods = st.builds(
    lambda first, length: Period(first, first + length * DAY),
    st.dates(date(1970, 1, 1), date(2100, 1, 1)),
    st.integers(0, 800),
)


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (None, None, days("2026-10-23", "2026-11-21")),
        (date(2026, 11, 1), None, days("2026-11-01", "2026-11-21")),
        (None, date(2026, 1, 30), days("2026-01-01", "2026-01-30")),
        (date(2027, 1, 5), None, days("2027-01-05", "2027-01-05")),
        (date(2026, 11, 21), date(2026, 11, 21), days("2026-11-21", "2026-11-21")),
        (None, date(1970, 1, 3), days("1970-01-01", "1970-01-03")),
        (date(2016, 11, 22), date(2026, 11, 21), days("2016-11-22", "2026-11-21")),
    ],
)
def test_what_is_left_out(first: date | None, last: date | None, expected: Period) -> None:
    """Without both ends it is the last thirty days; with one, the other follows from it."""
    assert period_asked(first, last, TODAY) == expected


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (date(2026, 11, 2), date(2026, 11, 1), "to"),
        (date(2026, 1, 1) - LONGEST_DAYS * DAY, date(2026, 1, 1), "from"),
        (date(1, 1, 1), date(1, 1, 2), "from"),
        (None, date(1, 1, 2), "to"),
        (date(2026, 1, 1), date.max, "to"),
        (date.max, None, "from"),
    ],
)
def test_ranges_that_make_no_sense(first: date | None, last: date | None, field: str) -> None:
    """A range that is backwards, longer than ten years or out of all time is refused by its field."""
    with pytest.raises(InvalidError) as refused:
        period_asked(first, last, TODAY)
    assert [each.field for each in refused.value.fields] == [field]


@pytest.mark.parametrize(
    ("period", "compare", "expected"),
    [
        (days("2026-11-01", "2026-11-30"), Compare.PREVIOUS, days("2026-10-02", "2026-10-31")),
        (days("2026-11-01", "2026-11-30"), Compare.YEAR, days("2025-11-01", "2025-11-30")),
        (days("2024-02-29", "2024-02-29"), Compare.YEAR, days("2023-02-28", "2023-02-28")),
        (days("2025-02-01", "2025-02-28"), Compare.YEAR, days("2024-02-01", "2024-02-28")),
        (days("1970-01-01", "1979-12-31"), Compare.PREVIOUS, days("1960-01-02", "1969-12-31")),
    ],
)
def test_comparison(period: Period, compare: Compare, expected: Period) -> None:
    """Compared is what lies right before, as long; or the same dates a year earlier."""
    assert compared(period, compare) == expected


@given(periods, st.sampled_from([Interval.DAY, Interval.WEEK, Interval.MONTH]))
def test_steps_hold_every_day_once(period: Period, interval: Interval) -> None:
    """The steps of a period follow each other without gap, and inner ones begin with a week or month."""
    parts = steps(period, interval)
    assert [day for part in parts for day in part.dates()] == period.dates()
    if interval is Interval.WEEK:
        assert all(part.first.weekday() == 0 for part in parts[1:])
    if interval is Interval.MONTH:
        assert all(part.first.day == 1 for part in parts[1:])


@given(periods, st.sampled_from([Interval.DAY, Interval.WEEK, Interval.MONTH]), st.sampled_from(Compare))
def test_compared_steps_hold_every_day_once(period: Period, interval: Interval, compare: Compare) -> None:
    """What a timeline is drawn against has as many steps, and they hold all of its days, each once."""
    parts = steps(period, interval)
    against = compared_steps(period, parts, compare)
    assert len(against) == len(parts)
    assert [day for part in against for day in part.dates()] == compared(period, compare).dates()


def test_a_leap_day_is_drawn_against_nothing() -> None:
    """28 February is drawn against 28 February and 1 March against 1 March; the day between has no counterpart."""
    period = days("2024-02-28", "2024-03-01")
    against = compared_steps(period, steps(period, Interval.DAY), Compare.YEAR)
    assert [part.dates() for part in against] == [[date(2023, 2, 28)], [], [date(2023, 3, 1)]]


def test_usual_intervals() -> None:
    """A day is drawn by hours, a quarter by days, two years by weeks, more by months."""
    lengths = {
        Interval.HOUR: (1, 2),
        Interval.DAY: (3, 92),
        Interval.WEEK: (93, 731),
        Interval.MONTH: (732, 3660),
    }
    for interval, ends in lengths.items():
        for length in ends:
            assert usual_interval(Period(TODAY, TODAY + (length - 1) * DAY)) is interval
