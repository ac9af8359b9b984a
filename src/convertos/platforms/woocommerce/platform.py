"""WooCommerce's webhooks at the door and in the worker."""

import hashlib
import re
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import urlsplit

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
from convertos.platforms.values import decode_object, identifier, text
from convertos.platforms.woocommerce import signature
from convertos.platforms.woocommerce.mapping import TEST_TOPIC, records_of
from convertos.records import Record

ID_PREFIX = "wc"
TOPIC = "x-wc-webhook-topic"
SOURCE = "x-wc-webhook-source"
DELIVERY_ID = "x-wc-webhook-delivery-id"

_PING = re.compile(rb"webhook_id=\d{1,18}")
# In a path a topic is written with a hyphen ("order-created").
_TOPIC_IN_PATH = re.compile(r"(customer|order|product|coupon)[-.](created|updated|deleted|restored)")
_TOPIC = re.compile(r"[a-z_]{1,40}\.[a-z_]{1,80}")


class _Named(msgspec.Struct):
    """What tells one body of a topic from another; everything else is skipped."""

    id: int | str | None = None
    date_modified_gmt: str | None = None


_named = msgspec.json.Decoder(_Named)


class WooCommerce:
    """The shop's own webhooks."""

    name = "woocommerce"
    id_prefix = ID_PREFIX
    store_platform = "woocommerce"
    seen_via = "webhook"
    is_rate_limited = False

    def locate(self, request: Request) -> Locator | None:
        """By the connection id in the path; on the older paths by the shop that the header names."""
        if request.segment.startswith(f"{ID_PREFIX}_"):
            return Locator(public_id=request.segment)
        source = request.headers.get(SOURCE)
        try:
            host = urlsplit(source).netloc if source else ""
        except ValueError:
            return None
        return Locator(domain=host) if host else None

    def address(self, public_id: str) -> tuple[str, dict[str, str]]:
        """The connection's id in the path: no header of WooCommerce is signed."""
        return f"/api/webhooks/woocommerce/{public_id}", {}

    def is_ping(self, request: Request) -> bool:
        """The form that WooCommerce sends, unsigned, when a webhook is made."""
        return _PING.fullmatch(request.body.strip()) is not None

    def verify(self, request: Request, secrets: Sequence[bytes], rules: DoorRules) -> None:  # noqa: ARG002
        """Check the base64 HMAC of the body; there is nothing a connection could demand beyond it."""
        signature.verify(request.headers, request.body, secrets)

    def sign(self, body: bytes, event_type: str, secret: bytes, at: datetime) -> dict[str, str]:
        """The headers of a delivery."""
        resource, _, event = event_type.partition(".")
        delivery_id = hashlib.md5(body + at.isoformat().encode(), usedforsecurity=False).hexdigest()
        return {
            "X-WC-Webhook-Topic": event_type,
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": signature.sign(body, secret),
            "X-WC-Webhook-Delivery-ID": delivery_id,
        }

    def test_event(self, event_id: str, at: datetime) -> tuple[str, bytes]:
        """In the form of an action's delivery, whose body is the action's name and argument."""
        return TEST_TOPIC, msgspec.json.encode({"action": "convertos_test", "arg": f"{event_id} {at:%FT%TZ}"})

    def deliveries(self, request: Request) -> list[Delivery | RefusedError]:
        """The one object of the body.

        Its key is the topic, the object's id, its modification and the hash of the body. The delivery id is
        of no use for that (equal for different orders of one second, new at each attempt), but for a body
        without a date, `{"id": 7}`, which would look like every other deletion of that object.
        """
        topic = _topic_of(request)
        named = _read_name(request.body)
        delivery_id = request.headers.get(DELIVERY_ID, "")
        key = (
            topic,
            text(named.id) or "",
            named.date_modified_gmt or delivery_id,
            hashlib.sha256(request.body).hexdigest(),
        )
        return [Delivery(key=key, event_type=topic, event_id=delivery_id or key[3][:32], body=request.body)]

    def records(self, event: ReceivedEvent) -> Sequence[Record] | Ignored:
        """What the object means."""
        return records_of(event)


def _topic_of(request: Request) -> str:
    in_path = _TOPIC_IN_PATH.fullmatch(request.segment)
    topic = request.headers.get(TOPIC, "").lower() or (f"{in_path[1]}.{in_path[2]}" if in_path else "")
    if not _TOPIC.fullmatch(topic):
        raise RefusedError(
            Refusal.EVENT_INVALID, "The delivery names no topic in X-WC-Webhook-Topic, such as order.created."
        )
    return topic


def _read_name(body: bytes) -> _Named:
    try:
        return _named.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        pass
    try:
        found = decode_object(body)
    except UnreadableError as error:
        raise RefusedError(Refusal.NOT_JSON, str(error)) from error
    return _Named(id=identifier(found.get("id")), date_modified_gmt=text(found.get("date_modified_gmt"), 40))
