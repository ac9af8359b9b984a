"""What Shopify's order object means. Pure.

Source: integrations.md A6, rest_field_shapes_2026-07.json, checked 2026-11. Amounts are the shop's currency
(`total_price` is as sold, before returns); what the buyer paid in is only converted.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from msgspec import UNSET

from convertos.platforms.contract import ReceivedEvent, UnreadableError
from convertos.platforms.shopify.money import shop_amount
from convertos.platforms.shopify.refunds import refunds_of
from convertos.platforms.shopify.statuses import CANCELLED, fulfillment_of, rank_of, standing_of
from convertos.platforms.shopify.visits import attributes_of, visitor_of, visits_of
from convertos.platforms.values import amount, identifier, instant, listing, mapping, text
from convertos.records import OrderItem, OrderLines, OrderRecord, Person, Version

_MOST_ITEMS = 1000
_ZERO = Decimal(0)


def order_record(body: Mapping[str, Any], external_id: str, event: ReceivedEvent) -> OrderRecord:
    """The whole order: Shopify's object states every field, and all refunds there are.

    Raises:
        UnreadableError: it has no total or currency.
    """

    def time(name: str) -> datetime | None:
        return instant(body.get(name), event.received_at)

    total = amount(body.get("total_price"))
    currency = text(body.get("currency"), 3)
    if total is None or currency is None:
        raise UnreadableError("The order has no total_price or no currency.")
    status = _status(body)
    refunds = refunds_of(body, event)
    # An order that was imported from elsewhere is created today and was processed when it was made.
    placed_at = time("processed_at") or time("created_at") or event.received_at
    digest = blake2b(event.body, digest_size=8).hexdigest()
    return OrderRecord(
        external_id=external_id,
        version=Version(time("updated_at") or placed_at, rank_of(status, len(refunds)), digest),
        person=person_of(body, visitor_of(attributes_of(body.get("note_attributes")))),
        number=text(body.get("name"), 100) or text(body.get("order_number"), 100) or external_id,
        status=status,
        standing=standing_of(status),
        fulfillment_status=fulfillment_of(text(body.get("fulfillment_status"), 50)),
        currency=currency.upper(),
        total=total,
        subtotal=_subtotal(body.get("line_items")),
        discount_total=amount(body.get("total_discounts")),
        shipping_total=_shipping(body),
        tax_total=amount(body.get("total_tax")),
        payment_method=next(iter(_texts(body.get("payment_gateway_names"))), None),
        placed_at=placed_at,
        cancelled_at=time("cancelled_at"),
        is_test=body.get("test") is True,
        items=items_of(body.get("line_items")),
        lines=_lines(body),
        refunds=refunds,
        is_refund_list_complete=True,
        touches=visits_of(body, placed_at, event.received_at),
        checkout_token=text(body["checkout_token"], 200) if "checkout_token" in body else UNSET,
    )


def _status(body: Mapping[str, Any]) -> str:
    if body.get("cancelled_at"):
        return CANCELLED
    return (text(body.get("financial_status"), 50) or "pending").lower()


def person_of(body: Mapping[str, Any], visitor_id: str | None = None) -> Person:
    """The buyer, as an order or a checkout names them."""
    billing, shipping = mapping(body.get("billing_address")), mapping(body.get("shipping_address"))
    customer = mapping(body.get("customer"))
    home = mapping(customer.get("default_address"))
    people = (billing, customer, shipping, home)

    def first_of(name: str, places: tuple[Mapping[str, Any], ...], longest: int) -> str | None:
        return next(filter(None, (text(place.get(name), longest) for place in places)), None)

    return Person(
        email=first_of("email", (body, customer), 320) or text(body.get("contact_email"), 320),
        phone=first_of("phone", (body, billing, shipping, customer), 60),
        customer_external_id=identifier(customer.get("id")),
        visitor_id=visitor_id,
        first_name=first_of("first_name", people, 200),
        last_name=first_of("last_name", people, 200),
        country=first_of("country_code", (billing, shipping, home), 2),
    )


def items_of(lines: Any) -> tuple[OrderItem, ...]:
    """The lines of an order or a checkout."""
    return tuple(_item(mapping(line)) for line in listing(lines)[:_MOST_ITEMS])


def _item(line: Mapping[str, Any]) -> OrderItem:
    stated = amount(line.get("quantity"))
    quantity = stated if stated is not None else Decimal(1)
    price = amount(line.get("price"))
    title, variant = text(line.get("title"), 300) or "", text(line.get("variant_title"), 200)
    return OrderItem(
        external_id=identifier(line.get("id")),
        product_external_id=identifier(line.get("product_id")),
        variant_external_id=identifier(line.get("variant_id")),
        sku=text(line.get("sku"), 200),
        name=f"{title} - {variant}" if variant else title,
        quantity=quantity,
        price=price,
        total=None if price is None else price * quantity - _discount(line),
    )


def _discount(line: Mapping[str, Any]) -> Decimal:
    allocated = (amount(mapping(each).get("amount")) for each in listing(line.get("discount_allocations")))
    return sum(filter(None, allocated), _ZERO)


def _subtotal(lines: Any) -> Decimal | None:
    """Before discounts, tax and shipping."""
    prices = [
        price * (amount(line.get("quantity")) or _ZERO)
        for line in map(mapping, listing(lines))
        if (price := amount(line.get("price"))) is not None
    ]
    return sum(prices, _ZERO) if prices else None


def _shipping(body: Mapping[str, Any]) -> Decimal | None:
    stated = shop_amount(body.get("total_shipping_price_set"))
    if stated is not None:
        return stated
    prices = [amount(mapping(line).get("price")) for line in listing(body.get("shipping_lines"))]
    return sum(filter(None, prices), _ZERO) if prices else None


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(filter(None, (text(entry, 100) for entry in listing(value))))


_LINE_FIELDS = {
    "coupons": ("discount_codes", {"code": "code", "discount": "amount", "discount_type": "type"}),
    "taxes": ("tax_lines", {"label": "title", "tax_total": "price"}),
    "shipping": ("shipping_lines", {"method_title": "title", "method_id": "code", "total": "price"}),
}


def _lines(body: Mapping[str, Any]) -> OrderLines:
    def read(name: str, fields: Mapping[str, str]) -> list[dict[str, str]]:
        entries = map(mapping, listing(body.get(name))[:_MOST_ITEMS])
        return [
            {ours: value for ours, theirs in fields.items() if (value := text(entry.get(theirs), 300))}
            for entry in entries
        ]

    return OrderLines(**{ours: read(*theirs) for ours, theirs in _LINE_FIELDS.items()})
