"""Shopify's example bodies, and deliveries as Shopify sends them."""

import base64
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from convertos.platforms import ReceivedEvent
from tests.support.senders import Headers, as_bytes
from tests.support.tenants import Source

FIXTURES = Path(__file__).parent.parent / "fixtures" / "shopify"
DOOR = "/api/webhooks/shopify"
RECEIVED_AT = datetime(2026, 11, 26, 12, tzinfo=UTC)


def example(name: str, folder: str = "webhooks") -> dict[str, Any]:
    """An example body, by its file's name."""
    content = json.loads((FIXTURES / folder / f"{name}.json").read_bytes())
    assert isinstance(content, dict)
    return content


def received(topic: str, content: Any, *, event_id: str = "w-1", currency: str = "USD") -> ReceivedEvent:
    """A kept delivery, as the mapping sees it."""
    return ReceivedEvent(
        event_type=topic,
        event_id=event_id,
        body=as_bytes(content),
        received_at=RECEIVED_AT,
        default_currency=currency,
    )


def shopify_headers(shop: Source, body: bytes, topic: str, secret: str | None = None) -> dict[str, str]:
    """The headers of a fresh delivery."""
    key = (shop.secret if secret is None else secret).encode()
    return {
        "Content-Type": "application/json",
        "User-Agent": "Shopify-Captain-Hook",
        "X-Shopify-Topic": topic,
        "X-Shopify-Hmac-Sha256": base64.b64encode(hmac.digest(key, body, "sha256")).decode(),
        "X-Shopify-Shop-Domain": "example-store.myshopify.com",
        "X-Shopify-API-Version": "2026-10",
        "X-Shopify-Webhook-Id": str(uuid4()),
        "X-Shopify-Event-Id": str(uuid4()),
    }


async def deliver_shopify(
    http: httpx.AsyncClient,
    shop: Source,
    topic: str,
    content: Any,
    headers: Headers | None = None,
    *,
    path: str | None = None,
    secret: str | None = None,
) -> httpx.Response:
    """Deliver an object as Shopify does."""
    body = as_bytes(content)
    merged = {**shopify_headers(shop, body, topic, secret), **(headers or {})}
    sent = {name: value for name, value in merged.items() if value is not None}
    return await http.post(path or f"{DOOR}/{shop.public_id}", content=body, headers=sent)


def _money(amount: str) -> dict[str, Any]:
    return {"shopMoney": {"amount": amount, "currencyCode": "EUR"}}


def pulled_order(**changes: Any) -> dict[str, Any]:
    """The order of the example webhook, partly refunded, as GraphQL answers it."""
    address = {"firstName": "Ilse", "lastName": "Harms", "phone": "+4915112345678", "countryCodeV2": "DE"}
    journey = json.loads((FIXTURES / "answers" / "graphql_orders_page_example.json").read_bytes())["data"]
    journey = journey["orders"]["nodes"][0]["customerJourneySummary"]
    journey["lastVisit"]["landingPage"] += (
        "&utm_medium=paid_social&utm_campaign=autumn_sale&fbclid=IwAR0exampleclick"
    )
    line = {
        "id": "gid://shopify/LineItem/16000000000001",
        "title": "Wool throw",
        "variantTitle": "Sand",
        "sku": "WT-SAND",
        "quantity": 2,
        "product": {"id": "gid://shopify/Product/9100000000010"},
        "variant": {"id": "gid://shopify/ProductVariant/47000000000021"},
        "originalUnitPriceSet": _money("45.0"),
        "discountedTotalSet": _money("81.0"),
    }
    order = {
        "id": "gid://shopify/Order/6620019988776",
        "legacyResourceId": "6620019988776",
        "name": "#1042",
        "email": "ilse.harms@example.org",
        "phone": None,
        "test": False,
        "createdAt": "2026-11-18T09:02:41Z",
        "processedAt": "2026-11-18T09:02:39Z",
        "updatedAt": "2026-11-18T09:02:43Z",
        "cancelledAt": None,
        "displayFinancialStatus": "PAID",
        "displayFulfillmentStatus": "UNFULFILLED",
        "totalPriceSet": _money("85.9"),
        "totalDiscountsSet": _money("9.0"),
        "totalTaxSet": _money("13.72"),
        "totalShippingPriceSet": _money("4.9"),
        "paymentGatewayNames": ["shopify_payments"],
        "discountCodes": ["HERBST10"],
        "customAttributes": [{"key": "convertos_visitor_id", "value": "v_01JD3K7Q"}],
        "taxLines": [{"title": "VAT", "priceSet": _money("13.72")}],
        "shippingLine": {"title": "Standard", "code": "Standard", "originalPriceSet": _money("4.9")},
        "customer": {
            "id": "gid://shopify/Customer/8801337420017",
            "legacyResourceId": "8801337420017",
            "firstName": "Ilse",
            "lastName": "Harms",
            "defaultEmailAddress": {"emailAddress": "ilse.harms@example.org"},
        },
        "billingAddress": address,
        "shippingAddress": address,
        "refunds": [
            {
                "id": "gid://shopify/Refund/940000000051",
                "legacyResourceId": "940000000051",
                "createdAt": "2026-11-22T14:20:00Z",
                "note": "one item damaged",
                "totalRefundedSet": _money("40.5"),
            }
        ],
        "customerJourneySummary": journey,
        "lineItems": {"nodes": [line], "pageInfo": {"hasNextPage": False, "endCursor": None}},
    }
    return order | changes
