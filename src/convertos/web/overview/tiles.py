"""The six figures at the top, each with its change and its line."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import NamedTuple

from convertos.analytics.model import Sums, Timeline, TimelineReport, total_of
from convertos.web.desk import Desk
from convertos.web.parts import Tile
from convertos.web.show import Figure
from convertos.web.sparkline import sparkline

_Number = Decimal | int | None


class _Measure(NamedTuple):
    """A figure that is made of sums.

    Attributes:
        is_more_better: whether a rise is good.
        is_money: whether it has a currency.
    """

    label: str
    formula: str
    of: Callable[[Sums, str], _Number]
    is_more_better: bool = True
    is_money: bool = False


_MEASURES: Sequence[_Measure] = (
    _Measure(
        "Revenue",
        "Net revenue = total − refunds, of the orders that were paid in these days",
        lambda sums, _: sums.net_revenue,
        is_money=True,
    ),
    _Measure("Orders", "Orders that were paid in these days", lambda sums, _: sums.orders),
    _Measure(
        "Average order",
        "Average order value = net revenue ÷ orders",
        lambda sums, currency: sums.average(currency),
        is_money=True,
    ),
    _Measure("New customers", "Orders that were their customer's first", lambda sums, _: sums.new_customers),
    _Measure(
        "Refunded",
        "What was paid back for the orders of these days, whenever it was",
        lambda sums, _: sums.refunds,
        is_more_better=False,
        is_money=True,
    ),
)


def tiles(desk: Desk, report: TimelineReport, currency: str) -> list[Tile]:
    """The tiles in one currency; what was earned in others stands small beside the money."""
    by_currency = {timeline.currency: timeline for timeline in report.timelines}
    timeline = by_currency[currency]
    others = [each for each in report.timelines if each.currency != currency]
    return [*(_tile(desk, measure, timeline, others) for measure in _MEASURES), _leads(desk, report)]


def _tile(desk: Desk, measure: _Measure, timeline: Timeline, others: Sequence[Timeline]) -> Tile:
    show, currency = desk.show, timeline.currency
    value = measure.of(total_of(timeline.points), currency)
    before = measure.of(total_of(timeline.compared), currency) if timeline.compared else None
    return Tile(
        label=measure.label,
        value=_figure(desk, measure, value, currency),
        formula=measure.formula,
        change=show.change(value, before, is_more_better=measure.is_more_better)
        if timeline.compared
        else None,
        sparkline=sparkline([measure.of(point, currency) or 0 for point in timeline.points]),
        link=desk.way_to("/dashboard/orders"),
        more=_elsewhere(desk, measure, others),
    )


def _figure(desk: Desk, measure: _Measure, value: _Number, currency: str) -> Figure:
    if measure.is_money:
        return desk.show.money_figure(None if value is None else Decimal(value), currency)
    return desk.show.count_figure(int(value or 0))


def _elsewhere(desk: Desk, measure: _Measure, others: Sequence[Timeline]) -> list[str]:
    found = []
    for other in others:
        value = measure.of(total_of(other.points), other.currency)
        if value:
            figure = _figure(desk, measure, value, other.currency)
            found.append(f"+ {figure}" if measure.is_money else f"+ {figure} in {other.currency}")
    return found


def _leads(desk: Desk, report: TimelineReport) -> Tile:
    total = sum(report.leads)
    return Tile(
        label="Leads",
        value=desk.show.count_figure(total),
        formula="Forms that were filled in during these days",
        change=desk.show.change(total, sum(report.compared_leads)) if report.compared_leads else None,
        sparkline=sparkline(report.leads),
        link=desk.way_to("/dashboard/leads"),
    )
