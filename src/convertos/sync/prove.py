"""Asking for a reconciliation, and reading what it found."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from convertos.connections.model import Connection
from convertos.core.database import Transaction
from convertos.core.errors import NotFoundError
from convertos.core.ids import MakeId, new_id
from convertos.core.pagination import Page, decode_cursor, page_of
from convertos.jobs.queue import later
from convertos.sync.model import Reconciliation
from convertos.sync.store import reconciliations as store
from convertos.sync.store.reconciliations import KeptDifference
from convertos.sync.stores import platform_with_stores
from convertos.sync.tasks.reconcile import reconcile

_MOST_SHOWN = 1000


async def request_reconciliation(
    transaction: Transaction,
    connection: Connection,
    *,
    reason: str,
    since: date | None,
    make_id: MakeId = new_id,
) -> UUID:
    """Let a connection be reconciled soon; one that is under way is the one that is meant.

    Args:
        since: from which day on everything is compared one by one; `None` for all of it.

    Raises:
        ConflictError: the connection's store can't be called.
    """
    platform_with_stores(connection)
    ids = (connection.client_id, connection.connection_id)
    under_way = await store.unfinished_reconciliation(transaction, *ids)
    if under_way is not None:
        return under_way
    reconciliation_id = make_id()
    await store.insert_reconciliation(
        transaction,
        client_id=connection.client_id,
        reconciliation_id=reconciliation_id,
        connection_id=connection.connection_id,
        reason=reason,
        since=since,
    )
    arguments = {"client_id": str(connection.client_id), "reconciliation_id": str(reconciliation_id)}
    await later(transaction, reconcile, arguments, only_one=f"reconcile {reconciliation_id}")
    return reconciliation_id


async def list_reconciliations(
    transaction: Transaction, connection: Connection, *, limit: int, cursor: str | None = None
) -> Page[Reconciliation]:
    """A connection's reconciliations, newest first."""
    position = decode_cursor(cursor, UUID)
    found = await store.reconciliations_of(
        transaction,
        connection.client_id,
        connection.connection_id,
        position[0] if position else None,
        limit + 1,
    )
    return page_of(found, limit, lambda each: (each.reconciliation_id,))


async def read_findings(
    transaction: Transaction, connection: Connection, reconciliation_id: UUID
) -> tuple[Reconciliation, Sequence[KeptDifference], Sequence[dict[str, Any]]]:
    """One reconciliation with what differed, by id and by day.

    Raises:
        NotFoundError: it is not this connection's, or not there.
    """
    found = await store.find_reconciliation(transaction, connection.client_id, reconciliation_id)
    if found is None or found.connection_id != connection.connection_id:
        raise NotFoundError("There is no such reconciliation.")
    ids = (connection.client_id, reconciliation_id)
    return (
        found,
        await store.differences_of(transaction, *ids, limit=_MOST_SHOWN),
        await store.days_of(transaction, *ids),
    )
