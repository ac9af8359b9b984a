"""Calls to servers that people named: guarded, bounded, never redirected.

A name is resolved once, every address it has is checked, and the connection is made to one that was checked,
so that a name which changes its mind in between (DNS rebinding) leads nowhere. Private, loopback, link-local
and reserved addresses are refused unless the installation allows them.

Source: OWASP ASVS 5.0 1.3.6 (SSRF), checked 2026-11.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple, Self
from urllib.parse import urlsplit

import httpx

from convertos import __version__
from convertos.core.errors import ConvertOSError

USER_AGENT = f"ConvertOS/{__version__}"
_TIMEOUT = httpx.Timeout(60.0, connect=10.0, pool=30.0)
_WHOLE_CALL_SECONDS = 180.0
_PORTS = {"http": 80, "https": 443}


class UnreachableError(ConvertOSError):
    """Nothing usable came back.

    `code` is one of `address`, `dns`, `private_address`, `connect`, `tls`, `timeout`, `broken`, `too_large`.
    """


class OutgoingAnswer(NamedTuple):
    """A whole answer; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Target(NamedTuple):
    """Where to connect for an address, after it was checked."""

    url: httpx.URL
    host: str
    sni: str


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody on the internet can have."""
    ip = ip_address(address.split("%", 1)[0])
    if isinstance(ip, IPv6Address):
        embedded = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if embedded is not None:
            return embedded.is_global and not embedded.is_multicast
        if ip.packed[:12] == IPv6Address("64:ff9b::").packed[:12]:
            return is_public(".".join(map(str, ip.packed[12:])))
    return ip.is_global and not ip.is_multicast


async def resolve(host: str, port: int, *, allows_private: bool) -> str:
    """One address of a host.

    Raises:
        UnreachableError: the name is unknown, or one of its addresses is private.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise UnreachableError(f"The name {host} can't be found.", code="dns") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not addresses:
        raise UnreachableError(f"The name {host} can't be found.", code="dns")
    if not allows_private and not all(map(is_public, addresses)):
        raise UnreachableError(
            f"{host} is at a private address, which this server does not call.", code="private_address"
        )
    return addresses[0]


@cache
def _tls() -> ssl.SSLContext:
    return httpx.create_ssl_context()


class Outgoing:
    """Connections to one server at a time; use as `async with`.

    Args:
        allows_private: whether private and loopback addresses may be called.
        trust: certificates to trust; the machine's, unless a test brings its own.
    """

    def __init__(self, *, allows_private: bool, trust: ssl.SSLContext | None = None) -> None:
        self._allows_private = allows_private
        self._client = httpx.AsyncClient(
            verify=trust or _tls(),
            timeout=_TIMEOUT,
            follow_redirects=False,
            trust_env=False,
            headers={"user-agent": USER_AGENT, "accept-encoding": "gzip"},
            limits=httpx.Limits(max_connections=8, max_keepalive_connections=8, keepalive_expiry=20),
        )
        self._targets: dict[str, Target] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def call(
        self,
        method: str,
        url: str,
        *,
        query: Sequence[tuple[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        largest: int,
    ) -> OutgoingAnswer:
        """Send, and read the whole answer, decompressed.

        Raises:
            UnreachableError: nothing usable came back.
        """
        try:
            async with (
                asyncio.timeout(_WHOLE_CALL_SECONDS),
                self._open(method, url, query, headers, body) as response,
            ):
                return OutgoingAnswer(
                    response.status_code, _plain(response.headers), await _read(response, largest)
                )
        except TimeoutError as error:
            raise UnreachableError(
                f"{urlsplit(url).hostname} did not finish its answer.", code="timeout"
            ) from error

    @asynccontextmanager
    async def lines(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None
    ) -> AsyncIterator[tuple[int, AsyncIterator[bytes]]]:
        """Send, and read the answer line by line: its status, and its lines as they come.

        Raises:
            UnreachableError: nothing usable came back, or it broke off.
        """
        async with self._open(method, url, (), headers, None) as response:
            yield response.status_code, _lines(response)

    @asynccontextmanager
    async def _open(
        self,
        method: str,
        url: str,
        query: Sequence[tuple[str, str]],
        headers: Mapping[str, str] | None,
        body: bytes | None,
    ) -> AsyncIterator[httpx.Response]:
        target = await self._target(url)
        address = target.url.copy_merge_params(list(query)) if query else target.url
        async with AsyncExitStack() as stack:
            stack.enter_context(_explained(target.sni))
            request = self._client.build_request(
                method,
                address,
                headers={**(headers or {}), "host": target.host},
                content=body,
                extensions={"sni_hostname": target.sni},
            )
            response = await self._client.send(request, stream=True)
            stack.push_async_callback(response.aclose)
            yield response

    async def _target(self, url: str) -> Target:
        parts = urlsplit(url)
        try:
            host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
        except ValueError:
            host = port = None
        if not host or port is None or parts.username is not None:
            raise UnreachableError("The address is no http or https address of a store.", code="address")
        origin = f"{parts.scheme}://{parts.netloc}"
        known = self._targets.get(origin)
        if known is None:
            known = await self._resolved(parts.scheme, host, port, parts.netloc)
            self._targets[origin] = known
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return known._replace(url=known.url.join(path or "/"))

    async def _resolved(self, scheme: str, host: str, port: int, netloc: str) -> Target:
        address = await resolve(host, port, allows_private=self._allows_private)
        literal = f"[{address}]" if ":" in address else address
        return Target(httpx.URL(f"{scheme}://{literal}:{port}/"), netloc, host)


class _explained:  # noqa: N801 - reads as a word in a with statement
    """Turns whatever the client raises into one sentence with a code."""

    def __init__(self, host: str) -> None:
        self._host = host

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if isinstance(error, httpx.HTTPError | httpx.InvalidURL | httpx.StreamError | OSError):
            code, words = _fault(error)
            raise UnreachableError(f"{self._host} {words}", code=code) from error


def _fault(error: BaseException) -> tuple[str, str]:
    if isinstance(error, httpx.TimeoutException):
        return "timeout", "did not answer in time."
    if isinstance(error, httpx.ConnectError):
        cause: BaseException | None = error
        while cause is not None:
            if isinstance(cause, ssl.SSLError):
                reason = getattr(cause, "verify_message", "") or cause.reason or "handshake failed"
                return "tls", f"could not prove who it is (TLS: {reason})."
            cause = cause.__cause__ or cause.__context__
        return "connect", "does not accept the connection."
    return "broken", "broke its answer off."


def _plain(headers: httpx.Headers) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


async def _read(response: httpx.Response, largest: int) -> bytes:
    chunks, size = [], 0
    async for chunk in response.aiter_bytes():
        size += len(chunk)
        if size > largest:
            raise UnreachableError(f"The answer is larger than {largest} bytes.", code="too_large")
        chunks.append(chunk)
    return b"".join(chunks)


_LONGEST_LINE = 16 * 1024 * 1024


async def _lines(response: httpx.Response) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in response.aiter_bytes():
        *whole, rest = (rest + chunk).split(b"\n")
        if len(rest) > _LONGEST_LINE:
            raise UnreachableError("A line of the answer is endless.", code="too_large")
        for line in whole:
            yield line.removesuffix(b"\r")
    if rest:
        yield rest
