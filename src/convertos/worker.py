"""The background process: processes receipts, keeps the sums in step, runs jobs.

Two lanes claim and process receipts, so that one maps in Python while the other waits for PostgreSQL; any
number of workers may run beside each other. A notification wakes them; they also look by themselves, because
a notification can get lost.
"""

import asyncio
import gc
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
from procrastinate.exceptions import ConnectorException
from prometheus_client import start_http_server

from convertos import flow
from convertos.analytics.rollups import refresh
from convertos.attribution.client_rules import ClientRules
from convertos.core.database import Database, Role, end_frozen
from convertos.core.errors import UnavailableError
from convertos.core.failpoints import Step, reach
from convertos.core.heartbeats import beat
from convertos.core.ids import new_id
from convertos.core.installation import Installation
from convertos.core.logging import get_logger
from convertos.core.metrics import OLDEST_WAITING_SECONDS, PARKED, PROCESS_SECONDS, WAITING
from convertos.ingest.isolate import process_isolated
from convertos.ingest.store import INBOX_CHANNEL, LEASE_SECONDS, claim, inbox_state
from convertos.jobs import install_reactions
from convertos.jobs.queue import open_queue
from convertos.ledger.suppression import Suppression
from convertos.sync.stores import STORES, Stores

_logger = get_logger(__name__)

LANES = 2
_LOOK_SECONDS = 1.0
_SUM_SECONDS = 0.1
_REST_TIMES = 4
_LONGEST_REST_SECONDS = 30.0
_AWAY_SECONDS = 1.0
_STATE_SECONDS = 5.0
_DATABASE_AWAY = (UnavailableError, psycopg.OperationalError, OSError)
_POOL_SIZE = 8


def job_context(installation: Installation, database: Database) -> dict[str, Any]:
    """What jobs find when they run."""
    stores = Stores(
        database,
        installation.vault,
        Role.WORKER,
        allows_private=installation.settings.allow_private_hosts,
    )
    return {
        "database": database,
        "settings": installation.settings,
        "suppression": Suppression(installation.vault),
        "installation": installation,
        STORES: stores,
    }


class Worker:
    """Everything that goes on in the background, until it is stopped."""

    def __init__(self, installation: Installation, database: Database) -> None:
        self._installation = installation
        self._database = database
        self._rules = ClientRules()
        self._suppression = Suppression(installation.vault)
        self._worker_id = new_id()
        self._is_busy = False
        self._news = asyncio.Event()
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """End after what is being worked on."""
        self._stopping.set()
        self._news.set()

    async def run(self) -> None:
        """Work until stopped; survives a database that is away."""
        install_reactions(flow.REACTIONS)
        jobs = asyncio.create_task(self._run_jobs())
        listener = asyncio.create_task(self._listen())
        loops = [self._process_receipts() for _ in range(LANES)]
        try:
            await asyncio.gather(*loops, self._keep_sums(), self._watch_inbox())
        finally:
            for task in (jobs, listener):
                task.cancel()
            await asyncio.gather(jobs, listener, return_exceptions=True)

    async def _process_receipts(self) -> None:
        while not self._stopping.is_set():
            self._news.clear()
            try:
                is_more = await self.process_once()
            except _DATABASE_AWAY as error:
                _logger.warning("database is away", exc_info=error)
                await self._pause(_AWAY_SECONDS)
                continue
            self._is_busy = is_more
            if not is_more:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), _LOOK_SECONDS)

    async def process_once(self) -> bool:
        """Claim and process one batch; returns whether there was anything."""
        claim_id = new_id()
        with PROCESS_SECONDS.labels("claim").time():
            async with self._database.transaction(role=Role.WORKER, is_durable=False) as transaction:
                size = self._installation.settings.worker_batch_size
                receipts = await claim(transaction, claim_id, size, LEASE_SECONDS)
        if not receipts:
            return False
        reach(Step.BATCH_CLAIMED)
        with PROCESS_SECONDS.labels("apply").time():
            await process_isolated(
                self._database,
                claim_id,
                receipts,
                lambda batch: flow.process(self._database, self._rules, self._suppression, claim_id, batch),
            )
        return True

    async def sum_once(self) -> bool:
        """Sum a few marked days anew; returns whether there were any."""
        with PROCESS_SECONDS.labels("sums").time():
            return await refresh(self._database) > 0

    async def _keep_sums(self) -> None:
        while not self._stopping.is_set():
            began = time.perf_counter()
            try:
                is_more = await self.sum_once()
            except _DATABASE_AWAY as error:
                _logger.warning("database is away", exc_info=error)
                await self._pause(_AWAY_SECONDS)
                continue
            await self._pause(self._rest_seconds(time.perf_counter() - began, is_more=is_more))

    def _rest_seconds(self, took: float, *, is_more: bool) -> float:
        """How long to leave the sums alone.

        A day to which orders come without a pause is marked again while it is summed. So while receipts wait,
        sums get a fifth of the time: the orders themselves go first, and nobody reads sums that fast.
        """
        if self._is_busy:
            return min(max(_SUM_SECONDS, _REST_TIMES * took), _LONGEST_REST_SECONDS)
        return 0.0 if is_more else _SUM_SECONDS

    async def _watch_inbox(self) -> None:
        while not self._stopping.is_set():
            with suppress(*_DATABASE_AWAY):
                async with self._database.transaction(role=Role.WORKER) as transaction:
                    if ended := await end_frozen(transaction):
                        _logger.warning("sessions of silent processes ended", sessions=ended)
                    state = await inbox_state(transaction)
                    await beat(transaction, self._worker_id, state._asdict())
                WAITING.set(state.waiting)
                PARKED.set(state.parked)
                OLDEST_WAITING_SECONDS.set(state.oldest_seconds)
            await self._pause(_STATE_SECONDS)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)

    async def _listen(self) -> None:
        while True:
            with suppress(*_DATABASE_AWAY):
                connection = await psycopg.AsyncConnection.connect(
                    self._database.conninfo(Role.WORKER), autocommit=True
                )
                async with connection:
                    await connection.execute(f"LISTEN {INBOX_CHANNEL}")
                    self._news.set()
                    async for _ in connection.notifies():
                        self._news.set()
            await asyncio.sleep(_AWAY_SECONDS)

    async def _run_jobs(self) -> None:
        context = job_context(self._installation, self._database)
        while True:
            with suppress(*_DATABASE_AWAY, ConnectorException):
                async with open_queue(self._database.conninfo(Role.WORKER)) as app:
                    await app.run_worker_async(
                        concurrency=4,
                        install_signal_handlers=False,
                        additional_context=context,
                        fetch_job_polling_interval=2.0,
                    )
            await asyncio.sleep(_AWAY_SECONDS)


def _tame_garbage_collection() -> None:
    """Let the collector run a hundred times less often.

    A batch makes some hundred thousand short-lived objects without cycles; looking through all of them at
    the default pace took a quarter of the worker's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 50)


async def run_worker(installation: Installation, on_ready: Callable[[], None]) -> None:
    """Run a worker until SIGTERM or SIGINT; it finishes the batch it is at."""
    _tame_garbage_collection()
    port = installation.settings.worker_metrics_port
    if port is not None:
        start_http_server(port, addr="127.0.0.1")
    async with Database(installation.access, {Role.WORKER: _POOL_SIZE}, name="convertos worker") as database:
        worker = Worker(installation, database)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, worker.stop)
        on_ready()
        await worker.run()
