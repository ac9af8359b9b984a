"""SQL of contacts: what is known of them, and what is derived from their orders and leads."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.database.rows import insert_rows
from convertos.core.database.transaction import rows_as_json
from convertos.ledger.contact_profile import ContactRow, NewContactRow, Profile
from convertos.ledger.identity import Key


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


_CONTACT_COLUMNS = ", ".join(ContactRow.__struct_fields__)


class KnownContact(NamedTuple):
    """A contact that has a row.

    Attributes:
        first_order_at: when its first counted order counts.
        own: what is known of itself, where other persons are with it and the row tells of all together.
    """

    row: ContactRow
    first_order_at: datetime | None
    own: Profile | None


async def contact_rows(transaction: Transaction, keys: Collection[Key]) -> dict[Key, KnownContact]:
    """Contacts by (client, contact)."""
    if not keys:
        return {}
    columns = [list(column) for column in zip(*keys, strict=True)]
    rows = await transaction.tuples(
        f"""
        SELECT client_id, contact_id, first_order_at, own, {_CONTACT_COLUMNS}
        FROM contacts JOIN unnest(%b::uuid[], %b::uuid[]) AS k (client_id, contact_id)
            USING (client_id, contact_id)
        """,
        columns,
    )
    names = ContactRow.__struct_fields__
    return {
        (client_id, contact_id): KnownContact(
            ContactRow(**dict(zip(names, values, strict=True))),
            first_order_at,
            msgspec.convert(own, Profile) if own else None,
        )
        for client_id, contact_id, first_order_at, own, *values in rows
    }


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
           (array_agg(first_id ORDER BY first_at, currency COLLATE "C"))[1] AS first_order_id,
           min(first_at) AS first_order_at, max(last_at) AS last_order_at
    FROM (
        SELECT currency, count(*) AS orders, sum(total - refunded_total) AS spent,
               (array_agg(order_id
                          ORDER BY counted_at, placed_at, external_id COLLATE "C", store_id))[1] AS first_id,
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
