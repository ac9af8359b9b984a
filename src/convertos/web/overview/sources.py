"""Revenue by source, or by what else earned it: a bar for each."""

from collections.abc import Mapping
from decimal import Decimal

from convertos.analytics.model import Breakdown, BreakdownReport, Dimension, Row
from convertos.web.desk import Desk
from convertos.web.hues import FAINT, label_of
from convertos.web.parts import Bar, BarTable, Cell, Column, width_of

USUAL_ROWS, MOST_ROWS = 8, 200

DIMENSIONS = {
    Dimension.SOURCE: "Source",
    Dimension.CHANNEL: "Channel",
    Dimension.MEDIUM: "Medium",
    Dimension.CAMPAIGN: "Campaign",
    Dimension.LANDING_PAGE: "Landing page",
}
_FILTERED = frozenset({Dimension.SOURCE, Dimension.CHANNEL, Dimension.MEDIUM, Dimension.CAMPAIGN})


def bar_table(desk: Desk, report: BreakdownReport, breakdown: Breakdown, hues: Mapping[str, str]) -> BarTable:
    """The rows of one currency, in the colours that they share with the chart."""
    is_compared = report.question.comparison is not None
    total = breakdown.total.sums.net_revenue
    longest = max((row.sums.net_revenue for row in breakdown.rows), default=Decimal(0))
    columns = [Column("Revenue"), Column("Share"), Column("Orders", is_optional=True)]
    return BarTable(
        heading=DIMENSIONS[report.by],
        columns=[*columns, Column("Change", is_optional=True)] if is_compared else columns,
        rows=[
            Bar(
                name=_label(report.by, row.key),
                hue=hues[row.key],
                width=width_of(row.sums.net_revenue, longest),
                cells=_cells(desk, row, breakdown.currency, total, is_compared=is_compared),
                link=_link(desk, report.by, row.key),
                hint=f"Show {_label(report.by, row.key)} alone",
            )
            for row in sorted(breakdown.rows, key=lambda row: -row.sums.net_revenue)
        ]
        + _rest(desk, breakdown, is_compared=is_compared),
        total=_cells(
            desk, breakdown.total, breakdown.currency, total, is_compared=is_compared, is_exact=True
        ),
    )


def _label(by: Dimension, key: str) -> str:
    return label_of(key) if by is Dimension.SOURCE else key


def _link(desk: Desk, by: Dimension, key: str) -> str:
    return desk.here_with(**{by.value: key}) if by in _FILTERED else ""


def _rest(desk: Desk, breakdown: Breakdown, *, is_compared: bool) -> list[Bar]:
    if not breakdown.rest_rows:
        return []
    total = breakdown.total.sums.net_revenue
    cells = _cells(desk, breakdown.rest, breakdown.currency, total, is_compared=is_compared)
    name = f"+ {desk.show.count(breakdown.rest_rows)} more"
    return [
        Bar(name=name, hue=FAINT, width="0", cells=cells, link=desk.here_with(rows="all"), hint="Show all")
    ]


def _cells(
    desk: Desk, row: Row, currency: str, total: Decimal, *, is_compared: bool, is_exact: bool = False
) -> list[Cell]:
    show, revenue = desk.show, row.sums.net_revenue
    full = show.money(revenue, currency)
    cells = [
        Cell(full if is_exact else show.money_whole(revenue, currency), full),
        Cell(show.percent(revenue / total if total else None)),
        Cell(show.count(row.sums.orders)),
    ]
    if is_compared:
        cells.append(Cell(change=show.change(revenue, row.compared.net_revenue)))
    return cells
