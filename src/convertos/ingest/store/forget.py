"""SQL that walks through a client's kept bodies, and deletes some."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from convertos.core.database import Transaction


class KeptBody(NamedTuple):
    """A receipt, with what is needed to read it."""

    receipt_id: UUID
    event_type: str
    event_id: str
    received_at: datetime
    door: str
    body: bytes
    connection_type: str
    store_id: UUID
    currency: str
    timezone: str


async def bodies_after(transaction: Transaction, client_id: UUID, after: UUID, limit: int) -> list[KeptBody]:
    """Some receipts of a client, in the order in which they came; serves the worker role."""
    rows = await transaction.tuples(
        """
        SELECT r.receipt_id, r.event_type, r.event_id, r.received_at, r.door, r.body, n.type, n.store_id,
               k.currency, k.timezone
        FROM receipts r
        JOIN connections n ON n.client_id = r.client_id AND n.connection_id = r.connection_id
        JOIN clients k ON k.client_id = r.client_id
        WHERE r.client_id = %s AND r.receipt_id > %s
        ORDER BY r.receipt_id LIMIT %s
        """,
        (client_id, after, limit),
    )
    return [KeptBody(*row) for row in rows]


async def delete_receipts(transaction: Transaction, client_id: UUID, receipt_ids: Collection[UUID]) -> None:
    """Delete receipts, also those that wait; their keys stay, so that a repeat is told."""
    if not receipt_ids:
        return
    parameters = (client_id, list(receipt_ids))
    await transaction.execute("DELETE FROM inbox WHERE client_id = %s AND receipt_id = ANY (%s)", parameters)
    await transaction.execute(
        "DELETE FROM receipts WHERE client_id = %s AND receipt_id = ANY (%s)", parameters
    )
