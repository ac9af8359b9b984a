"""SQL of runs and their progress."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from convertos.core.database import Transaction
from convertos.sync.model import LEASE_SECONDS, EntityProgress, Sync

_COLUMNS = """client_id, sync_id, connection_id, kind, reason, entities, status, is_cancelling, requested_at,
    started_at, finished_at, attempts, pausing, error_code, error"""


async def insert_sync(
    transaction: Transaction,
    *,
    client_id: UUID,
    sync_id: UUID,
    connection_id: UUID,
    kind: str,
    reason: str,
    entities: Sequence[str],
) -> None:
    """Write a sync that waits for a worker, with its progress at nothing."""
    await transaction.execute(
        """
        INSERT INTO syncs (client_id, sync_id, connection_id, kind, reason, entities)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        (client_id, sync_id, connection_id, kind, reason, list(entities)),
    )
    await transaction.execute(
        """
        INSERT INTO sync_progress (client_id, sync_id, entity) SELECT %s, %s, unnest(%s::text[])
        """,
        (client_id, sync_id, list(entities)),
    )


async def waiting_sync(transaction: Transaction, client_id: UUID, connection_id: UUID) -> Sync | None:
    """The newest sync of a connection that has not begun yet."""
    return await transaction.fetch_one(
        Sync,
        f"""
        SELECT {_COLUMNS} FROM syncs
        WHERE client_id = %s AND connection_id = %s AND status = 'waiting' AND attempts = 0
        ORDER BY sync_id DESC LIMIT 1
        """,
        (client_id, connection_id),
    )


async def find_sync(transaction: Transaction, sync_id: UUID) -> Sync | None:
    """A sync of the scope's clients."""
    return await transaction.fetch_one(
        Sync,
        f"SELECT {_COLUMNS} FROM syncs WHERE client_id = ANY (%s) AND sync_id = %s",
        (list(transaction.scope.client_ids), sync_id),
    )


async def syncs_of(
    transaction: Transaction, client_id: UUID, connection_id: UUID, before: UUID | None, limit: int
) -> list[Sync]:
    """A connection's syncs, newest first."""
    return await transaction.fetch(
        Sync,
        f"""
        SELECT {_COLUMNS} FROM syncs
        WHERE client_id = %(client)s AND connection_id = %(connection)s
          AND (%(before)s::uuid IS NULL OR sync_id < %(before)s)
        ORDER BY sync_id DESC LIMIT %(limit)s
        """,
        {"client": client_id, "connection": connection_id, "before": before, "limit": limit},
    )


async def progress_of(
    transaction: Transaction, client_id: UUID, sync_ids: Sequence[UUID]
) -> list[EntityProgress]:
    """How far some syncs of a client are, each kind of object on its own."""
    return await transaction.fetch(
        EntityProgress,
        """
        SELECT client_id, sync_id, entity, expected, pulled, fresh, pages, is_done, error, started_at,
               finished_at
        FROM sync_progress WHERE client_id = %s AND sync_id = ANY (%s)
        """,
        (client_id, list(sync_ids)),
    )


async def claim_sync(transaction: Transaction, client_id: UUID, sync_id: UUID, claim_id: UUID) -> Sync | None:
    """Take a sync for a while; `None` where it is over, somebody else's, or another of its connection runs.

    Serves the worker role.
    """
    try:
        return await transaction.fetch_one(
            Sync,
            f"""
            UPDATE syncs s SET status = 'running', claim_id = %(claim)s, attempts = attempts + 1,
                leased_until = now() + make_interval(secs => %(lease)s),
                started_at = coalesce(started_at, now()), pausing = NULL
            WHERE client_id = %(client)s AND sync_id = %(sync)s
              AND (status = 'waiting' OR (status = 'running' AND leased_until < now()))
              AND NOT EXISTS (SELECT FROM syncs o WHERE o.client_id = s.client_id
                              AND o.connection_id = s.connection_id AND o.sync_id <> s.sync_id
                              AND o.status = 'running')
            RETURNING {_COLUMNS}
            """,
            {"claim": claim_id, "client": client_id, "sync": sync_id, "lease": LEASE_SECONDS},
        )
    except psycopg.errors.UniqueViolation:
        # Another one began between our look and our write.
        return None


