"""The webhook door alone, on a real socket, with what a test wants to choose: its clock, limits, deadlines."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from convertos.connections.directory import Directory
from convertos.core.database import Database, Role
from convertos.core.http import Receive, Scope, Send
from convertos.core.http_protocol import HttpLimits
from convertos.core.installation import Installation
from convertos.core.limits import RateLimit, RateLimiter
from convertos.core.settings import Settings
from convertos.ingest.keep import Keeper
from convertos.ingest.receive import Door
from convertos.ingest.rejections import RejectionCounter
from tests.support.house import run_server

_UNLIMITED = RateLimit(1_000_000, 60)


class ChosenClock:
    """A clock that stands at the time it is set to."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, by: timedelta) -> None:
        self.now += by


@dataclass
class RunningDoor:
    """A door that listens on a loopback port."""

    port: int
    clock: ChosenClock
    directory: Directory
    rejections: RejectionCounter
    database: Database

    def http(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=30)


@asynccontextmanager
async def run_door(
    installation: Installation,
    *,
    rate: RateLimit = _UNLIMITED,
    largest_body: int = 2 * 1024 * 1024,
    body_seconds: float = 10.0,
    limits: HttpLimits | None = None,
) -> AsyncIterator[RunningDoor]:
    """Run a door of an installation; several may stand beside each other, as processes do."""
    clock = ChosenClock()
    async with AsyncExitStack() as stack:
        pools = {Role.INGEST: 3}
        database = await stack.enter_async_context(Database(installation.access, pools, name="test door"))
        directory, keeper = Directory(database, installation.vault), Keeper(database)
        rejections = RejectionCounter(database)
        door = Door(
            directory,
            keeper,
            rejections,
            RateLimiter(),
            rate=rate,
            largest_body=largest_body,
            body_seconds=body_seconds,
            clock=clock,
        )
        stack.push_async_callback(keeper.drain)
        port = await stack.enter_async_context(run_server(_application(door), Settings(), limits))
        yield RunningDoor(port, clock, directory, rejections, database)


def _application(door: Door) -> object:
    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await door(scope, receive, send)
            return
        for name in ("startup", "shutdown"):
            await receive()
            await send({"type": f"lifespan.{name}.complete"})

    return application
