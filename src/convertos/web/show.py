"""How figures, times and words are shown to one reader.

Numbers and money follow the reader's locale, with the currency's own decimals. Dates are words and stand in an
English page, so readers of other languages get the British order. Times are in the client's time zone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
)
from markupsafe import Markup, escape

DEFAULT_LOCALE = Locale("en")
_BRITISH = Locale("en", "GB")
_LONGEST_HEADER = 200

NOTHING = "–"
_WHOLE_FROM = 1_000
_SHORT_FROM = 1_000_000
_DAY_SECONDS = 86_400


def locale_of(accept_language: str) -> Locale:
    """The first language of a browser's list that we know how to write numbers in."""
    for part in accept_language[:_LONGEST_HEADER].split(","):
        tag = part.split(";")[0].strip()
        try:
            return Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError, TypeError):
            continue
    return DEFAULT_LOCALE


@dataclass(frozen=True, slots=True)
class Figure:
    """A number for people: as short as fits, with the full one for hovering."""

    short: str
    full: str

    def __str__(self) -> str:
        return self.short


@dataclass(frozen=True, slots=True)
class Change:
    """How a figure compares with the one before.

    Attributes:
        direction: `up`, `down`, `same`, or `none` where there is nothing to compare with.
        mood: `good`, `bad` or `neutral`: what it means, which is not the direction.
        text: the percentage without a sign, or why there is none.
    """

    direction: str
    mood: str
    text: str

    @property
    def sign(self) -> str:
        """What is read without colours."""
        return {"up": "▲", "down": "▼", "same": "", "none": ""}[self.direction]

    @property
    def spoken(self) -> str:
        """For a screen reader."""
        return {"up": f"up {self.text}", "down": f"down {self.text}", "same": "unchanged"}.get(
            self.direction, self.text
        )


