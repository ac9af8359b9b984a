"""SQL of the access log: every call to a store."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from convertos.core.database import Transaction
from convertos.core.database.transaction import rows_as_json
from convertos.sync.model import AccessEntry

_COLUMNS = "call_id, called_at, method, host, path, purpose, status, error, attempt, bytes, milliseconds"


async def write_entries(
    transaction: Transaction, client_id: UUID, connection_id: UUID, entries: Sequence[AccessEntry]
) -> None:
    """Keep calls of a connection."""
    if entries:
        await transaction.send(
            f"""
            INSERT INTO access_log (client_id, connection_id, {_COLUMNS})
            SELECT %s, %s, {_COLUMNS} FROM json_populate_recordset(null::access_log, %s::json)
            """,
            (client_id, connection_id, rows_as_json(entries)),
        )


async def entries_of(
    transaction: Transaction, client_id: UUID, connection_id: UUID, before: UUID | None, limit: int
) -> list[AccessEntry]:
    """A connection's calls, newest first."""
    return await transaction.fetch(
        AccessEntry,
        f"""
        SELECT {_COLUMNS} FROM access_log
        WHERE client_id = %(client)s AND connection_id = %(connection)s
          AND (%(before)s::uuid IS NULL OR call_id < %(before)s)
        ORDER BY call_id DESC LIMIT %(limit)s
        """,
        {"client": client_id, "connection": connection_id, "before": before, "limit": limit},
    )


async def drop_entries(transaction: Transaction, until: datetime) -> int:
    """Forget calls of all tenants before an instant. Serves the worker role."""
    return await transaction.execute("DELETE FROM access_log WHERE called_at < %s", (until,))
