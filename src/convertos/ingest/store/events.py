"""SQL of what people see of a connection's receipts: lists, one of them whole, statistics; and putting them back."""

from collections.abc import Sequence
from datetime import date
from typing import Any, LiteralString
from uuid import UUID

from convertos.core.database import Transaction
from convertos.ingest.model import ReceivedRow, WholeReceipt
from convertos.ingest.store.inbox import INBOX_CHANNEL

# The state of a receipt: in the inbox it waits or is parked, else its key says how it ended.
_STATUS = """CASE WHEN i.is_parked THEN 'failed' WHEN i.receipt_id IS NOT NULL OR k.outcome IS NULL
    THEN 'waiting' ELSE k.outcome END"""
_FROM = """
    FROM receipts r
    JOIN receipt_keys k ON k.client_id = r.client_id AND k.connection_id = r.connection_id AND k.key = r.key
    LEFT JOIN inbox i ON i.client_id = r.client_id AND i.receipt_id = r.receipt_id
"""
# The few that are not done are found in the inbox, not by looking through all receipts.
_FROM_INBOX = _FROM.replace("LEFT JOIN inbox", "JOIN inbox")
_UNDONE = frozenset({"waiting", "failed"})
_COLUMNS = f"""r.receipt_id, r.event_id, r.event_type, r.door, r.received_at, k.processed_at,
    greatest(k.attempts, i.attempts) AS attempts, {_STATUS} AS status, i.error_code, i.error, k.note"""


async def list_received(
    transaction: Transaction,
    client_id: UUID,
    connection_id: UUID,
    *,
    event_type: str | None,
    status: str | None,
    before: UUID | None,
    limit: int,
) -> list[ReceivedRow]:
    """A connection's receipts, newest first."""
    return await transaction.fetch(
        ReceivedRow,
        f"""
        SELECT * FROM (
            SELECT {_COLUMNS} {_source(status)}
            WHERE r.client_id = %(client)s AND r.connection_id = %(connection)s
              AND (%(before)s::uuid IS NULL OR r.receipt_id < %(before)s)
              AND (%(type)s::text IS NULL OR r.event_type = %(type)s)
        ) AS received
        WHERE %(status)s::text IS NULL OR status = %(status)s
        ORDER BY receipt_id DESC LIMIT %(limit)s
        """,
        {
            "client": client_id,
            "connection": connection_id,
            "before": before,
            "type": event_type,
            "status": status,
            "limit": limit,
        },
    )


def _source(status: str | None) -> LiteralString:
    return _FROM_INBOX if status in _UNDONE else _FROM


async def find_received(
    transaction: Transaction, client_id: UUID, connection_id: UUID, receipt_id: UUID
) -> ReceivedRow | None:
    """One receipt of a connection."""
    return await transaction.fetch_one(
        ReceivedRow,
        f"SELECT {_COLUMNS} {_FROM} WHERE r.client_id = %s AND r.connection_id = %s AND r.receipt_id = %s",
        (client_id, connection_id, receipt_id),
    )


async def find_by_key(
    transaction: Transaction, client_id: UUID, connection_id: UUID, key: UUID
) -> ReceivedRow | None:
    """One receipt of a connection by what tells it from all others."""
    return await transaction.fetch_one(
        ReceivedRow,
        f"""
        SELECT {_COLUMNS} FROM receipt_keys k
        JOIN receipts r ON r.client_id = k.client_id AND r.receipt_id = k.receipt_id
        LEFT JOIN inbox i ON i.client_id = r.client_id AND i.receipt_id = r.receipt_id
        WHERE k.client_id = %s AND k.connection_id = %s AND k.key = %s
        """,
        (client_id, connection_id, key),
    )


async def find_lately(
    transaction: Transaction, client_id: UUID, connection_id: UUID, event_id: str, *, most: int
) -> UUID | None:
    """The newest receipt with this id of its sender's, among the newest of a connection."""
    found: UUID | None = await transaction.scalar(
        """
        SELECT receipt_id FROM (
            SELECT receipt_id, event_id FROM receipts WHERE client_id = %s AND connection_id = %s
            ORDER BY receipt_id DESC LIMIT %s
        ) AS newest
        WHERE event_id = %s ORDER BY receipt_id DESC LIMIT 1
        """,
        (client_id, connection_id, most, event_id),
    )
    return found


