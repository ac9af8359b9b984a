"""Waits until the worker has processed what was kept, and says how far it is."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from convertos.analytics.store.marks import count_marked
from convertos.core.database import Database, TenantScope
from convertos.core.errors import UnavailableError
from convertos.core.heartbeats import newest_heartbeat
from convertos.ingest.store import count_waiting

_SILENT_SECONDS = 30
_LOOK_SECONDS = 0.5


class Waiting(NamedTuple):
    """What is left for the worker: receipts, days to add up, and receipts that wait for a person."""

    receipts: int
    days: int
    parked: int


async def look(database: Database, scope: TenantScope) -> Waiting:
    """What waits for the worker now."""
    async with database.transaction(scope) as transaction:
        receipts, parked = await count_waiting(transaction)
        return Waiting(receipts, await count_marked(transaction), parked)


async def demand_worker(database: Database) -> None:
    """Make sure that somebody processes receipts.

    Raises:
        UnavailableError: no worker gave a sign of life lately; says how to start one.
    """
    async with database.transaction() as transaction:
        heartbeat = await newest_heartbeat(transaction)
    if heartbeat is None or heartbeat.age_seconds > _SILENT_SECONDS:
        raise UnavailableError(
            "No worker runs, so nothing would be processed. Start ConvertOS (make up), or a worker "
            "(convertos worker), and run this again."
        )


async def follow(
    database: Database,
    scope: TenantScope,
    report: Callable[[Waiting], None],
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> Waiting:
    """Wait until nothing of the scope waits.

    Raises:
        UnavailableError: the worker is gone.
    """
    while True:
        waiting = await look(database, scope)
        report(waiting)
        if not (waiting.receipts or waiting.days):
            return waiting
        await demand_worker(database)
        await pause(_LOOK_SECONDS)
