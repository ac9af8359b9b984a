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
