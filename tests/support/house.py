"""A whole ConvertOS inside the test process: web server on a loopback socket, and a worker on demand."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx

from convertos import flow
from convertos.app import create_app
from convertos.core.database import Database, Role
from convertos.core.http_protocol import HttpLimits
from convertos.core.http_server import make_server
from convertos.core.installation import Installation
from convertos.core.settings import Settings
from convertos.jobs import install_reactions
from convertos.jobs.queue import open_queue
from convertos.sync.store_calls import Sleep
from convertos.sync.stores import STORES
from convertos.worker import Worker, job_context


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

    async def run_jobs(self, sleep: Sleep | None = None) -> None:
        """Run every job that is due, as the worker does.

        Args:
            sleep: how jobs wait for stores, where a test does not want to.
        """
        context = job_context(self.installation, self.database)
        if sleep is not None:
            context[STORES].sleep = sleep
        async with open_queue(self.database.conninfo(Role.WORKER)) as queue:
            await queue.run_worker_async(
                wait=False, install_signal_handlers=False, additional_context=context
            )

    def http(self, **headers: str) -> httpx.AsyncClient:
        """A client of the running server."""
        return httpx.AsyncClient(base_url=self.base_url, headers=headers, timeout=30)


@asynccontextmanager
async def run_house(installation: Installation) -> AsyncIterator[House]:
    """Run the web server on a free loopback port."""
    async with (
        run_server(create_app(installation), installation.settings) as port,
        Database(installation.access, {Role.WORKER: 8}, name="test worker") as database,
    ):
        yield House(installation, database, Worker(installation, database), f"http://127.0.0.1:{port}")


@asynccontextmanager
async def run_server(app: object, settings: Settings, limits: HttpLimits | None = None) -> AsyncIterator[int]:
    """Serve an application on a free loopback port; gives the port."""
    ready = asyncio.Event()
    server = make_server(app, settings.model_copy(update={"port": 0}), limits, ready.set)
    serving = asyncio.create_task(server.serve())
    waiting = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if serving.done():
            await serving
            raise RuntimeError("the web server ended before it had started")
        yield server.port
    finally:
        waiting.cancel()
        server.stop()
        await serving


def json_of(response: httpx.Response) -> dict[str, object]:
    """The JSON object of an answer."""
    content = json.loads(response.content)
    assert isinstance(content, dict)
    return content
