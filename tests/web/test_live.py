"""The live feed, as a browser's stream."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest

from convertos.core.database import Database, Role
from convertos.core.installation import Installation
from convertos.web.live import LIVE_PATH, LiveStreams
from tests.support.browser import sign_in_as
from tests.support.house import House, run_house
from tests.support.shop_history import send_events
from tests.support.tenants import Source, Tenant, make_tenant
from tests.web.test_overview import paid


@asynccontextmanager
async def stream(house: House, token: str, path: str = LIVE_PATH) -> AsyncIterator[AsyncIterator[str]]:
    """The stream's lines."""
    async with (
        house.http(Cookie=f"convertos_session={token}", Accept="text/event-stream") as http,
        http.stream("GET", path) as answer,
    ):
        assert answer.status_code == 200, await answer.aread()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield answer.aiter_lines()


async def read_until(lines: AsyncIterator[str], wanted: str) -> str:
    read = []
    async for line in lines:
        read.append(line)
        if wanted in line:
            return "\n".join(read)
    raise AssertionError(f"the stream ended without {wanted!r}")


async def test_what_happens(house: House, database: Database, tenant: Tenant, site: Source) -> None:
    """The stream begins with how it stands, and tells each change with the whole list."""
    token = await sign_in_as(house, database, tenant)
    async with stream(house, token) as lines:
        assert "Nothing has happened yet" in await read_until(lines, "</li>")
        await send_events(house, site, [paid(1, "10.00", datetime.now(UTC))])
        assert "#1" in await read_until(lines, "#1")
        await read_until(lines, "event: figures")


async def test_ends_with_the_session(house: House, database: Database, tenant: Tenant) -> None:
    """Who signs out elsewhere is told, and the stream ends."""
    token = await sign_in_as(house, database, tenant)
    async with stream(house, token) as lines:
        await read_until(lines, "</li>")
        async with database.transaction(tenant.scope) as transaction:
            await transaction.execute("DELETE FROM sessions")
        await read_until(lines, "event: signed-out")
        assert [line async for line in lines if line.startswith("event")] == []


async def test_ends_with_the_server(empty_installation: Installation) -> None:
    """A server that stops does not wait for whoever watches."""
    async with Database(empty_installation.access, {Role.WORKER: 2}) as own:
        tenant = await make_tenant(own)
        async with run_house(empty_installation) as house:
            token = await sign_in_as(house, own, tenant)
            watching = stream(house, token)
            lines = await watching.__aenter__()
            await read_until(lines, "</li>")
        with pytest.raises((StopAsyncIteration, AssertionError)):
            await read_until(lines, "never said")
        await watching.__aexit__(None, None, None)


async def test_nobody(house: House) -> None:
    """Who is not signed in gets no stream."""
    async with house.http(Accept="text/event-stream") as http:
        assert (await http.get(LIVE_PATH)).status_code == 401


async def test_other_tenant(house: House, database: Database, tenant: Tenant) -> None:
    """Another organization's client can't be watched."""
    other = await make_tenant(database)
    token = await sign_in_as(house, database, tenant)
    async with house.http(Cookie=f"convertos_session={token}") as http:
        answer: httpx.Response = await http.get(f"{LIVE_PATH}?client=shop-{other.client_id.hex[-8:]}")
    assert answer.status_code == 404


async def test_bounded(house: House, database: Database, tenant: Tenant) -> None:
    """One browser holds eight streams at most; when one of them ends, there is room again."""
    token = await sign_in_as(house, database, tenant)
    async with house.http(Cookie=f"convertos_session={token}") as http:
        answers = [await http.send(http.build_request("GET", LIVE_PATH), stream=True) for _ in range(9)]
        assert [answer.status_code for answer in answers] == [200] * 8 + [503]
        await answers[0].aclose()
        again = httpx.Response(503)
        while again.status_code == 503:
            again = await http.send(http.build_request("GET", LIVE_PATH), stream=True)
        for answer in (*answers, again):
            await answer.aclose()


def test_places() -> None:
    """A place is free again when its stream ends, however it ends."""
    streams = LiveStreams()
    for _ in range(20):
        with pytest.raises(KeyError), streams.place(b"one"):
            raise KeyError
    with streams.place(b"one"):
        pass
