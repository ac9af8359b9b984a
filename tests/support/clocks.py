"""A clock that a test moves."""

from datetime import UTC, datetime, timedelta


class Hand:
    """The time, where a test puts it."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **much: float) -> None:
        self.now += timedelta(**much)
