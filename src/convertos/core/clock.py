"""The time, handed in so that a test can choose it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Gives the present instant, with a time zone."""


def system_clock() -> datetime:
    """The machine's time in UTC."""
    return datetime.now(UTC)
