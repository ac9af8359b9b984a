"""The living page of the design: every part with values that strain it. Not in the navigation."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from fastapi import APIRouter
from starlette.responses import Response

from convertos.web.desk import At, Desk
from convertos.web.forms import Form
from convertos.web.hues import FAINT, GREY, hue_of
from convertos.web.parts import (
    Bar,
    BarTable,
    Cell,
    Chart,
    Column,
    Series,
    Step,
    Tile,
    TimelineDay,
    TimelineEntry,
    Value,
    width_of,
)
from convertos.web.sparkline import sparkline

router = APIRouter(include_in_schema=False)

_WAVE = [12, 14, 9, 16, 18, 15, 21, 19, 24, 22, 26, 21, 28, 31, 27, 33]
_EARNED = (
    ("facebook", "12450.10", "9982"),
    ("google", "5890", "6111.40"),
    ("klaviyo", "1720.55", "0"),
    ("(direct)", "1290", "1290"),
    ("a-very-long-referring-shop-name.example.co.uk", "12.90", "40"),
)


@router.get("/dashboard/design")
async def design(desk: At) -> Response:
    """Every part of the design on one page."""
    return desk.render(
        "design.html",
        tiles=_tiles(desk),
        bars=_bars(desk),
        drawing=_chart(desk),
        timeline=_timeline(desk),
        form=_form(),
    )


def _tiles(desk: Desk) -> list[Tile]:
    show, formula = desk.show, "net revenue = total − refunds, of the orders paid in these days"
    money = [("Revenue", "48210.33", "42890"), ("AOV", "78.77", "76.4"), ("Refunded", "1204", "1254")]
    tiles = [
        Tile(
            label=label,
            value=show.money_figure(Decimal(now), "EUR"),
            change=show.change(Decimal(now), Decimal(before), is_more_better=label != "Refunded"),
            sparkline=sparkline(_WAVE if label != "Refunded" else _WAVE[::-1]),
            formula=formula,
            link="/dashboard/orders",
            more=("+ $1,204.00",) if label == "Revenue" else (),
        )
        for label, now, before in money
    ]
    counts = [("Orders", 612, 561), ("New customers", 1388123, 1388123), ("Leads", 0, 0)]
    return tiles + [
        Tile(
            label=label,
            value=show.count_figure(now),
            change=show.change(now, before),
            sparkline=sparkline(_WAVE if now else []),
            formula=label,
        )
        for label, now, before in counts
    ]


def _bars(desk: Desk) -> BarTable:
    show = desk.show
    total, longest = sum((Decimal(now) for _, now, _ in _EARNED), Decimal(0)), Decimal(_EARNED[0][1])
    return BarTable(
        heading="Source",
        columns=[Column("Revenue"), Column("Share"), Column("Change", is_optional=True)],
        rows=[
            Bar(
                name=name,
                hue=hue_of(name),
                width=width_of(Decimal(now), longest),
                link="/dashboard/orders",
                hint=f"Orders from {name}",
                cells=[
                    Cell(show.money_whole(Decimal(now), "EUR"), show.money(Decimal(now), "EUR")),
                    Cell(show.percent(Decimal(now) / total)),
                    Cell(change=show.change(Decimal(now), Decimal(before))),
                ],
            )
            for name, now, before in _EARNED
        ],
        total=[
            Cell(show.money(total, "EUR")),
            Cell(show.percent(1)),
            Cell(change=show.change(total, Decimal(17423))),
        ],
    )


def _chart(desk: Desk) -> Chart:
    show = desk.show
    names = ("facebook", "google", "klaviyo")
    series = [
        *(Series(name, hue_of(name)) for name in names),
        Series("(direct)", GREY),
        Series("Other", FAINT),
    ]
    days = [show.today - timedelta(days=len(_WAVE) - index) for index in range(len(_WAVE))]
    return Chart(
        title="Revenue by source and day",
        kind="stacked",
        locale=str(show.locale).replace("_", "-"),
        currency="EUR",
        steps_label="Day",
        series=[*series, Series("Previous period", GREY, is_comparison=True)],
        steps=[
            Step(
                label=show.day(day),
                short=show.short_day(day),
                compared=show.day(day - timedelta(days=16)),
                values=[_value(desk, Decimal(_WAVE[index] * factor)) for factor in (30, 14, 6, 4, 1, 50)],
            )
            for index, day in enumerate(days)
        ],
    )


def _value(desk: Desk, amount: Decimal) -> Value:
    return Value(str(amount), desk.show.money(amount, "EUR"))


def _timeline(desk: Desk) -> list[TimelineDay]:
    now = datetime.now(UTC)
    entries = [
        TimelineEntry(
            icon="shopping-bag",
            title="Order #1042 paid",
            text="€99.00 · facebook",
            mood="good",
            link="/dashboard/orders",
            time=desk.show.clock(now),
        ),
        TimelineEntry(
            icon="receipt-refund",
            title="Refund of €20.00",
            text="too small",
            mood="bad",
            time=desk.show.clock(now),
        ),
        TimelineEntry(
            icon="pointer",
            title="Visited /summer-sale",
            text="facebook / paid · summer-2026",
            mood="accent",
            time=desk.show.clock(now),
            details=[
                ("Landing page", "https://shop.example/summer-sale?utm_source=fb&utm_medium=paid"),
                ("Rule", "utm"),
            ],
        ),
    ]
    return [TimelineDay("Today", entries), TimelineDay("Thursday, 12 March 2026", entries[2:])]


def _form() -> Form:
    return Form(
        [("name", ""), ("domain", "shop example")], {"domain": "This is no domain, such as shop.example."}
    )
