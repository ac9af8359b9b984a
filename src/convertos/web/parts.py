"""What the parts of a page are given to show: see templates/parts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from markupsafe import Markup

from convertos.web.show import Change, Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A figure with its change and its line.

    Attributes:
        formula: how it is calculated, in words.
        link: its rows.
        more: the same in other currencies.
    """

    label: str
    value: Figure
    formula: str
    change: Change | None = None
    sparkline: Markup | None = None
    link: str = ""
    more: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a bar table; an optional one is left out on a phone."""

    label: str
    is_optional: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in a bar table: text, with the full one for hovering, or a change."""

    text: str = ""
    full: str = ""
    change: Change | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A row of a bar table.

    Attributes:
        width: of the bar, in percent of the longest.
        link: where a click leads; `hint` says so.
    """

    name: str
    hue: str
    width: str
    cells: Sequence[Cell]
    link: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BarTable:
    """Who earned what."""

    heading: str
    columns: Sequence[Column]
    rows: Sequence[Bar]
    total: Sequence[Cell] = ()


@dataclass(frozen=True, slots=True)
class Value:
    """A number of a chart: for the drawing, and for people."""

    number: str
    text: str


@dataclass(frozen=True, slots=True)
class Series:
    """A line or layer of a chart."""

    name: str
    hue: str
    is_comparison: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A place on a chart's axis.

    Attributes:
        short: for the axis.
        compared: what the comparison's value belongs to.
        link: where a click leads.
    """

    label: str
    short: str
    values: Sequence[Value]
    compared: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart and its table.

    Attributes:
        kind: `stacked` or `lines`.
        currency: of the axis; empty for counts.
    """

    title: str
    kind: str
    locale: str
    steps_label: str
    series: Sequence[Series]
    steps: Sequence[Step]
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One thing that happened."""

    icon: str
    title: str
    time: str | Markup
    text: str = ""
    mood: str = ""
    link: str = ""
    details: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """What happened on one day."""

    heading: str
    entries: list[TimelineEntry] = field(default_factory=list)


def width_of(value: Decimal, longest: Decimal) -> str:
    """A bar's width in percent, never less than can be seen of something."""
    if longest <= 0 or value <= 0:
        return "0"
    return f"{max(Decimal('0.6'), 100 * value / longest):.1f}"
