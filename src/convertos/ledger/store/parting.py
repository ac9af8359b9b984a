"""SQL of what holds a contact together, and of giving parts of one to others."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from convertos.core.database import Transaction
from convertos.ledger.grouping import Tie


class Found(NamedTuple):
    """A contact by any id that it ever had."""

    client_id: UUID
    contact_id: UUID


async def find_contact(transaction: Transaction, contact_id: UUID) -> Found | None:
    """The contact of the scope that an id leads to: itself, or the one that it went into."""
    rows = await transaction.tuples(
        """
        SELECT client_id, coalesce(merged_into, contact_id) FROM contacts
        WHERE client_id = ANY (%s) AND contact_id = %s AND erased_at IS NULL
        """,
        (list(transaction.scope.client_ids), contact_id),
    )
    return Found(*rows[0]) if rows else None


class HandMerge(NamedTuple):
    """Two contacts that somebody put together."""

    client_id: UUID
    merge_id: UUID
    winner_id: UUID
    loser_id: UUID
    merged_by: UUID | None
    merged_at: datetime


async def hand_merges(transaction: Transaction, client_id: UUID, contact_id: UUID) -> list[HandMerge]:
    """What was put together by hand to make a contact, oldest first; what was undone is not there."""
    rows = await transaction.tuples(
        """
        SELECT DISTINCT m.client_id, m.merge_id, m.winner_id, m.loser_id, m.merged_by, m.merged_at
        FROM contacts c JOIN contact_merges m ON m.client_id = c.client_id
            AND (m.winner_id = c.contact_id OR m.loser_id = c.contact_id)
        WHERE c.client_id = %s AND (c.contact_id = %s OR c.merged_into = %s)
          AND m.reason = 'hand' AND m.undone_at IS NULL
        ORDER BY m.merged_at, m.merge_id
        """,
        (client_id, contact_id, contact_id),
    )
    return [HandMerge(*row) for row in rows]


async def persons_of(transaction: Transaction, client_id: UUID, contact_id: UUID) -> dict[UUID, UUID]:
    """Every id that a contact's persons ever had, each with who it is now."""
    rows = await transaction.tuples(
        """
        SELECT contact_id, coalesce(same_as, contact_id) FROM contacts
        WHERE client_id = %s AND (contact_id = %s OR merged_into = %s)
        """,
        (client_id, contact_id, contact_id),
    )
    return dict(rows)


class Claim(NamedTuple):
    """Who claims the phone by which somebody is known."""

    caller_id: UUID
    claimant_id: UUID
    contact_id: UUID


async def claims_on(transaction: Transaction, client_id: UUID, persons: Collection[UUID]) -> list[Claim]:
    """The claims on the phones of callers: by whom, as they are known now, and in which contact."""
    rows = await transaction.tuples(
        """
        SELECT i.caller_id, coalesce(p.same_as, p.contact_id), coalesce(p.merged_into, p.contact_id)
        FROM contact_identifiers i JOIN contacts p ON p.client_id = i.client_id AND p.contact_id = i.person_id
        WHERE i.client_id = %s AND i.kind = 'phone' AND i.caller_id = ANY (%s)
        """,
        (client_id, list(persons)),
    )
    return [Claim(*row) for row in rows]


async def tie_callers(
    transaction: Transaction, client_id: UUID, persons: Collection[UUID], *, is_tied: bool
) -> None:
    """Let who is known by a phone alone go with whom they were put together, or with who claims the phone again."""
    await transaction.send(
        """
        UPDATE contact_identifiers SET is_tied = %s
        WHERE client_id = %s AND kind = 'phone' AND caller_id = ANY (%s) AND is_tied <> %s
        """,
        (is_tied, client_id, list(persons), is_tied),
    )


async def mark_undone(transaction: Transaction, tie: Tie, client_id: UUID) -> None:
    """Note that somebody took apart what was put together by hand."""
    await transaction.send(
        "UPDATE contact_merges SET undone_at = now() WHERE client_id = %s AND merge_id = %s",
        (client_id, tie.merge_id),
    )


_BY_PERSON = """
UPDATE {table} t SET contact_id = m.contact_id
FROM unnest(%(persons)s::uuid[], %(contacts)s::uuid[]) AS m (person_id, contact_id)
WHERE t.client_id = %(client)s AND t.contact_id = %(from)s AND {person} = m.person_id
"""
_PERSONS = (
    # A phone leads to who is known by it alone, where there is somebody.
    ("contact_identifiers", "coalesce(t.caller_id, t.person_id)"),
    ("contact_visitors", "t.person_id"),
    ("touches", "t.person_id"),
)
# A record belongs to whoever its strongest identifier leads to.
_BY_IDENTIFIER = """
WITH moved AS (
    UPDATE {table} t SET contact_id = i.contact_id FROM contact_identifiers i
    WHERE t.client_id = %(client)s AND t.contact_id = %(from)s
      AND i.client_id = t.client_id AND i.contact_id = ANY (%(contacts)s)
      AND i.kind = CASE WHEN t.customer_external_id IS NOT NULL THEN 'customer'
                        WHEN t.{email} IS NOT NULL THEN 'email' ELSE 'phone' END
      AND i.value = CASE WHEN t.customer_external_id IS NOT NULL
                         THEN t.store_id || ':' || t.customer_external_id
                         ELSE coalesce(t.{email}, t.{phone}) END
    RETURNING t.touch_ids, t.contact_id
)
UPDATE touches t SET contact_id = m.contact_id
FROM moved m CROSS JOIN LATERAL unnest(m.touch_ids) AS held (touch_id)
WHERE t.client_id = %(client)s AND t.touch_id = held.touch_id AND t.visitor_id IS NULL
"""
_RECORDS = (
    ("orders", "customer_email", "customer_phone"),
    ("leads", "email", "phone"),
    ("checkouts", "email", "phone"),
)
_ACCOUNTS = """
UPDATE customers t SET contact_id = i.contact_id FROM contact_identifiers i
WHERE t.client_id = %(client)s AND t.contact_id = %(from)s
  AND i.client_id = t.client_id AND i.kind = 'customer' AND i.value = t.store_id || ':' || t.external_id
  AND i.contact_id = ANY (%(contacts)s)
"""
_ROWS = """
UPDATE contacts t SET merged_into = nullif(m.contact_id, t.contact_id)
FROM unnest(%(persons)s::uuid[], %(contacts)s::uuid[]) AS m (person_id, contact_id)
WHERE t.client_id = %(client)s AND coalesce(t.same_as, t.contact_id) = m.person_id
  AND (t.contact_id = %(from)s OR t.merged_into = %(from)s)
"""


async def hand_out(
    transaction: Transaction, client_id: UUID, contact_id: UUID, contact_of: Mapping[UUID, UUID]
) -> None:
    """Give what belongs to some persons of a contact to the contacts that they belong to now."""
    parameters = {
        "client": client_id,
        "from": contact_id,
        "persons": list(contact_of),
        "contacts": list(contact_of.values()),
    }
    for table, person in _PERSONS:
        await transaction.send(_BY_PERSON.format(table=table, person=person), parameters)
    for table, email, phone in _RECORDS:
        await transaction.send(_BY_IDENTIFIER.format(table=table, email=email, phone=phone), parameters)
    await transaction.send(_ACCOUNTS, parameters)
    await transaction.send(_ROWS, parameters)
