"""The door: `POST /api/webhooks/{platform}[/{segment}]`, as plain ASGI in front of the router.

The steps, in order; the first that is not content answers, and a refusal of a known connection is counted:

    read → ping? → find the connection → verify the signature → check the address → read the deliveries →
    keep within the rate → commit → answer

Source: api.md, "Webhooks in". Never a 3xx (WooCommerce takes it for success and the event is lost), never a
500 for what somebody sent, and the same 401 in the same way for a wrong signature, an unknown connection and
a deleted one.
"""

import asyncio
import re
from collections.abc import Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import msgspec

from convertos.connections.directory import Directory, DoorConnection
from convertos.core.clock import Clock, system_clock
from convertos.core.errors import UnavailableError
from convertos.core.failpoints import Step, reach
from convertos.core.http import (
    BodyBudget,
    BodyTooLargeError,
    ClientGoneError,
    Receive,
    Response,
    Scope,
    Send,
    SlowBodyError,
    json_response,
    problem_response,
    read_body,
    respond,
)
from convertos.core.limits import RateLimit, RateLimiter
from convertos.core.logging import get_logger
from convertos.core.metrics import DOOR_REQUESTS
from convertos.ingest.answers import deliveries_answer, refusal_response
from convertos.ingest.authenticate import Nobody, authenticate, locator_of
from convertos.ingest.keep import Keeper, Kept, new_receipt
from convertos.ingest.rejections import RejectionCounter
from convertos.platforms import Delivery, Locator, Platform, Refusal, RefusedError, Request, platform_of

_FIRST_SEGMENT = re.compile(r"/+api/+webhooks/+([a-z]+)(?:/|$)", re.IGNORECASE)
# One segment, or a topic that is written with a slash, as Shopify does.
_PATH = re.compile(
    r"/+api/+webhooks/+([a-z]+)(?:/+([A-Za-z0-9_.-]{1,80}(?:/[A-Za-z_]{1,80})?))?/*", re.IGNORECASE
)
_JSON = re.compile(r"application/([\w.+-]+\+)?json\s*(;.*)?", re.IGNORECASE)
_PLAIN_ENCODINGS = frozenset({"", "identity"})
_KEPT_HEADERS = frozenset({"content-type", "user-agent", "date"})
_SECRET_HEADERS = frozenset({"x-api-key", "x-auth-token", "x-csrf-token"})
_MOST_KEPT_HEADERS = 40
_LONGEST_KEPT_HEADER = 500
_headers_encoder = msgspec.json.Encoder()
_MOST_UNFINISHED_BYTES = 256 * 1024 * 1024
_CLOSE = {"connection": "close"}
_logger = get_logger(__name__)


def is_webhook_path(path: str) -> bool:
    """Whether a path names a platform's webhooks, however its letters and slashes are written.

    What the router would make of a misspelt one is a redirect or another's error.
    """
    match = _FIRST_SEGMENT.match(path)
    return match is not None and platform_of(match[1].lower()) is not None


