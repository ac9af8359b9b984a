"""WooCommerce's status words, which its own webhooks and our WordPress plugin both speak.

Source: integrations.md B3; WooCommerce's `wc_get_is_paid_statuses` (processing, completed), checked 2026-11.
"""

from convertos.records import Standing

_STANDINGS = {
    "auto-draft": Standing.DRAFT,
    "draft": Standing.DRAFT,
    "checkout-draft": Standing.DRAFT,
    "new": Standing.DRAFT,
    "pending": Standing.PENDING,
    "on-hold": Standing.PENDING,
    "processing": Standing.PAID,
    "completed": Standing.PAID,
    # Not WooCommerce's, but other senders of the plugin's events say it.
    "paid": Standing.PAID,
    # Money that is paid back was paid; the refunds are its negative.
    "refunded": Standing.PAID,
    "cancelled": Standing.CANCELLED,
    "canceled": Standing.CANCELLED,
    "failed": Standing.FAILED,
    "trash": Standing.TRASHED,
}
# How far along: decides between two bodies that carry the same second.
_RANKS = {
    "checkout-draft": 10,
    "pending": 20,
    "failed": 25,
    "on-hold": 30,
    "paid": 40,
    "processing": 40,
    "completed": 50,
    "canceled": 60,
    "cancelled": 60,
    "refunded": 70,
    "trash": 80,
}
_RANK_OF_UNKNOWN = 35


def normal_status(status: str) -> str:
    """The word without the `wc-` that WordPress stores before it."""
    return status.lower().removeprefix("wc-")


def standing_of(status: str) -> Standing:
    """What a status means; a shop's own word means that payment is awaited."""
    return _STANDINGS.get(status, Standing.PENDING)


def rank_of(status: str | None, refunds: int) -> int:
    """How far along an order is: by status, then by how often money went back (at most nine count)."""
    base = _RANKS.get(status, _RANK_OF_UNKNOWN) if status else 0
    return min(base + min(refunds, 9), 99)
