"""What the deliveries of a made-up history amount to, reckoned from their bytes without the product's help."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from convertos.demo.brand import brand
from convertos.demo.history import deliveries
from convertos.demo.voices import Told

START = date(2026, 2, 1)
PAID = {"processing", "completed", "refunded"}


@dataclass
class Books:
    """One brand's orders by number, each as it was told last, its leads and its checkouts."""

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    leads: set[str] = field(default_factory=set)
    checkouts: set[str] = field(default_factory=set)

    def counted(self) -> list[dict[str, Any]]:
        return [order for order in self.orders.values() if order["status"] in PAID and not order.get("test")]

    def revenue(self) -> Decimal:
        return sum((Decimal(order["total"]) for order in self.counted()), Decimal(0))

    def refunds(self) -> Decimal:
        return sum((refunded(order) for order in self.counted()), Decimal(0))

    def customers(self) -> int:
        return len({email_of(order).strip().lower() for order in self.counted()})


def refunded(order: dict[str, Any]) -> Decimal:
    """What was given back; a shop lists it negative, the plugin positive."""
    amounts = (refund.get("amount") or refund.get("total") for refund in order.get("refunds", ()))
    return sum((abs(Decimal(amount)) for amount in amounts), Decimal(0))


def email_of(order: dict[str, Any]) -> str:
    return str(order["billing"]["email"] if "billing" in order else order["email"])


def told(
    key: str, *, days: int = 45, scale: float = 0.1, seed: int = 7, starts_on: date = START
) -> list[Told]:
    """What a brand's senders deliver in the first days of a history."""
    until = datetime.combine(starts_on, datetime.min.time(), UTC) + timedelta(days=days)
    return list(deliveries(brand(key), seed=seed, scale=scale, starts_on=starts_on, until=until))


def keep_books(deliveries: Iterable[Told]) -> Books:
    """Enter every delivery."""
    books = Books()
    for delivery in deliveries:
        body = json.loads(delivery.body)
        if delivery.voice == "woocommerce":
            if delivery.event_type.startswith("order."):
                books.orders[str(body["id"])] = body
            continue
        data = body["data"]
        if delivery.event_type == "lead.created":
            books.leads.add(body["event_id"])
        elif delivery.event_type.startswith("checkout."):
            books.checkouts.add(data["checkout_token"])
        elif delivery.event_type.startswith("order."):
            # Where a shop's own webhooks tell of the order, they have the last word.
            known = books.orders.get(str(data["order_id"]))
            if known is None or "billing" not in known:
                books.orders[str(data["order_id"])] = data
    return books
