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
from collections.abc import Sequence
from ipaddress import ip_address

import msgspec

from convertos.connections.directory import Directory, DoorConnection
from convertos.connections.domains import normal_domain
from convertos.core.clock import Clock, system_clock
from convertos.core.errors import UnavailableError
from convertos.core.http import (
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
from convertos.core.metrics import DOOR_REQUESTS
from convertos.ingest.answers import deliveries_answer, refusal_response
from convertos.ingest.keep import Keeper, Kept, new_receipt
from convertos.ingest.rejections import RejectionCounter
from convertos.platforms import (
    Delivery,
    DoorRules,
    Locator,
    Platform,
    Refusal,
    RefusedError,
    Request,
    platform_of,
)

PREFIX = "/api/webhooks/"
_PATH = re.compile(r"/api/webhooks/([a-z]+)(?:/([A-Za-z0-9_.-]{1,80}))?/*", re.IGNORECASE)
_JSON = re.compile(r"application/([\w.+-]+\+)?json\s*(;.*)?", re.IGNORECASE)
_KEPT_HEADERS = ("content-type", "user-agent", "date")
_headers_encoder = msgspec.json.Encoder()
_BODY_SECONDS = 10.0


class Door:
    """Receives webhooks of every platform.

    Args:
        rate: events a minute that one client's own senders may deliver.
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
        clock: Clock = system_clock,
    ) -> None:
        self._directory = directory
        self._keeper = keeper
        self._rejections = rejections
        self._limiter = limiter
        self._rate = rate
        self._largest_body = largest_body
        self._clock = clock

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
        DOOR_REQUESTS.labels(platform.name if platform else "none", str(response.status)).inc()
        await respond(send, response)

    async def _answer(
        self, platform: Platform | None, segment: str, scope: Scope, receive: Receive
    ) -> Response:
        try:
            body = await asyncio.wait_for(read_body(scope, receive, self._largest_body), _BODY_SECONDS)
        except BodyTooLargeError:
            return refusal_response(
                RefusedError(Refusal.TOO_LARGE, f"The body is larger than {self._largest_body} bytes.")
            )
        except (TimeoutError, SlowBodyError):
            return problem_response(408, "body_too_slow", "The body did not arrive within ten seconds.")
        if platform is None:
            return problem_response(404, "not_found", "There is no such webhook address.")
        if scope["method"] != "POST":
            return problem_response(
                405, "method_not_allowed", "Webhooks are sent with POST.", headers={"allow": "POST"}
            )
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        request = Request(segment, headers, body, self._clock())
        if platform.is_ping(request):
            return json_response(200, {"success": True})
        return await self._receive(platform, request, scope)

    async def _receive(self, platform: Platform, request: Request, scope: Scope) -> Response:
        try:
            connection = await self._authenticate(platform, request)
        except RefusedError as refused:
            return refusal_response(refused)
        try:
            self._check_address(connection, scope)
            deliveries = self._read(platform, request)
            await self._check_rate(platform, connection, len(deliveries))
        except RefusedError as refused:
            self._rejections.count(connection, refused.refusal, request.received_at)
            return refusal_response(refused, limit=self._rate)
        kept = await self._keep(platform, connection, request, deliveries)
        return deliveries_answer(request.body, deliveries, kept)

    async def _authenticate(self, platform: Platform, request: Request) -> DoorConnection:
        """The connection whose secret signed the request.

        Raises:
            RefusedError: there is none. It is counted on the connection that was meant, where one exists.
        """
        locator = platform.locate(request) or Locator()
        if locator.domain:
            locator = Locator(domain=normal_domain(locator.domain))
        refused = RefusedError(Refusal.SIGNATURE_INVALID, "The signature does not match.")
        meant: Sequence[DoorConnection] = ()
        # From memory first; nobody is refused before the database was asked.
        for find in (self._directory.find, self._directory.find_afresh):
            meant = [entry for entry in await find(locator) if entry.type == platform.name]
            for entry in meant:
                try:
                    platform.verify(request, entry.living_secrets(request.received_at), entry.rules)
                except RefusedError as error:
                    refused = error
                else:
                    return entry
            if not meant:
                self._pretend_to_verify(platform, request)
        for entry in meant[:1]:
            self._rejections.count(entry, refused.refusal, request.received_at)
        raise refused

    @staticmethod
    def _pretend_to_verify(platform: Platform, request: Request) -> None:
        # The work of a verification, so that an unknown connection takes as long as a wrong signature.
        try:
            platform.verify(request, (), DoorRules())
        except RefusedError:
            return

    @staticmethod
    def _check_address(connection: DoorConnection, scope: Scope) -> None:
        if not connection.allowed_networks:
            return
        client = scope.get("client")
        try:
            address = ip_address(client[0]) if client else None
        except ValueError:
            address = None
        if address is None or not any(address in allowed.network for allowed in connection.allowed_networks):
            raise RefusedError(
                Refusal.ADDRESS_NOT_ALLOWED, "This connection does not take deliveries from your address."
            )

    @staticmethod
    def _read(platform: Platform, request: Request) -> list[Delivery | RefusedError]:
        if not _JSON.fullmatch(request.headers.get("content-type", "")):
            raise RefusedError(Refusal.CONTENT_TYPE, "Send Content-Type: application/json.")
        try:
            request.body.decode()
        except UnicodeDecodeError as error:
            raise RefusedError(Refusal.NOT_JSON, "The body is not UTF-8.") from error
        return platform.deliveries(request)

    async def _check_rate(self, platform: Platform, connection: DoorConnection, events: int) -> None:
        if not platform.is_rate_limited:
            return
        if not await self._limiter.allows(self._rate, f"client:{connection.client_id}", cost=events):
            raise RefusedError(
                Refusal.RATE_LIMITED,
                f"At most {self._rate.amount} events in {self._rate.seconds} s; wait, then send again.",
            )

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
                self._rejections.count(connection, delivery.refusal, at)
                return delivery
            receipt = new_receipt(
                delivery,
                client_id=connection.client_id,
                connection_id=connection.connection_id,
                door=platform.seen_via,
                headers=headers,
                received_at=at,
            )
            return await self._keeper.keep(receipt)

        if len(deliveries) == 1:
            return [await keep(deliveries[0])]
        return list(await asyncio.gather(*map(keep, deliveries)))


def _kept_headers(request: Request) -> bytes:
    kept = {
        name: value
        for name, value in request.headers.items()
        if name.startswith("x-") or name in _KEPT_HEADERS
    }
    return _headers_encoder.encode(kept)
