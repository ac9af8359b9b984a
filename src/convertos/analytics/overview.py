"""Answers how business went: the six figures that one looks at in the morning."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from convertos.analytics.model import Question, Report, Step, Sums, Timeline, change, total_of
from convertos.analytics.periods import Interval
from convertos.analytics.timeline import draw
from convertos.core.database import Transaction

Value = Decimal | int


class Figure(msgspec.Struct, frozen=True):
    """One figure.

    Attributes:
        value: `None` for an average of nothing.
        compared: the same in the period that it is compared against; `None` also where there is none.
        change: from that to this in percent; `None` where there is nothing to divide by.
        series: the figure at each step.
    """

    value: Value | None
    compared: Value | None
    change: Decimal | None
    series: Sequence[Value | None]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one currency."""

    currency: str
    revenue: Figure
    net_revenue: Figure
    refunded: Figure
    orders: Figure
    aov: Figure
    new_customers: Figure


class Overview(Report, frozen=True, kw_only=True):
    """The figures, for each currency; leads have none."""

    interval: Interval
    steps: list[Step]
    figures: list[Figures]
    leads: Figure


async def look_over(transaction: Transaction, question: Question) -> Overview:
    """The figures of the question's period, compared with those of the other one."""
    report = await draw(transaction, question)
    return Overview(
        question=question,
        is_up_to_date=report.is_up_to_date,
        interval=report.interval,
        steps=report.steps,
        figures=[_figures(timeline, question) for timeline in report.timelines],
        leads=_figure(
            sum(report.leads), sum(report.compared_leads) if question.comparison else None, report.leads
        ),
    )


_Read = Callable[[Sums], Value | None]


def _figures(timeline: Timeline, question: Question) -> Figures:
    now = total_of(timeline.points)
    before = total_of(timeline.compared) if question.comparison else None

    def figure(read: _Read) -> Figure:
        compared = None if before is None else read(before)
        return _figure(read(now), compared, [read(point) for point in timeline.points])

    return Figures(
        currency=timeline.currency,
        revenue=figure(lambda sums: sums.revenue),
        net_revenue=figure(lambda sums: sums.net_revenue),
        refunded=figure(lambda sums: sums.refunds),
        orders=figure(lambda sums: sums.orders),
        aov=figure(lambda sums: sums.average(timeline.currency)),
        new_customers=figure(lambda sums: sums.new_customers),
    )


def _figure(value: Value | None, compared: Value | None, series: Sequence[Value | None]) -> Figure:
    grown = None if value is None or compared is None else change(value, compared)
    return Figure(value, compared, grown, series)