class LostSyncError(Exception):
    """The lease ran out and another worker has the sync: nothing of ours may be written."""


async def hold_sync(transaction: Transaction, client_id: UUID, sync_id: UUID, claim_id: UUID) -> bool:
    """Make sure that the sync is still ours, renew its lease; returns whether it is to be cancelled.

    Raises:
        LostSyncError: it is not ours.
    """
    is_cancelling = await transaction.scalar(
        """
        UPDATE syncs SET leased_until = now() + make_interval(secs => %s)
        WHERE client_id = %s AND sync_id = %s AND claim_id = %s AND status = 'running'
        RETURNING is_cancelling
        """,
        (LEASE_SECONDS, client_id, sync_id, claim_id),
    )
    if is_cancelling is None:
        raise LostSyncError
    return bool(is_cancelling)


async def begin_entity(transaction: Transaction, client_id: UUID, sync_id: UUID, entity: str) -> bool:
    """Note that an entity is begun; returns whether it was not before (a resumed run goes on)."""
    return bool(
        await transaction.execute(
            """
            UPDATE sync_progress SET started_at = now()
            WHERE client_id = %s AND sync_id = %s AND entity = %s AND started_at IS NULL
            """,
            (client_id, sync_id, entity),
        )
    )


async def add_progress(
    transaction: Transaction,
    *,
    client_id: UUID,
    sync_id: UUID,
    entity: str,
    pulled: int,
    fresh: int,
    expected: int | None,
) -> None:
    """Count a page."""
    await transaction.send(
        """
        UPDATE sync_progress SET pulled = pulled + %s, fresh = fresh + %s, pages = pages + 1,
            expected = coalesce(%s, expected)
        WHERE client_id = %s AND sync_id = %s AND entity = %s
        """,
        (pulled, fresh, expected, client_id, sync_id, entity),
    )


async def end_entity(
    transaction: Transaction, client_id: UUID, sync_id: UUID, entity: str, error: str | None
) -> None:
    """Note that an entity is through, with what is wrong with it."""
    await transaction.execute(
        """
        UPDATE sync_progress SET is_done = true, finished_at = now(), error = %s
        WHERE client_id = %s AND sync_id = %s AND entity = %s
        """,
        (error, client_id, sync_id, entity),
    )


async def end_sync(
    transaction: Transaction,
    *,
    client_id: UUID,
    sync_id: UUID,
    claim_id: UUID,
    status: str,
    error_code: str | None = None,
    error: str | None = None,
) -> None:
    """Note how a sync that is ours ended; or that it waits for its next attempt, and why."""
    await transaction.execute(
        """
        UPDATE syncs SET status = %(status)s, error_code = %(code)s, error = %(error)s, pausing = NULL,
            claim_id = NULL, leased_until = NULL,
            finished_at = CASE WHEN %(status)s = 'waiting' THEN NULL ELSE now() END
        WHERE client_id = %(client)s AND sync_id = %(sync)s AND claim_id = %(claim)s
        """,
        {
            "status": status,
            "code": error_code,
            "error": error,
            "client": client_id,
            "sync": sync_id,
            "claim": claim_id,
        },
    )


async def note_pause(transaction: Transaction, client_id: UUID, sync_id: UUID, reason: str | None) -> None:
    """Say what a running sync waits for; nothing, when it goes on."""
    await transaction.execute(
        "UPDATE syncs SET pausing = %s WHERE client_id = %s AND sync_id = %s", (reason, client_id, sync_id)
    )


