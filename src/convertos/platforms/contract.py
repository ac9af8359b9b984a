"""What a platform's folder must offer so that its deliveries can be received and understood."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

import msgspec

from convertos.records import Demand, Record


class Refusal(StrEnum):
    """Why something was turned away at the door; counted on its connection and shown there."""

    SIGNATURE_INVALID = "signature_invalid"
    ALGORITHM_NOT_ALLOWED = "algorithm_not_allowed"
    TIMESTAMP_MISSING = "timestamp_missing"
    TIMESTAMP_OUTSIDE_TOLERANCE = "timestamp_outside_tolerance"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    CONTENT_TYPE = "content_type"
    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    EVENT_INVALID = "event_invalid"
    BATCH_TOO_LARGE = "batch_too_large"
    RATE_LIMITED = "rate_limited"


class RefusedError(Exception):
    """A platform turns a request away.

    Args:
        detail: for the sender: what is wrong and what would be right.
    """

    def __init__(self, refusal: Refusal, detail: str) -> None:
        super().__init__(detail)
        self.refusal = refusal
        self.detail = detail


class IgnoreReason(StrEnum):
    """Why a receipt is kept but changes nothing."""

    UNKNOWN_TYPE = "unknown_type"
    TEST = "test"
    NOT_KEPT = "not_kept"
    SOURCE_COULD_NOT_READ = "source_could_not_read"
    SOURCE_PERMISSION_BROKEN = "source_permission_broken"


class UnreadableError(Exception):
    """A receipt's body is not what its type promises; the sentence says what is missing or wrong."""


class Request(NamedTuple):
    """What stands at the door.

    Attributes:
        segment: what follows the platform's name in the path: a connection id, a topic, or nothing.
        headers: with lower-case names; of a repeated header the last.
    """

    segment: str
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


class Locator(NamedTuple):
    """How to find the connection of a request: by its public id, or by the domain that the sender claims."""

    public_id: str | None = None
    domain: str | None = None


class DoorRules(NamedTuple):
    """What a connection demands of a signature beyond the platform's own rule."""

    allows_sha512: bool = False
    requires_timestamp: bool = False


class Delivery(NamedTuple):
    """One thing to keep: one event of a batch, or the whole body.

    Attributes:
        key: what tells it from every other delivery of its connection; a repeat has the same.
    """

    key: tuple[str, ...]
    event_type: str
    event_id: str
    body: bytes


class ReceivedEvent(msgspec.Struct, frozen=True, kw_only=True):
    """A kept delivery, as the mapping sees it.

    Attributes:
        default_currency: the client's, for events that name none.
    """

    event_type: str
    event_id: str
    body: bytes
    received_at: datetime
    default_currency: str


class Ignored(NamedTuple):
    """The mapping understood the receipt, and it changes nothing.

    Attributes:
        about: whom it names nevertheless, so that it can be found when they are to be forgotten.
    """

    reason: IgnoreReason
    detail: str = ""
    about: tuple[Record, ...] = ()


class Platform(Protocol):
    """One kind of connection.

    Attributes:
        name: the connection's `type`.
        id_prefix: what its public connection ids start with.
        store_platform: the platform of the store that its objects belong to: the WordPress plugin and
            the WooCommerce REST keys of one shop speak about the same orders.
        seen_via: which way of arrival its webhooks are: `plugin` or `webhook`.
        is_rate_limited: whether its sender may be told to slow down. WooCommerce counts a 429 as a failure
            and Shopify deletes the subscription, so their overload is queued instead.
    """

    name: str
    id_prefix: str
    store_platform: str
    seen_via: str
    is_rate_limited: bool

    def locate(self, request: Request) -> Locator | None:
        """Where to look the connection up; `None` where the request names none."""

    def address(self, public_id: str) -> tuple[str, dict[str, str]]:
        """Where a connection's deliveries are sent: the path, and headers that name the connection."""

    def is_ping(self, request: Request) -> bool:
        """Whether it is an unsigned sign of life, to be answered 200 and forgotten."""

    def verify(self, request: Request, secrets: Sequence[bytes], rules: DoorRules) -> None:
        """Check the signature against each secret, in constant time.

        Raises:
            RefusedError: no secret fits, or the signature is not of an allowed form.
        """

    def sign(self, body: bytes, event_type: str, secret: bytes, at: datetime) -> dict[str, str]:
        """Headers that the platform's own sender would put on such a body: for tests and replays."""

    def test_event(self, event_id: str, at: datetime) -> tuple[str, bytes]:
        """A delivery that goes the whole way and changes nothing: its type and its body."""

    def deliveries(self, request: Request) -> list[Delivery | RefusedError]:
        """What the request delivers; a bad event of a batch is its own refusal beside the good ones.

        Raises:
            RefusedError: nothing of it can be kept.
        """

    def records(self, event: ReceivedEvent) -> Sequence[Record] | Ignored | Demand:
        """What a kept delivery means. Pure: the same event, the same records.

        Raises:
            UnreadableError: the body does not hold what its type promises.
        """
