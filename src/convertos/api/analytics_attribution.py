"""`/api/analytics/attribution`: who earned the orders."""

from typing import Annotated, Any

from fastapi import Query
from pydantic import Field

from convertos.analytics import breakdown
from convertos.analytics.model import Breakdown, Dimension, Row, change, percent
from convertos.api.analytics import (
    TAG,
    Amounts,
    Asking,
    Change,
    Percent,
    Reader,
    ReportAnswer,
    about,
    amounts,
    number,
)
from convertos.api.contract import Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import NarrowedWork

router = resource("/analytics/attribution", TAG)


class ComparedAmounts(Amounts):
    """Amounts, and those that they are compared against."""

    comparison: Annotated[Amounts | None, Field(description="The same in the period compared against.")]
    change: Annotated[Change, Field(description="Of the revenue.")]


class AttributionRow(ComparedAmounts):
    """What one source, medium, campaign, channel or landing page brought."""

    key: Annotated[str, Field(examples=["facebook"])]
    share: Annotated[Percent, Field(description="Of the block's revenue.")]


class AttributionRest(ComparedAmounts):
    """What the rows beyond `limit` come to."""

    rows: int


class AttributionBlock(Shape):
    """Who earned the orders of one currency. Rows and rest add up to the total exactly."""

    currency: Annotated[str, Field(examples=["EUR"])]
    rows: Annotated[list[AttributionRow], Field(description="The largest revenue first.")]
    rest: AttributionRest | None
    total: ComparedAmounts


class LeadsRow(Shape):
    """How many leads one source, … brought."""

    key: str
    leads: int


class AttributionAnswer(ReportAnswer, AttributionBlock):
    """Who earned what, in the client's own currency; other currencies stand beside."""

    model: str
    by: Dimension
    leads: Annotated[list[LeadsRow], Field(description="Leads have no currency.")]
    other_currencies: list[AttributionBlock]


def _compared(row: Row, currency: str, *, has_comparison: bool) -> dict[str, Any]:
    before = Amounts(**amounts(row.compared, currency)) if has_comparison else None
    grown = change(row.sums.revenue, row.compared.revenue) if has_comparison else None
    return {**amounts(row.sums, currency), "comparison": before, "change": number(grown)}


def _block(found: Breakdown, *, has_comparison: bool) -> dict[str, Any]:
    currency = found.currency

    def compared(row: Row) -> dict[str, Any]:
        return _compared(row, currency, has_comparison=has_comparison)

    whole = found.total.sums.revenue
    return {
        "currency": currency,
        "rows": [
            AttributionRow(key=row.key, share=number(percent(row.sums.revenue, whole)), **compared(row))
            for row in found.rows
        ],
        "rest": AttributionRest(rows=found.rest_rows, **compared(found.rest)) if found.rest_rows else None,
        "total": ComparedAmounts(**compared(found.total)),
    }


@router.get("")
async def read_attribution(
    _: Reader,
    work: NarrowedWork,
    question: Asking,
    by: Annotated[Dimension, Query(description="What rows are told apart by.")] = Dimension.SOURCE,
    model: Annotated[
        str | None,
        Query(
            max_length=100,
            description="`last_touch` (default: direct only where there is nothing else), or "
            "`last_touch_including_direct`, calculated from each order's journey, for 20,000 orders at most.",
        ),
    ] = None,
    limit: Annotated[
        int, Query(ge=1, le=breakdown.LARGEST_LIMIT, description="Rows at most; the others make the rest.")
    ] = breakdown.LARGEST_LIMIT,
) -> AttributionAnswer:
    """Tell who earned the orders: revenue by source, medium, campaign, channel or landing page."""
    report = await breakdown.break_down(work, question, by, model=breakdown.model_asked(model), limit=limit)
    has_comparison = question.comparison is not None
    first, *others = (_block(found, has_comparison=has_comparison) for found in report.breakdowns)
    return AttributionAnswer(
        **about(report),
        **first,
        model=report.model,
        by=by,
        leads=[LeadsRow(key=key, leads=count) for key, count in report.leads[:limit]],
        other_currencies=[AttributionBlock(**block) for block in others],
    )
