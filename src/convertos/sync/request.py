"""Asking for a sync, watching it, and ending it early."""

from collections.abc import Sequence
from uuid import UUID

from convertos.connections.model import Connection
from convertos.connections.store import find_connection
from convertos.core.database import Transaction
from convertos.core.errors import InvalidError, NotFoundError
from convertos.core.ids import MakeId, new_id
from convertos.core.pagination import Page, decode_cursor, page_of
from convertos.jobs.queue import later
from convertos.platforms.remote import StorePlatform
from convertos.sync.model import EntityProgress, Sync, SyncKind, SyncReason
from convertos.sync.store import syncs as store
from convertos.sync.stores import platform_with_stores
from convertos.sync.tasks.run import run


async def request_sync(
    transaction: Transaction,
    connection: Connection,
    *,
    kind: SyncKind,
    reason: SyncReason,
    entities: Sequence[str] = (),
    make_id: MakeId = new_id,
) -> UUID:
    """Let a connection be synced soon; returns the sync's id.

    Where one of the same kind waits already, that one: asking twice is not syncing twice.

    Raises:
        ConflictError: the connection's store can't be called.
        InvalidError: an entity is none of its platform.
    """
    platform = platform_with_stores(connection)
    wanted = _entities(platform, entities)
    waiting = await store.waiting_sync(transaction, connection.client_id, connection.connection_id)
    if waiting is not None and waiting.kind == kind and set(wanted) <= set(waiting.entities):
        return waiting.sync_id
    sync_id = make_id()
    await store.insert_sync(
        transaction,
        client_id=connection.client_id,
        sync_id=sync_id,
        connection_id=connection.connection_id,
        kind=kind.value,
        reason=reason.value,
        entities=wanted,
    )
    await start_later(transaction, connection.client_id, sync_id)
    return sync_id


async def start_later(
    transaction: Transaction, client_id: UUID, sync_id: UUID, *, in_seconds: int = 0
) -> None:
    """Let a worker begin a sync, or go on with it."""
    await later(
        transaction,
        run,
        {"client_id": str(client_id), "sync_id": str(sync_id)},
        only_one=f"sync {sync_id}",
        in_seconds=in_seconds,
    )


def _entities(platform: StorePlatform, entities: Sequence[str]) -> list[str]:
    known = [entity.value for entity in platform.entities]
    unknown = sorted(set(entities) - set(known))
    if unknown:
        raise InvalidError.field("entities", f"There is no {unknown[0]}; there are {', '.join(known)}.")
    return [entity for entity in known if not entities or entity in entities]


async def find_syncable(transaction: Transaction, connection: str) -> Connection:
    """A connection of the scope by its id.

    Raises:
        NotFoundError: it is not yours, or not there.
    """
    found = await find_connection(transaction, connection)
    if found is None:
        raise NotFoundError("There is no such integration.")
    return found


async def read_sync(transaction: Transaction, sync_id: UUID) -> tuple[Sync, list[EntityProgress]]:
    """A sync and how far it is.

    Raises:
        NotFoundError: it is not yours, or not there.
    """
    found = await store.find_sync(transaction, sync_id)
    if found is None:
        raise NotFoundError("There is no such sync.")
    return found, await store.progress_of(transaction, found.client_id, [sync_id])


async def list_syncs(
    transaction: Transaction, connection: Connection, *, limit: int, cursor: str | None = None
) -> tuple[Page[Sync], dict[UUID, list[EntityProgress]]]:
    """A connection's syncs, newest first, each with how far it came."""
    position = decode_cursor(cursor, UUID)
    found = await store.syncs_of(
        transaction,
        connection.client_id,
        connection.connection_id,
        position[0] if position else None,
        limit + 1,
    )
    page = page_of(found, limit, lambda sync: (sync.sync_id,))
    progress: dict[UUID, list[EntityProgress]] = {sync.sync_id: [] for sync in page.items}
    for each in await store.progress_of(transaction, connection.client_id, list(progress)):
        progress[each.sync_id].append(each)
    return page, progress


async def cancel(transaction: Transaction, sync_id: UUID) -> None:
    """Let a sync end: at once where it waits, else after the page that is under way.

    Raises:
        NotFoundError: it is not yours, or not there.
    """
    found, _ = await read_sync(transaction, sync_id)
    await store.cancel_sync(transaction, found.client_id, sync_id)
