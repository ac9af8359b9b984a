"""Objects that were asked for by GraphQL, put into the shape of a webhook. Pure.

So one reader reads both, and an order that comes on both ways is one. What GraphQL can't tell is left out: it is
not said, rather than said to be empty. Of an order with many lines, those beyond the first page come as
`moreLineItems`.

Source: integrations.md A5; the schemas in tests/fixtures/shopify, checked 2026-11.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from convertos.platforms.contract import ReceivedEvent, UnreadableError
from convertos.platforms.remote import settled_at
from convertos.platforms.values import amount, identifier, instant, listing, mapping, text

FOUND = "found"
"""What follows an object's word where we met one that was thought to be deleted; no topic of Shopify's."""
ORDER, CUSTOMER, PRODUCT = "orders/pulled", "customers/pulled", "products/pulled"


def _id_of(node: Mapping[str, Any]) -> str:
    external_id = identifier(node.get("legacyResourceId")) or identifier(node.get("id"))
    if external_id is None:
        raise UnreadableError("The object has no id.")
    return external_id


def _changed_at(node: Mapping[str, Any], event: ReceivedEvent) -> str | None:
    modified_at = instant(node.get("updatedAt"), event.received_at)
    return settled_at(modified_at, event.received_at).isoformat() if modified_at else None


def _money(value: Any) -> Any:
    """The shop's side of a pair of amounts."""
    return mapping(mapping(value).get("shopMoney")).get("amount")


def _lower(value: Any) -> str | None:
    read = text(value, 100)
    return read.lower() if read else None


def order_shape(node: Mapping[str, Any], event: ReceivedEvent) -> dict[str, Any]:
    """An order as its webhook would tell it."""
    customer = mapping(node.get("customer"))
    shop_money = mapping(mapping(node.get("totalPriceSet")).get("shopMoney"))
    return {
        "id": _id_of(node),
        "name": node.get("name"),
        "email": node.get("email"),
        "phone": node.get("phone"),
        "test": node.get("test"),
        "created_at": node.get("createdAt"),
        "processed_at": node.get("processedAt"),
        "updated_at": _changed_at(node, event),
        "cancelled_at": node.get("cancelledAt"),
        "financial_status": _lower(node.get("displayFinancialStatus")),
        "fulfillment_status": _lower(node.get("displayFulfillmentStatus")),
        "currency": shop_money.get("currencyCode"),
        "total_price": shop_money.get("amount"),
        "total_discounts": _money(node.get("totalDiscountsSet")),
        "total_tax": _money(node.get("totalTaxSet")),
        "total_shipping_price_set": {"shop_money": {"amount": _money(node.get("totalShippingPriceSet"))}},
        "payment_gateway_names": node.get("paymentGatewayNames"),
        "note_attributes": [
            {"name": each.get("key"), "value": each.get("value")}
            for each in map(mapping, listing(node.get("customAttributes")))
        ],
        "discount_codes": [{"code": code} for code in listing(node.get("discountCodes"))],
        "tax_lines": [
            {"title": line.get("title"), "price": _money(line.get("priceSet"))}
            for line in map(mapping, listing(node.get("taxLines")))
        ],
        "shipping_lines": _shipping(node.get("shippingLine")),
        "customer": {
            "id": customer.get("legacyResourceId") or customer.get("id"),
            "email": mapping(customer.get("defaultEmailAddress")).get("emailAddress"),
            "first_name": customer.get("firstName"),
            "last_name": customer.get("lastName"),
        },
        "billing_address": _address(node.get("billingAddress")),
        "shipping_address": _address(node.get("shippingAddress")),
        "line_items": [_line(line) for line in _lines(node)],
        "refunds": [_refund(refund) for refund in map(mapping, listing(node.get("refunds")))],
        "customer_journey": node.get("customerJourneySummary"),
    }


def _lines(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    pages = (mapping(node.get(name)) for name in ("lineItems", "moreLineItems"))
    return [mapping(line) for page in pages for line in listing(page.get("nodes"))]


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    price = amount(_money(line.get("originalUnitPriceSet")))
    quantity = amount(line.get("quantity")) or Decimal(0)
    discounted = amount(_money(line.get("discountedTotalSet")))
    off = price * quantity - discounted if price is not None and discounted is not None else Decimal(0)
    return {
        "id": line.get("id"),
        "product_id": mapping(line.get("product")).get("id"),
        "variant_id": mapping(line.get("variant")).get("id"),
        "sku": line.get("sku"),
        "title": line.get("title"),
        "variant_title": line.get("variantTitle"),
        "quantity": line.get("quantity"),
        "price": price,
        "discount_allocations": [{"amount": off}],
    }


def _refund(refund: Mapping[str, Any]) -> dict[str, Any]:
    returned = _money(refund.get("totalRefundedSet"))
    return {
        "id": refund.get("legacyResourceId") or refund.get("id"),
        "created_at": refund.get("createdAt"),
        "note": refund.get("note"),
        "transactions": [{"kind": "refund", "status": "success", "amount": returned}],
    }


def _shipping(value: Any) -> list[dict[str, Any]]:
    line = mapping(value)
    price = _money(line.get("originalPriceSet"))
    return [{"title": line.get("title"), "code": line.get("code"), "price": price}] if line else []


def _address(value: Any) -> dict[str, Any]:
    address = mapping(value)
    return {
        "first_name": address.get("firstName"),
        "last_name": address.get("lastName"),
        "phone": address.get("phone"),
        "country_code": address.get("countryCodeV2"),
    }


def customer_shape(node: Mapping[str, Any], event: ReceivedEvent) -> dict[str, Any]:
    """A customer as the webhook would tell them."""
    return {
        "id": _id_of(node),
        "email": mapping(node.get("defaultEmailAddress")).get("emailAddress"),
        "phone": mapping(node.get("defaultPhoneNumber")).get("phoneNumber"),
        "first_name": node.get("firstName"),
        "last_name": node.get("lastName"),
        "created_at": node.get("createdAt"),
        "updated_at": _changed_at(node, event),
        "default_address": _address(node.get("defaultAddress")),
        "tags": node.get("tags"),
        "email_marketing_consent": {
            "state": _lower(mapping(node.get("defaultEmailAddress")).get("marketingState"))
        },
    }


def product_shape(node: Mapping[str, Any], event: ReceivedEvent) -> dict[str, Any]:
    """A product as its webhook would tell it."""
    return {
        "id": _id_of(node),
        "title": node.get("title"),
        "handle": node.get("handle"),
        "vendor": node.get("vendor"),
        "product_type": node.get("productType"),
        "status": _lower(node.get("status")),
        "tags": node.get("tags"),
        "created_at": node.get("createdAt"),
        "updated_at": _changed_at(node, event),
        "variants": [
            {
                "id": variant.get("legacyResourceId") or variant.get("id"),
                "sku": variant.get("sku"),
                "title": variant.get("title"),
                "price": variant.get("price"),
            }
            for variant in map(mapping, listing(mapping(node.get("variants")).get("nodes")))
        ],
    }
