"""Which sums answer for which days: all of them, once."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from convertos.analytics.periods import Compare, Interval, Period, compared_steps, steps
from convertos.analytics.spans import OF_WEEKS, Span, spans_of

PERIODS = st.builds(
    lambda first, days: Period(first, first + timedelta(days=days)),
    st.dates(date(2019, 1, 1), date(2029, 1, 1)),
    st.integers(0, 1200),
)


def days_of(span: Span) -> list[date]:
    if span.detail not in OF_WEEKS.values():
        return span.days.dates()
    assert span.days.first.weekday() == span.days.last.weekday() == 0
    return Period(span.days.first, span.days.last + timedelta(days=6)).dates()


@given(
    period=PERIODS,
    detail=st.integers(1, 4),
    interval=st.sampled_from([Interval.DAY, Interval.WEEK, Interval.MONTH]),
    is_compared=st.booleans(),
)
def test_every_day_is_in_one_span(
    *, period: Period, detail: int, interval: Interval, is_compared: bool
) -> None:
    """However a period is cut, its days are all there, each once and in order, in the detail that was asked for."""
    parts = steps(period, interval)
    if is_compared:
        parts = compared_steps(period, parts, Compare.YEAR)
        period = Period(parts[0].first, parts[-1].last)
    spans = spans_of(parts, detail)
    assert [day for span in spans for day in days_of(span)] == period.dates()
    assert {span.detail for span in spans} <= {detail, OF_WEEKS.get(detail)}


@given(PERIODS, st.sampled_from([2, 3]))
def test_no_week_reaches_over_a_step(period: Period, detail: int) -> None:
    """The sums of a week are taken only where all of the week lies in one step."""
    parts = steps(period, Interval.MONTH)
    for span in spans_of(parts, detail):
        if span.detail == OF_WEEKS[detail]:
            sunday = span.days.first + timedelta(days=6)
            assert any(part.first <= span.days.first and sunday <= part.last for part in parts)


def test_a_year_is_weeks_and_a_few_days() -> None:
    """2026 is read from 51 weeks and the eight days around them."""
    year = [Period(date(2026, 1, 1), date(2026, 12, 31))]
    assert spans_of(year, 2) == [
        Span(2, Period(date(2026, 1, 1), date(2026, 1, 4))),
        Span(5, Period(date(2026, 1, 5), date(2026, 12, 21))),
        Span(2, Period(date(2026, 12, 28), date(2026, 12, 31))),
    ]
