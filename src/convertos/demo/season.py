"""How busy a day is beside an ordinary one: weekdays, months, sales, holidays. Pure."""

from datetime import date, timedelta
from functools import lru_cache

import msgspec

_THURSDAY = 3
_NOVEMBER = 11


class Window(msgspec.Struct, frozen=True):
    """A part of every year, both days included; one that ends before it starts runs over New Year."""

    first: tuple[int, int]
    last: tuple[int, int]

    @classmethod
    def parse(cls, text: str) -> "Window":
        """From `11-15..12-01` (month and day)."""
        first, _, last = text.partition("..")
        return cls(_month_and_day(first), _month_and_day(last or first))

    def __contains__(self, day: date) -> bool:
        here = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


def _month_and_day(text: str) -> tuple[int, int]:
    month, _, day = text.partition("-")
    return int(month), int(day)


class Season(msgspec.Struct, frozen=True, kw_only=True):
    """A brand's year.

    Attributes:
        weekdays: from Monday on; 1 is ordinary.
        months: from January on.
        hours: from midnight on, in the brand's time zone.
        spans: windows of the year and by how much they are busier.
        black_friday: how much busier that Friday is; the days around it have a part of it.
    """

    weekdays: tuple[float, ...]
    months: tuple[float, ...]
    hours: tuple[float, ...]
    spans: dict[str, float] = {}
    black_friday: float = 1.0


@lru_cache(maxsize=64)
def black_friday(year: int) -> date:
    """The day after the fourth Thursday of November."""
    first = date(year, _NOVEMBER, 1)
    thursday = first + timedelta(days=(_THURSDAY - first.weekday()) % 7)
    return thursday + timedelta(weeks=3, days=1)


_AROUND_BLACK_FRIDAY = {-4: 0.15, -3: 0.2, -2: 0.25, -1: 0.45, 0: 1.0, 1: 0.6, 2: 0.5, 3: 0.6, 4: 0.2}
"""How much of the Friday's rush the days around it have; the Monday after has a rush of its own."""


def busyness(day: date, season: Season) -> float:
    """How many orders the day brings beside an ordinary one."""
    weight = season.weekdays[day.weekday()] * _month_weight(day, season.months)
    for window, factor in _windows(tuple(season.spans.items())):
        if day in window:
            weight *= factor
    distance = (day - black_friday(day.year)).days
    return weight * (1 + (season.black_friday - 1) * _AROUND_BLACK_FRIDAY.get(distance, 0.0))


@lru_cache(maxsize=16)
def _windows(spans: tuple[tuple[str, float], ...]) -> list[tuple[Window, float]]:
    return [(Window.parse(text), factor) for text, factor in spans]


def _month_weight(day: date, months: tuple[float, ...]) -> float:
    # Between the middles of two months the weight goes from one to the other, so that no first of a month jumps.
    middle = day.replace(day=15)
    step = 1 if day >= middle else -1
    other = months[(day.month - 1 + step) % 12]
    share = abs((day - middle).days) / 30
    return months[day.month - 1] * (1 - share) + other * share
