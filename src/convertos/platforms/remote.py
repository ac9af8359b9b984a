"""What a platform's folder must offer so that we can go to its stores: test, pull, compare, keep webhooks.

A platform's part is a `StorePlatform`; with an address, keys and a way to call it gives a `RemoteStore`. It
holds no state between calls but what it was handed, and what it returns as a cursor. It never sleeps, retries
or logs: `Http` does that, and writes each call down.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, runtime_checkable

import msgspec


class Entity(StrEnum):
    """What is pulled from a store, in the order in which it is best pulled."""

    CUSTOMERS = "customers"
    PRODUCTS = "products"
    ORDERS = "orders"


_REST_OF_SECOND = timedelta(microseconds=999_999)

Cursor = dict[str, Any]
"""Where to go on: a small JSON object that only its platform understands; kept with the rows before it."""

Credentials = Mapping[str, str]
"""The keys of a connection, as its platform names them; encrypted wherever they are kept."""


class RemoteError(Exception):
    """The store says no, in a way that a repetition does not change.

    Args:
        message: what happened, a whole sentence for the merchant.
        code: stable, such as `keys_refused`.
        advice: what to do about it.
    """

    def __init__(self, message: str, *, code: str, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.advice = advice


class RemoteRefusedError(RemoteError):
    """The keys are not, or no longer, good: nothing can be done until somebody connects the store again."""


class RemoteUnavailableError(RemoteError):
    """The store can't answer at the moment, or answers nonsense; later it may.

    Args:
        retry_after_seconds: how long the store asks us to wait.
    """

    def __init__(
        self, message: str, *, code: str = "unavailable", advice: str = "", retry_after_seconds: float = 60.0
    ) -> None:
        super().__init__(message, code=code, advice=advice)
        self.retry_after_seconds = retry_after_seconds


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request to a store.

    Attributes:
        purpose: what for, as the access log shows it: `orders, page 3`.
        query: in the order in which they are sent.
        secret_query: names of parameters whose values are never written down.
        is_repeatable: whether the same call may be sent again where the first got lost or was refused for
            the moment (429, 502, 503, 504); never for what makes something new at each call.
        largest: bytes of an answer; a larger one is an error.
        renew: gives the same call signed anew, where a signature is good for one attempt.
    """

    method: str
    url: str
    purpose: str
    query: Sequence[tuple[str, str]] = ()
    secret_query: frozenset[str] = frozenset()
    headers: Mapping[str, str] = {}
    body: bytes | None = None
    is_repeatable: bool = True
    largest: int = 64 * 1024 * 1024
    renew: "Callable[[], Call] | None" = None


class Reply(NamedTuple):
    """What came back, whatever its status; header names in lower case.

    Attributes:
        asked_at: when the answered attempt was sent: what the answer says is at least as new.
        seconds: how long it took.
        attempts: more than one where the store was away or asked us to slow down.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    asked_at: datetime
    seconds: float = 0.0
    attempts: int = 1


class Http(Protocol):
    """The way to a store: one connection's calls, each written into its access log.

    Waits where the store asks to (`Retry-After`), repeats what may be repeated, follows no redirects, and
    refuses private addresses unless the installation allows them.
    """

    async def send(self, call: Call) -> Reply:
        """Send and read the whole answer. Answers of any status are returned, after the repetitions.

        Raises:
            RemoteUnavailableError: nothing came back; `code` is one of `dns`, `connect`, `tls`, `timeout`,
                `private_address`, `broken`, `too_large`.
        """

    def lines(self, call: Call) -> AsyncIterator[bytes]:
        """The lines of a large answer with status 200, as they come; decompressed, without line ends.

        Raises:
            RemoteUnavailableError: as `send`, also in the middle, and for another status (`status`).
        """

    async def pause(self, seconds: float, reason: str) -> None:
        """Wait, because the store asked to by other means than HTTP's (a query budget); people can see why."""


