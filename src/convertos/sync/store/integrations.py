"""SQL of store connections as people see them: with what was brought over, and how it stands."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from convertos.core.database import Transaction
from convertos.sync.model import Integration

_SELECT = """
SELECT c.client_id, c.connection_id, c.public_id, c.store_id, c.type, c.name, c.domain,
       c.status AS connection_status, k.address, k.details, k.cautions, k.refused,
       (SELECT max(s.finished_at) FROM syncs s WHERE s.client_id = c.client_id
            AND s.connection_id = c.connection_id AND s.status IN ('succeeded', 'incomplete')) AS last_sync_at,
       r.sync_id AS running_id, r.status AS running_status,
       (SELECT count(*) FROM customers x WHERE x.client_id = c.client_id AND x.store_id = c.store_id
            AND NOT x.is_deleted) AS contacts,
       (SELECT count(*) FROM orders x WHERE x.client_id = c.client_id AND x.store_id = c.store_id
            AND NOT x.is_deleted) AS orders,
       (SELECT count(*) FROM products x WHERE x.client_id = c.client_id AND x.store_id = c.store_id
            AND NOT x.is_deleted) AS products,
       q.store_count, q.matching_after AS matching_count, q.healed, q.finished_at AS reconciled_at,
       q.status AS reconciliation_status
FROM connections c
LEFT JOIN connection_keys k ON k.client_id = c.client_id AND k.connection_id = c.connection_id
LEFT JOIN LATERAL (
    SELECT sync_id, status FROM syncs s
    WHERE s.client_id = c.client_id AND s.connection_id = c.connection_id AND s.status IN ('running', 'waiting')
    ORDER BY s.status, s.sync_id LIMIT 1
) r ON true
LEFT JOIN LATERAL (
    SELECT store_count, matching_after, healed, finished_at, status FROM reconciliations q
    WHERE q.client_id = c.client_id AND q.connection_id = c.connection_id AND q.finished_at IS NOT NULL
      AND q.status <> 'failed'
    ORDER BY q.reconciliation_id DESC LIMIT 1
) q ON true
"""


async def list_integrations(
    transaction: Transaction, types: Sequence[str], after: UUID | None, limit: int
) -> list[Integration]:
    """Living connections of the scope's clients to stores of some platforms, oldest first."""
    return await transaction.fetch(
        Integration,
        f"""
        {_SELECT}
        WHERE c.client_id = ANY (%(clients)s) AND c.status <> 'deleted' AND c.type = ANY (%(types)s)
          AND (%(after)s::uuid IS NULL OR c.connection_id > %(after)s)
        ORDER BY c.connection_id LIMIT %(limit)s
        """,
        {
            "clients": list(transaction.scope.client_ids),
            "types": list(types),
            "after": after,
            "limit": limit,
        },
    )


async def find_integration(
    transaction: Transaction, types: Sequence[str], connection: str
) -> Integration | None:
    """A living connection of the scope's clients to a store, by its id or public id."""
    return await transaction.fetch_one(
        Integration,
        f"""
        {_SELECT}
        WHERE c.client_id = ANY (%(clients)s) AND c.status <> 'deleted' AND c.type = ANY (%(types)s)
          AND (c.public_id = %(id)s OR c.connection_id::text = %(id)s)
        """,
        {"clients": list(transaction.scope.client_ids), "types": list(types), "id": connection},
    )


async def integrations_at(transaction: Transaction, platform: str, domain: str) -> list[tuple[UUID, UUID]]:
    """(client, connection) of the scope's living connections to a shop."""
    rows = await transaction.tuples(
        """
        SELECT client_id, connection_id FROM connections
        WHERE client_id = ANY (%s) AND type = %s AND domain = %s AND status <> 'deleted'
        ORDER BY connection_id
        """,
        (list(transaction.scope.client_ids), platform, domain),
    )
    return [(row[0], row[1]) for row in rows]


async def last_delivery(
    transaction: Transaction, client_id: UUID, connection_id: UUID
) -> dict[str, datetime]:
    """When the newest delivery of each topic came, of the last month."""
    rows = await transaction.tuples(
        """
        SELECT event_type, max(received_at) FROM receipts
        WHERE client_id = %s AND connection_id = %s AND door = 'webhook'
          AND receipt_id > first_uuid_at((now() - interval '30 days')::date)
        GROUP BY event_type
        """,
        (client_id, connection_id),
    )
    return dict(rows)
