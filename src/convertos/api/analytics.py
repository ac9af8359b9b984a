"""`/api/analytics`: what its reports are asked, and what they all tell."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BeforeValidator, Field

from convertos.analytics.model import Question, Report, Sums, View
from convertos.analytics.periods import Compare, Period
from convertos.analytics.question import Asked, question_of
from convertos.api.contract import Answer, Instant, Shape
from convertos.api.dependencies import ClientIds, NarrowedWork, may
from convertos.core.clock import system_clock
from convertos.records import format_amount
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

TAG = "Analytics"

Reader = Annotated[Caller, may(Right.ANALYTICS_READ)]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def _day(value: object) -> object:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("A day is written YYYY-MM-DD.")
    return value


Day = Annotated[date, BeforeValidator(_day)]
Names = Annotated[list[Annotated[str, Field(max_length=300)]] | None, Field(max_length=50)]


def _asked(
    *,
    client_ids: ClientIds = None,
    first: Annotated[
        Day | None,
        Query(
            alias="from", description="First day, in each client's time zone; default: 30 days up to `to`."
        ),
    ] = None,
    last: Annotated[
        Day | None, Query(alias="to", description="Last day, included; default: today where the client is.")
    ] = None,
    compare: Annotated[
        Compare | None,
        Query(description="The same number of days right before, or the same dates a year earlier."),
    ] = None,
    currency: Annotated[
        str | None, Query(max_length=10, description="Only this one (ISO 4217); default: each by itself.")
    ] = None,
    view: Annotated[
        View, Query(description="Refunds with their orders' days, or (cash) on the days they were made.")
    ] = View.ORDER,
    status: Annotated[
        Names, Query(description="Only orders of this status, in the platform's words; repeatable.")
    ] = None,
    channel: Annotated[Names, Query(description="Only what this channel brought; repeatable.")] = None,
    source: Annotated[Names, Query(description="Only what this source brought; repeatable.")] = None,
    medium: Annotated[Names, Query(description="Only what this medium brought; repeatable.")] = None,
    campaign: Annotated[Names, Query(description="Only what this campaign brought; repeatable.")] = None,
) -> Asked:
    return Asked(
        client_ids=client_ids or (),
        first=first,
        last=last,
        compare=compare,
        currency=currency,
        view=view,
        status=status or (),
        channel=channel or (),
        source=source or (),
        medium=medium or (),
        campaign=campaign or (),
    )


async def _question(work: NarrowedWork, asked: Annotated[Asked, Depends(_asked)]) -> Question:
    return await question_of(work, asked, system_clock())


Asking = Annotated[Question, Depends(_question)]


Money = Annotated[str, Field(description="Decimal, in the block's `currency`.", examples=["1234.50"])]


Percent = Annotated[float | None, Field(description="Percent, two decimals; null where there is no whole.")]
Change = Annotated[
    float | None,
    Field(description="From the comparison to this, in percent; null where there is nothing to divide by."),
]
Average = Annotated[
    str | None, Field(description="Net revenue / orders; null without orders.", examples=["78.77"])
]


class Days(Shape):
    """Whole days, both included."""

    from_: Annotated[date, Field(alias="from")]
    to: date


class Compared(Days):
    """What it is compared against."""

    kind: Compare


class ReportAnswer(Answer):
    """What every report tells about itself."""

    from_: Annotated[date, Field(alias="from")]
    to: date
    timezone: Annotated[str, Field(description="Of the first client; days are each client's own.")]
    view: View
    compare: Compared | None
    up_to_date: Annotated[
        bool,
        Field(
            description="Whether everything known at `asOf` is in it; else days of the range are being summed."
        ),
    ]
    as_of: Instant


def about(report: Report) -> dict[str, Any]:
    """The members that every report has."""
    question = report.question
    compare = None
    if question.comparison is not None:
        kind, period = question.comparison
        compare = Compared(kind=kind, **_days(period))
    return {
        **_days(question.period),
        "timezone": question.clients[0].timezone,
        "view": question.view,
        "compare": compare,
        "up_to_date": report.is_up_to_date,
        "as_of": question.as_of,
    }


def _days(period: Period) -> dict[str, date]:
    return {"from_": period.first, "to": period.last}


class Amounts(Shape):
    """Amounts of one currency."""

    orders: Annotated[int, Field(description="Counted orders.")]
    revenue: Money
    refunds: Money
    net_revenue: Annotated[str, Field(description="Revenue − refunds.")]
    new_customers: Annotated[int, Field(description="Orders that were their customer's first.")]
    aov: Average


def amounts(sums: Sums, currency: str) -> dict[str, Any]:
    """Sums in the contract's words."""
    return {
        "orders": sums.orders,
        "revenue": format_amount(sums.revenue, currency),
        "refunds": format_amount(sums.refunds, currency),
        "net_revenue": format_amount(sums.net_revenue, currency),
        "new_customers": sums.new_customers,
        "aov": _money(sums.average(currency), currency),
    }


def _money(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else format_amount(amount, currency)


def number(value: Decimal | None) -> float | None:
    """A percentage as a JSON number."""
    return None if value is None else float(value)
