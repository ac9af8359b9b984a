"""Answers how amounts went: step by step, all together and by what earned them."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from convertos.analytics.model import (
    NOTHING,
    NOTHING_KNOWN,
    Dimension,
    Line,
    Question,
    Step,
    Sums,
    Timeline,
    TimelineReport,
    total_of,
)
from convertos.analytics.periods import Interval, compared_steps, interval_asked, steps
from convertos.analytics.store.hours import find_hours, hours_of
from convertos.analytics.store.reports import Found, Wanted, find_sums, has_stale_days
from convertos.core.database import Transaction

LARGEST_LIMIT = 50
USUAL_LIMIT = 10


class _Course(NamedTuple):
    """What was found along the steps of the question's periods."""

    steps: list[list[Step]]
    found: list[Found]
    is_up_to_date: bool


async def draw(
    transaction: Transaction,
    question: Question,
    *,
    interval: Interval | None = None,
    by: Dimension | None = None,
    limit: int = USUAL_LIMIT,
) -> TimelineReport:
    """Amounts over time, a timeline for each currency; steps without anything are there, as zero.

    Args:
        interval: without one, what suits the length of the period.
        limit: lines to draw, the largest revenue first; the others are drawn as one.

    Raises:
        InvalidError: hours of more than two days were asked for.
    """
    interval = interval_asked(interval, question.period)
    if interval is Interval.HOUR:
        course = await _by_hours(transaction, question, by)
    else:
        course = await _by_days(transaction, question, by, limit, interval)
    by_currency: dict[str, list[Found]] = defaultdict(list)
    for row in course.found:
        by_currency[row.currency].append(row)
    leads = by_currency.pop("", [])
    return TimelineReport(
        question=question,
        is_up_to_date=course.is_up_to_date,
        interval=interval,
        by=by,
        steps=course.steps[0],
        compared_steps=course.steps[1] if question.comparison else [],
        timelines=[
            _timeline(currency, by_currency.get(currency, []), course, limit if by else 0)
            for currency in question.ordered(by_currency)
        ],
        leads=_leads(leads, course, 0),
        compared_leads=_leads(leads, course, 1) if question.comparison else [],
    )


async def _by_days(
    transaction: Transaction, question: Question, by: Dimension | None, limit: int, interval: Interval
) -> _Course:
    cut = [steps(question.period, interval)]
    if question.comparison:
        compare, _ = question.comparison
        cut.append(compared_steps(question.period, cut[0], compare))
    is_stale = await has_stale_days(transaction, question)
    listed = await _largest(transaction, question, by, limit) if by else None
    # What it is compared against is drawn as one line.
    wanted = [Wanted(parts, by if place == 0 else None) for place, parts in enumerate(cut)]
    found = await find_sums(transaction, question, wanted, listed=listed)
    return _Course([[Step(*part) for part in parts] for parts in cut], found, not is_stale)


async def _largest(
    transaction: Transaction, question: Question, by: Dimension, limit: int
) -> list[tuple[str, str]]:
    """The keys of each currency that get a line of their own: found first, so that not all have to be drawn."""
    by_currency: dict[str, list[Found]] = defaultdict(list)
    for row in await find_sums(transaction, question, [Wanted([question.period], by)]):
        by_currency[row.currency].append(row)
    return [
        (currency, row.key or "")
        for currency, rows in by_currency.items()
        if currency
        for row in sorted(rows, key=lambda row: (-row.revenue, -row.orders, row.key))[:limit]
    ]


async def _by_hours(transaction: Transaction, question: Question, by: Dimension | None) -> _Course:
    """Hours are read from the orders themselves, so they wait for nothing.

    Where several clients' clocks differ, the hours are those that each one's own clock shows.
    """
    periods = question.periods
    days = [day for period in periods for day in period.dates()]
    hours = await hours_of(transaction, {client.timezone for client in question.clients}, days)
    course = _Course([], [], is_up_to_date=True)
    for place, period in enumerate(periods):
        shown = sorted(hour for hour in hours[question.clients[0].timezone] if period.has(hour.wall.date()))
        course.steps.append([Step(hour.starts_at) for hour in shown])
        # What it is compared against is drawn as one line.
        for row in await find_hours(transaction, question, period, by if place == 0 else None, hours):
            # Another client's clock may show an hour that the first one's leaves out: it goes to the one before.
            step = max(0, bisect_right(shown, row.hour[:2], key=lambda hour: hour[:2]) - 1)
            course.found.append(Found(place, step, *row[1:]))
    return course


def _points(rows: Iterable[Found], count: int) -> list[Sums]:
    found: dict[int, list[Sums]] = defaultdict(list)
    for row in rows:
        found[row.step].append(
            Sums(
                orders=row.orders,
                revenue=row.revenue,
                refunds=row.refunds,
                new_customers=row.new_customers,
            )
        )
    return [_together(found.get(step, ())) for step in range(count)]


def _together(parts: Sequence[Sums]) -> Sums:
    if not parts:
        return NOTHING
    return parts[0] if len(parts) == 1 else total_of(parts)


def _timeline(currency: str, rows: Sequence[Found], course: _Course, limit: int) -> Timeline:
    present = [row for row in rows if row.period == 0]
    count = len(course.steps[0])
    lines, rest = _lines(present, count, limit) if limit else ([], None)
    drawn = [line.points for line in ([*lines, rest] if rest else lines)]
    return Timeline(
        currency=currency,
        points=[total_of(parts) for parts in zip(*drawn, strict=True)] if drawn else _points(present, count),
        lines=lines,
        rest=rest,
        compared=_points((row for row in rows if row.period == 1), len(course.steps[-1]))
        if len(course.steps) > 1
        else [],
    )


def _lines(rows: Iterable[Found], count: int, limit: int) -> tuple[list[Line], Line | None]:
    by_key: dict[str, list[Found]] = defaultdict(list)
    others: list[Found] = []
    for row in rows:
        (others if row.key is None else by_key[row.key or NOTHING_KNOWN]).append(row)
    keys = sorted(
        by_key,
        key=lambda key: (-sum(row.revenue for row in by_key[key]), -sum(r.orders for r in by_key[key]), key),
    )
    lines = [Line(key, _points(by_key[key], count)) for key in keys[:limit]]
    others += [row for key in keys[limit:] for row in by_key[key]]
    return lines, Line("", _points(others, count)) if others else None


def _leads(rows: Iterable[Found], course: _Course, period: int) -> list[int]:
    leads = [0] * len(course.steps[period])
    for row in rows:
        if row.period == period:
            leads[row.step] += row.leads
    return leads