async def cancel_sync(transaction: Transaction, client_id: UUID, sync_id: UUID) -> None:
    """Let a waiting sync end, and a running one end soon."""
    await transaction.execute(
        """
        UPDATE syncs SET is_cancelling = true,
            status = CASE status WHEN 'waiting' THEN 'cancelled' ELSE status END,
            finished_at = CASE status WHEN 'waiting' THEN now() ELSE finished_at END
        WHERE client_id = %s AND sync_id = %s AND status IN ('waiting', 'running')
        """,
        (client_id, sync_id),
    )


async def cancel_syncs_of(transaction: Transaction, client_id: UUID, connection_id: UUID) -> None:
    """Let every sync of a connection end."""
    await transaction.execute(
        """
        UPDATE syncs SET is_cancelling = true,
            status = CASE status WHEN 'waiting' THEN 'cancelled' ELSE status END,
            finished_at = CASE status WHEN 'waiting' THEN now() ELSE finished_at END
        WHERE client_id = %s AND connection_id = %s AND status IN ('waiting', 'running')
        """,
        (client_id, connection_id),
    )


async def forgotten_syncs(transaction: Transaction) -> list[tuple[UUID, UUID]]:
    """(client, sync) whose worker died, or whose job was lost. Serves the worker role."""
    rows = await transaction.tuples(
        """
        SELECT client_id, sync_id FROM syncs
        WHERE (status = 'running' AND leased_until < now())
           OR (status = 'waiting' AND requested_at < now() - interval '2 minutes')
        """
    )
    return [(row[0], row[1]) for row in rows]


async def read_cursor(
    transaction: Transaction, client_id: UUID, connection_id: UUID, entity: str
) -> dict[str, Any] | None:
    """How far a connection is with one kind of object."""
    found = await transaction.scalar(
        "SELECT cursor FROM sync_cursors WHERE client_id = %s AND connection_id = %s AND entity = %s",
        (client_id, connection_id, entity),
    )
    return dict(found) if found is not None else None


async def move_cursor(
    transaction: Transaction, *, client_id: UUID, connection_id: UUID, entity: str, cursor: Jsonb
) -> None:
    """Say how far a connection is: in the transaction that kept what lies before."""
    await transaction.send(
        """
        INSERT INTO sync_cursors AS c (client_id, connection_id, entity, cursor) VALUES (%s, %s, %s, %s)
        ON CONFLICT (client_id, connection_id, entity)
            DO UPDATE SET cursor = excluded.cursor, moved_at = now()
        """,
        (client_id, connection_id, entity, cursor),
    )


async def complete_cursor(
    transaction: Transaction, client_id: UUID, connection_id: UUID, entity: str
) -> None:
    """Note that a walk through everything has ended."""
    await transaction.execute(
        """
        UPDATE sync_cursors SET is_complete = true
        WHERE client_id = %s AND connection_id = %s AND entity = %s
        """,
        (client_id, connection_id, entity),
    )


async def has_walked(transaction: Transaction, client_id: UUID, connection_id: UUID) -> set[str]:
    """The kinds of object that were walked through once."""
    rows = await transaction.tuples(
        "SELECT entity FROM sync_cursors WHERE client_id = %s AND connection_id = %s AND is_complete",
        (client_id, connection_id),
    )
    return {str(row[0]) for row in rows}


async def last_successes(
    transaction: Transaction, client_id: UUID, connection_ids: Sequence[UUID]
) -> dict[UUID, datetime]:
    """When each connection was last synced to the end."""
    rows = await transaction.tuples(
        """
        SELECT connection_id, max(finished_at) FROM syncs
        WHERE client_id = %s AND connection_id = ANY (%s) AND status IN ('succeeded', 'incomplete')
        GROUP BY connection_id
        """,
        (client_id, list(connection_ids)),
    )
    return dict(rows)


async def is_crowded(transaction: Transaction, client_id: UUID, most: int) -> bool:
    """Whether more receipts of a client wait for a worker than should."""
    return bool(
        await transaction.scalar(
            """
            SELECT count(*) > %(most)s
            FROM (SELECT FROM inbox WHERE client_id = %(client)s AND NOT is_parked LIMIT %(most)s + 1) AS waiting
            """,
            {"client": client_id, "most": most},
        )
    )
