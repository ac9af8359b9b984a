"""SQL of orders that are asked for again."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from convertos.core.database import Transaction


class Revisit(NamedTuple):
    """An order that is asked for again.

    Attributes:
        asked: how often it was already.
    """

    client_id: UUID
    connection_id: UUID
    external_id: str
    began_at: datetime
    asked: int


async def insert_revisits(
    transaction: Transaction,
    orders: Collection[tuple[UUID, UUID, str]],
    *,
    began_at: datetime,
    due_at: datetime,
) -> None:
    """Plan the first visit of each; one that is planned already stays as it is."""
    columns = [list(column) for column in zip(*sorted(orders), strict=True)]
    await transaction.execute(
        """
        INSERT INTO revisits (client_id, connection_id, external_id, began_at, due_at)
        SELECT client_id, connection_id, external_id, %s, %s
        FROM unnest(%b::uuid[], %b::uuid[], %b::text[]) AS t (client_id, connection_id, external_id)
        ON CONFLICT DO NOTHING
        """,
        (began_at, due_at, *columns),
    )


async def due_revisits(transaction: Transaction, now: datetime, limit: int) -> list[Revisit]:
    """What is due in stores that let us in, the longest due first. Serves the worker role."""
    rows = await transaction.tuples(
        """
        SELECT v.client_id, v.connection_id, v.external_id, v.began_at, v.asked
        FROM revisits v
        JOIN connections c USING (client_id, connection_id)
        JOIN connection_keys k USING (client_id, connection_id)
        WHERE v.due_at <= %s AND c.status = 'active' AND k.refused IS NULL
        ORDER BY v.due_at LIMIT %s
        """,
        (now, limit),
    )
    return [Revisit(*row) for row in rows]


async def end_revisits(
    transaction: Transaction, client_id: UUID, connection_id: UUID, external_ids: Collection[str]
) -> None:
    """Ask for these no more."""
    await transaction.execute(
        "DELETE FROM revisits WHERE client_id = %s AND connection_id = %s AND external_id = ANY (%s)",
        (client_id, connection_id, list(external_ids)),
    )


async def postpone_revisit(transaction: Transaction, revisit: Revisit, due_at: datetime, asked: int) -> None:
    """Ask for one again at another time."""
    await transaction.execute(
        """
        UPDATE revisits SET due_at = %s, asked = %s
        WHERE client_id = %s AND connection_id = %s AND external_id = %s
        """,
        (due_at, asked, revisit.client_id, revisit.connection_id, revisit.external_id),
    )


async def forget_revisits(transaction: Transaction, before: datetime) -> int:
    """Give up what was begun long ago: its store is gone, or does not let us in. Serves the worker role."""
    return await transaction.execute("DELETE FROM revisits WHERE began_at < %s", (before,))
