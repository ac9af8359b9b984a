"""SQL that finds people and orders by what somebody typed.

Under row-level security an index is used for equality and ranges alone, so addresses, phones and numbers are
looked up by those; a part of a name is looked for in the names themselves.
"""

from uuid import UUID

from convertos.core.database import Transaction
from convertos.ledger.store.listing import Condition

MOST = 500
"""So many people at most are looked at where a search fits many: those who were seen last."""

_AFTER_ANY = "\U0010ffff"


def _clients(transaction: Transaction) -> list[UUID]:
    return list(transaction.scope.client_ids)


async def _known_by(transaction: Transaction, kind: str, beginning: str) -> list[UUID]:
    """Contacts with an identifier of a kind that begins so."""
    rows = await transaction.tuples(
        """
        SELECT DISTINCT contact_id FROM contact_identifiers
        WHERE client_id = ANY (%(clients)s) AND kind = %(kind)s
          AND value >= %(first)s AND value < %(last)s
        LIMIT %(most)s
        """,
        {
            "clients": _clients(transaction),
            "kind": kind,
            "first": beginning,
            "last": beginning + _AFTER_ANY,
            "most": MOST,
        },
    )
    return [row[0] for row in rows]


def _phone(text: str) -> str | None:
    """The beginning of a phone in its one spelling; `None` for what is none."""
    bare = "".join(character for character in text if character not in " ()-./")
    return bare if bare.startswith("+") and bare[1:].isdecimal() and len(bare) > 3 else None


async def contacts_that_fit(transaction: Transaction, text: str) -> list[UUID]:
    """At most `MOST` contacts whose name or e-mail address holds a text, or whose phone begins with it."""
    found = await _by_identifier(transaction, text)
    if found is not None:
        return found
    rows = await transaction.tuples(
        """
        SELECT f.contact_id FROM clients c CROSS JOIN LATERAL (
            SELECT contact_id, last_seen_at FROM contacts t
            WHERE t.client_id = c.client_id AND merged_into IS NULL
              AND (strpos(name_key, %(text)s) > 0 OR strpos(email, %(text)s) > 0)
            ORDER BY last_seen_at DESC LIMIT %(most)s
        ) f
        WHERE c.client_id = ANY (%(clients)s) ORDER BY f.last_seen_at DESC LIMIT %(most)s
        """,
        {"clients": _clients(transaction), "text": text.casefold(), "most": MOST},
    )
    return [row[0] for row in rows]


async def _by_identifier(transaction: Transaction, text: str) -> list[UUID] | None:
    if "@" in text:
        return await _known_by(transaction, "email", text.strip().lower())
    if (phone := _phone(text)) is not None:
        return await _known_by(transaction, "phone", phone)
    return None


async def contact_conditions(transaction: Transaction, text: str) -> list[Condition]:
    """What a list of contacts is narrowed to by a search: also whoever placed the order of that number."""
    found = await _by_identifier(transaction, text)
    if found is not None:
        return [Condition("t.contact_id = ANY (%(known)s)", {"known": found})]
    numbered = await orders_with_number(transaction, text)
    rows = await transaction.tuples(
        """
        SELECT DISTINCT contact_id FROM orders
        WHERE client_id = ANY (%s) AND order_id = ANY (%s) AND contact_id IS NOT NULL
        """,
        (_clients(transaction), numbered),
    )
    return [
        Condition(
            "strpos(t.name_key, %(text)s) > 0 OR strpos(t.email, %(text)s) > 0 OR t.contact_id = ANY (%(known)s)",
            {"text": text.casefold(), "known": [row[0] for row in rows]},
        )
    ]


async def orders_with_number(transaction: Transaction, text: str) -> list[UUID]:
    """Orders with exactly this number, as people write it (`#1001`), or as their shop's programs do."""
    bare = text.strip().removeprefix("#")
    rows = await transaction.tuples(
        """
        SELECT o.order_id FROM stores s
        JOIN orders o ON o.client_id = s.client_id AND o.store_id = s.store_id AND o.external_id = ANY (%(numbers)s)
        WHERE s.client_id = ANY (%(clients)s)
        UNION
        SELECT order_id FROM orders
        WHERE client_id = ANY (%(clients)s) AND number = ANY (%(numbers)s) AND number <> external_id
        LIMIT %(most)s
        """,
        {"clients": _clients(transaction), "numbers": [bare, f"#{bare}"], "most": MOST},
    )
    return [row[0] for row in rows]
