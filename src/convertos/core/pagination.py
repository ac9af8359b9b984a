"""Pages of a list by cursor: stable while rows come and go, and never counted through."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Generic, TypeVar

import msgspec

from convertos.core.errors import InvalidError

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200
_MOST_DIGITS = 100

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """A part of a list, and where the next part begins (`None` at the end)."""

    items: list[Item]
    next_cursor: str | None


def encode_cursor(*position: Any) -> str:
    """The sort values of a row as one opaque word."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).decode().rstrip("=")


def decode_cursor(cursor: str | None, *types: type) -> tuple[Any, ...] | None:
    """The sort values again, checked for their types; `None` for the first page, which an empty cursor is too.

    Raises:
        InvalidError: it is no cursor of this list.
    """
    if not cursor:
        return None
    position = _read(cursor, types)
    if position is None or not all(map(_can_be_stored, position)):
        raise InvalidError.field("cursor", "This cursor does not belong to this list.")
    return position


def _read(cursor: str, types: tuple[type, ...]) -> tuple[Any, ...] | None:
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return tuple(msgspec.json.decode(raw, type=tuple[types]))  # type: ignore[valid-type]  # built from the arguments
    except (binascii.Error, msgspec.MsgspecError, UnicodeError, ValueError):
        return None


def _can_be_stored(value: object) -> bool:
    if isinstance(value, Decimal):
        return value.is_finite() and abs(value.adjusted()) <= _MOST_DIGITS
    return not isinstance(value, str) or "\x00" not in value


def page_of(rows: Sequence[Item], limit: int, position: Callable[[Item], tuple[Any, ...]]) -> Page[Item]:
    """A page from rows that were asked for with `limit + 1`: the extra one only tells that there is more."""
    items = list(rows[:limit])
    has_more = len(rows) > limit
    return Page(items, encode_cursor(*position(items[-1])) if has_more else None)
