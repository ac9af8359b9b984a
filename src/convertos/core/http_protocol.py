"""Bounds and deadlines for each connection, which uvicorn does not have.

A request's head has to be complete in five seconds and its body in thirty, however steadily they trickle; the
head's size, the number of its headers and of requests sent ahead are bounded; so are connections, in all and
from one address. Whoever is over a bound gets an answer that says so (408, 414, 431, 400, 503), and time to
read it: a socket that is closed while its peer still sends takes the answer with it.

Source: reliability.md D (slow loris, request smuggling, 100 kB headers); uvicorn has no receipt deadline
(github.com/Kludex/uvicorn/issues/157), checked 2026-11.
"""

import asyncio
from collections import Counter
from collections.abc import Collection
from email.utils import formatdate
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Any, NamedTuple

import httptools
import msgspec
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from convertos.core.http import PROBLEM_JSON, problem


class HttpLimits(NamedTuple):
    """What connections may cost.

    Attributes:
        body_seconds: for routes that have no shorter deadline of their own.
        head_bytes: of the request line and all headers.
        requests_ahead: sent on a connection before the first was answered (pipelining).
        connections_per_address: of one address that is no trusted proxy.
        trusted_proxies: stand for many, so they are not counted.
        linger_seconds: how long a refused sender may take to read why.
    """

    head_seconds: float = 5.0
    body_seconds: float = 30.0
    head_bytes: int = 64 * 1024
    address_bytes: int = 16 * 1024
    headers: int = 100
    requests_ahead: int = 16
    connections: int = 4000
    connections_per_address: int = 256
    trusted_proxies: Collection[IPv4Network | IPv6Network] = ()
    linger_seconds: float = 2.0


class BoundedConfig(uvicorn.Config):
    """uvicorn's configuration, with the limits and what is counted against them."""

    def __init__(self, app: Any, limits: HttpLimits, **options: Any) -> None:
        super().__init__(app, http=BoundedHttpProtocol, **options)
        self.limits = limits
        self.by_address: Counter[str] = Counter()


class _RefusedError(Exception):
    """Stops the parser: the answer is written already."""


class BoundedHttpProtocol(HttpToolsProtocol):
    """One connection."""

    def __init__(
        self,
        config: BoundedConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = config.limits
        self._by_address = config.by_address
        self._counted_as: str | None = None
        self._head_since: float | None = None
        self._body_since: float | None = None
        self._head_bytes = 0
        self._is_refused = False
        self._dropped_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn
        """Count the connection, and refuse one too many."""
        super().connection_made(transport)
        self._head_since = self.loop.time()
        host = self.client[0] if self.client else ""
        if host and not _is_among(host, self._limits.trusted_proxies):
            self._counted_as = host
            self._by_address[host] += 1
        is_over = len(self.connections) > self._limits.connections
        if is_over or self._by_address[host] > self._limits.connections_per_address:
            self._refuse(503, "too_many_connections", "Too many connections at once. Try again soon.")

    def connection_lost(self, exc: Exception | None) -> None:
        """Count it no more."""
        if self._counted_as is not None:
            self._by_address[self._counted_as] -= 1
            if not self._by_address[self._counted_as]:
                del self._by_address[self._counted_as]
        self._is_refused = True
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, within the bounds."""
        if self._is_refused:
            self._drop(data)
            return
        self._unset_keepalive_if_required()
        if self._body_since is None:
            self._head_bytes += len(data)
            if self._head_since is None:
                self._head_since = self.loop.time()
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return
        except httptools.HttpParserError:
            self._refuse(400, "malformed_request", "This is not a valid HTTP request.")
            return
        if self._head_since is not None and self._head_bytes > self._limits.head_bytes:
            self._refuse_head()

    def on_message_begin(self) -> None:
        """The first byte of a request's head."""
        super().on_message_begin()
        if self._head_since is None:
            self._head_since = self.loop.time()

    def on_headers_complete(self) -> None:
        """The head is complete: check its size, and let the request begin."""
        is_large = self._head_bytes > self._limits.head_bytes
        self._head_since, self._head_bytes = None, 0
        if len(self.url) > self._limits.address_bytes:
            self._refuse(414, "address_too_long", f"At most {self._limits.address_bytes} bytes of address.")
        elif len(self.headers) > self._limits.headers or (
            is_large and self._size() > self._limits.head_bytes
        ):
            self._refuse_head()
        elif len(self.pipeline) >= self._limits.requests_ahead:
            self._refuse(400, "too_many_requests_ahead", "Too many requests were sent before an answer.")
        if self._is_refused:
            raise _RefusedError
        self._body_since = self.loop.time()
        super().on_headers_complete()
        if self.parser.should_upgrade():
            # There is nothing to upgrade to, and the parser stops here: the connection can't be used again.
            self.cycle.keep_alive = False

    def on_message_complete(self) -> None:
        """The body is complete."""
        self._body_since = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer is out; after a refusal it was the last."""
        super().on_response_complete()
        if self._is_refused:
            self._unset_keepalive_if_required()
            self.transport.close()

    def enforce_deadlines(self, now: float) -> None:
        """Refuse what has been coming for too long; called twice a second."""
        if self._is_refused:
            return
        if self._head_since is not None and now - self._head_since > self._limits.head_seconds:
            if self._head_bytes:
                seconds = self._limits.head_seconds
                self._refuse(408, "request_too_slow", f"The headers did not arrive in {seconds:g} s.")
            else:
                self.transport.close()
        elif self._body_since is not None and now - self._body_since > self._limits.body_seconds:
            seconds = self._limits.body_seconds
            self._refuse(408, "body_too_slow", f"The body did not arrive in {seconds:g} s.")

    def _size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def _refuse_head(self) -> None:
        limits = self._limits
        detail = f"At most {limits.headers} headers and {limits.head_bytes} bytes of them."
        self._refuse(431, "headers_too_large", detail)

    def _refuse(self, status: int, code: str, detail: str) -> None:
        """Answer instead of the application, and close when the sender has had time to read it."""
        self._is_refused = True
        self._unset_keepalive_if_required()
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None and not cycle.response_complete:
            is_begun = self._body_since is not None and not self.pipeline and not cycle.response_started
            self.pipeline.clear()
            if not is_begun:
                # An earlier request is being answered. Nothing may come before that, and nothing comes after.
                return
            # The application waits for the rest of this body: for it, the client is gone.
            cycle.disconnected = cycle.response_complete = True
            cycle.message_event.set()
        self.transport.write(_answer(status, code, detail))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(self._limits.linger_seconds, self.transport.close)

    def _drop(self, data: bytes) -> None:
        self._dropped_bytes += len(data)
        if self._dropped_bytes > self._limits.head_bytes * 16:
            self.transport.abort()


def _answer(status: int, code: str, detail: str) -> bytes:
    body = msgspec.json.encode(problem(status, code, detail))
    retry = "retry-after: 5\r\n" if status == HTTPStatus.SERVICE_UNAVAILABLE else ""
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\ndate: {formatdate(usegmt=True)}\r\n{retry}"
        f"content-type: {PROBLEM_JSON}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


def _is_among(host: str, networks: Collection[IPv4Network | IPv6Network]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in networks)