@dataclass(frozen=True, slots=True)
class Show:
    """Shows values to one reader.

    Attributes:
        timezone: the client's, or UTC where no client is looked at.
        now: the present, to tell how long ago something was.
    """

    locale: Locale
    timezone: tzinfo
    now: datetime

    @property
    def date_locale(self) -> Locale:
        """Whose order of day and month is used."""
        return self.locale if self.locale.language == "en" else _BRITISH

    # -- numbers ---------------------------------------------------------------------------------------

    def money(self, amount: Decimal | None, currency: str) -> str:
        """An amount with its currency's decimals, to the last one."""
        if amount is None:
            return NOTHING
        return str(format_currency(amount, currency, locale=self.locale))

    def money_figure(self, amount: Decimal | None, currency: str) -> Figure:
        """An amount for a tile: whole from a thousand on, short from a million on."""
        if amount is None:
            return Figure(NOTHING, "Nothing to divide by")
        full = self.money(amount, currency)
        if abs(amount) >= _SHORT_FROM:
            short = format_compact_currency(amount, currency, locale=self.locale, fraction_digits=2)
            return Figure(str(short), full)
        if abs(amount) >= _WHOLE_FROM and get_currency_precision(currency) > 0:
            return Figure(self.money_whole(amount, currency), full)
        return Figure(full, full)

    def money_whole(self, amount: Decimal, currency: str) -> str:
        """An amount without decimals: for columns in which only the size matters."""
        pattern = self.locale.currency_formats["standard"].pattern.replace(".00", "")
        return str(format_currency(amount, currency, pattern, locale=self.locale, currency_digits=False))

    def count(self, number: int | Decimal) -> str:
        """A number of things."""
        return str(format_decimal(number, locale=self.locale))

    def count_figure(self, number: int) -> Figure:
        """A number of things for a tile: short from a million on."""
        full = self.count(number)
        if abs(number) >= _SHORT_FROM:
            return Figure(str(format_compact_decimal(number, locale=self.locale, fraction_digits=2)), full)
        return Figure(full, full)

    def percent(self, share: Decimal | float | None) -> str:
        """A share of one, in percent with one decimal."""
        if share is None:
            return NOTHING
        pattern = "#,##0.0\N{NARROW NO-BREAK SPACE}%"
        return str(format_percent(Decimal(str(share)), format=pattern, locale=self.locale))

    def change(
        self, now: Decimal | int | None, before: Decimal | int | None, *, is_more_better: bool | None = True
    ) -> Change:
        """How a figure compares with the one before.

        Args:
            is_more_better: `None` where neither is.
        """
        if now is None or before is None:
            return Change("none", "neutral", "nothing to compare with")
        if before == 0:
            return (
                Change("same", "neutral", self.percent(0)) if now == 0 else Change("none", "neutral", "new")
            )
        ratio = (Decimal(now) - Decimal(before)) / abs(Decimal(before))
        text = self.percent(abs(ratio))
        if abs(ratio) < Decimal("0.0005"):
            return Change("same", "neutral", text)
        is_up = ratio > 0
        mood = "neutral" if is_more_better is None else ("good" if is_up == is_more_better else "bad")
        return Change("up" if is_up else "down", mood, text)

    # -- times -----------------------------------------------------------------------------------------

    def local(self, instant: datetime) -> datetime:
        """The instant on the client's clock."""
        return instant.astimezone(self.timezone)

    @property
    def today(self) -> date:
        """The client's present day."""
        return self.local(self.now).date()

    def full_time(self, instant: datetime) -> str:
        """Day, time to the second and zone."""
        local = self.local(instant)
        return f"{self.day(local.date())}, {local:%H:%M:%S} {self.zone(instant)}"

    def zone(self, instant: datetime) -> str:
        """The short name of the time zone, such as `EEST` or `UTC+07`."""
        name = self.local(instant).tzname() or "UTC"
        return name if name[0].isalpha() else f"UTC{name}"

    def day(self, day: date) -> str:
        """A day with its year: `12 Mar 2026`."""
        return str(format_date(day, "medium", locale=self.date_locale))

    def short_day(self, day: date) -> str:
        """A day without its year where it is this one: `12 Mar`."""
        if day.year != self.today.year:
            return self.day(day)
        return str(format_skeleton("MMMd", day, locale=self.date_locale))

    def day_heading(self, day: date) -> str:
        """A day as a heading: `Today`, `Yesterday`, `Thursday, 12 March 2026`."""
        if day == self.today:
            return "Today"
        if day == self.today - timedelta(days=1):
            return "Yesterday"
        return str(format_date(day, "full", locale=self.date_locale))

    def weekday(self, day: date) -> str:
        """A day with its weekday: `Thu, 12 Mar 2026`."""
        return str(format_skeleton("yMMMEd", day, locale=self.date_locale))

    def month(self, day: date) -> str:
        """A month: `Mar 2026`."""
        return str(format_skeleton("yMMM", day, locale=self.date_locale))

    def clock(self, instant: datetime) -> str:
        """Hours and minutes."""
        return f"{self.local(instant):%H:%M}"

    def period(self, start: date, end: date) -> str:
        """A range of days: `3 Feb – 4 Mar 2026`."""
        if start == end:
            return self.day(start)
        is_this_year = start.year == end.year
        first = format_skeleton("MMMd", start, locale=self.date_locale) if is_this_year else self.day(start)
        return f"{first} – {self.day(end)}"

    def ago(self, instant: datetime) -> str:
        """How long ago; after a day, which day it was."""
        seconds = int((self.now - instant).total_seconds())
        if seconds < 0 or seconds >= _DAY_SECONDS:
            return self.short_day(self.local(instant).date())
        return ago_in_words(seconds)

    def when(self, instant: datetime | None) -> Markup:
        """A time element: relative under a day, absolute on hover, kept fresh by the page's script."""
        if instant is None:
            return Markup('<span class="text-secondary">{}</span>').format(NOTHING)
        stamp = instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        full, short = escape(self.full_time(instant)), escape(self.ago(instant))
        age = (self.now - instant).total_seconds()
        live = Markup(" data-ago") if 0 <= age < _DAY_SECONDS else ""
        return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(stamp, full, live, short)

    def at(self, instant: datetime) -> Markup:
        """A time element with day and minute."""
        local = self.local(instant)
        stamp = instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        text = f"{self.short_day(local.date())}, {local:%H:%M}"
        return Markup('<time datetime="{}" title="{}">{}</time>').format(stamp, self.full_time(instant), text)

    # -- words -----------------------------------------------------------------------------------------

    def things(self, number: int, singular: str, plural: str | None = None) -> str:
        """`1 order`, `2 orders`."""
        return f"{self.count(number)} {singular if number == 1 else plural or singular + 's'}"


def ago_in_words(seconds: int) -> str:
    """A span under a day: `just now`, `12 s ago`, `5 min ago`, `3 h ago`."""
    if seconds < 3:
        return "just now"
    if seconds < 60:
        return f"{seconds} s ago"
    if seconds < 3600:
        return f"{seconds // 60} min ago"
    return f"{seconds // 3600} h ago"


def zone_of(name: str) -> tzinfo:
    """A time zone by its name."""
    return ZoneInfo(name)


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
