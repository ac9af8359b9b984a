"""SQL of putting contacts together and taking them apart. Rare, and set-based like all the rest."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.database.rows import insert_rows
from convertos.ledger.contact_profile import ContactRow, Profile
from convertos.ledger.identifiers import Identifier
from convertos.ledger.identity import CallerMove, Key

_TABLES_OF_A_CONTACT = (
    "contact_identifiers",
    "contact_visitors",
    "customers",
    "orders",
    "leads",
    "checkouts",
    "touches",
)
_MOVE = """
UPDATE {table} t SET contact_id = m.winner_id
FROM unnest(%(clients)s::uuid[], %(losers)s::uuid[], %(winners)s::uuid[])
    AS m (client_id, loser_id, winner_id)
WHERE t.client_id = m.client_id AND t.contact_id = m.loser_id
"""
_HIDE = """
UPDATE contacts t SET merged_into = m.winner_id, total_orders = 0, total_spent = 0, spent = '{{}}',
    lead_count = 0, first_order_id = NULL, first_order_at = NULL, last_order_at = NULL
FROM unnest(%(clients)s::uuid[], %(losers)s::uuid[], %(winners)s::uuid[])
    AS m (client_id, loser_id, winner_id)
WHERE t.client_id = m.client_id AND {condition}
"""


async def move_contacts(transaction: Transaction, moved: Mapping[Key, UUID]) -> None:
    """Give all that belongs to some contacts to others: (client, loser) to winner."""
    parameters = {
        "clients": [client for client, _ in moved],
        "losers": [loser for _, loser in moved],
        "winners": list(moved.values()),
    }
    for table in _TABLES_OF_A_CONTACT:
        await transaction.send(_MOVE.format(table=table), parameters)
    for condition in ("t.contact_id = m.loser_id", "t.merged_into = m.loser_id"):
        await transaction.send(_HIDE.format(condition=condition), parameters)


class Absorption(msgspec.Struct, frozen=True):
    """Two persons of one contact are one."""

    client_id: UUID
    contact_id: UUID
    loser_id: UUID
    survivor_id: UUID


_ABSORPTIONS = """
    unnest(%(clients)s::uuid[], %(contacts)s::uuid[], %(losers)s::uuid[], %(survivors)s::uuid[])
        AS a (client_id, contact_id, loser_id, survivor_id)
"""
_ABSORB = f"""
UPDATE {{table}} t SET person_id = a.survivor_id FROM {_ABSORPTIONS}
WHERE t.client_id = a.client_id AND t.contact_id = a.contact_id AND t.person_id = a.loser_id
"""


async def absorb_persons(transaction: Transaction, absorptions: Sequence[Absorption]) -> None:
    """Give what some persons said and did to those that they turned out to be.

    Their contacts have to be one before (`move_contacts`).
    """
    parameters = {
        "clients": [each.client_id for each in absorptions],
        "contacts": [each.contact_id for each in absorptions],
        "losers": [each.loser_id for each in absorptions],
        "survivors": [each.survivor_id for each in absorptions],
    }
    for table in ("contact_identifiers", "touches"):
        await transaction.send(_ABSORB.format(table=table), parameters)
    await transaction.send(
        f"""
        WITH gone AS (
            DELETE FROM contact_visitors v USING {_ABSORPTIONS}
            WHERE v.client_id = a.client_id AND v.contact_id = a.contact_id AND v.person_id = a.loser_id
            RETURNING v.client_id, v.visitor_id, a.survivor_id, v.contact_id
        )
        INSERT INTO contact_visitors (client_id, visitor_id, person_id, contact_id)
        SELECT DISTINCT * FROM gone ON CONFLICT DO NOTHING
        """,
        parameters,
    )
    await transaction.send(
        f"""
        UPDATE contacts t SET same_as = a.survivor_id, own = NULL FROM {_ABSORPTIONS}
        WHERE t.client_id = a.client_id AND t.merged_into = a.contact_id
          AND (t.contact_id = a.loser_id OR t.same_as = a.loser_id)
        """,
        parameters,
    )


# What a caller's phone alone finds: neither account nor address was given with it.
_FOLLOWERS = (
    ("orders", "customer_phone", "customer_email"),
    ("leads", "phone", "email"),
    ("checkouts", "phone", "email"),
)
_CALLERS = """
    unnest(%(clients)s::uuid[], %(phones)s::text[], %(callers)s::uuid[], %(losers)s::uuid[],
           %(winners)s::uuid[]) AS m (client_id, phone, caller_id, loser_id, winner_id)
