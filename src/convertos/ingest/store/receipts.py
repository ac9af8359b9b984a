"""SQL of keeping what comes in, and of counting what is turned away."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from convertos.core.database import Transaction
from convertos.ingest.store.inbox import INBOX_CHANNEL


class NewReceipt(NamedTuple):
    """One delivery on its way into the database."""

    client_id: UUID
    connection_id: UUID
    key: UUID
    receipt_id: UUID
    door: str
    event_type: str
    event_id: str
    received_at: datetime
    headers: bytes
    body: bytes


_KEEP = f"""
WITH incoming AS (
    SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[], %b::uuid[], %b::text[], %b::text[], %b::text[],
                         %b::timestamptz[], %b::bytea[], %b::bytea[])
        AS t (client_id, connection_id, key, receipt_id, door, event_type, event_id, received_at, headers,
              body)
), fresh AS (
    INSERT INTO receipt_keys (client_id, connection_id, key, receipt_id)
    SELECT client_id, connection_id, key, receipt_id FROM incoming ORDER BY client_id, connection_id, key
    ON CONFLICT DO NOTHING
    RETURNING receipt_id
), kept AS (
    INSERT INTO receipts (client_id, receipt_id, connection_id, key, door, event_type, event_id, received_at,
                          headers, body)
    SELECT client_id, receipt_id, connection_id, key, door, event_type, event_id, received_at, headers, body
    FROM incoming JOIN fresh USING (receipt_id)
), queued AS (
    INSERT INTO inbox (client_id, receipt_id, connection_id, key)
    SELECT client_id, receipt_id, connection_id, key FROM incoming JOIN fresh USING (receipt_id)
), counted AS (
    INSERT INTO connection_days AS d (client_id, connection_id, day, received, duplicates, last_received_at)
    SELECT client_id, connection_id, (received_at AT TIME ZONE 'UTC')::date, count(fresh.receipt_id),
           count(*) - count(fresh.receipt_id), max(received_at)
    FROM incoming LEFT JOIN fresh USING (receipt_id)
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (client_id, connection_id, day) DO UPDATE SET
        received = d.received + excluded.received,
        duplicates = d.duplicates + excluded.duplicates,
        last_received_at = greatest(d.last_received_at, excluded.last_received_at)
)
SELECT receipt_id, pg_notify('{INBOX_CHANNEL}', '') FROM fresh
"""


async def keep_receipts(transaction: Transaction, receipts: Sequence[NewReceipt]) -> set[UUID]:
    """Write what is new, with its key and its place in the inbox; returns the ids that were new.

    A delivery that is known already, or stands twice in the batch, is counted and otherwise left alone.
    Serves the ingest role: the tenant of each row is its connection's.
    """
    columns = [list(column) for column in zip(*receipts, strict=True)]
    return {row[0] for row in await transaction.tuples(_KEEP, columns)}


async def known_keys(transaction: Transaction, receipts: Sequence[NewReceipt]) -> set[UUID]:
    """The keys of those receipts that were kept before. Serves the ingest role, as `keep_receipts` does."""
    rows = await transaction.tuples(
        """
        SELECT key FROM receipt_keys
        JOIN unnest(%b::uuid[], %b::uuid[], %b::uuid[]) AS t (client_id, connection_id, key)
            USING (client_id, connection_id, key)
        """,
        [
            [receipt.client_id for receipt in receipts],
            [receipt.connection_id for receipt in receipts],
            [receipt.key for receipt in receipts],
        ],
    )
    return {row[0] for row in rows}


async def count_rejections(
    transaction: Transaction, counts: Sequence[tuple[UUID, UUID, date, str, int, datetime]]
) -> None:
    """Add to the counters of what was refused: (client, connection, UTC day, reason, how many, last)."""
    columns = [list(column) for column in zip(*sorted(counts), strict=True)]
    await transaction.execute(
        """
        INSERT INTO rejections AS r (client_id, connection_id, day, reason, count, last_at)
        SELECT * FROM unnest(%b::uuid[], %b::uuid[], %b::date[], %b::text[], %b::bigint[], %b::timestamptz[])
        ON CONFLICT (client_id, connection_id, day, reason) DO UPDATE SET
            count = r.count + excluded.count, last_at = greatest(r.last_at, excluded.last_at)
        """,
        columns,
    )
