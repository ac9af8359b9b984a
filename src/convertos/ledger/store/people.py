"""SQL of contacts, their identifiers and merges."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.database.rows import insert_rows
from convertos.core.database.transaction import rows_as_json
from convertos.ledger.contact_profile import ContactRow, NewContactRow
from convertos.ledger.identifiers import Identifier
from convertos.ledger.identity import Ownership


async def lock_clients(transaction: Transaction, client_ids: Iterable[UUID]) -> None:
    """Be the only writer of these clients' ledgers until the transaction ends.

    Taken in one order by everybody, so nobody waits in a circle.
    """
    await transaction.send(
        """
        SELECT pg_advisory_xact_lock(hashtextextended('ledger:' || id, 0))
        FROM unnest(%s::text[]) AS id ORDER BY id
        """,
        (sorted(map(str, client_ids)),),
    )


async def look_up_by_index(transaction: Transaction) -> None:
    """Have every look-up of this transaction go through an index.

    The ledger only ever looks up keys. Where a table has grown since PostgreSQL last counted its rows, the
    planner would rather read all of it, once for every batch.
    """
    await transaction.send(
        """
        SELECT set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
               set_config('enable_mergejoin', 'off', true), set_config('enable_bitmapscan', 'off', true)
        """
    )


async def owners_of(
    transaction: Transaction, identifiers: Collection[Identifier]
) -> dict[Identifier, Ownership]:
    """Who owns the identifiers that are known."""
    if not identifiers:
        return {}
    columns = [list(column) for column in zip(*identifiers, strict=True)]
    rows = await transaction.tuples(
        """
        SELECT client_id, kind, value, contact_id, evidenced_at, is_anchored
        FROM contact_identifiers
        JOIN unnest(%b::uuid[], %b::text[], %b::text[]) AS k (client_id, kind, value)
            USING (client_id, kind, value)
        """,
        columns,
    )
    return {Identifier(*row[:3]): Ownership(*row[3:]) for row in rows}


class IdentifierRow(msgspec.Struct):
    """A row of `contact_identifiers`."""

    client_id: UUID
    kind: str
    value: str
    contact_id: UUID
    evidenced_at: datetime
    is_anchored: bool


async def write_owners(transaction: Transaction, owned: dict[Identifier, Ownership]) -> None:
    """Write identifiers that are new or changed hands."""
    rows = [
        IdentifierRow(*identifier, owner.contact_id, owner.evidenced_at, owner.is_anchored)
        for identifier, owner in owned.items()
    ]
    await insert_rows(
        transaction,
        "contact_identifiers",
        rows,
        """ON CONFLICT (client_id, kind, value) DO UPDATE SET contact_id = excluded.contact_id,
           evidenced_at = excluded.evidenced_at, is_anchored = excluded.is_anchored""",
    )


_CONTACT_COLUMNS = ", ".join(ContactRow.__struct_fields__)


async def contact_rows(
    transaction: Transaction, keys: Collection[tuple[UUID, UUID]]
) -> dict[tuple[UUID, UUID], tuple[ContactRow, datetime | None]]:
    """Contacts by (client, contact), each with the time of its first counted order."""
    if not keys:
        return {}
    columns = [list(column) for column in zip(*keys, strict=True)]
    rows = await transaction.tuples(
        f"""
        SELECT {_CONTACT_COLUMNS}, first_order_at
        FROM contacts JOIN unnest(%b::uuid[], %b::uuid[]) AS k (client_id, contact_id)
            USING (client_id, contact_id)
        """,
        columns,
    )
    return {(row[0], row[1]): (ContactRow(**_named(row)), row[-1]) for row in rows}


def _named(row: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(ContactRow.__struct_fields__, row[:-1], strict=True))


_PROFILE = [name for name in ContactRow.__struct_fields__ if name not in {"client_id", "contact_id"}]
_DERIVED = (
    "total_orders",
    "total_spent",
    "spent",
    "first_order_id",
    "first_order_at",
    "last_order_at",
    "lead_count",
)
_WRITE_CONTACTS = f"""
INSERT INTO contacts ({_CONTACT_COLUMNS}, {", ".join(_DERIVED)})
SELECT {", ".join(f"p.{name}" for name in ContactRow.__struct_fields__)},
       coalesce(o.total_orders, 0), coalesce(o.total_spent, 0), coalesce(o.spent, '{{}}'),
       o.first_order_id, o.first_order_at, o.last_order_at, l.lead_count
FROM json_populate_recordset(null::contacts, %s::json) p
JOIN clients k USING (client_id)
LEFT JOIN LATERAL (
    SELECT sum(orders)::int AS total_orders,
           sum(spent) FILTER (WHERE currency = k.currency) AS total_spent,
           jsonb_object_agg(currency, jsonb_build_object('orders', orders, 'spent', spent::text)) AS spent,
           (array_agg(first_id ORDER BY first_at, first_id))[1] AS first_order_id,
           min(first_at) AS first_order_at, max(last_at) AS last_order_at
    FROM (
        SELECT currency, count(*) AS orders, sum(total - refunded_total) AS spent,
               (array_agg(order_id ORDER BY counted_at, order_id))[1] AS first_id,
               min(counted_at) AS first_at, max(counted_at) AS last_at
        FROM orders
        WHERE client_id = p.client_id AND contact_id = p.contact_id AND is_counted
        GROUP BY currency
    ) c
) o ON true
CROSS JOIN LATERAL (
    SELECT count(*)::int AS lead_count FROM leads
    WHERE client_id = p.client_id AND contact_id = p.contact_id
) l
ON CONFLICT (client_id, contact_id) DO UPDATE SET
    {", ".join(f"{name} = excluded.{name}" for name in (*_PROFILE, *_DERIVED))}
