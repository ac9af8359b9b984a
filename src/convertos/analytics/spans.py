"""Which sums answer for which days: whole weeks from sums of weeks, the days around them from sums of days. Pure."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import NamedTuple

from convertos.analytics.periods import Period

OF_WEEKS: Mapping[int, int] = {2: 5, 3: 6}
"""The details of `day_sums` that are kept for whole weeks too, and their numbers there."""

_DAY = timedelta(days=1)
_WEEK = 7 * _DAY


class Span(NamedTuple):
    """Sums to add up.

    Attributes:
        detail: of `day_sums`.
        days: those that the sums are kept under: a week is kept under its Monday.
    """

    detail: int
    days: Period


def spans_of(steps: Iterable[Period], detail: int) -> list[Span]:
    """The sums that together are the steps; none of them reaches over the end of a step.

    Args:
        steps: one after the other; those that end before they begin hold nothing.
        detail: 1 to 4, of days.
    """
    spans: list[Span] = []
    for step in steps:
        for span in _cut(step, detail):
            before = spans[-1] if spans else None
            if before and before.detail == span.detail and _follows(before, span, detail):
                spans[-1] = Span(span.detail, Period(before.days.first, span.days.last))
            else:
                spans.append(span)
    return spans


def _cut(step: Period, detail: int) -> Iterator[Span]:
    monday = step.first + (-step.first.weekday() % 7) * _DAY
    sunday = step.last - (step.last.weekday() + 1) % 7 * _DAY
    if detail not in OF_WEEKS or sunday < monday:
        parts = [(detail, step.first, step.last)]
    else:
        parts = [
            (detail, step.first, monday - _DAY),
            (OF_WEEKS[detail], monday, sunday - 6 * _DAY),
            (detail, sunday + _DAY, step.last),
        ]
    return (Span(number, Period(first, last)) for number, first, last in parts if first <= last)


def _follows(before: Span, span: Span, detail: int) -> bool:
    return span.days.first - before.days.last == (_DAY if span.detail == detail else _WEEK)