"""


async def move_callers(transaction: Transaction, callers: Mapping[Identifier, CallerMove]) -> None:
    """Let callers go with other contacts, and what is known by their phones alone with them."""
    parameters = {
        "clients": [phone.client_id for phone in callers],
        "phones": [phone.value for phone in callers],
        "callers": [move.caller_id for move in callers.values()],
        "losers": [move.from_contact for move in callers.values()],
        "winners": [move.to_contact for move in callers.values()],
    }
    for table, phone, email in _FOLLOWERS:
        await transaction.send(
            f"""
            WITH moved AS (
                UPDATE {table} t SET contact_id = m.winner_id FROM {_CALLERS}
                WHERE t.client_id = m.client_id AND t.contact_id = m.loser_id AND t.{phone} = m.phone
                  AND t.{email} IS NULL AND t.customer_external_id IS NULL
                RETURNING t.client_id, t.touch_ids, t.contact_id
            )
            UPDATE touches t SET contact_id = m.contact_id
            FROM moved m CROSS JOIN LATERAL unnest(m.touch_ids) AS held (touch_id)
            WHERE t.client_id = m.client_id AND t.touch_id = held.touch_id AND t.visitor_id IS NULL
            """,
            parameters,
        )
    for table in ("touches", "contact_visitors"):
        await transaction.send(
            f"""
            UPDATE {table} t SET contact_id = m.winner_id FROM {_CALLERS}
            WHERE t.client_id = m.client_id AND t.contact_id = m.loser_id AND t.person_id = m.caller_id
            """,
            parameters,
        )
    await transaction.send(
        f"""
        UPDATE contacts t SET merged_into = m.winner_id FROM {_CALLERS}
        WHERE t.client_id = m.client_id AND t.contact_id = m.caller_id
        """,
        parameters,
    )


async def hide_persons(transaction: Transaction, hidden: Mapping[Key, UUID]) -> None:
    """Let persons that were just written belong to other contacts: (client, person) to contact."""
    await transaction.send(
        """
        UPDATE contacts t SET merged_into = m.contact_id
        FROM unnest(%b::uuid[], %b::uuid[], %b::uuid[]) AS m (client_id, person_id, contact_id)
        WHERE t.client_id = m.client_id AND t.contact_id = m.person_id
        """,
        [[client for client, _ in hidden], [person for _, person in hidden], list(hidden.values())],
    )


async def write_own_profiles(transaction: Transaction, own: Mapping[Key, Profile | None]) -> None:
    """Keep what is known of contacts themselves; `None` for those who are alone again."""
    profiles = [
        None if profile is None else msgspec.json.encode(profile).decode() for profile in own.values()
    ]
    await transaction.send(
        """
        UPDATE contacts t SET own = o.own
        FROM unnest(%b::uuid[], %b::uuid[], %b::jsonb[]) AS o (client_id, contact_id, own)
        WHERE t.client_id = o.client_id AND t.contact_id = o.contact_id
        """,
        [[client for client, _ in own], [contact for _, contact in own], profiles],
    )


_MEMBER_COLUMNS = ", ".join(f"c.{name}" for name in ContactRow.__struct_fields__)


async def members_of(transaction: Transaction, contacts: Collection[Key]) -> list[tuple[UUID, ContactRow]]:
    """The other persons of contacts: (contact, person)."""
    rows = await transaction.tuples(
        f"""
        SELECT c.merged_into, {_MEMBER_COLUMNS} FROM contacts c
        JOIN unnest(%b::uuid[], %b::uuid[]) AS k (client_id, contact_id)
            ON c.client_id = k.client_id AND c.merged_into = k.contact_id
        WHERE c.same_as IS NULL
        """,
        [[client for client, _ in contacts], [contact for _, contact in contacts]],
    )
    names = ContactRow.__struct_fields__
    return [(row[0], ContactRow(**dict(zip(names, row[1:], strict=True)))) for row in rows]


class MergeRow(msgspec.Struct):
    """A row of `contact_merges`."""

    client_id: UUID
    merge_id: UUID
    winner_id: UUID
    loser_id: UUID
    reason: str
    merged_by: UUID | None
    merged_at: datetime


async def insert_merges(transaction: Transaction, merges: Iterable[MergeRow]) -> None:
    """Note which contact went into which, and why."""
    await insert_rows(transaction, "contact_merges", list(merges))
