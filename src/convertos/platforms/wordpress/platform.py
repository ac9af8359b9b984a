"""The WordPress plugin's events at the door and in the worker."""

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
from convertos.platforms.values import decode_json, split_array, text
from convertos.platforms.wordpress import signature
from convertos.platforms.wordpress.mapping import records_of
from convertos.platforms.wordpress.spelling import members
from convertos.records import Record

CONNECTION_ID = "x-convertos-connection-id"
LARGEST_BATCH = 100
_LONGEST_EVENT_ID = 200
_LONGEST_EVENT_TYPE = 100


class _Envelope(msgspec.Struct):
    event_id: str
    event_type: str


_envelope = msgspec.json.Decoder(_Envelope)


class WordPress:
    """Events of our own plugin."""

    name = "wordpress"
    id_prefix = "wp"
    store_platform = "woocommerce"
    seen_via = "plugin"
    is_rate_limited = True

    def locate(self, request: Request) -> Locator | None:
        """By the connection id in the header."""
        public_id = request.headers.get(CONNECTION_ID)
        return Locator(public_id=public_id) if public_id else None

    def address(self, public_id: str) -> tuple[str, dict[str, str]]:
        """One path for all, and the connection's id in a header."""
        return "/api/webhooks/wordpress", {"X-ConvertOS-Connection-Id": public_id}

    def is_ping(self, request: Request) -> bool:  # noqa: ARG002 - the contract's shape
        """The plugin's test is a signed event like any other."""
        return False

    def verify(self, request: Request, secrets: Sequence[bytes], rules: DoorRules) -> None:
        """Check the hexadecimal HMAC of the body."""
        signature.verify(request.headers, request.body, request.received_at, secrets, rules)

    def sign(self, body: bytes, event_type: str, secret: bytes, at: datetime) -> dict[str, str]:  # noqa: ARG002
        """The plugin's own headers."""
        return signature.sign(body, secret, at)

    def test_event(self, event_id: str, at: datetime) -> tuple[str, bytes]:
        """The plugin's own test event."""
        event = {"event_id": event_id, "event_type": "test", "timestamp": at.isoformat(), "data": {}}
        return "test", msgspec.json.encode(event)

    def deliveries(self, request: Request) -> list[Delivery | RefusedError]:
        """One event, or up to a hundred in an array."""
        if not request.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"["):
            delivery = _delivery(request.body)
            if isinstance(delivery, RefusedError):
                raise delivery
            return [delivery]
        try:
            events = split_array(request.body, LARGEST_BATCH)
        except UnreadableError as error:
            raise RefusedError(Refusal.NOT_JSON, str(error)) from error
        if not events or len(events) > LARGEST_BATCH:
            raise RefusedError(
                Refusal.BATCH_TOO_LARGE,
                f"A batch holds 1 to {LARGEST_BATCH} events; this one has {'more' if events else 'none'}.",
            )
        return [_delivery(event) for event in events]

    def records(self, event: ReceivedEvent) -> Sequence[Record] | Ignored:
        """What the event means."""
        return records_of(event)


def _delivery(body: bytes) -> Delivery | RefusedError:
    try:
        envelope = _envelope.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _patient_delivery(body)
    return _checked(envelope.event_id, envelope.event_type, body)


def _patient_delivery(body: bytes) -> Delivery | RefusedError:
    try:
        event = decode_json(body)
    except UnreadableError as error:
        return RefusedError(Refusal.NOT_JSON, str(error))
    if not isinstance(event, dict):
        return RefusedError(Refusal.EVENT_INVALID, "An event is a JSON object.")
    named = members(event)
    return _checked(text(named.get("event_id")), text(named.get("event_type")), body)


def _checked(event_id: str | None, event_type: str | None, body: bytes) -> Delivery | RefusedError:
    if not event_id or len(event_id) > _LONGEST_EVENT_ID or "\x00" in event_id:
        return RefusedError(Refusal.EVENT_INVALID, "event_id is missing or longer than 200 characters.")
    if not event_type or len(event_type) > _LONGEST_EVENT_TYPE or "\x00" in event_type:
        return RefusedError(Refusal.EVENT_INVALID, "event_type is missing or longer than 100 characters.")
    return Delivery(key=(event_id,), event_type=event_type, event_id=event_id, body=body)
