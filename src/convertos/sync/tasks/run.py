"""Runs syncs that were asked for."""

from uuid import UUID

from procrastinate import JobContext

from convertos.connections.store import find_connection
from convertos.core.database import TenantScope
from convertos.jobs.queue import later, queue
from convertos.sync.prove import request_reconciliation
from convertos.sync.run import run_sync
from convertos.sync.store.syncs import find_sync
from convertos.sync.stores import STORES, Stores

_BUSY_SECONDS = 15
_SHORTEST_RETRY_SECONDS = 5.0


@queue.task(name="sync.run", pass_context=True)
async def run(context: JobContext, client_id: str, sync_id: str) -> None:
    """Run a sync, or go on with it; comes again where the store wants time, or another one runs."""
    stores: Stores = context.additional_context[STORES]
    client, sync = UUID(client_id), UUID(sync_id)
    ending = await run_sync(stores, client, sync)
    seconds = ending.retry_in_seconds if ending is not None else None
    if ending is not None and ending.is_full and ending.is_through:
        await _prove(stores, client, ending.connection_id)
    if ending is None and await _is_waiting(stores, client, sync):
        seconds = _BUSY_SECONDS
    if seconds is None:
        return
    async with stores.work(TenantScope(None, (client,))) as transaction:
        await later(
            transaction,
            run,
            {"client_id": client_id, "sync_id": sync_id},
            only_one=f"sync {sync_id}",
            in_seconds=int(max(seconds, _SHORTEST_RETRY_SECONDS)),
        )


async def _is_waiting(stores: Stores, client_id: UUID, sync_id: UUID) -> bool:
    async with stores.work(TenantScope(None, (client_id,))) as transaction:
        found = await find_sync(transaction, sync_id)
    return found is not None and found.status == "waiting"


async def _prove(stores: Stores, client_id: UUID, connection_id: UUID) -> None:
    """A first import is not believed: it is compared with the store when everything is processed."""
    async with stores.work(TenantScope(None, (client_id,))) as transaction:
        connection = await find_connection(transaction, str(connection_id))
        if connection is not None:
            await request_reconciliation(transaction, connection, reason="import", since=None)
