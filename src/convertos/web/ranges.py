"""Which days, compared with which, by which model: read from the address and kept while moving between pages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from convertos.analytics.periods import EARLIEST, LATEST, LONGEST_DAYS, Compare, Period, compared
from convertos.attribution.award import DEFAULT_MODEL
from convertos.attribution.credit import MODELS

DEFAULT_PRESET = "30d"
NO_COMPARISON = "none"

_DAY = timedelta(days=1)


class Preset(NamedTuple):
    """A range that needs no calendar."""

    name: str
    label: str
    period: Callable[[date], Period]


def _last(days: int) -> Callable[[date], Period]:
    return lambda today: Period(today - (days - 1) * _DAY, today)


def _first_of_month(day: date, months_back: int = 0) -> date:
    month = day.year * 12 + day.month - 1 - months_back
    return date(month // 12, month % 12 + 1, 1)


PRESETS: Sequence[Preset] = (
    Preset("today", "Today", _last(1)),
    Preset("yesterday", "Yesterday", lambda today: Period(today - _DAY, today - _DAY)),
    Preset("7d", "Last 7 days", _last(7)),
    Preset("30d", "Last 30 days", _last(30)),
    Preset("90d", "Last 90 days", _last(90)),
    Preset("month", "This month", lambda today: Period(_first_of_month(today), today)),
    Preset(
        "last-month",
        "Last month",
        lambda today: Period(_first_of_month(today, 1), _first_of_month(today) - _DAY),
    ),
    Preset("12m", "Last 12 months", lambda today: Period(_first_of_month(today, 11), today)),
    Preset("year", "This year", lambda today: Period(date(today.year, 1, 1), today)),
    Preset(
        "last-year",
        "Last year",
        lambda today: Period(date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)),
    ),
)
_PRESETS = {preset.name: preset for preset in PRESETS}

COMPARISONS = {
    Compare.PREVIOUS.value: "vs previous period",
    Compare.YEAR.value: "vs a year before",
    NO_COMPARISON: "No comparison",
}

COMPARISONS_IN_SHORT = {
    Compare.PREVIOUS.value: "vs previous",
    Compare.YEAR.value: "vs last year",
    NO_COMPARISON: "Not compared",
}
"""For a phone."""

MODEL_LABELS = {
    "last_touch": "Last touch",
    "last_touch_including_direct": "Last touch, direct too",
    "first_touch": "First touch",
    "linear": "Linear",
    "position_based": "Position based",
    "time_decay": "Time decay",
    "markov": "Markov chain",
    "shapley": "Shapley value",
}


@dataclass(frozen=True, slots=True)
class Range:
    """What a page of figures is about.

    Attributes:
        preset: the name of a preset, or `None` for days that were picked.
    """

    period: Period
    preset: str | None = DEFAULT_PRESET
    comparison: str = Compare.PREVIOUS.value
    model: str = DEFAULT_MODEL

    @property
    def compare(self) -> Compare | None:
        """How it is compared, as analytics wants to know it."""
        return None if self.comparison == NO_COMPARISON else Compare(self.comparison)

    @property
    def compared(self) -> Period | None:
        """The days that it is compared with."""
        return compared(self.period, self.compare) if self.compare else None

    @property
    def label(self) -> str | None:
        """The preset in words."""
        return _PRESETS[self.preset].label if self.preset else None

    @property
    def comparison_in_short(self) -> str:
        """The comparison in as few words as fit on a phone."""
        return COMPARISONS_IN_SHORT[self.comparison]

    @property
    def model_label(self) -> str:
        """The model in words."""
        return MODEL_LABELS[self.model]

    def parameters(self) -> dict[str, str]:
        """What an address says about it; what is usual is left out."""
        found: dict[str, str] = {}
        if self.preset is None:
            found |= {"from": self.period.first.isoformat(), "to": self.period.last.isoformat()}
        elif self.preset != DEFAULT_PRESET:
            found["range"] = self.preset
        if self.comparison != Compare.PREVIOUS.value:
            found["compare"] = self.comparison
        if self.model != DEFAULT_MODEL:
            found["model"] = self.model
        return found


def models() -> dict[str, str]:
    """The models that can be chosen, with their labels."""
    return {name: MODEL_LABELS.get(name, name) for name in MODELS}


def read_range(query: Mapping[str, str], today: date) -> Range:
    """What an address asks for; what makes no sense there is as if it were not there."""
    comparison, model = query.get("compare", ""), query.get("model", "")
    chosen = {
        "comparison": comparison if comparison in COMPARISONS else Compare.PREVIOUS.value,
        "model": model if model in MODELS else DEFAULT_MODEL,
    }
    picked = _picked(query)
    if picked is not None:
        return Range(picked, None, **chosen)
    preset = _PRESETS.get(query.get("range", ""), _PRESETS[DEFAULT_PRESET])
    return Range(preset.period(today), preset.name, **chosen)


def _picked(query: Mapping[str, str]) -> Period | None:
    try:
        first, last = date.fromisoformat(query.get("from", "")), date.fromisoformat(query.get("to", ""))
    except ValueError:
        return None
    period = Period(*sorted((first, last)))
    is_possible = period.first >= EARLIEST and period.last <= LATEST and period.days <= LONGEST_DAYS
    return period if is_possible else None
