"""Days, and how a range of them is compared and cut into steps. Pure.

A day is a date on the client's calendar; when it begins and ends in time is the database's affair.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from convertos.core.errors import InvalidError

DEFAULT_DAYS = 30
LONGEST_DAYS = 3660
"""Ten years, whichever leap days they hold."""
HOURLY_DAYS = 2
EARLIEST, LATEST = date(1970, 1, 1), date(2199, 12, 31)

_DAY = timedelta(days=1)


class Period(NamedTuple):
    """Whole days, both ends included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """How many."""
        return (self.last - self.first).days + 1

    def dates(self) -> list[date]:
        """Each of them."""
        return [self.first + n * _DAY for n in range(self.days)]

    def has(self, day: date) -> bool:
        """Whether a day is one of them."""
        return self.first <= day <= self.last


class Compare(StrEnum):
    """Against what a period is compared: the days right before it, or the same dates a year earlier."""

    PREVIOUS = "previous"
    YEAR = "year"


class Interval(StrEnum):
    """The steps of a timeline."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def period_asked(first: date | None, last: date | None, today: date) -> Period:
    """The period that was asked for; what was left out makes it the last thirty days.

    Raises:
        InvalidError: it ends before it begins, is too long, or lies outside of all shops' times.
    """
    for field, day in (("from", first), ("to", last)):
        if day is not None and not EARLIEST <= day <= LATEST:
            raise InvalidError.field(field, f"Days lie between {EARLIEST} and {LATEST}.")
    if last is None:
        last = max(today, first) if first is not None else today
    if first is None:
        first = max(EARLIEST, last - (DEFAULT_DAYS - 1) * _DAY)
    if last < first:
        raise InvalidError.field("to", f"The range ends on {last}, before it begins on {first}.")
    period = Period(first, last)
    if period.days > LONGEST_DAYS:
        raise InvalidError.field(
            "from", f"A range has at most {LONGEST_DAYS} days (ten years); this one has {period.days}."
        )
    return period


def compared(period: Period, compare: Compare) -> Period:
    """The period that another one is compared against."""
    if compare is Compare.PREVIOUS:
        return Period(period.first - period.days * _DAY, period.first - _DAY)
    return Period(_year_before(period.first), _year_before(period.last))


def _year_before(day: date, in_place_of_leap_day: tuple[int, int] = (2, 28)) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, *in_place_of_leap_day)


def usual_interval(period: Period) -> Interval:
    """The steps in which a period is best drawn."""
    if period.days <= HOURLY_DAYS:
        return Interval.HOUR
    if period.days <= 92:
        return Interval.DAY
    return Interval.WEEK if period.days <= 731 else Interval.MONTH


def interval_asked(interval: Interval | None, period: Period) -> Interval:
    """The steps that were asked for, else the usual ones.

    Raises:
        InvalidError: hours, for more than two days.
    """
    if interval is Interval.HOUR and period.days > HOURLY_DAYS:
        raise InvalidError.field("interval", "Hours are shown for one day or two. Ask for days or weeks.")
    return interval or usual_interval(period)


def steps(period: Period, interval: Interval) -> list[Period]:
    """The period cut at the beginnings of weeks (Mondays) or months; the outer steps may be shorter."""
    firsts = [period.first]
    while (following := _following(firsts[-1], interval)) <= period.last:
        firsts.append(following)
    return _between(firsts, period.last)


def _following(day: date, interval: Interval) -> date:
    if interval is Interval.WEEK:
        return day + (7 - day.weekday()) * _DAY
    if interval is Interval.MONTH:
        return (day.replace(day=1) + 31 * _DAY).replace(day=1)
    return day + _DAY


def _between(firsts: Sequence[date], last: date) -> list[Period]:
    ends = [following - _DAY for following in firsts[1:]]
    return [Period(first, end) for first, end in zip(firsts, [*ends, last], strict=True)]


def compared_steps(period: Period, parts: Sequence[Period], compare: Compare) -> list[Period]:
    """For each step of a period the one it is drawn against: as far from the beginning.

    A leap day has no counterpart a year before: its step is empty (it ends before it begins).
    """
    against = compared(period, compare)
    if compare is Compare.PREVIOUS:
        firsts = [part.first - period.days * _DAY for part in parts]
    else:
        firsts = [against.first, *(_year_before(part.first, (3, 1)) for part in parts[1:])]
    return _between(firsts, against.last)