class Door:
    """Receives webhooks of every platform.

    Args:
        rate: events a minute that one client's own senders may deliver.
        body_seconds: how long a body may take, however steadily it trickles.
    """

    def __init__(
        self,
        directory: Directory,
        keeper: Keeper,
        rejections: RejectionCounter,
        limiter: RateLimiter,
        *,
        rate: RateLimit,
        largest_body: int,
        body_seconds: float = 10.0,
        clock: Clock = system_clock,
    ) -> None:
        self._directory = directory
        self._keeper = keeper
        self._rejections = rejections
        self._limiter = limiter
        self._rate = rate
        self._largest_body = largest_body
        self._body_seconds = body_seconds
        self._clock = clock
        self._budget = BodyBudget(_MOST_UNFINISHED_BYTES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request below `/api/webhooks/`."""
        match = _PATH.fullmatch(scope["path"])
        platform = platform_of(match[1].lower()) if match else None
        try:
            response = await self._answer(platform, match[2] or "" if match else "", scope, receive)
        except ClientGoneError:
            return
        except UnavailableError as error:
            response = problem_response(
                503, error.code, error.message, headers={"retry-after": str(error.retry_after_seconds)}
            )
        except Exception as error:
            _logger.exception("webhook failed", platform=platform and platform.name, exc_info=error)
            response = problem_response(500, "internal", "This is our fault. Send the delivery again later.")
        DOOR_REQUESTS.labels(platform.name if platform else "none", str(response.status)).inc()
        reach(Step.ANSWER_READY)
        await respond(send, response)

    async def _answer(
        self, platform: Platform | None, segment: str, scope: Scope, receive: Receive
    ) -> Response:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            body = await read_body(
                scope, receive, self._largest_body, seconds=self._body_seconds, budget=self._budget
            )
        except BodyTooLargeError as error:
            if platform is not None:
                await self._count_unread(platform, Request(segment, headers, b"", self._clock()))
            refused = RefusedError(Refusal.TOO_LARGE, f"The body is larger than {self._largest_body} bytes.")
            return refusal_response(refused, {} if error.is_read else _CLOSE)
        except SlowBodyError:
            detail = f"The body did not arrive within {self._body_seconds:g} s."
            return problem_response(408, "body_too_slow", detail, headers=_CLOSE)
        reach(Step.DELIVERY_READ)
        if platform is None:
            return problem_response(404, "not_found", "There is no such webhook address.")
        if scope["method"] != "POST":
            return problem_response(
                405, "method_not_allowed", "Webhooks are sent with POST.", headers={"allow": "POST"}
            )
        request = Request(segment, headers, body, self._clock())
        if platform.is_ping(request):
            return json_response(200, {"success": True})
        return await self._receive(platform, request, scope)

    async def _receive(self, platform: Platform, request: Request, scope: Scope) -> Response:
        connection = await authenticate(self._directory, platform, request)
        if isinstance(connection, Nobody):
            self._count(connection.meant, connection.refused.refusal, request)
            return refusal_response(connection.refused)
        reach(Step.DELIVERY_VERIFIED)
        try:
            await self._check_address(connection, scope)
            deliveries = self._read(platform, request)
            await self._check_rate(platform, connection, len(deliveries))
        except RefusedError as refused:
            self._count([connection], refused.refusal, request)
            return refusal_response(refused, await self._pace(refused, connection))
        kept = await self._keep(platform, connection, request, deliveries)
        return deliveries_answer(request.body, deliveries, kept)

    async def _count_unread(self, platform: Platform, request: Request) -> None:
        locator = locator_of(platform, request)
        found = self._directory.remembered(locator) or await self._directory.find_afresh(locator)
        self._count(found, Refusal.TOO_LARGE, request)

    def _count(self, meant: Sequence[DoorConnection], refusal: Refusal, request: Request) -> None:
        for connection in meant:
            self._rejections.count(connection, refusal, request.received_at)

    async def _check_address(self, connection: DoorConnection, scope: Scope) -> None:
        if not connection.allowed_networks:
            return
        address = _address_of(scope)
        # The list may have been widened a moment ago.
        for known in (connection, *await self._directory.find_afresh(Locator(connection.public_id))):
            if address is not None and known.allows(address):
                return
        raise RefusedError(
            Refusal.ADDRESS_NOT_ALLOWED, "This connection does not take deliveries from your address."
        )

    @staticmethod
    def _read(platform: Platform, request: Request) -> list[Delivery | RefusedError]:
        if not _JSON.fullmatch(request.headers.get("content-type", "")):
            raise RefusedError(Refusal.CONTENT_TYPE, "Send Content-Type: application/json.")
        if request.headers.get("content-encoding", "") not in _PLAIN_ENCODINGS:
            raise RefusedError(Refusal.CONTENT_TYPE, "Send the body as it is, without Content-Encoding.")
        try:
            request.body.decode()
        except UnicodeDecodeError as error:
            raise RefusedError(Refusal.NOT_JSON, "The body is not UTF-8.") from error
        return platform.deliveries(request)

    async def _check_rate(self, platform: Platform, connection: DoorConnection, events: int) -> None:
        if not platform.is_rate_limited:
            return
        if not await self._limiter.allows(self._rate, _caller(connection), cost=events):
            raise RefusedError(
                Refusal.RATE_LIMITED,
                f"At most {self._rate.amount} events in {self._rate.seconds} s; wait, then send again.",
            )

    async def _pace(self, refused: RefusedError, connection: DoorConnection) -> Mapping[str, str]:
        if refused.refusal is not Refusal.RATE_LIMITED:
            return {}
        allowance = await self._limiter.take(self._rate, _caller(connection), cost=0)
        return {**allowance.headers(), "retry-after": str(allowance.reset_seconds)}

    async def _keep(
        self,
        platform: Platform,
        connection: DoorConnection,
        request: Request,
        deliveries: list[Delivery | RefusedError],
    ) -> list[Kept | RefusedError]:
        headers = _kept_headers(request)
        at = request.received_at

        async def keep(delivery: Delivery | RefusedError) -> Kept | RefusedError:
            if isinstance(delivery, RefusedError):
                self._count([connection], delivery.refusal, request)
                return delivery
            receipt = new_receipt(
                delivery,
                client_id=connection.client_id,
                connection_id=connection.connection_id,
                door=platform.seen_via,
                headers=headers,
                received_at=at,
            )
            try:
                return await self._keeper.keep(receipt)
            except RefusedError as refused:
                self._count([connection], refused.refusal, request)
                return refused

        if len(deliveries) == 1:
            return [await keep(deliveries[0])]
        return list(await asyncio.gather(*map(keep, deliveries)))


def _caller(connection: DoorConnection) -> str:
    return f"client:{connection.client_id}"


def _address_of(scope: Scope) -> IPv4Address | IPv6Address | None:
    client = scope.get("client")
    try:
        address = ip_address(client[0]) if client else None
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _kept_headers(request: Request) -> bytes:
    kept = {
        name: value[:_LONGEST_KEPT_HEADER]
        for name, value in request.headers.items()
        if (name[:2] == "x-" and name not in _SECRET_HEADERS) or name in _KEPT_HEADERS
    }
    if len(kept) > _MOST_KEPT_HEADERS:
        kept = dict(list(kept.items())[:_MOST_KEPT_HEADERS])
    return _headers_encoder.encode(kept)