class Keys(Protocol):
    """The keys of one connection."""

    async def current(self) -> Credentials:
        """As they are now; remembered between calls."""

    async def renew(self, renew: Callable[[Credentials], Awaitable[Credentials]]) -> Credentials:
        """Replace them, alone: under the connection's lock, kept before anybody uses them.

        Args:
            renew: gets the newest keys, which another process may have replaced a moment ago, and returns
                those to keep (the same where nothing has to be done).
        """


class Caution(NamedTuple):
    """Something that works but should be known."""

    code: str
    message: str
    advice: str = ""


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a connection test found.

    Attributes:
        code: `ok`, or what is wrong: stable, such as `keys_refused`, `read_only`, `rest_disabled`.
        message: a sentence for the merchant.
        advice: what to do, step by step; empty where all is well.
        details: what the store says of itself: `name`, `version`, `currency`, `timezone`, `address` ...
        remember: what the client found out and wants to be told next time, such as the way to authenticate;
            goes into the connection's config.
    """

    is_good: bool
    code: str
    message: str
    advice: str = ""
    cautions: Sequence[Caution] = ()
    details: Mapping[str, str] = {}
    remember: Mapping[str, Any] = {}


class PulledObject(NamedTuple):
    """One object of the store, on its way to become a receipt.

    Attributes:
        key: what tells this state of it from every other; the same state again has the same key.
        event_type: what the platform's `records` reads it as, such as `order.pulled`.
        body: byte for byte as the store sent it.
    """

    entity: Entity
    external_id: str
    modified_at: datetime | None
    key: tuple[str, ...]
    event_type: str
    event_id: str
    body: bytes


class Page(NamedTuple):
    """Some objects, and where to go on when they are kept.

    Attributes:
        after: the cursor that belongs into the same transaction as the objects.
        asked_at: when the store was asked for them; becomes the receipts' time, see `settled_at`.
        total: how many the whole walk has, as the store says; `None` where it does not.
        done: how many of them are behind this page, where objects were pulled before the walk was resumed.
    """

    objects: Sequence[PulledObject]
    after: Cursor
    asked_at: datetime
    total: int | None = None
    done: int | None = None


class Span(NamedTuple):
    """Objects created from an instant on, and before another one; `None` for without end."""

    since: datetime | None
    until: datetime | None


class Outline(NamedTuple):
    """The little of an order that reconciliation compares; of customers and products only id and times.

    Attributes:
        created_at: by which it belongs to a day.
        is_absent: whether the store treats it as not there (in its trash).
    """

    external_id: str
    created_at: datetime
    modified_at: datetime | None
    total: Decimal | None = None
    currency: str | None = None
    status: str | None = None
    is_absent: bool = False


class Fetched(NamedTuple):
    """What became of ids that were asked for; `gone` holds only those of which the store says so."""

    objects: Sequence[PulledObject]
    gone: Sequence[str]
    asked_at: datetime


def settled_at(modified_at: datetime, asked_at: datetime) -> datetime:
    """The instant for the version of a pulled object, where stores stamp changes to the second.

    Two states of one second carry the same stamp. What was pulled later is the newer one, and what was pulled
    after that second is its last; so the time of the pull goes into the digits that the store leaves empty.
    """
    into_second = asked_at - modified_at
    return modified_at + min(max(into_second, timedelta(0)), _REST_OF_SECOND)


class RemoteWebhook(NamedTuple):
    """A webhook as the store has it.

    Attributes:
        status: the store's own word.
    """

    topic: str
    remote_id: str
    delivery_url: str
    is_active: bool
    status: str


class RemoteStore(Protocol):
    """One store, reached with one connection's keys.

    Every method may raise `RemoteRefusedError` (the keys) and `RemoteUnavailableError` (try again later).
    """

    async def test(self) -> Verdict:
        """Whether the keys work and suffice; never raises, says everything in words."""

    def beginning(self, entity: Entity) -> Cursor:
        """Where a walk through everything begins."""

    def pages(self, entity: Entity, cursor: Cursor) -> AsyncGenerator[Page, None]:
        """Walk on from a cursor until nothing is left; at least one page, which may be empty.

        From a beginning: everything, oldest first, until the walk is complete. From the cursor of the last page
        of a walk: what has changed since, with an overlap. Resumable at every page's cursor. It is closed
        early when the run is cancelled. A page is only asked of the store when the one before it was taken,
        but for as many in parallel as are gentle.
        """

    async def count(self, entity: Entity, span: Span) -> int | None:
        """How many there are; `None` where the store does not tell."""

    def outlines(self, entity: Entity, span: Span) -> AsyncGenerator[Sequence[Outline], None]:
        """Everything that there is, briefly."""

    async def fetch(self, entity: Entity, external_ids: Sequence[str]) -> Fetched:
        """Objects by id, some hundred at most."""

    def deletion(self, entity: Entity, external_id: str, evidence: str) -> PulledObject:
        """That an object is gone, which we found out, in the form in which the platform tells it.

        Args:
            evidence: tells this finding from every other.
        """

    def restoration(self, pulled: PulledObject, evidence: str) -> PulledObject:
        """That an object which counts as deleted here is there, in the form in which the platform tells it."""

    async def webhooks(self) -> Sequence[RemoteWebhook]:
        """Every webhook of the store that we may see, also those of others."""

    async def make_webhook(self, topic: str, delivery_url: str, secret: str) -> RemoteWebhook:
        """Subscribe; where the same subscription is there already, that one."""

    async def heal_webhook(self, webhook: RemoteWebhook, delivery_url: str, secret: str) -> RemoteWebhook:
        """Make one active again, with the right address and secret."""

    async def delete_webhook(self, remote_id: str) -> None:
        """Unsubscribe; that it is gone already is well."""


class StorePlatform(Protocol):
    """A platform whose stores can be called.

    Attributes:
        name: the connection's `type`.
        entities: what can be pulled.
        topics: the webhooks that a connection needs.
        secret_credential: the credential that the store signs its deliveries with (Shopify's client secret);
            `None` where the secret is ours to choose.
    """

    name: str
    entities: Sequence[Entity]
    topics: Sequence[str]
    secret_credential: str | None

    def open(self, address: str, remembered: Mapping[str, Any], keys: Keys, http: Http) -> RemoteStore:
        """The store at an address (`https://shop.example`, with its path).

        Args:
            remembered: what the last test found out (`Verdict.remember`).
        """


@runtime_checkable
class ApprovingPlatform(StorePlatform, Protocol):
    """A platform whose merchants let us in by an approval, which their browser brings back."""

    def approval_address(
        self, address: str, credentials: Credentials, *, redirect_uri: str, state: str
    ) -> str:
        """Where the merchant's browser is sent.

        Args:
            redirect_uri: where it is to come back to.
            state: ours; has to come back as it is.
        """

    def check_return(
        self, address: str, credentials: Credentials, query: Mapping[str, str], now: datetime
    ) -> None:
        """Let only a return pass that the store itself sent, a moment ago.

        Raises:
            RemoteRefusedError: it did not.
        """

    async def credentials_returned(
        self, address: str, credentials: Credentials, query: Mapping[str, str], http: Http
    ) -> Credentials:
        """The keys that the approval is worth; works once.

        Raises:
            RemoteError: it is worth none.
        """


@runtime_checkable
class RevisitedPlatform(StorePlatform, Protocol):
    """A platform that knows more of an order some time after it told of it.

    Attributes:
        revisit_topics: deliveries after which an order is asked for again.
        revisit_after: when, counted from the delivery; the last one is the last.
    """

    revisit_topics: frozenset[str]
    revisit_after: Sequence[timedelta]

    def is_settled(self, pulled: PulledObject) -> bool:
        """Whether the store will know no more of it."""
