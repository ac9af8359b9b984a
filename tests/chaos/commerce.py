"""Made-up shops that sell, refund, cancel and delete, and tell of it as WordPress and WooCommerce do.

The same seed tells the same story. What an event means is noted beside its bytes in plain words (`Fact`), so
that the oracle needs none of the code that it judges.
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from tests.support.tenants import Source

CANARY = "canary"
"""Stands in every address and name, and must never be seen in a log."""

CANARY_PHONE = "69765"
_DECIMALS = {"EUR": 2, "JPY": 0, "KWD": 3}
_CAMPAIGNS = (("google", "cpc"), ("facebook", "paid_social"), ("newsletter", "email"))
_LIVES: Sequence[tuple[int, tuple[str, ...]]] = (
    (30, ("pending", "processing", "completed")),
    (20, ("processing", "completed")),
    (12, ("pending", "processing", "completed", "refund", "refund")),
    (8, ("processing", "refund", "completed")),
    (8, ("pending", "cancelled")),
    (6, ("pending", "failed")),
    (8, ("processing", "completed", "deleted")),
    (4, ("processing", "deleted", "restored")),
    (4, ("pending", "on-hold", "processing")),
)
_ORDERS_AT_ONCE = 25
_CUSTOMERS = 60


@dataclass(frozen=True)
class Fact:
    """What an event says, if it is kept.

    Attributes:
        kind: `order`, `deleted`, `restored` (which states the order, too) or `lead`.
        version: the place of an order's statement in its life.
    """

    kind: str
    client_id: UUID
    store_id: UUID
    email: str = ""
    order_id: str = ""
    version: int = 0
    status: str = ""
    total: Decimal = Decimal(0)
    refunded: Decimal = Decimal(0)
    currency: str = ""
    is_counted: bool = False
    campaign: str = ""


@dataclass(frozen=True)
class Event:
    """One thing that a shop says, in the bytes in which it says it.

    Attributes:
        name: unique in a run.
        fate: what has to become of it once it is kept: `processed`, `ignored` or `parked`; `refused` where
            it must not be kept.
    """

    name: str
    source: Source
    event_type: str
    body: bytes
    fate: str
    fact: Fact | None = None
    delivery_id: str = ""


@dataclass(frozen=True)
class Brand:
    """A client with one shop and the ways in which the shop speaks."""

    sources: Sequence[Source]
    currency: str

    @property
    def home(self) -> Source:
        return self.sources[0]


@dataclass
class _Customer:
    number: int
    email: str
    phone: str
    campaign: tuple[str, str]

    def spelled(self, random: Random) -> str:
        return random.choice((self.email, self.email.upper(), f" {self.email} ", self.email.title()))


@dataclass
class _Order:
    brand: Brand
    number: int
    customer: _Customer
    total: Decimal
    created_at: datetime
    modified_at: datetime
    status: str = ""
    paid_at: datetime | None = None
    refunds: list[Decimal] = field(default_factory=list)
    version: int = 0

    @property
    def refunded(self) -> Decimal:
        return sum(self.refunds, Decimal(0))

    def fact(self, kind: str = "order") -> Fact:
        return Fact(
            kind=kind,
            client_id=self.brand.home.client_id,
            store_id=self.brand.home.store_id,
            email=self.customer.email,
            order_id=str(self.number),
            version=self.version,
            status=self.status,
            total=self.total,
            refunded=self.refunded,
            currency=self.brand.currency,
            is_counted=self.paid_at is not None and self.status not in {"cancelled", "failed"},
            campaign=self.customer.campaign[0],
        )


class Story:
    """Everything that happens in some shops, for ever."""

    def __init__(self, brands: Sequence[Brand], seed: int, now: datetime) -> None:
        self._brands, self._random, self._now = brands, Random(seed), now
        self._names = 0
        self._numbers = {brand.home.client_id: 1000 for brand in brands}
        self._customers = {brand.home.client_id: _customers(self._random) for brand in brands}

    def events(self) -> Iterator[Event]:
        """Some orders at a time, whose events come in any order."""
        while True:
            chapter = [event for _ in range(_ORDERS_AT_ONCE) for event in self._happening()]
            self._random.shuffle(chapter)
            yield from chapter

    def _happening(self) -> Iterator[Event]:
        brand = self._random.choice(self._brands)
        kind = self._random.random()
        plugin = next((source for source in brand.sources if source.type == "wordpress"), None)
        if kind < 0.15 and plugin is not None:
            yield self._lead(brand, plugin)
        elif kind < 0.17:
            yield self._poison(self._random.choice(brand.sources))
        elif kind < 0.19:
            yield self._forged(self._random.choice(brand.sources))
        elif kind < 0.21 and plugin is not None:
            yield self._event(plugin, "loyalty.points", {"points": 5}, "ignored")
        else:
            yield from self._life(brand)

    def _life(self, brand: Brand) -> Iterator[Event]:
        # The shops count alike, so that only the walls keep their orders apart.
        number = self._numbers[brand.home.client_id] = self._numbers[brand.home.client_id] + 1
        decimals = _DECIMALS[brand.currency]
        created_at = self._now - timedelta(seconds=self._random.randrange(3600, 60 * 86_400))
        order = _Order(
            brand=brand,
            number=number,
            customer=self._random.choice(self._customers[brand.home.client_id]),
            total=Decimal(self._random.randrange(500, 50_000)).scaleb(-decimals),
            created_at=created_at,
            modified_at=created_at,
        )
        (life,) = self._random.choices([life for _, life in _LIVES], [weight for weight, _ in _LIVES])
        for stage in life:
            yield from self._stage(order, stage)

    def _stage(self, order: _Order, stage: str) -> Iterator[Event]:
        brand = order.brand
        if stage in {"deleted", "restored"}:
            native = next((source for source in brand.sources if source.type == "woocommerce"), None)
            if native is not None:
                yield self._native(native, order, stage)
            return
        order.version += 1
        # Two changes within one second happen; a shop stamps them alike.
        order.modified_at += timedelta(seconds=self._random.choice((0, 1, 1, 5, 600)))
        if stage == "refund":
            share = (order.total / 4).quantize(Decimal(1).scaleb(-_DECIMALS[brand.currency]))
            order.refunds.append(share)
        else:
            order.status = stage
        if order.status in {"processing", "completed"} and order.paid_at is None:
            order.paid_at = order.modified_at
        for source in self._random.sample(brand.sources, self._random.randint(1, len(brand.sources))):
            if source.type == "wordpress":
                yield self._plugin(source, order, stage)
            else:
                yield self._native(source, order, "created" if order.version == 1 else "updated")

    def _plugin(self, source: Source, order: _Order, stage: str) -> Event:
        event_type = {
            "processing": "order.paid",
            "refund": "order.refunded",
            "cancelled": "order.cancelled",
        }.get(stage, "order.created" if order.version == 1 else "order.updated")
        data = {
            "order_id": order.number,
            "order_number": str(order.number),
            "status": order.status,
            "total": str(order.total),
            "currency": order.brand.currency,
            "created_at": _stamp(order.created_at),
            "modified_at": _stamp(order.modified_at),
            "paid_at": _stamp(order.paid_at) if order.paid_at else None,
            "customer_id": order.customer.number,
            "email": order.customer.spelled(self._random),
            "first_name": CANARY,
            "utm_source": order.customer.campaign[0],
            "utm_medium": order.customer.campaign[1],
            "refunds": [
                {"id": place, "amount": str(amount), "reason": CANARY}
                for place, amount in enumerate(order.refunds, 1)
            ],
            "items": [{"id": 1, "name": "x" * 300, "quantity": 1, "total": str(order.total)}],
        }
        return self._event(source, event_type, data, "processed", order.fact())

    def _native(self, source: Source, order: _Order, change: str) -> Event:
        body: dict[str, Any] = {"id": order.number}
        if change != "deleted":
            body |= self._object(order)
        delivery_id = self._name()
        return Event(
            name=delivery_id,
            source=source,
            event_type=f"order.{change}",
            body=json.dumps(body).encode(),
            fate="processed",
            fact=order.fact(change if change in {"deleted", "restored"} else "order"),
            delivery_id=delivery_id,
        )

    def _object(self, order: _Order) -> Mapping[str, Any]:
        prefix = "_wc_order_attribution_"
        return {
            "number": str(order.number),
            "status": order.status,
            "currency": order.brand.currency,
            "total": str(order.total),
            "date_created_gmt": _gmt(order.created_at),
            "date_modified_gmt": _gmt(order.modified_at),
            "date_paid_gmt": _gmt(order.paid_at) if order.paid_at else None,
            "customer_id": order.customer.number,
            "billing": {"email": order.customer.spelled(self._random), "first_name": CANARY},
            "refunds": [
                {"id": place, "total": f"-{amount}", "reason": CANARY}
                for place, amount in enumerate(order.refunds, 1)
            ],
            "line_items": [{"id": 1, "name": "y" * 600, "quantity": 1, "total": str(order.total)}],
            "meta_data": [
                {"key": f"{prefix}source_type", "value": "utm"},
                {"key": f"{prefix}utm_source", "value": order.customer.campaign[0]},
                {"key": f"{prefix}utm_medium", "value": order.customer.campaign[1]},
            ],
            "note": self._name(),
        }

    def _lead(self, brand: Brand, plugin: Source) -> Event:
        customer = self._random.choice(self._customers[brand.home.client_id])
        data = {
            "email": customer.spelled(self._random),
            "phone": customer.phone,
            "name": f"{CANARY} {CANARY}",
            "form_id": "3",
            "utm_source": customer.campaign[0],
            "utm_medium": customer.campaign[1],
        }
        fact = Fact("lead", brand.home.client_id, brand.home.store_id, customer.email)
        return self._event(plugin, "lead.created", data, "processed", fact)

    def _poison(self, source: Source) -> Event:
        """Well signed, and impossible to understand: an order without its number, or without its amount."""
        if source.type == "wordpress":
            return self._event(source, "order.paid", {"total": "5", "email": f"{CANARY}@x.example"}, "parked")
        name = self._name()
        body = json.dumps({"id": 1, "status": "completed", "note": name}).encode()
        return Event(name, source, "order.updated", body, "parked", delivery_id=name)

    def _forged(self, source: Source) -> Event:
        name = self._name()
        body = json.dumps({"event_id": name, "event_type": "order.paid", "data": {"order_id": 1}, "id": 1})
        return Event(name, source, "order.updated", body.encode(), "refused", delivery_id=name)

    def _event(
        self, source: Source, event_type: str, data: Mapping[str, Any], fate: str, fact: Fact | None = None
    ) -> Event:
        name = self._name()
        content = {
            "event_id": name,
            "event_type": event_type,
            "timestamp": _stamp(self._now),
            "data": {name: value for name, value in data.items() if value is not None},
        }
        return Event(name, source, event_type, json.dumps(content).encode(), fate, fact)

    def _name(self) -> str:
        self._names += 1
        return f"{self._random.getrandbits(64):016x}-{self._names}"


def _customers(random: Random) -> list[_Customer]:
    return [
        _Customer(
            number=number,
            email=f"{CANARY}.{number}@mail.example",
            phone=f"+30{CANARY_PHONE}{number:05d}",
            campaign=random.choice(_CAMPAIGNS),
        )
        for number in range(1, _CUSTOMERS + 1)
    ]


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _gmt(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def address_of(event: Event) -> str:
    """The path that the event is sent to."""
    if event.source.type == "wordpress":
        return "/api/webhooks/wordpress"
    return f"/api/webhooks/woocommerce/{event.source.public_id}"


def signed(events: Sequence[Event]) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of a request with one event, or with a batch of the plugin's."""
    first = events[0]
    body = first.body if len(events) == 1 else b"[" + b",".join(event.body for event in events) + b"]"
    secret = b"somebody else's" if first.fate == "refused" else first.source.secret.encode()
    mac = hmac.digest(secret, body, hashlib.sha256)
    if first.source.type == "wordpress":
        return body, {
            "Content-Type": "application/json",
            "X-ConvertOS-Connection-Id": first.source.public_id,
            "X-ConvertOS-Signature": mac.hex(),
        }
    return body, {
        "Content-Type": "application/json",
        "X-WC-Webhook-Topic": first.event_type,
        "X-WC-Webhook-Signature": base64.b64encode(mac).decode(),
        "X-WC-Webhook-Delivery-ID": first.delivery_id,
    }
