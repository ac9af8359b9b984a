"""What Shopify's refund object means. Pure.

Money returned is the sum of the refund's transactions of kind `refund` that succeeded; a refund without any
(goods taken back, nothing paid) returned none. Source: integrations.md A6, checked 2026-11.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from convertos.platforms.contract import ReceivedEvent, UnreadableError
from convertos.platforms.shopify.money import exchange_of
from convertos.platforms.shopify.statuses import RANK_OF_REFUND
from convertos.platforms.values import amount, identifier, instant, listing, mapping, text
from convertos.records import OrderRecord, Person, Record, RefundRecord, Version


def refund_of(body: Mapping[str, Any], event: ReceivedEvent) -> RefundRecord | None:
    """One refund; `None` where no money went back."""
    external_id = identifier(body.get("id"))
    returned = _returned(body)
    if external_id is None or returned <= 0:
        return None
    return RefundRecord(
        external_id=external_id,
        amount=returned,
        reason=text(body.get("note"), 500),
        refunded_at=instant(body.get("processed_at") or body.get("created_at"), event.received_at),
    )


def _returned(body: Mapping[str, Any]) -> Decimal:
    exchange = exchange_of(body)
    returned = Decimal(0)
    for transaction in map(mapping, listing(body.get("transactions"))):
        value = amount(transaction.get("amount"))
        is_return = transaction.get("kind") == "refund" and transaction.get("status") == "success"
        if value is None or not is_return:
            continue
        currency = text(transaction.get("currency"), 3)
        returned += exchange.in_shop_currency(value, currency) if exchange else value
    return returned


def refunds_of(order: Mapping[str, Any], event: ReceivedEvent) -> tuple[RefundRecord, ...]:
    """The refunds that an order's body lists."""
    listed = (refund_of(mapping(entry), event) for entry in listing(order.get("refunds")))
    return tuple(refund for refund in listed if refund is not None)


def records_of_refund(body: Mapping[str, Any], event: ReceivedEvent) -> Sequence[Record]:
    """What a refund says of its order: that it exists, and nothing else.

    Raises:
        UnreadableError: it does not name its order.
    """
    order = identifier(body.get("order_id"))
    if order is None:
        raise UnreadableError("The refund names no order: order_id is missing.")
    refund = refund_of(body, event)
    if refund is None:
        return []
    at = instant(body.get("created_at"), event.received_at) or event.received_at
    digest = blake2b(event.body, digest_size=8).hexdigest()
    version = Version(at, RANK_OF_REFUND, digest)
    return [OrderRecord(external_id=order, version=version, person=Person(), refunds=(refund,))]
