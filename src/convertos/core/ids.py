"""Ids: made by us and sorted by time, or derived from what they name."""

from collections.abc import Callable
from datetime import datetime
from hashlib import blake2b
from uuid import UUID

from uuid_utils.compat import uuid7

MakeId = Callable[[], UUID]
"""Gives a new id; handed in where a test needs to know it."""

_SEPARATOR = b"\x1f"


def new_id() -> UUID:
    """A UUIDv7: unique, and sorted by the time of its making, so that indexes grow at one end."""
    return uuid7()


def first_id_at(instant: datetime) -> UUID:
    """The smallest UUIDv7 of an instant: where a partition by time begins."""
    milliseconds = int(instant.timestamp() * 1000)
    return UUID(int=milliseconds << 80 | 7 << 76 | 2 << 62)


def derived_id(*parts: str | bytes) -> UUID:
    """The id of something named by its contents: equal parts, equal id (UUIDv8, RFC 9562 §5.8).

    Makes writing the same thing twice one row, without asking first.
    """
    joined = _SEPARATOR.join(part.encode() if isinstance(part, str) else part for part in parts)
    number = int.from_bytes(blake2b(joined, digest_size=16).digest())
    number = number & ~(0xF << 76) | 8 << 76
    return UUID(int=number & ~(0x3 << 62) | 2 << 62)
