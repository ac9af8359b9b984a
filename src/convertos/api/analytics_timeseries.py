"""`/api/analytics/timeseries`: amounts over time."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from convertos.analytics import timeline
from convertos.analytics.model import Dimension, Line, Step, Sums, Timeline, total_of
from convertos.analytics.periods import Interval
from convertos.api.analytics import TAG, Amounts, Asking, Reader, ReportAnswer, about, amounts
from convertos.api.contract import Instant, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import NarrowedWork
from convertos.records import format_amount

router = resource("/analytics/timeseries", TAG)


class Point(Amounts):
    """One step."""

    start: Annotated[
        date | Instant, Field(description="Its first day; for hours the instant at which it begins.")
    ]
    end: Annotated[date | None, Field(description="Its last day; null for hours.")]


class Series(Shape):
    """What one source, … brought at each of the points."""

    key: str
    total: Amounts
    orders: list[int]
    revenue: list[str]
    net_revenue: list[str]


class ComparedPoints(Shape):
    """What the points are drawn against, step by step."""

    points: list[Point]


class TimeseriesBlock(Shape):
    """The steps of one currency, zero where nothing was. Series and rest add up to the points exactly."""

    currency: Annotated[str, Field(examples=["EUR"])]
    total: Amounts
    points: list[Point]
    series: Annotated[list[Series], Field(description="With `by`: the largest revenue first.")]
    rest: Annotated[Series | None, Field(description="What the series beyond `limit` come to.")]
    comparison: ComparedPoints | None


class TimeseriesAnswer(ReportAnswer, TimeseriesBlock):
    """Amounts over time, in the client's own currency; other currencies stand beside."""

    interval: Interval
    by: Dimension | None
    leads: Annotated[list[int], Field(description="At each point; leads have no currency.")]
    compared_leads: list[int] | None
    other_currencies: list[TimeseriesBlock]


def _points(steps: Sequence[Step], sums: Sequence[Sums], currency: str) -> list[Point]:
    return [
        Point(start=step.starts, end=step.ends, **amounts(each, currency))
        for step, each in zip(steps, sums, strict=True)
    ]


def _series(line: Line, currency: str) -> Series:
    return Series(
        key=line.key,
        total=Amounts(**amounts(total_of(line.points), currency)),
        orders=[sums.orders for sums in line.points],
        revenue=[format_amount(sums.revenue, currency) for sums in line.points],
        net_revenue=[format_amount(sums.net_revenue, currency) for sums in line.points],
    )


def _timeseries_block(drawn: Timeline, steps: Sequence[Step], compared: Sequence[Step]) -> dict[str, Any]:
    currency = drawn.currency
    return {
        "currency": currency,
        "total": Amounts(**amounts(total_of(drawn.points), currency)),
        "points": _points(steps, drawn.points, currency),
        "series": [_series(line, currency) for line in drawn.lines],
        "rest": _series(drawn.rest, currency) if drawn.rest else None,
        "comparison": ComparedPoints(points=_points(compared, drawn.compared, currency))
        if compared
        else None,
    }


@router.get("")
async def read_timeseries(
    _: Reader,
    work: NarrowedWork,
    question: Asking,
    interval: Annotated[
        Interval | None,
        Query(description="Hours for one day or two; default: what suits the length of the range."),
    ] = None,
    by: Annotated[Dimension | None, Query(description="Also one series for each source, channel, …")] = None,
    limit: Annotated[
        int, Query(ge=1, le=timeline.LARGEST_LIMIT, description="Series at most; the others make the rest.")
    ] = timeline.USUAL_LIMIT,
) -> TimeseriesAnswer:
    """Read amounts over time, step by step, all together and by what earned them."""
    report = await timeline.draw(work, question, interval=interval, by=by, limit=limit)
    first, *others = (
        _timeseries_block(drawn, report.steps, report.compared_steps) for drawn in report.timelines
    )
    return TimeseriesAnswer(
        **about(report),
        **first,
        interval=report.interval,
        by=by,
        leads=report.leads,
        compared_leads=report.compared_leads if question.comparison else None,
        other_currencies=[TimeseriesBlock(**block) for block in others],
    )
