"""An order as WooCommerce's REST API and webhooks write it: every member, in its order.

Source: the recordings in tests/fixtures/woocommerce/webhooks/order.*, WooCommerce 10.9.1.
"""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Any
from urllib.parse import urlsplit

from convertos.demo.brand import Brand
from convertos.demo.happenings import Line, Order, Person, Refund, Visit
from convertos.demo.voices.told import money

VERSION = "10.9.1"
ATTRIBUTION = "_wc_order_attribution_"
_DEVICES = ("Mobile", "Mobile", "Desktop", "Mobile", "Desktop", "Tablet", "Mobile")
_AGENTS = {
    "Mobile": "Mozilla/5.0 (Linux; Android 15; Example) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36",
    "Desktop": "Mozilla/5.0 (X11; Linux x86_64; Example) AppleWebKit/537.36 Chrome/142.0 Safari/537.36",
    "Tablet": "Mozilla/5.0 (iPad; CPU OS 18_1 like Mac OS X; Example) AppleWebKit/605.1.15 Safari/604.1",
}
_UNPAID = frozenset({"pending", "failed"})
_EDITABLE = frozenset({"pending", "on-hold"})


def order_body(brand: Brand, zone: tzinfo, order: Order) -> dict[str, Any]:
    """The order as it is now."""
    device = _DEVICES[order.number % len(_DEVICES)]
    address = _address(order.person)
    pay = f"{brand.address}/checkout/order-pay/{order.number}/?pay_for_order=true&key={order.key}"
    return {
        "id": order.number,
        "parent_id": 0,
        "status": order.status,
        "currency": order.currency,
        "version": VERSION,
        "prices_include_tax": brand.prices_include_tax,
        "date_created": _local(order.placed_at, zone),
        "date_modified": _local(order.modified_at, zone),
        "discount_total": money(order.discount),
        "discount_tax": money(order.discount_tax),
        "shipping_total": money(order.shipping),
        "shipping_tax": money(order.shipping_tax),
        "cart_tax": money(order.cart_tax),
        "total": money(order.total),
        "total_tax": money(order.tax),
        "customer_id": order.account,
        "order_key": order.key,
        "billing": {**address, "email": order.email.strip(), "phone": order.person.phone or ""},
        "shipping": {**address, "phone": ""},
        "payment_method": order.payment.method,
        "payment_method_title": order.payment.title,
        "transaction_id": f"EXAMPLE-{order.key[9:]}" if order.paid_at else "",
        "customer_ip_address": f"203.0.113.{order.number % 254 + 1}",
        "customer_user_agent": _AGENTS[device],
        "created_via": "checkout",
        "customer_note": "",
        "date_completed": _local(order.completed_at, zone),
        "date_paid": _local(order.paid_at, zone),
        "cart_hash": order.checkout_token,
        "number": str(order.number),
        "meta_data": _meta(order, device),
        "line_items": [_line(line) for line in order.lines],
        "tax_lines": [_tax_line(order)],
        "shipping_lines": [_shipping_line(order)],
        "fee_lines": [],
        "coupon_lines": [_coupon_line(order)] if order.coupon else [],
        "refunds": [_refund(refund) for refund in reversed(order.refunds)],
        "payment_url": pay,
        "is_editable": order.status in _EDITABLE,
        "needs_payment": order.status in _UNPAID,
        "needs_processing": True,
        "date_created_gmt": _gmt(order.placed_at),
        "date_modified_gmt": _gmt(order.modified_at),
        "date_completed_gmt": _gmt(order.completed_at),
        "date_paid_gmt": _gmt(order.paid_at),
        "currency_symbol": brand.currency_symbol,
        "_links": _links(brand, order),
    }


def _local(at: datetime | None, zone: tzinfo) -> str | None:
    return at.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S") if at else None


def _gmt(at: datetime | None) -> str | None:
    return at.strftime("%Y-%m-%dT%H:%M:%S") if at else None


def _address(person: Person) -> dict[str, str]:
    return {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "company": "",
        "address_1": person.street,
        "address_2": "",
        "city": person.city,
        "state": person.state,
        "postcode": person.postcode,
        "country": person.country,
    }


def _meta(order: Order, device: str) -> list[dict[str, Any]]:
    notes = dict(_attribution(order.session, device))
    return [
        {"id": order.meta_number + place, "key": f"{ATTRIBUTION}{name}", "value": value}
        for place, (name, value) in enumerate(notes.items())
    ]


