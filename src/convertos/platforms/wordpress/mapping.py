"""What an event of the WordPress plugin means. Pure.

Source: api.md, "WordPress event". Everything but what names the thing may be missing.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

from msgspec import UNSET, UnsetType

from convertos.platforms.contract import Ignored, IgnoreReason, ReceivedEvent, UnreadableError
from convertos.platforms.shop_statuses import normal_status, rank_of, standing_of
from convertos.platforms.values import (
    amount,
    decode_object,
    identifier,
    instant,
    listing,
    mapping,
    storable,
    text,
)
from convertos.platforms.wordpress.pushed_records import PUSHED_TYPES, records_of_push
from convertos.platforms.wordpress.spelling import members
from convertos.platforms.wordpress.traces import person_of, touches_of
from convertos.records import (
    CheckoutRecord,
    CheckoutStage,
    CustomerRecord,
    LeadRecord,
    OrderItem,
    OrderRecord,
    ProductRecord,
    ProductVariant,
    Record,
    RefundRecord,
    TouchRecord,
    Version,
)

_MOST_ITEMS = 1000
_YES = frozenset({"1", "true", "yes", "on"})


class Event:
    """One event with the parts that every type shares, read once."""

    __slots__ = ("data", "digest", "occurred_at", "received")

    def __init__(self, received: ReceivedEvent) -> None:
        envelope = decode_object(received.body)
        self.received = received
        self.data = members(envelope.get("data"))
        self.occurred_at = self.time(envelope.get("timestamp")) or received.received_at
        self.digest = blake2b(received.body, digest_size=8).hexdigest()

    def time(self, value: Any) -> datetime | None:
        """A time that the event states."""
        return instant(value, self.received.received_at)

    def version(self, rank: int = 0) -> Version:
        """When the object that the event is about changed."""
        return Version(self.time(self.data.get("modified_at")) or self.occurred_at, rank, self.digest)


def records_of(received: ReceivedEvent) -> Sequence[Record] | Ignored:
    """What the event means.

    Raises:
        UnreadableError: it lacks what names its thing, or is not JSON.
    """
    read = _READERS.get(received.event_type)
    if read is not None:
        return read(Event(received))
    if received.event_type in PUSHED_TYPES:
        return records_of_push(received)
    return Ignored(IgnoreReason.UNKNOWN_TYPE, received.event_type)


def _test(_event: Event) -> Ignored:
    return Ignored(IgnoreReason.TEST)


def _lead(event: Event) -> Sequence[Record]:
    data = event.data
    person = person_of(data)
    return [
        LeadRecord(
            external_id=event.received.event_id,
            person=person,
            registered_at=event.occurred_at,
            form_plugin=text(data.get("form_plugin"), 100),
            form_id=text(data.get("form_id"), 200),
            form_name=text(data.get("form_name"), 300),
            fields=storable(dict(mapping(data.get("fields")))),
            page_url=text(data.get("page_url")),
            touches=touches_of(data, event.occurred_at, event.time),
        )
    ]


def _customer(event: Event) -> Sequence[Record]:
    data = event.data
    person = person_of(data)
    if not person.is_known:
        raise UnreadableError("The event names no customer: customer_id, email and phone are all missing.")
    return [
        CustomerRecord(
            external_id=person.customer_external_id,
            version=event.version(),
            person=person,
            emails=(person.email,) if person.email else (),
            role=text(data.get("role"), 100),
            registered_at=event.time(data.get("created_at") or data.get("registered_at"))
            or event.occurred_at,
            touches=touches_of(data, event.occurred_at, event.time),
        )
    ]


def _touch(event: Event) -> Sequence[Record]:
    touches = touches_of(event.data, event.occurred_at, event.time)
    if not touches:
        raise UnreadableError("The touch carries neither UTM, click id, referrer nor landing page.")
    person = person_of(event.data)
    return [TouchRecord(person=person, touch=touch) for touch in touches]


def _checkout(stage: CheckoutStage) -> Callable[[Event], Sequence[Record]]:
    def read(event: Event) -> Sequence[Record]:
        data = event.data
        order = identifier(data.get("order_id"))
        token = text(data.get("checkout_token"), 200) or (
            f"order:{order}" if order else event.received.event_id
        )
        return [
            CheckoutRecord(
                checkout_token=token,
                stage=stage,
                occurred_at=event.occurred_at,
                person=person_of(data),
                version=event.version(),
                funnel_id=identifier(data.get("funnel_id")),
                step_id=identifier(data.get("step_id")),
                total=amount(data.get("total")),
                currency=_currency(event),
                items=_items(data.get("items")) or (),
                order_external_id=order,
                touches=touches_of(data, event.occurred_at, event.time),
            )
        ]

    return read


def _currency(event: Event) -> str | None:
    """What the event states; an event that leaves it out says nothing about it."""
    stated = text(event.data.get("currency"), 3)
    return stated.upper() if stated else None


def _items(value: Any) -> tuple[OrderItem, ...] | UnsetType:
    if not isinstance(value, list):
        return UNSET
    return tuple(_item(members(line)) for line in value[:_MOST_ITEMS])


def _item(line: Mapping[str, Any]) -> OrderItem:
    quantity = amount(line.get("quantity"))
    return OrderItem(
        external_id=identifier(line.get("id")),
        product_external_id=identifier(line.get("product_id")),
        variant_external_id=identifier(line.get("variation_id") or line.get("variant_id")),
        sku=text(line.get("sku"), 200),
        name=text(line.get("name"), 500) or "",
        quantity=quantity if quantity is not None else OrderItem().quantity,
        price=amount(line.get("price")),
        total=amount(line.get("total")),
    )


def _order(default_status: str | None) -> Callable[[Event], Sequence[Record]]:
    def read(event: Event) -> Sequence[Record]:
        data = event.data
        external_id = identifier(data.get("order_id"))
        if external_id is None:
            raise UnreadableError("The event names no order: order_id is missing.")
        stated = text(data.get("status"), 100)
        status = normal_status(stated) if stated else default_status
        refunds, is_complete = _refunds(event)
        return [
            OrderRecord(
                external_id=external_id,
                version=event.version(rank_of(status, len(refunds))),
                person=person_of(data),
                number=text(data.get("order_number"), 100) or UNSET,
                status=status or UNSET,
                standing=standing_of(status) if status else UNSET,
                currency=_currency(event) or UNSET,
                placed_at=event.time(data.get("created_at")) or UNSET,
                paid_at=_paid_at(event, default_status),
                cancelled_at=event.occurred_at if default_status == "cancelled" else UNSET,
                is_test=_is_yes(data["test"]) if "test" in data else UNSET,
                payment_method=text(data.get("payment_method"), 100) or UNSET,
                items=_items(data.get("items")),
                refunds=refunds,
                is_refund_list_complete=is_complete,
                touches=touches_of(data, event.time(data.get("created_at")) or event.occurred_at, event.time),
                checkout_token=text(data.get("checkout_token"), 200) or UNSET,
                **_amounts(data),
            )
        ]

    return read


def _is_yes(value: Any) -> bool:
    return value is True or text(value, 10) in _YES


def _paid_at(event: Event, default_status: str | None) -> datetime | None | UnsetType:
    stated = event.time(event.data.get("paid_at"))
    if stated is None and default_status == "processing":
        return event.occurred_at
    return stated or UNSET


def _amounts(data: Mapping[str, Any]) -> dict[str, Any]:
    names = ("total", "subtotal", "discount_total", "shipping_total", "tax_total")
    read = {name: amount(data.get(name)) for name in names if name in data}
    if read.get("total") is None:
        _refuse_unreadable("total", data.get("total"))
    return {name: value for name, value in read.items() if value is not None}


def _refuse_unreadable(name: str, value: Any) -> None:
    """Money that is there and can't be read is no zero: the event waits until somebody has looked at it."""
    if value is not None and value != "":
        raise UnreadableError(f"{name} is no amount such as 12.50.")


