"""The webhook door in the OpenAPI document: it is plain ASGI in front of the router, so it is described here.

Source: api.md, "Webhooks in"; what it says is `ingest.receive` and `ingest.answers`.
"""

from typing import Any

from convertos.api.problem_answers import problem_answer

_TAG = "Webhooks in"
_REFUSALS = (400, 401, 403, 408, 413, 415, 422, 503)


def _text(description: str, **more: object) -> dict[str, Any]:
    return {"type": "string", "description": description, **more}


def _header(name: str, description: str, *, required: bool = False, **schema: object) -> dict[str, Any]:
    return {
        "name": name,
        "in": "header",
        "required": required,
        "description": description,
        "schema": {"type": "string", **schema},
    }


_EVENT_TYPES = [
    "lead.created",
    "order.created",
    "order.paid",
    "order.refunded",
    "order.updated",
    "order.cancelled",
    "checkout.started",
    "checkout.abandoned",
    "checkout.completed",
    "touch.recorded",
    "customer.registered",
    "product.updated",
    "test",
]

_WORDPRESS_EVENT = {
    "type": "object",
    "required": ["event_id", "event_type"],
    "properties": {
        "event_id": _text("Yours; the same id again changes nothing.", maxLength=200),
        "event_type": _text(
            f"One of {', '.join(_EVENT_TYPES)}; another is kept and ignored.",
            maxLength=100,
            examples=["order.paid"],
        ),
        "timestamp": _text("When it happened.", format="date-time"),
        "data": {"type": "object", "description": "What happened; every member is optional."},
    },
    "examples": [
        {
            "event_id": "0192f0c1-6b1e-7c3e-9d53-0f7a3c1f6a11",
            "event_type": "order.paid",
            "timestamp": "2025-03-01T09:30:00Z",
            "data": {"order_id": "1001", "total": "85.90", "currency": "EUR", "email": "maria@example.com"},
        }
    ],
}

_RESULT = {
    "type": "object",
    "required": ["success"],
    "properties": {
        "success": {"type": "boolean"},
        "eventId": _text("The event that is kept."),
        "duplicate": {"type": "boolean", "description": "Whether it was here before; then nothing changed."},
        "code": _text("Why this event of a batch was refused."),
        "detail": _text("The same in words."),
    },
}

_BATCH = {
    "type": "object",
    "required": ["success", "results"],
    "properties": {"success": {"type": "boolean"}, "results": {"type": "array", "items": _RESULT}},
}

_WORDPRESS_HEADERS = [
    _header(
        "X-ConvertOS-Connection-Id", "The connection's public id.", required=True, pattern="^wp_[0-9a-f]{24}$"
    ),
    _header(
        "X-ConvertOS-Signature",
        'Lower-case hexadecimal HMAC of the body with the connection\'s secret; of `timestamp + "." + body` '
        "where a timestamp is sent.",
        required=True,
    ),
    _header(
        "X-ConvertOS-Signature-Algorithm",
        "`sha512` where the connection allows it.",
        enum=["sha256", "sha512"],
        default="sha256",
    ),
    _header("X-ConvertOS-Timestamp", "Unix seconds; may differ by five minutes.", pattern="^[0-9]+$"),
]

_WOOCOMMERCE_HEADERS = [
    _header(
        "X-WC-Webhook-Signature", "Base64 HMAC-SHA256 of the body with the webhook's secret.", required=True
    ),
    _header("X-WC-Webhook-Topic", "Such as `order.updated`.", required=True),
    _header("X-WC-Webhook-Source", "The shop's address; only needed where the path names no connection."),
    _header("X-WC-Webhook-Resource", "Such as `order`."),
    _header("X-WC-Webhook-Event", "Such as `updated`."),
    _header("X-WC-Webhook-ID", "The webhook's number in the shop."),
    _header("X-WC-Webhook-Delivery-ID", "Unique to the second only; not what repeats are told by."),
]

