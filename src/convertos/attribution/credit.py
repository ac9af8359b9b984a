"""Which touch earned an order: models of credit, each a pure function of the journey.

Source: attribution.md §2. Whatever the model, the weights of an order's credits sum to exactly one,
the order of arrival of the touches makes no difference, and a later touch changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final
from uuid import UUID

import msgspec

from convertos.attribution.channel import DIRECT, METHODS
from convertos.records import Source

DEFAULT_LOOKBACK: Final = timedelta(days=30)
SHORTEST_LOOKBACK: Final = timedelta(days=1)
LONGEST_LOOKBACK: Final = timedelta(days=365)

_ALL: Final = Decimal(1)
_RANK: Final = {method: rank for rank, method in enumerate(METHODS)}


class JourneyTouch(msgspec.Struct, frozen=True, kw_only=True):
    """A touch on the way to an order.

    Attributes:
        occurred_at: with its time zone.
        is_own: whether the order itself recorded it; such a touch always takes part.
    """

    id: UUID
    occurred_at: datetime
    source: Source
    is_own: bool = False


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """The part of an order that one touch earned, and why.

    Attributes:
        touch_id: None where no touch is known.
        rule: `last-non-direct`, `direct-only`, `last-touch` or `no-touch`.
        considered: how many touches were in the journey.
        weight: its share of the order, 0 to 1.
    """

    touch_id: UUID | None
    source: Source
    rule: str
    considered: int
    weight: Decimal


Model = Callable[[datetime, Iterable[JourneyTouch], timedelta], tuple[Credit, ...]]
"""From the order's time, the touches of its person and the lookback to credits that sum to one."""


def last_touch(
    order_at: datetime, touches: Iterable[JourneyTouch], lookback: timedelta = DEFAULT_LOOKBACK
) -> tuple[Credit, ...]:
    """All to the last touch that was not direct; to a direct one only if there is nothing else.

    Raises:
        ValueError: the lookback is not between 1 and 365 days.
    """
    path = journey(order_at, touches, lookback)
    outside = [touch for touch in path if touch.source.channel != DIRECT.channel]
    if outside:
        return (_whole(outside[-1], "last-non-direct", path),)
    return (_whole(path[-1], "direct-only", path),) if path else (_NO_TOUCH,)


def last_touch_including_direct(
    order_at: datetime, touches: Iterable[JourneyTouch], lookback: timedelta = DEFAULT_LOOKBACK
) -> tuple[Credit, ...]:
    """All to the last touch, direct or not.

    Raises:
        ValueError: the lookback is not between 1 and 365 days.
    """
    path = journey(order_at, touches, lookback)
    return (_whole(path[-1], "last-touch", path),) if path else (_NO_TOUCH,)


MODELS: Final[Mapping[str, Model]] = MappingProxyType(
    {
        "last_touch": last_touch,
        "last_touch_including_direct": last_touch_including_direct,
    }
)
"""The models by the names that people and the API use."""


def journey(
    order_at: datetime, touches: Iterable[JourneyTouch], lookback: timedelta
) -> Sequence[JourneyTouch]:
    """The touches that could have earned the order, the last one at the end.

    A touch takes part when it came before the order, inside the lookback. The order's own touches always
    do; a time after the order, which only a wrong clock can tell, counts as the order's time.
    Of touches at the same time the order's own comes last, then the one with the stronger evidence, then
    the one with the lower id.

    Raises:
        ValueError: the lookback is not between 1 and 365 days.
    """
    if not SHORTEST_LOOKBACK <= lookback <= LONGEST_LOOKBACK:
        raise ValueError("the lookback is between 1 and 365 days")
    opens_at = order_at - lookback
    path = [touch for touch in touches if touch.is_own or opens_at <= touch.occurred_at <= order_at]
    return sorted(path, key=lambda touch: _place(touch, order_at))


def _place(touch: JourneyTouch, order_at: datetime) -> tuple[datetime, bool, int, int]:
    return (
        min(touch.occurred_at, order_at),
        touch.is_own,
        -_RANK.get(touch.source.method, len(METHODS)),
        -touch.id.int,
    )


def _whole(touch: JourneyTouch, rule: str, path: Sequence[JourneyTouch]) -> Credit:
    return Credit(touch_id=touch.id, source=touch.source, rule=rule, considered=len(path), weight=_ALL)


_NO_TOUCH: Final = Credit(touch_id=None, source=DIRECT, rule="no-touch", considered=0, weight=_ALL)
