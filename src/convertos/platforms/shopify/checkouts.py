"""What Shopify's checkout object means. Pure.

From API version 2026-04 on it has no id, only its `token`, which the order repeats as `checkout_token`.
Source: integrations.md A6, checked 2026-11.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from convertos.platforms.contract import ReceivedEvent, UnreadableError
from convertos.platforms.shopify.orders import items_of, person_of
from convertos.platforms.shopify.visits import attributes_of, visitor_of
from convertos.platforms.values import amount, instant, text
from convertos.records import CheckoutRecord, CheckoutStage, Record, Version


def checkout_records(body: Mapping[str, Any], event: ReceivedEvent) -> Sequence[Record]:
    """A checkout was started, and perhaps completed.

    Raises:
        UnreadableError: it has no token.
    """
    token = text(body.get("token"), 200)
    if token is None:
        raise UnreadableError("The checkout has no token.")
    started_at = instant(body.get("created_at"), event.received_at) or event.received_at
    changed_at = instant(body.get("updated_at"), event.received_at) or started_at
    completed_at = instant(body.get("completed_at"), event.received_at)
    digest = blake2b(event.body, digest_size=8).hexdigest()
    stages = [(CheckoutStage.STARTED, started_at)]
    if completed_at is not None:
        stages.append((CheckoutStage.COMPLETED, completed_at))
    currency = text(body.get("currency"), 3)
    return [
        CheckoutRecord(
            checkout_token=token,
            stage=stage,
            occurred_at=at,
            person=person_of(body, visitor_of(attributes_of(body.get("note_attributes")))),
            version=Version(changed_at, 0, digest),
            total=amount(body.get("total_price")),
            currency=currency.upper() if currency else None,
            items=items_of(body.get("line_items")),
        )
        for stage, at in stages
    ]
