"""SQL of forgetting a person: what they bought stays, who they were goes."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.database.transaction import rows_as_json
from convertos.ledger.identifiers import Identifier
from convertos.ledger.store.parting import Found


async def identifiers_of(transaction: Transaction, contact: Found) -> list[Identifier]:
    """What a contact alone is known by.

    A phone is not its own where somebody else is known by it alone or claims it, nor a browser that others
    were seen with.
    """
    rows = await transaction.tuples(
        """
        WITH persons AS (
            SELECT contact_id AS person_id FROM contacts
            WHERE client_id = %(client)s AND (contact_id = %(contact)s OR merged_into = %(contact)s)
        )
        SELECT i.client_id, i.kind, i.value FROM contact_identifiers i
        WHERE i.client_id = %(client)s AND i.contact_id = %(contact)s
          AND (i.person_id IS NULL OR i.person_id IN (SELECT person_id FROM persons))
        UNION ALL
        SELECT v.client_id, 'visitor', v.visitor_id FROM contact_visitors v
        WHERE v.client_id = %(client)s AND v.contact_id = %(contact)s AND NOT EXISTS (
            SELECT FROM contact_visitors o WHERE o.client_id = v.client_id AND o.visitor_id = v.visitor_id
            AND o.contact_id <> v.contact_id)
        """,
        _of(contact),
    )
    return [Identifier(*row) for row in rows]


def _of(contact: Found) -> dict[str, Any]:
    return {"client": contact.client_id, "contact": contact.contact_id}


class ToldArrival(msgspec.Struct):
    """The evidence of a touch, as it is kept."""

    touch_id: UUID
    evidence: msgspec.Raw
    landing_page: str | None


async def arrivals_of(transaction: Transaction, contact: Found) -> list[tuple[UUID, Any]]:
    """The touches of a contact and of every browser that it was seen with, with their evidence."""
    rows = await transaction.tuples(
        """
        SELECT touch_id, evidence FROM touches WHERE client_id = %(client)s AND contact_id = %(contact)s
        UNION ALL
        SELECT t.touch_id, t.evidence FROM contact_visitors v JOIN touches t USING (client_id, visitor_id)
        WHERE v.client_id = %(client)s AND v.contact_id = %(contact)s
        """,
        _of(contact),
    )
    return [(row[0], row[1]) for row in rows]


async def write_arrivals(
    transaction: Transaction, contact: Found, arrivals: Sequence[ToldArrival], visitors: Sequence[str]
) -> None:
    """Let touches have another evidence; those of the given browsers are a contact's own from now on."""
    await transaction.send(
        """
        UPDATE touches t SET evidence = n.evidence, landing_page = n.landing_page
        FROM json_populate_recordset(null::touches, %(rows)s::json) n
        WHERE t.client_id = %(client)s AND t.touch_id = n.touch_id
        """,
        _of(contact) | {"rows": rows_as_json(arrivals)},
    )
    await transaction.send(
        """
        UPDATE touches SET contact_id = %(contact)s, visitor_id = NULL
        WHERE client_id = %(client)s AND visitor_id = ANY (%(visitors)s)
        """,
        _of(contact) | {"visitors": list(visitors)},
    )
    await transaction.send(
        """
        WITH seen AS (
            SELECT %(contact)s::uuid AS contact_id
            UNION
            SELECT o.contact_id FROM contact_visitors v JOIN contact_visitors o USING (client_id, visitor_id)
            WHERE v.client_id = %(client)s AND v.contact_id = %(contact)s
        ), subjects AS (
            SELECT order_id AS subject_id FROM orders JOIN seen USING (contact_id) WHERE client_id = %(client)s
            UNION ALL
            SELECT lead_id FROM leads JOIN seen USING (contact_id) WHERE client_id = %(client)s
        )
        UPDATE credits k SET landing_page = n.landing_page
        FROM subjects s, json_populate_recordset(null::touches, %(rows)s::json) n
        WHERE k.client_id = %(client)s AND k.subject_id = s.subject_id AND k.touch_id = n.touch_id
        """,
        _of(contact) | {"rows": rows_as_json(arrivals)},
    )


_FORGET = (
    # A phone stays with whoever else is known by it.
    """
    UPDATE contact_identifiers i SET person_id = NULL, claimed_at = NULL, witness = NULL
    WHERE client_id = %(client)s AND kind = 'phone' AND contact_id <> %(contact)s AND caller_id IS NOT NULL
      AND person_id IN (SELECT contact_id FROM contacts WHERE client_id = %(client)s
                        AND (contact_id = %(contact)s OR merged_into = %(contact)s))
    """,
    """
    UPDATE contact_identifiers i SET caller_id = NULL, is_tied = false,
        contact_id = (SELECT coalesce(p.merged_into, p.contact_id) FROM contacts p
                      WHERE p.client_id = i.client_id AND p.contact_id = i.person_id)
    WHERE client_id = %(client)s AND kind = 'phone' AND contact_id = %(contact)s AND person_id IS NOT NULL
      AND person_id NOT IN (SELECT contact_id FROM contacts WHERE client_id = %(client)s
                            AND (contact_id = %(contact)s OR merged_into = %(contact)s))
    """,
    "DELETE FROM contact_identifiers WHERE client_id = %(client)s AND contact_id = %(contact)s",
    "DELETE FROM contact_visitors WHERE client_id = %(client)s AND contact_id = %(contact)s",
    "DELETE FROM customers WHERE client_id = %(client)s AND contact_id = %(contact)s",
    """
    UPDATE refunds r SET reason = NULL FROM orders o
    WHERE o.client_id = %(client)s AND o.contact_id = %(contact)s
      AND r.client_id = o.client_id AND r.order_id = o.order_id AND r.reason IS NOT NULL
    """,
    """
    UPDATE touches SET person_id = NULL WHERE client_id = %(client)s AND contact_id = %(contact)s
    """,
    """
    UPDATE orders SET customer_external_id = NULL, customer_email = NULL, customer_phone = NULL,
        visitor_id = NULL
    WHERE client_id = %(client)s AND contact_id = %(contact)s
    """,
    """
    UPDATE leads SET customer_external_id = NULL, email = NULL, name = NULL, phone = NULL, visitor_id = NULL,
        fields = '{}', page_url = NULL
    WHERE client_id = %(client)s AND contact_id = %(contact)s
    """,
    """
    UPDATE checkouts SET customer_external_id = NULL, email = NULL, phone = NULL, visitor_id = NULL
    WHERE client_id = %(client)s AND contact_id = %(contact)s
    """,
    "DELETE FROM contacts WHERE client_id = %(client)s AND merged_into = %(contact)s",
    # The row stays without a name: that somebody bought for the first time on a day stays true.
    """
    UPDATE contacts SET email = NULL, phone = NULL, first_name = NULL, last_name = NULL, name_key = NULL,
        email_version = '', phone_version = '', name_version = '', own = NULL, tags = '{}',
        subscription_status = 'unknown', custom_fields = '{}', mark_versions = '{}', erased_at = now()
    WHERE client_id = %(client)s AND contact_id = %(contact)s
    """,
)


async def forget(transaction: Transaction, contact: Found) -> None:
    """Take everything that tells who somebody was out of the ledger's tables."""
    for statement in _FORGET:
        await transaction.send(statement, _of(contact))
