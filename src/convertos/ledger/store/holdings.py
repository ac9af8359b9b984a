"""SQL of what is held of a store, briefly: for comparing it with what the store has."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from convertos.core.database import Transaction

_TABLES = {"customers": "registered_at", "products": "modified_at"}


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The little of an object that reconciliation compares.

    Attributes:
        is_absent: it counts as deleted, or lies in the shop's trash.
        is_draft: an order that is not placed yet; shops list them or not.
    """

    external_id: str
    placed_at: datetime | None
    modified_at: datetime | None
    total: Decimal | None
    currency: str | None
    status: str | None
    is_absent: bool
    is_draft: bool


_ORDER = """
    SELECT external_id, placed_at, modified_at, total, currency, status,
           is_deleted OR standing = 'trashed' AS is_absent, standing = 'draft' AS is_draft
    FROM orders
"""


async def orders_placed(
    transaction: Transaction, client_id: UUID, store_id: UUID, since: datetime | None, until: datetime | None
) -> list[Held]:
    """A store's orders of a span of time."""
    return await transaction.fetch(
        Held,
        f"""
        {_ORDER}
        WHERE client_id = %(client)s AND store_id = %(store)s
          AND placed_at >= coalesce(%(since)s, '-infinity'::timestamptz)
          AND placed_at < coalesce(%(until)s, 'infinity'::timestamptz)
        """,
        {"client": client_id, "store": store_id, "since": since, "until": until},
    )


async def count_orders_placed(
    transaction: Transaction, client_id: UUID, store_id: UUID, since: datetime | None, until: datetime | None
) -> int:
    """How many of a store's orders of a span are there, as far as the store would list them."""
    count: int = await transaction.scalar(
        """
        SELECT count(*) FROM orders
        WHERE client_id = %(client)s AND store_id = %(store)s AND NOT is_deleted
          AND standing NOT IN ('trashed', 'draft')
          AND placed_at >= coalesce(%(since)s, '-infinity'::timestamptz)
          AND placed_at < coalesce(%(until)s, 'infinity'::timestamptz)
        """,
        {"client": client_id, "store": store_id, "since": since, "until": until},
    )
    return count


async def held_by_id(
    transaction: Transaction, entity: str, client_id: UUID, store_id: UUID, external_ids: Sequence[str]
) -> list[Held]:
    """Objects of a store by their ids there."""
    query = _ORDER if entity == "orders" else _other(entity)
    return await transaction.fetch(
        Held,
        f"{query} WHERE client_id = %s AND store_id = %s AND external_id = ANY (%s)",
        (client_id, store_id, list(external_ids)),
    )


async def held_of(transaction: Transaction, entity: str, client_id: UUID, store_id: UUID) -> list[Held]:
    """All customers or products of a store."""
    return await transaction.fetch(
        Held, f"{_other(entity)} WHERE client_id = %s AND store_id = %s", (client_id, store_id)
    )


def _other(entity: str) -> str:
    return f"""
        SELECT external_id, {_TABLES[entity]} AS placed_at, modified_at, NULL::numeric AS total,
               NULL::text AS currency, NULL::text AS status, is_deleted AS is_absent, false AS is_draft
        FROM {entity}
    """


async def earliest_order_at(transaction: Transaction, client_id: UUID, store_id: UUID) -> datetime | None:
    """When the first order of a store was placed."""
    found: datetime | None = await transaction.scalar(
        "SELECT min(placed_at) FROM orders WHERE client_id = %s AND store_id = %s", (client_id, store_id)
    )
    return found
