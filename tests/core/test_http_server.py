"""The server keeps serving whoever behaves, whatever others do with their sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network

import pytest

from convertos.core.errors import ConfigurationError
from convertos.core.http import Receive, Scope, Send
from convertos.core.http_protocol import HttpLimits
from convertos.core.http_server import limits_of, trusted_networks
from convertos.core.settings import Settings
from tests.support.house import run_server
from tests.support.raw_http import RawConnection, exchange, request


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the path, the caller's address and the body's size, when it has the whole body."""
    if scope["type"] != "http":
        for name in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{name}.complete"})
        return
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    told = json.dumps({"path": scope["path"], "from": scope["client"][0], "size": size}).encode()
    headers = [(b"content-length", str(len(told)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": told})


@asynccontextmanager
async def running(limits: HttpLimits | None = None, trusted_proxies: str = "") -> AsyncIterator[int]:
    async with run_server(echo, Settings(trusted_proxies=trusted_proxies), limits) as port:
        yield port


@pytest.fixture(scope="module")
async def port() -> AsyncIterator[int]:
    """A server with the usual limits, whose callers are no proxies."""
    async with running() as listening:
        yield listening


class TestSlowSenders:
    async def test_hundreds_of_trickling_heads_are_cut_and_others_are_served_meanwhile(self) -> None:
        """Slow loris: each of 300 sockets that never finish their headers is answered 408."""
        async with running(HttpLimits(head_seconds=1.0, connections_per_address=1000)) as port:
            slow = [await RawConnection.open(port) for _ in range(300)]
            for connection in slow:
                await connection.send(b"POST /api HTTP/1.1\r\nHost: test\r\nX-Slow: ")

            healthy = await exchange(port, request("/healthy"))
            answers = await asyncio.gather(*(connection.answer() for connection in slow))

            assert healthy.status == 200
            assert {answer.status for answer in answers} == {408}
            assert answers[0].json["code"] == "request_too_slow"
            assert answers[0].headers["connection"] == "close"
            for connection in slow:
                assert await connection.is_closed()
                await connection.close()

    async def test_trickling_bytes_do_not_move_the_deadline(self) -> None:
        """A byte now and then does not keep a connection: the deadline counts from the first byte."""
        async with running(HttpLimits(head_seconds=1.0)) as port:
            connection = await RawConnection.open(port)
            trickle = asyncio.create_task(_trickle(connection, b"GET / HTTP/1.1\r\n" + b"X-A: b\r\n" * 1000))
            answer = await connection.answer()
            trickle.cancel()
            assert answer.status == 408
            await connection.close()

    async def test_hundreds_of_trickling_bodies_are_cut(self) -> None:
        """Senders that announce a body and do not send it are answered 408; others are served meanwhile."""
        async with running(HttpLimits(body_seconds=1.0, connections_per_address=1000)) as port:
            slow = [await RawConnection.open(port) for _ in range(300)]
            for connection in slow:
                await connection.send(request("/", "POST", b"x", {"Content-Length": "1000"}))

            healthy = await exchange(port, request("/", "POST", b"whole"))
            answers = await asyncio.gather(*(connection.answer() for connection in slow))

            assert healthy.json["size"] == 5
            assert {(answer.status, answer.json["code"]) for answer in answers} == {(408, "body_too_slow")}
            for connection in slow:
                await connection.close()

    async def test_a_connection_that_says_nothing_is_closed_quietly(self) -> None:
        """A socket that was opened and never used gets no answer, because it asked nothing."""
        async with running(HttpLimits(head_seconds=0.5)) as port:
            connection = await RawConnection.open(port)
            assert await connection.is_closed()
            await connection.close()


async def _trickle(connection: RawConnection, data: bytes) -> None:
    for index in range(len(data)):
        await connection.send(data[index : index + 1])
        await asyncio.sleep(0.05)


class TestBounds:
    async def test_headers_of_100_kb_are_answered_431(self, port: int) -> None:
        """A sender of 100 kB of headers can read why it was refused."""
        answer = await exchange(port, request(headers={"X-Large": "a" * 100_000}))
        assert (answer.status, answer.json["code"]) == (431, "headers_too_large")

    async def test_headers_without_end_are_answered_431(self, port: int) -> None:
        """An endless header is refused once it is too long, not when it ends."""
        answer = await exchange(port, b"GET / HTTP/1.1\r\nX-Endless: " + b"a" * 200_000)
        assert answer.status == 431

    async def test_too_many_headers_are_answered_431(self, port: int) -> None:
        """The number of headers is bounded, however small they are."""
        answer = await exchange(port, request(headers={f"X-{n}": "a" for n in range(150)}))
        assert answer.status == 431

    async def test_headers_within_the_bounds_are_taken(self, port: int) -> None:
        """Sixty thousand bytes of headers, as some proxies add them, are no fault."""
        answer = await exchange(port, request(headers={"X-Large": "a" * 60_000}))
        assert answer.status == 200

    async def test_an_address_that_is_too_long_is_answered_414(self, port: int) -> None:
        """The request line is bounded."""
        answer = await exchange(port, request("/" + "a" * 40_000))
        assert (answer.status, answer.json["code"]) == (414, "address_too_long")

    async def test_connections_of_one_address_are_bounded(self) -> None:
        """One address can't take all connections; when it lets one go, it may have another."""
        async with running(HttpLimits(connections_per_address=5)) as port:
            held = [await RawConnection.open(port) for _ in range(5)]
            for connection in held:
                await connection.send(request())
                assert (await connection.answer()).status == 200
            refused = await RawConnection.open(port)
            answer = await refused.answer()
            assert (answer.status, answer.json["code"]) == (503, "too_many_connections")
            assert answer.headers["retry-after"] == "5"
            await refused.close()

            await held.pop().close()
            await _until_served(port)
            for connection in held:
                await connection.close()

    async def test_connections_of_a_trusted_proxy_are_not_counted(self) -> None:
        """Everybody comes through the proxy's one address."""
        async with running(
            HttpLimits(connections_per_address=5, trusted_proxies=[ip_network("127.0.0.0/8")])
        ) as port:
            held = [await RawConnection.open(port) for _ in range(20)]
            for connection in held:
                await connection.send(request())
                assert (await connection.answer()).status == 200
                await connection.close()

    async def test_connections_in_all_are_bounded(self) -> None:
        """Past the bound of the whole server a connection is refused with words."""
        async with running(HttpLimits(connections=3)) as port:
            held = [await RawConnection.open(port) for _ in range(3)]
            for connection in held:
                await connection.send(request())
                assert (await connection.answer()).status == 200
            assert (await exchange(port, request())).status == 503
            for connection in held:
                await connection.close()


async def _until_served(port: int) -> None:
    # The server learns a moment later that a connection was closed.
    while (await exchange(port, request())).status != 200:  # noqa: ASYNC110 - it tells nobody
        await asyncio.sleep(0.01)


class TestMalformed:
    @pytest.mark.parametrize(
        "sent",
        [
            request("/", "POST", b"0\r\n\r\n", {"Transfer-Encoding": "chunked", "Content-Length": "5"}),
            request("/", "POST", b"12345", {"Content-Length": "5", "content-length": "6"}),
            request("/", "POST", b"x", {"Content-Length": "-1"}),
            request("/", "POST", b"x", {"Content-Length": "1e3"}),
            request("/", "POST", b"zz\r\nabc\r\n0\r\n\r\n", {"Transfer-Encoding": "chunked"}),
            request("/", "POST", b"", {"Transfer-Encoding": "chunked, identity"}) + b"3\r\nabc\r\n0\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: test\r\nX-Folded: a\r\n b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: test\r\nX-Nul: a\x00b\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost : test\r\n\r\n",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
            b"HELLO\r\n\r\n",
        ],
        ids=[
            "length and chunks",
            "two lengths",
            "negative length",
            "odd length",
            "odd chunk",
            "two encodings",
            "folded header",
            "NUL in a header",
            "space before the colon",
            "TLS",
            "no HTTP",
        ],
    )
    async def test_what_is_no_clear_request_is_answered_400_and_ends_the_connection(
        self, port: int, sent: bytes
    ) -> None:
        """Nothing that two servers could read in two ways goes on (request smuggling)."""
        connection = await RawConnection.open(port)
        await connection.send(sent)
        answer = await connection.answer()
        assert (answer.status, answer.json["code"]) == (400, "malformed_request")
        assert answer.headers["content-type"] == "application/problem+json"
        assert await connection.is_closed()
        await connection.close()

    async def test_a_body_longer_than_its_length_is_not_part_of_the_request(self, port: int) -> None:
        """What comes after the stated length is another request, and no valid one: it ends the connection."""
        connection = await RawConnection.open(port)
        await connection.send(request("/", "POST", b"12345 and more", {"Content-Length": "5"}))
        assert (await connection.answer()).json["size"] == 5
        assert await connection.is_closed()
        await connection.close()

    async def test_a_body_that_ends_early_harms_nobody(self, port: int) -> None:
        """A sender that hangs up within its body leaves a server that serves on."""
        connection = await RawConnection.open(port)
        await connection.send(request("/", "POST", b"x", {"Content-Length": "1000"}))
        await connection.close()
        assert (await exchange(port, request())).status == 200

    async def test_an_upgrade_is_not_followed(self, port: int) -> None:
        """A request that offers another protocol is answered in this one."""
        answer = await exchange(port, request(headers={"Connection": "Upgrade", "Upgrade": "h2c"}))
        assert (answer.status, answer.headers["connection"]) == (200, "close")


class TestRequestsAhead:
    async def test_requests_sent_ahead_are_answered_in_their_order(self, port: int) -> None:
        """Ten requests in one write are ten answers."""
        connection = await RawConnection.open(port)
        await connection.send(b"".join(request(f"/{n}", "POST", b"abc") for n in range(10)))
        paths = [(await connection.answer()).json["path"] for _ in range(10)]
        assert paths == [f"/{n}" for n in range(10)]
        await connection.close()

    async def test_too_many_requests_ahead_end_the_connection(self, port: int) -> None:
        """What was sent ahead is not gathered without bound."""
        connection = await RawConnection.open(port)
        await connection.send(request() * 1000)
        assert (await connection.answer()).status == 200
        assert await connection.is_closed()
        await connection.close()


class TestProxies:
    async def test_a_trusted_proxy_tells_the_real_address(self) -> None:
        """Allow-lists and limits see who called, not the proxy."""
        async with running(trusted_proxies="127.0.0.1") as port:
            answer = await exchange(port, request(headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.9"}))
            assert answer.json["from"] == "203.0.113.9"

    async def test_a_stranger_can_not_lie_about_its_address(self, port: int) -> None:
        """Who is no trusted proxy is not believed."""
        answer = await exchange(port, request(headers={"X-Forwarded-For": "203.0.113.9"}))
        assert answer.json["from"] == "127.0.0.1"

    def test_the_settings_name_addresses_and_networks(self) -> None:
        """A proxy is an address or a network; anything else stops the start."""
        assert trusted_networks("127.0.0.1, 10.0.0.0/8") == [
            ip_network("127.0.0.1"),
            ip_network("10.0.0.0/8"),
        ]
        assert trusted_networks("") == []
        with pytest.raises(ConfigurationError):
            trusted_networks("proxy.example")

    def test_limits_come_from_the_settings(self) -> None:
        """How many connections are held can be set."""
        limits = limits_of(Settings(most_connections=100, most_connections_per_address=7))
        assert (limits.connections, limits.connections_per_address) == (100, 7)