async def read_whole(transaction: Transaction, client_id: UUID, receipt_id: UUID) -> WholeReceipt | None:
    """The headers and the body of a receipt, byte for byte."""
    return await transaction.fetch_one(
        WholeReceipt,
        "SELECT headers, body FROM receipts WHERE client_id = %s AND receipt_id = %s",
        (client_id, receipt_id),
    )


async def put_back(
    transaction: Transaction,
    client_id: UUID,
    connection_id: UUID,
    *,
    receipt_id: UUID | None = None,
    status: str | None = None,
    since: UUID | None = None,
    until: UUID | None = None,
) -> int:
    """Queue receipts once more; returns how many. Those that wait already are left alone.

    Args:
        since: the first receipt id, which is a time.
        until: the receipt id after the last.
    """
    queued = await transaction.scalar(
        f"""
        WITH chosen AS (
            SELECT r.client_id, r.receipt_id, r.connection_id, r.key {_source(status)}
            WHERE r.client_id = %(client)s AND r.connection_id = %(connection)s
              AND (%(receipt)s::uuid IS NULL OR r.receipt_id = %(receipt)s)
              AND (%(since)s::uuid IS NULL OR r.receipt_id >= %(since)s)
              AND (%(until)s::uuid IS NULL OR r.receipt_id < %(until)s)
              AND (%(status)s::text IS NULL OR {_STATUS} = %(status)s)
              AND {_STATUS} <> 'waiting'
            ORDER BY r.receipt_id
        ), unfinished AS (
            UPDATE receipt_keys k SET outcome = NULL, note = NULL, processed_at = NULL
            FROM chosen c
            WHERE k.client_id = c.client_id AND k.connection_id = c.connection_id AND k.key = c.key
        ), queued AS (
            INSERT INTO inbox (client_id, receipt_id, connection_id, key)
            SELECT client_id, receipt_id, connection_id, key FROM chosen
            ON CONFLICT (client_id, receipt_id) DO UPDATE SET
                attempts = 0, not_before = '-infinity', is_parked = false, error_code = NULL, error = NULL
            RETURNING 1
        )
        SELECT count(*) FROM queued
        """,
        {
            "client": client_id,
            "connection": connection_id,
            "receipt": receipt_id,
            "since": since,
            "until": until,
            "status": status,
        },
    )
    await transaction.execute("SELECT pg_notify(%s, '')", (INBOX_CHANNEL,))
    return int(queued)


async def traffic(
    transaction: Transaction, keys: Sequence[tuple[UUID, UUID]], today: date, week_begins: date
) -> list[dict[str, Any]]:
    """What came by each connection (client, connection), and what became of it. Days are UTC days."""
    clients, connections = [key[0] for key in keys], [key[1] for key in keys]
    return await transaction.rows(
        """
        SELECT c.connection_id, d.*, j.*, w.*, x.*
        FROM unnest(%(clients)s::uuid[], %(connections)s::uuid[]) AS c (client_id, connection_id)
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(received) FILTER (WHERE day = %(today)s), 0)::bigint AS events_today,
                   coalesce(sum(received) FILTER (WHERE day >= %(week)s), 0)::bigint AS events_7d,
                   coalesce(sum(received), 0)::bigint AS events_total,
                   coalesce(sum(duplicates), 0)::bigint AS duplicates,
                   max(last_received_at) AS last_seen_at
            FROM connection_days d WHERE d.client_id = c.client_id AND d.connection_id = c.connection_id
        ) d
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(n), 0)::bigint AS rejected, max(last_at) AS last_rejected_at,
                   coalesce(jsonb_object_agg(reason, n), '{}') AS rejections,
                   (array_agg(reason ORDER BY last_at DESC))[1] AS last_rejection
            FROM (SELECT reason, sum(count)::bigint AS n, max(last_at) AS last_at FROM rejections j
                  WHERE j.client_id = c.client_id AND j.connection_id = c.connection_id GROUP BY reason) j
        ) j
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE NOT is_parked) AS waiting, count(*) FILTER (WHERE is_parked) AS failed
            FROM inbox i WHERE i.client_id = c.client_id AND i.connection_id = c.connection_id
        ) w
        CROSS JOIN LATERAL (
            SELECT max(error_code) AS last_error_code, max(error) AS last_error,
                   max(receipt_time(receipt_id)) AS last_error_at
            FROM (SELECT error_code, error, receipt_id FROM inbox i
                  WHERE i.client_id = c.client_id AND i.connection_id = c.connection_id AND i.is_parked
                  ORDER BY receipt_id DESC LIMIT 1) x
        ) x
        """,
        {"clients": clients, "connections": connections, "today": today, "week": week_begins},
    )
