"""SQL of demands, and of finding whom they are about."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from convertos.core.database import Transaction
from convertos.privacy.model import PrivacyDemand

_COLUMNS = """client_id, demand_id, connection_id, kind, reference, contact_ids, status, demanded_at, due_at,
    done_at"""


class DemandReceipt(NamedTuple):
    """The receipt of a demand, with what is needed to obey it."""

    client_id: UUID
    organization_id: UUID
    connection_id: UUID
    connection_type: str
    store_id: UUID
    event_type: str
    event_id: str
    received_at: datetime
    body: bytes
    currency: str


async def demand_receipt(transaction: Transaction, client_id: UUID, receipt_id: UUID) -> DemandReceipt | None:
    """The receipt of a demand; `None` where it is gone."""
    rows = await transaction.tuples(
        """
        SELECT n.client_id, n.organization_id, n.connection_id, n.type, n.store_id, r.event_type, r.event_id,
               r.received_at, r.body, k.currency
        FROM receipts r
        JOIN connections n ON n.client_id = r.client_id AND n.connection_id = r.connection_id
        JOIN clients k ON k.client_id = r.client_id
        WHERE r.client_id = %s AND r.receipt_id = %s
        """,
        (client_id, receipt_id),
    )
    return DemandReceipt(*rows[0]) if rows else None


async def write_demand(transaction: Transaction, demand: PrivacyDemand, receipt_id: UUID) -> None:
    """Note a demand; obeyed again, it is the same one."""
    await transaction.execute(
        """
        INSERT INTO privacy_demands (client_id, demand_id, connection_id, receipt_id, kind, reference, contact_ids,
                                     status, demanded_at, due_at, done_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (client_id, connection_id, receipt_id) DO NOTHING
        """,
        (
            demand.client_id,
            demand.demand_id,
            demand.connection_id,
            receipt_id,
            demand.kind,
            demand.reference,
            demand.contact_ids,
            demand.status,
            demand.demanded_at,
            demand.due_at,
            demand.done_at,
        ),
    )


async def list_demands(transaction: Transaction, before: UUID | None, limit: int) -> list[PrivacyDemand]:
    """The demands on the scope's clients, newest first."""
    return await transaction.fetch(
        PrivacyDemand,
        f"""
        SELECT {_COLUMNS} FROM privacy_demands
        WHERE client_id = ANY (%(clients)s) AND (%(before)s::uuid IS NULL OR demand_id < %(before)s)
        ORDER BY demand_id DESC LIMIT %(limit)s
        """,
        {"clients": list(transaction.scope.client_ids), "before": before, "limit": limit},
    )


async def open_demands_of(
    transaction: Transaction, client_id: UUID, connection_id: UUID
) -> list[PrivacyDemand]:
    """A store's demands that the merchant has to answer, the most urgent first."""
    return await transaction.fetch(
        PrivacyDemand,
        f"""
        SELECT {_COLUMNS} FROM privacy_demands
        WHERE client_id = %s AND connection_id = %s AND status = 'open' ORDER BY due_at, demand_id
        """,
        (client_id, connection_id),
    )


async def find_demand(transaction: Transaction, demand_id: UUID) -> PrivacyDemand | None:
    """One demand on a client of the scope."""
    return await transaction.fetch_one(
        PrivacyDemand,
        f"SELECT {_COLUMNS} FROM privacy_demands WHERE client_id = ANY (%s) AND demand_id = %s",
        (list(transaction.scope.client_ids), demand_id),
    )


async def end_demand(transaction: Transaction, client_id: UUID, demand_id: UUID, at: datetime) -> None:
    """Note that a demand was answered."""
    await transaction.execute(
        """
        UPDATE privacy_demands SET status = 'done', done_at = %s
        WHERE client_id = %s AND demand_id = %s AND status = 'open'
        """,
        (at, client_id, demand_id),
    )


async def contacts_of_store(
    transaction: Transaction, client_id: UUID, store_id: UUID, limit: int
) -> list[UUID]:
    """Some people who are known by this store's accounts, orders or checkouts, and by no other store's."""
    rows = await transaction.tuples(
        """
        WITH seen AS (
            SELECT contact_id, store_id FROM customers WHERE client_id = %(client)s
            UNION ALL SELECT contact_id, store_id FROM orders WHERE client_id = %(client)s
            UNION ALL SELECT contact_id, store_id FROM checkouts WHERE client_id = %(client)s
            UNION ALL SELECT contact_id, store_id FROM leads WHERE client_id = %(client)s
        )
        SELECT seen.contact_id FROM seen
        JOIN contacts c ON c.client_id = %(client)s AND c.contact_id = seen.contact_id AND c.erased_at IS NULL
        GROUP BY seen.contact_id HAVING bool_and(store_id = %(store)s)
        ORDER BY seen.contact_id LIMIT %(limit)s
        """,
        {"client": client_id, "store": store_id, "limit": limit},
    )
    return [row[0] for row in rows]


async def forget_accounts(transaction: Transaction, client_id: UUID, store_id: UUID) -> None:
    """Delete a store's accounts, and whom their numbers lead to."""
    await transaction.execute(
        "DELETE FROM customers WHERE client_id = %s AND store_id = %s", (client_id, store_id)
    )
    # The numbers of a store's accounts lie together: they begin with the store's id.
    await transaction.execute(
        """
        DELETE FROM contact_identifiers
        WHERE client_id = %s AND kind = 'customer' AND value >= %s AND value < %s
        """,
        (client_id, f"{store_id}:", f"{store_id};"),
    )


async def receipts_of_connection(
    transaction: Transaction, client_id: UUID, connection_id: UUID, limit: int
) -> Collection[UUID]:
    """Some receipts of a connection."""
    rows = await transaction.tuples(
        "SELECT receipt_id FROM receipts WHERE client_id = %s AND connection_id = %s LIMIT %s",
        (client_id, connection_id, limit),
    )
    return [row[0] for row in rows]
