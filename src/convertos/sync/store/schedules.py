"""SQL of when connections are synced by themselves."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from convertos.core.database import Transaction
from convertos.sync.model import Schedule

_COLUMNS = """client_id, connection_id, is_enabled, every_minutes, from_hour, until_hour, next_sync_at,
    next_check_at, next_reconciliation_at"""


class Due(NamedTuple):
    """A connection's schedule with what decides whether it is time."""

    schedule: Schedule
    public_id: str
    timezone: str


async def ensure_schedule(
    transaction: Transaction, client_id: UUID, connection_id: UUID, next_reconciliation_at: datetime
) -> None:
    """Give a connection the usual schedule, where it has none."""
    await transaction.execute(
        """
        INSERT INTO sync_schedules (client_id, connection_id, next_reconciliation_at) VALUES (%s, %s, %s)
        ON CONFLICT DO NOTHING
        """,
        (client_id, connection_id, next_reconciliation_at),
    )


async def read_schedule(transaction: Transaction, client_id: UUID, connection_id: UUID) -> Schedule | None:
    """When a connection is synced by itself."""
    return await transaction.fetch_one(
        Schedule,
        f"SELECT {_COLUMNS} FROM sync_schedules WHERE client_id = %s AND connection_id = %s",
        (client_id, connection_id),
    )


async def write_schedule(transaction: Transaction, schedule: Schedule) -> None:
    """Set what people choose of a schedule, and when each thing is due."""
    await transaction.execute(
        """
        UPDATE sync_schedules SET is_enabled = %s, every_minutes = %s, from_hour = %s, until_hour = %s,
            next_sync_at = %s, next_check_at = %s, next_reconciliation_at = %s
        WHERE client_id = %s AND connection_id = %s
        """,
        (
            schedule.is_enabled,
            schedule.every_minutes,
            schedule.from_hour,
            schedule.until_hour,
            schedule.next_sync_at,
            schedule.next_check_at,
            schedule.next_reconciliation_at,
            schedule.client_id,
            schedule.connection_id,
        ),
    )


async def due_schedules(transaction: Transaction, now: datetime, limit: int) -> list[Due]:
    """Schedules of living connections on which something is due. Serves the worker role."""
    rows = await transaction.rows(
        f"""
        SELECT s.*, c.public_id, k.timezone
        FROM (SELECT {_COLUMNS} FROM sync_schedules
              WHERE is_enabled AND least(next_sync_at, next_check_at, next_reconciliation_at) <= %s
              ORDER BY client_id, connection_id LIMIT %s) s
        JOIN connections c USING (client_id, connection_id)
        JOIN clients k ON k.client_id = s.client_id
        JOIN connection_keys a ON a.client_id = s.client_id AND a.connection_id = s.connection_id
        WHERE c.status = 'active' AND k.status = 'active'
        """,
        (now, limit),
    )
    return [
        Due(
            Schedule(**{name: row[name] for name in Schedule.__struct_fields__}),
            row["public_id"],
            row["timezone"],
        )
        for row in rows
    ]


async def forsaken_connections(transaction: Transaction) -> list[tuple[UUID, UUID]]:
    """(client, connection) that were deleted and whose stores we can still call. Serves the worker role."""
    rows = await transaction.tuples(
        """
        SELECT c.client_id, c.connection_id FROM connections c JOIN connection_keys k USING (client_id, connection_id)
        WHERE c.status = 'deleted'
        """
    )
    return [(row[0], row[1]) for row in rows]
