"""`/api/analytics/overview`: the figures of the morning."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field

from convertos.analytics.overview import Figure, Figures, look_over
from convertos.analytics.periods import Interval
from convertos.api.analytics import TAG, Asking, Change, Reader, ReportAnswer, about, number
from convertos.api.contract import Instant, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import NarrowedWork
from convertos.records import format_amount

router = resource("/analytics/overview", TAG)


class Count(Shape):
    """A figure that is counted."""

    value: int
    comparison: int | None
    change: Change
    series: Annotated[list[int], Field(description="At each step.")]


class Amount(Shape):
    """A figure in money."""

    value: Annotated[str | None, Field(description="Null for an average of nothing.", examples=["1234.50"])]
    comparison: str | None
    change: Change
    series: Annotated[list[str | None], Field(description="At each step.")]


class OverviewBlock(Shape):
    """The figures of one currency."""

    currency: Annotated[str, Field(examples=["EUR"])]
    revenue: Annotated[Amount, Field(description="Totals of counted orders.")]
    refunded: Annotated[Amount, Field(description="Refunds, by `view`.")]
    net_revenue: Annotated[Amount, Field(description="Revenue − refunds.")]
    orders: Annotated[Count, Field(description="Counted orders.")]
    aov: Annotated[Amount, Field(description="Net revenue / orders.")]
    new_customers: Annotated[Count, Field(description="Orders that were their customer's first.")]


class OverviewAnswer(ReportAnswer, OverviewBlock):
    """The figures of the morning, in the client's own currency; other currencies stand beside."""

    interval: Interval
    steps: Annotated[list[date | Instant], Field(description="Where each value of a series begins.")]
    leads: Annotated[Count, Field(description="Forms that were filled in; they have no currency.")]
    other_currencies: list[OverviewBlock]


def _count(figure: Figure) -> Count:
    return Count(
        value=int(figure.value or 0),
        comparison=None if figure.compared is None else int(figure.compared),
        change=number(figure.change),
        series=[int(value or 0) for value in figure.series],
    )


def _amount(figure: Figure, currency: str) -> Amount:
    def money(value: Decimal | int | None) -> str | None:
        return None if value is None else format_amount(Decimal(value), currency)

    return Amount(
        value=money(figure.value),
        comparison=money(figure.compared),
        change=number(figure.change),
        series=[money(value) for value in figure.series],
    )


def _overview_block(figures: Figures) -> dict[str, Any]:
    currency = figures.currency
    return {
        "currency": currency,
        "revenue": _amount(figures.revenue, currency),
        "refunded": _amount(figures.refunded, currency),
        "net_revenue": _amount(figures.net_revenue, currency),
        "orders": _count(figures.orders),
        "aov": _amount(figures.aov, currency),
        "new_customers": _count(figures.new_customers),
    }


@router.get("")
async def read_overview(_: Reader, work: NarrowedWork, question: Asking) -> OverviewAnswer:
    """Read the figures of a period: revenue, orders, average order value, new customers, refunds, leads."""
    report = await look_over(work, question)
    first, *others = (_overview_block(figures) for figures in report.figures)
    return OverviewAnswer(
        **about(report),
        **first,
        interval=report.interval,
        steps=[step.starts for step in report.steps],
        leads=_count(report.leads),
        other_currencies=[OverviewBlock(**block) for block in others],
    )