def _refunds(event: Event) -> tuple[tuple[RefundRecord, ...], bool]:
    data = event.data
    single = members(data.get("refund"))
    several = data.get("refunds")
    found = [_refund(event, members(entry)) for entry in listing(several)]
    if single:
        found.append(_refund(event, single))
    by_id = {refund.external_id: refund for refund in found if refund is not None}
    return tuple(by_id.values()), isinstance(several, list)


def _refund(event: Event, entry: Mapping[str, Any]) -> RefundRecord | None:
    stated = entry.get("amount") if "amount" in entry else entry.get("total")
    value = amount(stated)
    if value is None:
        _refuse_unreadable("The refund's amount", stated)
        return None
    refunded_at = event.time(entry.get("refunded_at") or entry.get("created_at"))
    external_id = (
        identifier(entry.get("id")) or f"{abs(value)}@{(refunded_at or event.occurred_at).isoformat()}"
    )
    return RefundRecord(
        external_id=external_id,
        amount=abs(value),
        reason=text(entry.get("reason"), 500),
        refunded_at=refunded_at,
    )


def _product(event: Event) -> Sequence[Record]:
    data = event.data
    external_id = identifier(data.get("product_id") or data.get("id"))
    if external_id is None:
        raise UnreadableError("The event names no product: product_id is missing.")
    variants = data.get("variants")
    return [
        ProductRecord(
            external_id=external_id,
            version=event.version(),
            parent_external_id=identifier(data.get("parent_id")),
            sku=text(data.get("sku"), 200),
            name=text(data.get("name"), 500) or "",
            status=text(data.get("status"), 50) or "publish",
            price=amount(data.get("price")),
            currency=_currency(event) or event.received.default_currency,
            categories=_names(data.get("categories")),
            tags=_names(data.get("tags")),
            variants=_variants(variants) if isinstance(variants, list) else None,
            metadata=storable(dict(mapping(data.get("metadata")))),
        )
    ]


def _variants(entries: list[Any]) -> tuple[ProductVariant, ...]:
    variants = []
    for entry in map(members, entries[:_MOST_ITEMS]):
        external_id = identifier(entry.get("id") or entry.get("variation_id"))
        if external_id:
            variants.append(
                ProductVariant(
                    external_id=external_id,
                    sku=text(entry.get("sku"), 200),
                    name=text(entry.get("name"), 500),
                    price=amount(entry.get("price")),
                )
            )
    return tuple(variants)


def _names(value: Any) -> tuple[str, ...]:
    names = (text(entry.get("name") if isinstance(entry, dict) else entry, 200) for entry in listing(value))
    return tuple(name for name in names if name)


_READERS: dict[str, Callable[[Event], Sequence[Record] | Ignored]] = {
    "lead.created": _lead,
    "order.created": _order(None),
    "order.updated": _order(None),
    "order.paid": _order("processing"),
    "order.refunded": _order(None),
    "order.cancelled": _order("cancelled"),
    "checkout.started": _checkout(CheckoutStage.STARTED),
    "checkout.abandoned": _checkout(CheckoutStage.ABANDONED),
    "checkout.completed": _checkout(CheckoutStage.COMPLETED),
    "touch.recorded": _touch,
    "customer.registered": _customer,
    "customer.updated": _customer,
    "product.updated": _product,
    "test": _test,
}
