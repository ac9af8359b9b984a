"""What is asked of the sums, and the shapes that answers come in. Pure."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from uuid import UUID

import msgspec

from convertos.analytics.periods import Compare, Interval, Period
from convertos.records import currency_decimals

NOTHING_KNOWN = "(not set)"
"""The key of what nobody stated."""


class Dimension(StrEnum):
    """By what amounts are told apart."""

    SOURCE = "source"
    MEDIUM = "medium"
    CAMPAIGN = "campaign"
    CHANNEL = "channel"
    LANDING_PAGE = "landing_page"


class View(StrEnum):
    """When a repayment counts: with its order's day, or on the day it was made."""

    ORDER = "order"
    CASH = "cash"


class Client(msgspec.Struct, frozen=True):
    """A client as reports need it."""

    client_id: UUID
    timezone: str
    currency: str


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders take part; an empty one lets all of them.

    Attributes:
        status: the platform's own words.
    """

    status: tuple[str, ...] = ()
    channel: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    medium: tuple[str, ...] = ()
    campaign: tuple[str, ...] = ()

    def given(self) -> dict[str, list[str]]:
        """Those that keep something out."""
        return {name: list(names) for name in self.__struct_fields__ if (names := getattr(self, name))}


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to know.

    Attributes:
        clients: whose amounts are added up; the first one's currency is shown first.
        comparison: the period that it is compared against, and how that follows from the period.
        currency: only this one.
        as_of: when it was asked.
    """

    clients: tuple[Client, ...]
    period: Period
    as_of: datetime
    comparison: tuple[Compare, Period] | None = None
    view: View = View.ORDER
    currency: str | None = None
    filters: Filters = Filters()

    @property
    def periods(self) -> list[Period]:
        """The period, and the one it is compared against."""
        return [self.period, *([self.comparison[1]] if self.comparison else [])]

    @property
    def client_ids(self) -> tuple[UUID, ...]:
        """Whose amounts."""
        return tuple(client.client_id for client in self.clients)

    def ordered(self, currencies: Iterable[str]) -> list[str]:
        """The currencies in which something was found, as they are shown: the first client's own comes first
        (whether found or not), then the other clients', then the others by name.
        """
        if self.currency is not None:
            return [self.currency]
        own = [client.currency for client in self.clients]
        found = set(currencies)
        return list(dict.fromkeys([own[0], *(c for c in own if c in found), *sorted(found)]))


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts of one currency, added up.

    Attributes:
        revenue: the orders' totals (without tax and shipping where the client leaves them out).
        refunds: what was paid back of them, by the question's view.
        new_customers: orders that were their customer's first.
    """

    orders: int = 0
    revenue: Decimal = Decimal(0)
    refunds: Decimal = Decimal(0)
    new_customers: int = 0

    @property
    def net_revenue(self) -> Decimal:
        """Revenue less refunds."""
        return self.revenue - self.refunds

    def __bool__(self) -> bool:
        return self != NOTHING

    def average(self, currency: str) -> Decimal | None:
        """Net revenue for each order, in the currency's decimals; `None` without orders."""
        if not self.orders:
            return None
        step = Decimal(1).scaleb(-currency_decimals(currency))
        return (self.net_revenue / self.orders).quantize(step, ROUND_HALF_UP)


NOTHING = Sums()


def total_of(parts: Iterable[Sums]) -> Sums:
    """All of them together."""
    orders, revenue, refunds, new_customers = 0, Decimal(0), Decimal(0), 0
    for part in parts:
        orders += part.orders
        revenue += part.revenue
        refunds += part.refunds
        new_customers += part.new_customers
    return Sums(orders=orders, revenue=revenue, refunds=refunds, new_customers=new_customers)


def percent(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """A part of a whole in percent, to two decimals; `None` where there is no whole."""
    if not whole:
        return None
    return (Decimal(100) * part / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)


def change(value: Decimal | int, before: Decimal | int) -> Decimal | None:
    """By how many percent a value grew; `None` where there was nothing to grow from."""
    return percent(Decimal(value) - before, abs(Decimal(before)))


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What every answer tells about itself.

    Attributes:
        is_up_to_date: whether everything that was committed before `as_of` is in it; `False` while days of
            the range wait to be summed anew.
    """

    question: Question
    is_up_to_date: bool


class Row(msgspec.Struct, frozen=True):
    """What one source, campaign, … brought."""

    key: str
    sums: Sums
    compared: Sums


class Breakdown(msgspec.Struct, frozen=True):
    """The rows of one currency, the largest revenue first.

    Attributes:
        rest: what the rows that are not listed come to; rows and rest add up to the total.
        rest_rows: how many they are.
    """

    currency: str
    rows: list[Row]
    rest: Row
    rest_rows: int
    total: Row


class BreakdownReport(Report, frozen=True, kw_only=True):
    """Who earned what: a breakdown for each currency.

    Attributes:
        leads: how many leads each brought, the most first; they have no currency.
    """

    by: Dimension
    model: str
    breakdowns: list[Breakdown]
    leads: list[tuple[str, int]]


class Step(msgspec.Struct, frozen=True):
    """One step of a timeline.

    Attributes:
        starts: its first day; or for hours the client's local time with its offset.
        ends: its last day; for hours `None`.
    """

    starts: date | datetime
    ends: date | None = None


class Line(msgspec.Struct, frozen=True):
    """What one source or channel brought, step by step."""

    key: str
    points: list[Sums]


class Timeline(msgspec.Struct, frozen=True):
    """Steps of one currency, zero where nothing was.

    Attributes:
        points: all together; `lines` and `rest` add up to them.
        compared: against what the points are drawn.
    """

    currency: str
    points: list[Sums]
    lines: list[Line]
    rest: Line | None
    compared: list[Sums]


class TimelineReport(Report, frozen=True, kw_only=True):
    """Amounts over time, for each currency."""

    interval: Interval
    by: Dimension | None
    steps: list[Step]
    compared_steps: list[Step]
    timelines: list[Timeline]
    leads: list[int]
    compared_leads: list[int]
