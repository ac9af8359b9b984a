"""SQL that reads contacts for people and programs."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from convertos.core.database import Transaction
from convertos.ledger.reading.model import (
    Contact,
    ContactFilters,
    ContactIdentifier,
    ContactSort,
    ContactType,
)
from convertos.ledger.store.listing import Condition, Listing, Sort
from convertos.ledger.store.search import contact_conditions

# What somebody was given by hand is told of all persons of the contact together: tags add up, fields of the
# contact itself are above those of others, and who unsubscribed anywhere is unsubscribed.
CONTACTS = Listing(
    table="contacts",
    id_column="contact_id",
    columns="""t.client_id, t.contact_id, t.email, t.phone, t.first_name, t.last_name, c.currency,
        t.total_orders, t.total_spent, t.spent, t.lead_count, t.first_seen_at, t.last_seen_at,
        t.first_order_at, t.last_order_at,
        coalesce(g.tags, t.tags) AS tags, coalesce(g.status, t.subscription_status) AS subscription_status,
        coalesce(g.fields, '{}') || t.custom_fields AS custom_fields""",
    joins="""CROSS JOIN LATERAL (
            SELECT (SELECT array_agg(DISTINCT tag ORDER BY tag)
                    FROM contacts w CROSS JOIN unnest(w.tags) AS tag
                    WHERE w.client_id = t.client_id AND (w.contact_id = t.contact_id OR w.merged_into = t.contact_id)
                   ) AS tags,
                   (SELECT w.subscription_status FROM contacts w
                    WHERE w.client_id = t.client_id AND (w.contact_id = t.contact_id OR w.merged_into = t.contact_id)
                      AND w.subscription_status <> 'unknown'
                    ORDER BY w.subscription_status DESC LIMIT 1
                   ) AS status,
                   (SELECT jsonb_object_agg(key, value ORDER BY w.contact_id)
                    FROM contacts w CROSS JOIN jsonb_each(w.custom_fields)
                    WHERE w.client_id = t.client_id AND w.merged_into = t.contact_id
                   ) AS fields
        ) g""",
    always="AND t.merged_into IS NULL AND t.erased_at IS NULL",
)
SORTS = {
    ContactSort.LAST_SEEN: Sort("last_seen_at", datetime),
    ContactSort.LONGEST_UNSEEN: Sort("last_seen_at", datetime, is_descending=False),
    ContactSort.MOST_SPENT: Sort("total_spent", Decimal),
    ContactSort.LEAST_SPENT: Sort("total_spent", Decimal, is_descending=False),
}
_TYPES = {ContactType.CUSTOMER: "t.total_orders > 0", ContactType.LEAD: "t.total_orders = 0"}
_CAME_FROM = """
EXISTS (SELECT FROM touches a WHERE a.client_id = t.client_id AND a.contact_id = t.contact_id
        AND a.source = %(source)s)
OR EXISTS (SELECT FROM contact_visitors v
           JOIN touches a ON a.client_id = v.client_id AND a.visitor_id = v.visitor_id
           WHERE v.client_id = t.client_id AND v.contact_id = t.contact_id AND a.source = %(source)s)
"""


async def conditions(transaction: Transaction, filters: ContactFilters) -> list[Condition]:
    """The filters as conditions; a search is looked up first."""
    found = []
    if filters.contact_type is not None:
        found.append(Condition(_TYPES[filters.contact_type], {}))
    if filters.source is not None:
        found.append(Condition(_CAME_FROM, {"source": filters.source}))
    if filters.min_spent is not None:
        found.append(Condition("t.total_spent >= %(min_spent)s", {"min_spent": filters.min_spent}))
    if filters.search is not None:
        found.extend(await contact_conditions(transaction, filters.search))
    return found


async def is_now(transaction: Transaction, contact_id: UUID) -> UUID | None:
    """The contact that a contact's id leads to: itself, or the one that it went into."""
    found: UUID | None = await transaction.scalar(
        """
        SELECT coalesce(merged_into, contact_id) FROM contacts
        WHERE client_id = ANY (%s) AND contact_id = %s AND erased_at IS NULL
        """,
        (list(transaction.scope.client_ids), contact_id),
    )
    return found


