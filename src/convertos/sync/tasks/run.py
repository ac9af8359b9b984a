"""Runs syncs that were asked for."""

from uuid import UUID

from procrastinate import JobContext

from convertos.core.database import TenantScope
from convertos.jobs.queue import later, queue
from convertos.sync.run import run_sync
from convertos.sync.store.syncs import find_sync
from convertos.sync.stores import Stores

STORES = "stores"
"""The name in the jobs' context under which they find the way to the stores."""

_BUSY_SECONDS = 15
_SHORTEST_RETRY_SECONDS = 5.0


@queue.task(name="sync.run", pass_context=True)
async def run(context: JobContext, client_id: str, sync_id: str) -> None:
    """Run a sync, or go on with it; comes again where the store wants time, or another one runs."""
    stores: Stores = context.additional_context[STORES]
    client, sync = UUID(client_id), UUID(sync_id)
    ending = await run_sync(stores, client, sync)
    seconds = ending.retry_in_seconds if ending is not None else None
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