_SHOPIFY_HEADERS = [
    _header(
        "X-Shopify-Hmac-SHA256", "Base64 HMAC-SHA256 of the body with the app's client secret.", required=True
    ),
    _header("X-Shopify-Topic", "Such as `orders/updated`.", required=True),
    _header("X-Shopify-Webhook-Id", "What repeats are told by, with the topic.", required=True),
    _header(
        "X-Shopify-Shop-Domain",
        "Such as `example.myshopify.com`; only needed where the path names no connection.",
    ),
    _header("X-Shopify-Event-Id", "Kept for correlation only: several topics may share one."),
    _header("X-Shopify-Triggered-At", "When it happened; the object's `updated_at` decides what is newer."),
    _header("X-Shopify-API-Version", "The version that the body is written in."),
]


def _segment(example_id: str, example_topic: str) -> dict[str, Any]:
    return {
        "name": "segment",
        "in": "path",
        "required": True,
        "description": f"A connection's public id (`{example_id}`), else a topic such as `{example_topic}`.",
        "schema": {"type": "string"},
    }


def _operation(
    name: str, summary: str, description: str, parameters: list[dict[str, Any]], body: dict[str, Any]
) -> dict[str, Any]:
    kept = {
        "description": "Durably kept, or was before. For an array: one result for each event.",
        "content": {"application/json": {"schema": {"oneOf": [_RESULT, _BATCH]}}},
    }
    refused = {str(status): problem_answer(status) for status in _REFUSALS}
    return {
        "tags": [_TAG],
        "operationId": name,
        "summary": summary,
        "description": description,
        "security": [],
        "parameters": parameters,
        "requestBody": {"required": True, "content": body},
        "responses": {"200": kept, **refused},
    }


def webhook_paths() -> dict[str, Any]:
    """The door's paths."""
    events = {"oneOf": [_WORDPRESS_EVENT, {"type": "array", "items": _WORDPRESS_EVENT, "maxItems": 100}]}
    wordpress = _operation(
        "receive_wordpress",
        "Receive events of the WordPress plugin",
        "One event, or an array of up to 100 under one signature. Answered after the commit. A wrong signature "
        "and an unknown connection get the same answer in the same time.",
        _WORDPRESS_HEADERS,
        {"application/json": {"schema": events}},
    )
    wordpress["responses"]["429"] = problem_answer(429)
    resource = {
        "application/json": {
            "schema": {"type": "object", "description": "The resource as WooCommerce sends it."}
        },
        "application/x-www-form-urlencoded": {
            "schema": {
                "type": "object",
                "description": "The unsigned ping of a new webhook.",
                "properties": {"webhook_id": {"type": "string"}},
            }
        },
    }
    woocommerce = _operation(
        "receive_woocommerce",
        "Receive WooCommerce's own webhooks",
        "Repeats are told by topic, resource, its modification date and the body. Never answered 429.",
        _WOOCOMMERCE_HEADERS,
        resource,
    )
    shopify = _operation(
        "receive_shopify",
        "Receive Shopify's own webhooks",
        "Repeats are told by topic and webhook id. Never answered 429.",
        _SHOPIFY_HEADERS,
        {
            "application/json": {
                "schema": {"type": "object", "description": "The resource as Shopify sends it."}
            }
        },
    )
    return {
        "/api/webhooks/wordpress": {"post": wordpress},
        "/api/webhooks/woocommerce": {"post": woocommerce},
        "/api/webhooks/woocommerce/{segment}": {
            "post": _at_segment(woocommerce, _segment("wc_…", "order-created"))
        },
        "/api/webhooks/shopify": {"post": shopify},
        "/api/webhooks/shopify/{segment}": {"post": _at_segment(shopify, _segment("sh_…", "orders-create"))},
    }


def _at_segment(operation: dict[str, Any], segment: dict[str, Any]) -> dict[str, Any]:
    return {
        **operation,
        "operationId": f"{operation['operationId']}_at",
        "parameters": [segment, *operation["parameters"]],
    }
