"""Parts with a store: our webhooks are deleted there, and its keys here. What was collected stays."""

from uuid import UUID

from convertos.connections.change import delete_connection
from convertos.connections.model import Connection
from convertos.core.database import Transaction
from convertos.core.errors import NotFoundError
from convertos.jobs.queue import later
from convertos.sync.overview import read_integration
from convertos.sync.store.syncs import cancel_syncs_of
from convertos.sync.tasks.webhooks import clean_up
from convertos.tenancy.model import Caller


async def end_connection(transaction: Transaction, caller: Caller, connection: str) -> Connection:
    """End a connection of any kind: by `disconnect` where we hold keys of its store, else it just stops.

    Raises:
        NotFoundError: it is not yours, or not there.
    """
    try:
        has_keys = (await read_integration(transaction, connection)).address is not None
    except NotFoundError:
        has_keys = False
    end = disconnect if has_keys else delete_connection
    return await end(transaction, caller, connection)


async def disconnect(transaction: Transaction, caller: Caller, connection: str) -> Connection:
    """End a connection; its store is cleaned up right after.

    Raises:
        NotFoundError: it is not yours, or not there.
    """
    found = await delete_connection(transaction, caller, connection)
    await cancel_syncs_of(transaction, found.client_id, found.connection_id)
    await clean_up_later(transaction, found.client_id, found.connection_id)
    return found


async def clean_up_later(transaction: Transaction, client_id: UUID, connection_id: UUID) -> None:
    """Let a worker clean up behind a deleted connection."""
    await later(
        transaction,
        clean_up,
        {"client_id": str(client_id), "connection_id": str(connection_id)},
        only_one=f"clean up {connection_id}",
    )
