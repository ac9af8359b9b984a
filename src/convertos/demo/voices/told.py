"""What a voice says, and the spelling that all of PHP's voices share."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol

from convertos.demo.happenings import Happening

_SLOWEST_SECONDS = 53
_SECONDS = len("2026-11-21T09:57:02")


class Told(NamedTuple):
    """One delivery.

    Attributes:
        voice: the type of the connection that it comes by.
        at: when it arrives.
    """

    voice: str
    at: datetime
    event_type: str
    body: bytes


class Voice(Protocol):
    """A sender of deliveries.

    Attributes:
        type: of its connection.
        connection_name: what people call the connection.
    """

    type: str
    connection_name: str

    def tell(self, happening: Happening) -> Iterator[Told]:
        """What it says of a happening; nothing, where that is none of its business."""


def money(cents: int) -> str:
    """An amount as shops write it: `-5.90`."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02}"


def php_json(value: Any) -> bytes:
    """JSON as PHP writes it: slashes and everything beyond ASCII are escaped."""
    return json.dumps(value, separators=(",", ":")).replace("/", "\\/").encode()


def rfc3339(at: datetime) -> str:
    """A time in UTC, to the second, with a `Z`."""
    return f"{at.isoformat()[:_SECONDS]}Z"


def arrives(at: datetime, number: int) -> datetime:
    """When a delivery about a thing arrives: shops send in the background, within a minute.

    All about the same thing is equally late, so that it arrives in its order.
    """
    return at + timedelta(seconds=3 + number % _SLOWEST_SECONDS)