async def identifiers_of(transaction: Transaction, contacts: Sequence[Contact]) -> list[ContactIdentifier]:
    """What some contacts are known by, sorted."""
    return await transaction.fetch(
        ContactIdentifier,
        """
        WITH k AS (SELECT * FROM unnest(%s::uuid[], %s::uuid[]) AS k (client_id, contact_id))
        SELECT i.contact_id, i.kind AS type,
               CASE i.kind WHEN 'customer' THEN substr(i.value, 38) ELSE i.value END AS value,
               s.domain AS store_domain
        FROM k JOIN contact_identifiers i USING (client_id, contact_id)
        LEFT JOIN stores s ON s.client_id = i.client_id AND i.kind = 'customer'
            AND s.store_id::text = left(i.value, 36)
        UNION
        SELECT v.contact_id, 'visitor', v.visitor_id, NULL
        FROM k JOIN contact_visitors v USING (client_id, contact_id)
        ORDER BY 1, 2, 3, 4
        """,
        _keys(contacts),
    )


_ARRIVALS = """
SELECT {columns} FROM touches a WHERE a.client_id = k.client_id AND a.contact_id = k.contact_id {condition}
UNION ALL
SELECT {columns} FROM contact_visitors v
JOIN touches a ON a.client_id = v.client_id AND a.visitor_id = v.visitor_id
WHERE v.client_id = k.client_id AND v.contact_id = k.contact_id {condition}
"""
_SOURCE = "a.source, a.medium, a.campaign, a.channel, a.method, a.rule"
_FIRST = _ARRIVALS.format(columns=f"a.occurred_at, a.touch_id, {_SOURCE}", condition="")


async def sources_of(transaction: Transaction, contacts: Sequence[Contact]) -> list[tuple[Any, ...]]:
    """Where contacts first and last came from.

    Returns:
        For each that ever came: contact, whether it is the first (else the last), and the parts of the source.
        The last is the last that was not direct, or the last where all were.
    """
    return await transaction.tuples(
        f"""
        WITH k AS (SELECT * FROM unnest(%s::uuid[], %s::uuid[]) AS k (client_id, contact_id))
        SELECT k.contact_id, true, {_SOURCE} FROM k CROSS JOIN LATERAL (
            SELECT * FROM ({_FIRST}) a ORDER BY a.occurred_at, a.touch_id LIMIT 1
        ) a
        UNION ALL
        SELECT k.contact_id, false, {_SOURCE} FROM k CROSS JOIN LATERAL (
            SELECT * FROM ({_FIRST}) a ORDER BY a.method = 'direct', a.occurred_at DESC, a.touch_id DESC LIMIT 1
        ) a
        """,
        _keys(contacts),
    )


def _keys(contacts: Sequence[Contact]) -> tuple[list[UUID], list[UUID]]:
    return [contact.client_id for contact in contacts], [contact.contact_id for contact in contacts]


async def happenings(
    transaction: Transaction, contact: Contact, before: tuple[Any, ...] | None, limit: int
) -> list[tuple[str, UUID, Any]]:
    """What a contact did, latest first: kind, id and time."""
    parameters = {"client": contact.client_id, "contact": contact.contact_id, "limit": limit}
    if before is not None:
        parameters |= {"at": before[0], "id": before[1]}
    parts = [
        _part(kind, table, f"{kind}_id", at, "t.contact_id = %(contact)s", is_later=before is not None)
        for kind, table, at in _KINDS
    ]
    visits = """t.visitor_id IN (SELECT visitor_id FROM contact_visitors
        WHERE client_id = %(client)s AND contact_id = %(contact)s)"""
    parts.append(_part("touch", "touches", "touch_id", "occurred_at", visits, is_later=before is not None))
    rows = await transaction.tuples(
        f"SELECT * FROM ({' UNION '.join(parts)}) t ORDER BY 3 DESC, 2 DESC LIMIT %(limit)s", parameters
    )
    return [(row[0], row[1], row[2]) for row in rows]


_KINDS = (
    ("order", "orders", "placed_at"),
    ("lead", "leads", "registered_at"),
    ("checkout", "checkouts", "occurred_at"),
    ("touch", "touches", "occurred_at"),
)


def _part(kind: str, table: str, key: str, at: str, whose: str, *, is_later: bool) -> str:
    further = f"AND (t.{at}, t.{key}) < (%(at)s, %(id)s)" if is_later else ""
    present = "AND NOT t.is_deleted" if table == "orders" else ""
    return f"""(
        SELECT '{kind}', t.{key}, t.{at} FROM {table} t
        WHERE t.client_id = %(client)s AND {whose} {further} {present}
        ORDER BY t.{at} DESC, t.{key} DESC LIMIT %(limit)s
    )"""
