"""What WooCommerce's order object means. Pure.

Source: integrations.md B3 and B4, fixtures/README.md ("What a parser must survive"), checked 2026-11.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

from convertos.platforms.contract import ReceivedEvent, UnreadableError
from convertos.platforms.remote import settled_at
from convertos.platforms.shop_statuses import normal_status, rank_of, standing_of
from convertos.platforms.values import amount, identifier, instant, listing, mapping, text
from convertos.platforms.woocommerce.attribution_meta import meta_of, touches_of
from convertos.platforms.woocommerce.pulled import PULLED
from convertos.records import OrderItem, OrderLines, OrderRecord, Person, RefundRecord, Version

_MOST_ITEMS = 1000


def order_record(body: Mapping[str, Any], external_id: str, event: ReceivedEvent) -> OrderRecord:
    """The whole order: the shop's object states every field, and all refunds there are.

    Raises:
        UnreadableError: it has no total or currency.
    """

    def time(name: str) -> datetime | None:
        # The *_gmt fields are UTC without saying so; those without _gmt are the shop's local time.
        return instant(body.get(name), event.received_at)

    total = amount(body.get("total"))
    currency = text(body.get("currency"), 3)
    if total is None or currency is None:
        raise UnreadableError("The order has no total or no currency.")
    status = normal_status(text(body.get("status"), 100) or "pending")
    refunds = _refunds(body.get("refunds"))
    created_at = time("date_created_gmt") or event.received_at
    items = tuple(_item(mapping(line)) for line in listing(body.get("line_items"))[:_MOST_ITEMS])
    digest = blake2b(event.body, digest_size=8).hexdigest()
    modified_at = time("date_modified_gmt") or created_at
    if event.event_type.endswith(PULLED):
        modified_at = settled_at(modified_at, event.received_at)
    return OrderRecord(
        external_id=external_id,
        version=Version(modified_at, rank_of(status, len(refunds)), digest),
        person=_person(body),
        number=text(body.get("number"), 100) or external_id,
        status=status,
        standing=standing_of(status),
        fulfillment_status=None,
        currency=currency.upper(),
        total=total,
        subtotal=_subtotal(body.get("line_items")),
        discount_total=amount(body.get("discount_total")),
        shipping_total=amount(body.get("shipping_total")),
        tax_total=amount(body.get("total_tax")),
        payment_method=text(body.get("payment_method"), 100),
        placed_at=created_at,
        paid_at=time("date_paid_gmt"),
        cancelled_at=time("date_modified_gmt") if status == "cancelled" else None,
        is_test=False,
        items=items,
        lines=_lines(body),
        refunds=refunds,
        is_refund_list_complete=True,
        touches=touches_of(meta_of(body.get("meta_data")), created_at, event.received_at),
        checkout_token=None,
    )


def _person(body: Mapping[str, Any]) -> Person:
    billing, shipping = mapping(body.get("billing")), mapping(body.get("shipping"))
    return Person(
        email=text(billing.get("email"), 320),
        phone=text(billing.get("phone"), 60) or text(shipping.get("phone"), 60),
        customer_external_id=identifier(body.get("customer_id")),
        first_name=text(billing.get("first_name"), 200) or text(shipping.get("first_name"), 200),
        last_name=text(billing.get("last_name"), 200) or text(shipping.get("last_name"), 200),
        country=text(billing.get("country"), 2) or text(shipping.get("country"), 2),
    )


def _item(line: Mapping[str, Any]) -> OrderItem:
    quantity = amount(line.get("quantity"))
    return OrderItem(
        external_id=identifier(line.get("id")),
        product_external_id=identifier(line.get("product_id")),
        variant_external_id=identifier(line.get("variation_id")),
        sku=text(line.get("sku"), 200),
        name=text(line.get("name"), 500) or "",
        quantity=quantity if quantity is not None else Decimal(1),
        price=amount(line.get("price")),
        total=amount(line.get("total")),
    )


def _subtotal(lines: Any) -> Decimal | None:
    """Before discounts, tax and shipping; the object itself does not say it."""
    amounts = [amount(mapping(line).get("subtotal")) for line in listing(lines)]
    return sum((value for value in amounts if value is not None), Decimal(0)) if amounts else None


def _refunds(value: Any) -> tuple[RefundRecord, ...]:
    refunds = []
    for entry in map(mapping, listing(value)):
        external_id, total = identifier(entry.get("id")), amount(entry.get("total"))
        if external_id is not None and total is not None:
            # An order lists what it gave back as a negative total; a refund object of its own is positive.
            refund = RefundRecord(
                external_id=external_id, amount=abs(total), reason=text(entry.get("reason"), 500)
            )
            refunds.append(refund)
    return tuple(refunds)


_LINE_FIELDS = {
    "coupons": ("coupon_lines", ("code", "discount", "discount_tax", "discount_type")),
    "fees": ("fee_lines", ("name", "total", "total_tax")),
    "taxes": ("tax_lines", ("rate_code", "label", "tax_total", "shipping_tax_total")),
    "shipping": ("shipping_lines", ("method_title", "method_id", "total", "total_tax")),
}


def _lines(body: Mapping[str, Any]) -> OrderLines:
    def read(name: str, fields: tuple[str, ...]) -> list[dict[str, str]]:
        entries = map(mapping, listing(body.get(name))[:_MOST_ITEMS])
        return [
            {field: value for field in fields if (value := text(entry.get(field), 300))} for entry in entries
        ]

    return OrderLines(**{ours: read(*theirs) for ours, theirs in _LINE_FIELDS.items()})
