"""Shopify's webhooks at the door and in the worker."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime

import msgspec

from convertos.platforms.contract import (
    Delivery,
    DoorRules,
    Ignored,
    Locator,
    ReceivedEvent,
    Refusal,
    RefusedError,
    Request,
    UnreadableError,
)
from convertos.platforms.shopify import signature
from convertos.platforms.shopify.mapping import TEST_TOPIC, records_of
from convertos.platforms.values import decode_object
from convertos.records import Demand, Record

ID_PREFIX = "sh"
TOPIC = "x-shopify-topic"
SHOP_DOMAIN = "x-shopify-shop-domain"
WEBHOOK_ID = "x-shopify-webhook-id"

# In a path a topic is written as it is ("orders/create") or with a hyphen ("orders-create").
_TOPIC_IN_PATH = re.compile(r"([a-z_]{1,60})[-/]([a-z_]{1,80})")
_TOPIC = re.compile(r"[a-z_]{1,60}[/.][a-z_]{1,80}")
_LONGEST_WEBHOOK_ID = 200


class Shopify:
    """The shop's own webhooks."""

    name = "shopify"
    id_prefix = ID_PREFIX
    store_platform = "shopify"
    seen_via = "webhook"
    is_rate_limited = False

    def locate(self, request: Request) -> Locator | None:
        """By the connection id in the path; on the older paths by the shop that the header names."""
        if request.segment.startswith(f"{ID_PREFIX}_"):
            return Locator(public_id=request.segment)
        shop = request.headers.get(SHOP_DOMAIN)
        return Locator(domain=shop) if shop else None

    def address(self, public_id: str) -> tuple[str, dict[str, str]]:
        """The connection's id in the path: no header of Shopify is signed."""
        return f"/api/webhooks/shopify/{public_id}", {}

    def is_ping(self, request: Request) -> bool:  # noqa: ARG002 - the contract's shape
        """Shopify sends no sign of life; its test notifications are signed."""
        return False

    def verify(self, request: Request, secrets: Sequence[bytes], rules: DoorRules) -> None:  # noqa: ARG002
        """Check the base64 HMAC of the body."""
        signature.verify(request.headers, request.body, secrets)

    def sign(self, body: bytes, event_type: str, secret: bytes, at: datetime) -> dict[str, str]:  # noqa: ARG002
        """Shopify's own headers."""
        return {
            "X-Shopify-Topic": event_type,
            "X-Shopify-Hmac-Sha256": signature.sign(body, secret),
            "X-Shopify-Webhook-Id": hashlib.sha256(event_type.encode() + body).hexdigest()[:32],
        }

    def test_event(self, event_id: str, at: datetime) -> tuple[str, bytes]:
        """A topic of our own, which Shopify never sends."""
        return TEST_TOPIC, msgspec.json.encode({"test": event_id, "created_at": at.isoformat()})

    def deliveries(self, request: Request) -> list[Delivery | RefusedError]:
        """The one object of the body.

        A delivery that is sent again keeps its webhook id; the event id is shared by all the topics that one
        happening set off (integrations.md A6). Where a sender gives none, the body tells.
        """
        topic = _topic_of(request)
        try:
            decode_object(request.body)
        except UnreadableError as error:
            raise RefusedError(Refusal.NOT_JSON, str(error)) from error
        told_by = request.headers.get(WEBHOOK_ID, "")[:_LONGEST_WEBHOOK_ID]
        told_by = told_by or hashlib.sha256(request.body).hexdigest()
        return [Delivery(key=(topic, told_by), event_type=topic, event_id=told_by, body=request.body)]

    def records(self, event: ReceivedEvent) -> Sequence[Record] | Ignored | Demand:
        """What the object means."""
        return records_of(event)


def _topic_of(request: Request) -> str:
    in_path = _TOPIC_IN_PATH.fullmatch(request.segment.lower())
    topic = request.headers.get(TOPIC, "").lower() or (f"{in_path[1]}/{in_path[2]}" if in_path else "")
    if not _TOPIC.fullmatch(topic):
        raise RefusedError(
            Refusal.EVENT_INVALID, "The delivery names no topic in X-Shopify-Topic, such as orders/create."
        )
    return topic
