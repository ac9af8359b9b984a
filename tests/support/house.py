"""A whole ConvertOS inside the test process: web server on a loopback socket, and a worker on demand."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
import uvicorn

from convertos import flow
from convertos.app import create_app
from convertos.core.database import Database, Role
from convertos.core.installation import Installation
from convertos.jobs import install_reactions
from convertos.worker import Worker


@dataclass
class House:
    """A running installation.

    Attributes:
        base_url: where it listens.
        worker: not started; `settle` lets it do everything that waits.
    """

    installation: Installation
    database: Database
    worker: Worker
    base_url: str

    async def settle(self) -> None:
        """Process every receipt and sum every day that waits."""
        install_reactions(flow.REACTIONS)
        while await self.worker.process_once():
            pass
        while await self.worker.sum_once():
            pass

    def http(self, **headers: str) -> httpx.AsyncClient:
        """A client of the running server."""
        return httpx.AsyncClient(base_url=self.base_url, headers=headers, timeout=30)


@asynccontextmanager
async def run_house(installation: Installation) -> AsyncIterator[House]:
    """Run the web server on a free loopback port."""
    config = uvicorn.Config(
        create_app(installation),
        host="127.0.0.1",
        port=0,
        log_level="warning",
        lifespan="on",
        access_log=False,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]  # signals belong to pytest
    serving = asyncio.create_task(server.serve())
    while not server.started:
        if serving.done():
            await serving
            raise RuntimeError("the web server ended before it had started")
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        async with Database(installation.access, {Role.WORKER: 8}, name="test worker") as database:
            worker = Worker(installation, database)
            yield House(installation, database, worker, f"http://127.0.0.1:{port}")
    finally:
        server.should_exit = True
        await serving


def json_of(response: httpx.Response) -> dict[str, object]:
    """The JSON object of an answer."""
    content = json.loads(response.content)
    assert isinstance(content, dict)
    return content