def _attribution(visit: Visit, device: str) -> Iterator[tuple[str, str]]:
    """What WooCommerce notes of the session in which the order was placed."""
    arrival = visit.arrival
    utm = dict(arrival.utm)
    if "gclid" in arrival.click_ids and not utm:
        utm = {"source": "google", "medium": "cpc"}
    source_type = "typein"
    if utm:
        source_type = "utm"
    elif arrival.referrer:
        source_type = "organic" if arrival.is_search else "referral"
        host = urlsplit(arrival.referrer).hostname or ""
        name = host.removeprefix("www.").partition(".")[0] if arrival.is_search else host
        utm = {"source": name, "medium": source_type}
    if source_type == "typein":
        utm = {"source": "(direct)", "medium": "(none)"}
    yield "source_type", source_type
    if arrival.referrer:
        yield "referrer", arrival.referrer
    for name, value in utm.items():
        yield f"utm_{name}", value
    yield "session_entry", arrival.landing_page
    yield "session_start_time", visit.at.strftime("%Y-%m-%d %H:%M:%S")
    yield "session_pages", str(3 + visit.at.second % 9)
    yield "session_count", str(visit.count)
    yield "user_agent", _AGENTS[device]
    yield "device_type", device


def _line(line: Line) -> dict[str, Any]:
    item = line.item
    return {
        "id": line.number,
        "name": item.name,
        "product_id": item.number,
        "variation_id": item.variant_number,
        "quantity": line.quantity,
        "tax_class": "",
        "subtotal": money(line.subtotal),
        "subtotal_tax": money(line.subtotal_tax),
        "total": money(line.total),
        "total_tax": money(line.total_tax),
        "taxes": [{"id": 1, "total": money(line.total_tax), "subtotal": money(line.subtotal_tax)}],
        "meta_data": [_option(line)] if item.variant_number else [],
        "sku": item.sku,
        "global_unique_id": "",
        "price": round(line.total / line.quantity / 100, 6),
        "image": {"id": "", "src": ""},
        "parent_name": item.product_name if item.variant_number else None,
    }


def _option(line: Line) -> dict[str, Any]:
    item = line.item
    return {
        "id": line.number * 10,
        "key": item.option.lower(),
        "value": item.variant,
        "display_key": item.option,
        "display_value": item.variant,
    }


def _tax_line(order: Order) -> dict[str, Any]:
    return {
        "id": order.tax_number,
        "rate_code": f"{order.person.country}-TAX-1",
        "rate_id": 1,
        "label": "Tax",
        "compound": False,
        "tax_total": money(order.cart_tax),
        "shipping_tax_total": money(order.shipping_tax),
        "rate_percent": order.tax_rate / 1000,
        "meta_data": [],
    }


def _shipping_line(order: Order) -> dict[str, Any]:
    return {
        "id": order.shipping_number,
        "method_title": "Paket" if order.shipping else "Kostenloser Versand",
        "method_id": "flat_rate" if order.shipping else "free_shipping",
        "instance_id": "1" if order.shipping else "2",
        "total": money(order.shipping),
        "total_tax": money(order.shipping_tax),
        "taxes": [{"id": 1, "total": money(order.shipping_tax), "subtotal": ""}],
        "tax_status": "taxable",
        "meta_data": [],
    }


def _coupon_line(order: Order) -> dict[str, Any]:
    is_percent = bool(order.coupon_percent)
    nominal = order.coupon_percent or order.coupon_amount / 100
    kind = '"percent"' if is_percent else "null"
    info = f'[{order.coupon_number},"{order.coupon}",{kind},{nominal:g}]'
    return {
        "id": order.coupon_number,
        "code": order.coupon,
        "discount": f"{order.discount / 100:g}",
        "discount_tax": f"{order.discount_tax / 100:g}",
        "meta_data": [
            {
                "id": order.coupon_number * 10,
                "key": "coupon_info",
                "value": info,
                "display_key": "coupon_info",
                "display_value": info,
            }
        ],
        "discount_type": "percent" if is_percent else "fixed_cart",
        "nominal_amount": nominal,
        "free_shipping": False,
    }


def _refund(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.number,
        "reason": refund.reason,
        "total": money(-refund.amount),
        "total_tax": money(-refund.tax),
    }


def _links(brand: Brand, order: Order) -> dict[str, Any]:
    orders = f"{brand.address}/wp-json/wc/v3/orders"
    methods = {"allow": ["GET", "POST", "PUT", "PATCH", "DELETE"]}
    links = {
        "self": [{"href": f"{orders}/{order.number}", "targetHints": methods}],
        "collection": [{"href": orders}],
        "email_templates": [{"embeddable": True, "href": f"{orders}/{order.number}/actions/email_templates"}],
    }
    if order.account:
        customer = f"{brand.address}/wp-json/wc/v3/customers/{order.account}"
        links["customer"] = [{"href": customer}]
    return links
