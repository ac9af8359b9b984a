"""What was kept, as the database holds it."""

from datetime import date
from typing import Any

from convertos.core.database import Database, Role
from tests.support.tenants import Source


async def receipts_of(database: Database, source: Source) -> list[dict[str, Any]]:
    """Everything kept of a connection, oldest first, with how it ended."""
    async with database.transaction(role=Role.WORKER) as transaction:
        return await transaction.rows(
            """
            SELECT r.receipt_id, r.event_type, r.event_id, r.body, r.headers, k.outcome, k.note, k.attempts,
                   i.is_parked, i.error_code, i.error
            FROM receipts r
            JOIN receipt_keys k USING (client_id, connection_id, key)
            LEFT JOIN inbox i ON i.client_id = r.client_id AND i.receipt_id = r.receipt_id
            WHERE r.client_id = %s AND r.connection_id = %s ORDER BY r.receipt_id
            """,
            (source.client_id, source.connection_id),
        )


async def rejections_of(database: Database, source: Source) -> dict[str, int]:
    """How often what was refused, by reason."""
    async with database.transaction(role=Role.WORKER) as transaction:
        rows = await transaction.tuples(
            """
            SELECT reason, sum(count)::int FROM rejections
            WHERE client_id = %s AND connection_id = %s GROUP BY reason
            """,
            (source.client_id, source.connection_id),
        )
    return dict(rows)


async def days_of(database: Database, source: Source) -> dict[date, tuple[int, int]]:
    """By UTC day, how much was received and how much of it was a repeat."""
    async with database.transaction(role=Role.WORKER) as transaction:
        rows = await transaction.tuples(
            """
            SELECT day, received::int, duplicates::int FROM connection_days
            WHERE client_id = %s AND connection_id = %s
            """,
            (source.client_id, source.connection_id),
        )
    return {day: (received, duplicates) for day, received, duplicates in rows}
