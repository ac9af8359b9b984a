"""How an order stands, in the shop's own word and the colour of what it means."""

from typing import NamedTuple

from convertos.ledger.reading.model import Order

_BAD = frozenset({"cancelled", "failed", "trash", "voided", "expired"})


class Standing(NamedTuple):
    """A word and its colour (`good`, `bad`, `caution`, or none)."""

    word: str
    mood: str


def standing_of(order: Order) -> Standing:
    """What the badge says."""
    word = order.status or ("paid" if order.is_counted else "unknown")
    if order.is_deleted:
        return Standing("deleted", "bad")
    if word in _BAD or order.cancelled_at is not None:
        return Standing(word, "bad")
    return Standing(word, "good" if order.is_counted else "caution")
