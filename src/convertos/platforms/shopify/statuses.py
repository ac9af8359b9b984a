"""Shopify's words for how far an order is.

Its order has two, payment and fulfilment; the house's status is the one of payment, or `cancelled`.
Source: integrations.md A5 (GraphQL says `PARTIALLY_PAID` where webhooks say `partially_paid`), checked 2026-11.
"""

from convertos.records import Standing

CANCELLED = "cancelled"

_STANDINGS = {
    "pending": Standing.PENDING,
    # The money is reserved, not taken; an order of which only a part is paid still awaits the rest.
    "authorized": Standing.PENDING,
    "partially_paid": Standing.PENDING,
    "paid": Standing.PAID,
    # Money that is paid back was paid; the refunds are its negative.
    "partially_refunded": Standing.PAID,
    "refunded": Standing.PAID,
    "expired": Standing.FAILED,
    "voided": Standing.CANCELLED,
    CANCELLED: Standing.CANCELLED,
}
# How far along: decides between two statements of the same second.
_RANKS = {
    "pending": 20,
    "authorized": 25,
    "partially_paid": 30,
    "paid": 40,
    "partially_refunded": 50,
    "refunded": 60,
    "expired": 65,
    "voided": 70,
    CANCELLED: 80,
}
_RANK_OF_UNKNOWN = 15
RANK_OF_REFUND = 99
"""A refund that tells of itself is known to exist, whatever list of the same second leaves it out."""

# GraphQL tells more finely what webhooks call "nothing yet": an order that came on both ways has one word.
_FULFILLED = {
    "fulfilled": "fulfilled",
    "partial": "partial",
    "partially_fulfilled": "partial",
    "restocked": "restocked",
}


def standing_of(status: str) -> Standing:
    """What a status means; a word that is not known means that payment is awaited."""
    return _STANDINGS.get(status, Standing.PENDING)


def rank_of(status: str, refunds: int) -> int:
    """How far along an order is: by status, then by how often money went back (at most nine count)."""
    return min(_RANKS.get(status, _RANK_OF_UNKNOWN) + min(refunds, 9), RANK_OF_REFUND - 1)


def fulfillment_of(word: str | None) -> str | None:
    """The webhooks' word for how much was sent; `None` for nothing yet."""
    return _FULFILLED.get((word or "").lower())
