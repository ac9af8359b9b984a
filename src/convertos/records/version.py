"""Which of two statements about the same thing is the newer one."""

from datetime import UTC, datetime
from typing import NamedTuple

_INSTANT = len("2026-11-21T09:57:02.000000")


class Version(NamedTuple):
    """The place of a statement in an object's life; compared as a tuple, the greatest wins.

    Shops stamp changes to the second, so two different bodies can carry the same stamp. `rank` then says
    which is further along (a paid order is after a pending one), and `digest` decides what is still
    equal, arbitrarily but always alike, so that the outcome never depends on the order of arrival.

    Attributes:
        at: when the platform says the object changed (UTC).
        rank: how far along its life the object is, 0 to 99.
        digest: hexadecimal hash of the content.
    """

    at: datetime
    rank: int
    digest: str

    def encode(self) -> str:
        """A text that sorts as the version does."""
        return f"{self.at.isoformat(timespec='microseconds')[:_INSTANT]}.{self.rank:02d}.{self.digest}"


def instant_of(version: str) -> datetime:
    """The time in an encoded version."""
    return datetime.fromisoformat(version[:_INSTANT]).replace(tzinfo=UTC)


NEVER = ""
"""Sorts before every encoded version: the field was never stated."""