RETURNING client_id, contact_id, first_order_at
"""


async def insert_contacts(transaction: Transaction, contacts: Sequence[NewContactRow]) -> None:
    """Write contacts that are new, with totals that were derived already."""
    await insert_rows(transaction, "contacts", contacts)


async def write_contacts(
    transaction: Transaction, contacts: Sequence[ContactRow]
) -> list[tuple[UUID, UUID, datetime | None]]:
    """Write contacts with totals derived from their orders and leads; returns each one's first order's time.

    Orders and leads have to be written before.
    """
    if not contacts:
        return []
    rows = await transaction.tuples(_WRITE_CONTACTS, (rows_as_json(contacts),))
    return [(row[0], row[1], row[2]) for row in rows]


_MOVE = """
UPDATE {table} t SET contact_id = m.winner_id
FROM unnest(%(clients)s::uuid[], %(losers)s::uuid[], %(winners)s::uuid[])
    AS m (client_id, loser_id, winner_id)
WHERE t.client_id = m.client_id AND t.contact_id = m.loser_id
"""
_TABLES_OF_A_CONTACT = ("contact_identifiers", "customers", "orders", "leads", "checkouts", "touches")


async def move_everything(transaction: Transaction, merged: dict[tuple[UUID, UUID], UUID]) -> None:
    """Give all that belongs to the losers to the winners: (client, loser) to winner."""
    parameters = {
        "clients": [client for client, _ in merged],
        "losers": [loser for _, loser in merged],
        "winners": list(merged.values()),
    }
    for table in _TABLES_OF_A_CONTACT:
        await transaction.send(_MOVE.format(table=table), parameters)
    await transaction.send(
        """
        WITH m AS (
            SELECT * FROM unnest(%(clients)s::uuid[], %(losers)s::uuid[], %(winners)s::uuid[])
                AS m (client_id, loser_id, winner_id)
        ), gone AS (
            DELETE FROM contact_visitors v USING m
            WHERE v.client_id = m.client_id AND v.contact_id = m.loser_id
            RETURNING v.client_id, v.visitor_id, m.winner_id
        )
        INSERT INTO contact_visitors (client_id, visitor_id, contact_id)
        SELECT DISTINCT * FROM gone ON CONFLICT DO NOTHING
        """,
        parameters,
    )
    await transaction.send(
        """
        UPDATE contacts c SET merged_into = m.winner_id, total_orders = 0, total_spent = 0, spent = '{}',
            lead_count = 0, first_order_id = NULL, first_order_at = NULL, last_order_at = NULL
        FROM unnest(%(clients)s::uuid[], %(losers)s::uuid[], %(winners)s::uuid[])
            AS m (client_id, loser_id, winner_id)
        WHERE c.client_id = m.client_id AND (c.contact_id = m.loser_id OR c.merged_into = m.loser_id)
        """,
        parameters,
    )


class MergeRow(msgspec.Struct):
    """A row of `contact_merges`."""

    client_id: UUID
    merge_id: UUID
    winner_id: UUID
    loser_id: UUID
    reason: str
    moved: dict[str, list[list[str]]]
    merged_by: UUID | None
    merged_at: datetime


async def insert_merges(transaction: Transaction, merges: Sequence[MergeRow]) -> None:
    """Note who was joined with whom, and why."""
    await insert_rows(transaction, "contact_merges", merges)


_FOLLOW_PHONE = """
UPDATE {table} t SET contact_id = m.winner_id
FROM unnest(%(clients)s::uuid[], %(phones)s::text[], %(losers)s::uuid[], %(winners)s::uuid[])
    AS m (client_id, phone, loser_id, winner_id)
WHERE t.client_id = m.client_id AND t.contact_id = m.loser_id AND t.{phone} = m.phone
  AND t.{email} IS NULL {condition}
"""
_FOLLOWERS = (
    {
        "table": "orders",
        "phone": "customer_phone",
        "email": "customer_email",
        "condition": "AND t.customer_external_id IS NULL",
    },
    {"table": "leads", "phone": "phone", "email": "email", "condition": ""},
    {"table": "checkouts", "phone": "phone", "email": "email", "condition": ""},
)


async def follow_phones(transaction: Transaction, moved: dict[Identifier, tuple[UUID, UUID]]) -> None:
    """Give what is known by a phone alone to the phone's new owner: phone to (from, to)."""
    parameters = {
        "clients": [phone.client_id for phone in moved],
        "phones": [phone.value for phone in moved],
        "losers": [loser for loser, _ in moved.values()],
        "winners": [winner for _, winner in moved.values()],
    }
    for names in _FOLLOWERS:
        await transaction.send(_FOLLOW_PHONE.format(**names), parameters)
