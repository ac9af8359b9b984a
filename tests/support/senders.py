"""Sends events and deliveries as the plugin and a WooCommerce shop do."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

import httpx

from tests.support.tenants import Source

WORDPRESS = "/api/webhooks/wordpress"
Headers = Mapping[str, str | None]
"""Headers in addition to the usual ones, or in their place; `None` leaves one away."""


def event(event_type: str = "lead.created", **data: Any) -> dict[str, Any]:
    """A new event of the plugin."""
    return {"event_id": str(uuid4()), "event_type": event_type, "data": data}


def as_bytes(content: Any) -> bytes:
    return content if isinstance(content, bytes) else json.dumps(content).encode()


def event_headers(
    site: Source,
    body: bytes,
    *,
    secret: str | None = None,
    at: datetime | None = None,
    algorithm: str = "sha256",
) -> dict[str, str]:
    """Signed headers of the plugin; with a timestamp where `at` is given."""
    stamp = str(int(at.timestamp())) if at else None
    signed = body if stamp is None else f"{stamp}.".encode() + body
    key = (site.secret if secret is None else secret).encode()
    headers = {
        "Content-Type": "application/json",
        "X-ConvertOS-Connection-Id": site.public_id,
        "X-ConvertOS-Signature": hmac.new(key, signed, algorithm).hexdigest(),
    }
    if algorithm != "sha256":
        headers["X-ConvertOS-Signature-Algorithm"] = algorithm
    return headers if stamp is None else {**headers, "X-ConvertOS-Timestamp": stamp}


async def send_event(
    http: httpx.AsyncClient, site: Source, content: Any, headers: Headers | None = None, **signing: Any
) -> httpx.Response:
    """Deliver an event, a batch, or bytes, signed with the site's secret."""
    body = as_bytes(content)
    merged = {**event_headers(site, body, **signing), **(headers or {})}
    sent = {name: value for name, value in merged.items() if value is not None}
    return await http.post(WORDPRESS, content=body, headers=sent)


def delivery_headers(shop: Source, body: bytes, topic: str, secret: str | None = None) -> dict[str, str]:
    """Signed headers of a WooCommerce delivery."""
    key = (shop.secret if secret is None else secret).encode()
    resource, _, change = topic.partition(".")
    return {
        "Content-Type": "application/json",
        "User-Agent": "WooCommerce/10.3 Hookshot (WordPress/6.8)",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Resource": resource,
        "X-WC-Webhook-Event": change,
        "X-WC-Webhook-Signature": base64.b64encode(hmac.digest(key, body, "sha256")).decode(),
        "X-WC-Webhook-Delivery-ID": hashlib.md5(body).hexdigest(),
    }


async def deliver(
    http: httpx.AsyncClient,
    shop: Source,
    topic: str,
    content: Any,
    headers: Headers | None = None,
    *,
    path: str | None = None,
    secret: str | None = None,
) -> httpx.Response:
    """Deliver an object as the shop's webhook does."""
    body = as_bytes(content)
    merged = {**delivery_headers(shop, body, topic, secret), **(headers or {})}
    sent = {name: value for name, value in merged.items() if value is not None}
    path = path or f"/api/webhooks/woocommerce/{shop.public_id}"
    return await http.post(path, content=body, headers=sent)
