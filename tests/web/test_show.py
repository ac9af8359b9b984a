"""How figures and times are shown."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convertos.web.show import Change, Figure, Show, ago_in_words, listed, locale_of, zone_of

NOW = datetime(2026, 3, 12, 14, 3, 22, tzinfo=UTC)


def show_for(accept_language: str = "en-GB", timezone: str = "Europe/Athens") -> Show:
    return Show(locale_of(accept_language), zone_of(timezone), NOW)


@pytest.mark.parametrize(
    ("accept_language", "amount", "currency", "expected"),
    [
        ("en-US,en;q=0.9", "1234.5", "EUR", "€1,234.50"),
        ("de-DE,de;q=0.9", "1234.5", "EUR", "1.234,50\xa0€"),
        ("fr", "1234.5", "USD", "1\u202f234,50\xa0$US"),
        ("en", "1500", "JPY", "¥1,500"),
        ("en", "1.234", "KWD", "KWD1.234"),
        ("", "-0.5", "EUR", "-€0.50"),
        ("no-such-language, de", "2", "EUR", "2,00\xa0€"),
    ],
)
def test_money(accept_language: str, amount: str, currency: str, expected: str) -> None:
    """Money is written as the reader writes it, with the decimals of its currency."""
    assert show_for(accept_language).money(Decimal(amount), currency) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        ("78.77", "EUR", Figure("€78.77", "€78.77")),
        ("48210.33", "EUR", Figure("€48,210", "€48,210.33")),
        ("1234567.89", "EUR", Figure("€1.23M", "€1,234,567.89")),
        ("-12450.5", "EUR", Figure("-€12,450", "-€12,450.50")),
        ("48210", "JPY", Figure("JP¥48,210", "JP¥48,210")),
    ],
)
def test_money_on_a_tile(amount: str, currency: str, expected: Figure) -> None:
    """A tile shows as much as fits and the whole when somebody points at it."""
    assert show_for().money_figure(Decimal(amount), currency) == expected


def test_nothing_to_divide_by() -> None:
    """A figure that can't be calculated is a dash with its reason."""
    assert show_for().money_figure(None, "EUR") == Figure("–", "Nothing to divide by")


@pytest.mark.parametrize(
    ("now", "before", "is_more_better", "expected"),
    [
        ("112.4", "100", True, Change("up", "good", "12.4\u202f%")),
        ("96", "100", True, Change("down", "bad", "4.0\u202f%")),
        ("96", "100", False, Change("down", "good", "4.0\u202f%")),
        ("100.01", "100", True, Change("same", "neutral", "0.0\u202f%")),
        ("5", "0", True, Change("none", "neutral", "new")),
        ("0", "0", True, Change("same", "neutral", "0.0\u202f%")),
        ("-50", "-100", True, Change("up", "good", "50.0\u202f%")),
    ],
)
def test_change(now: str, before: str, *, is_more_better: bool, expected: Change) -> None:
    """A change says its direction, what it means, and how much it is."""
    assert show_for().change(Decimal(now), Decimal(before), is_more_better=is_more_better) == expected


@given(st.decimals(-(10**9), 10**9, places=2), st.decimals(-(10**9), 10**9, places=2))
def test_change_never_fails(now: Decimal, before: Decimal) -> None:
    """Any two amounts can be compared, and the direction is that of the amounts."""
    change = show_for().change(now, before)
    if change.direction == "up":
        assert now > before
    if change.direction == "down":
        assert now < before


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "just now"),
        (12, "12 s ago"),
        (59, "59 s ago"),
        (60, "1 min ago"),
        (7199, "1 h ago"),
        (86_399, "23 h ago"),
    ],
)
def test_ago(seconds: int, expected: str) -> None:
    """Under a day, a time is told by how long ago it was."""
    assert ago_in_words(seconds) == expected
    assert show_for().ago(NOW - timedelta(seconds=seconds)) == expected


def test_older_times() -> None:
    """After a day the date is told, with its year where it is another."""
    assert show_for().ago(NOW - timedelta(days=2)) == "10 Mar"
    assert show_for().ago(NOW - timedelta(days=200)) == "24 Aug 2025"


def test_time_zone() -> None:
    """Times are on the client's clock: late in the evening in Athens it is the next day in Auckland."""
    late = datetime(2026, 3, 12, 22, 30, tzinfo=UTC)
    assert show_for(timezone="Europe/Athens").full_time(late) == "13 Mar 2026, 00:30:00 EET"
    assert show_for(timezone="America/New_York").full_time(late) == "12 Mar 2026, 18:30:00 EDT"


def test_time_element() -> None:
    """A time carries its instant for machines and its full form for hovering."""
    assert show_for().when(NOW - timedelta(seconds=12)) == (
        '<time datetime="2026-03-12T14:03:10Z" title="12 Mar 2026, 16:03:10 EET" data-ago>12 s ago</time>'
    )


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 2, 3), date(2026, 3, 4), "3 Feb – 4 Mar 2026"),
        (date(2025, 12, 30), date(2026, 1, 2), "30 Dec 2025 – 2 Jan 2026"),
        (date(2026, 3, 12), date(2026, 3, 12), "12 Mar 2026"),
    ],
)
def test_period(start: date, end: date, expected: str) -> None:
    """A range of days says each year once."""
    assert show_for().period(start, end) == expected


def test_dates_of_readers_elsewhere() -> None:
    """An English page keeps English dates: American order for Americans, else day before month."""
    assert show_for("en-US").day(date(2026, 3, 12)) == "Mar 12, 2026"
    assert show_for("de").day(date(2026, 3, 12)) == "12 Mar 2026"


def test_words() -> None:
    """Numbers of things agree with their noun."""
    assert [show_for().things(number, "order") for number in (0, 1, 1200)] == [
        "0 orders",
        "1 order",
        "1,200 orders",
    ]
    assert listed(["a", "b", "c"]) == "a, b and c"
