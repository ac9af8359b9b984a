"""SQL of what people mark contacts with. The rows of all persons of a contact count together (contact_lists).

Each takes the version that the word has among those of records (`ledger.marks`).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from convertos.core.database import Transaction
from convertos.ledger.store.parting import Found

_ALL = "client_id = %(client)s AND (contact_id = %(contact)s OR merged_into = %(contact)s)"
_IS_IT = "contact_id = %(contact)s"


def _of(contact: Found) -> dict[str, Any]:
    return {"client": contact.client_id, "contact": contact.contact_id}


async def timezone_of(transaction: Transaction, client_id: UUID) -> str:
    """Where a client is."""
    return str(await transaction.scalar("SELECT timezone FROM clients WHERE client_id = %s", (client_id,)))


async def write_tags(transaction: Transaction, contact: Found, tags: list[str], version: str) -> None:
    """Let a contact have these tags and no others."""
    await transaction.send(
        f"""
        UPDATE contacts SET tags = CASE WHEN {_IS_IT} THEN %(tags)s ELSE '{{}}'::text[] END,
            mark_versions = mark_versions || jsonb_build_object('tags', %(version)s::text)
        WHERE {_ALL}
        """,
        _of(contact) | {"tags": tags, "version": version},
    )


async def write_subscription(transaction: Transaction, contact: Found, status: str, version: str) -> None:
    """Note whether a contact wants to be written to."""
    await transaction.send(
        f"""
        UPDATE contacts SET subscription_status = CASE WHEN {_IS_IT} THEN %(status)s ELSE 'unknown' END,
            mark_versions = mark_versions || jsonb_build_object('subscription_status', %(version)s::text)
        WHERE {_ALL}
        """,
        _of(contact) | {"status": status, "version": version},
    )


async def write_custom_fields(
    transaction: Transaction, contact: Found, fields: Mapping[str, Any], version: str
) -> None:
    """Set some fields of a contact; `None` takes one away."""
    kept = {name: value for name, value in fields.items() if value is not None}
    await transaction.send(
        f"""
        UPDATE contacts
        SET custom_fields = (custom_fields - %(names)s::text[])
            || CASE WHEN {_IS_IT} THEN %(fields)s ELSE '{{}}'::jsonb END,
            mark_versions = mark_versions || %(versions)s
        WHERE {_ALL}
        """,
        _of(contact)
        | {
            "names": list(fields),
            "fields": Jsonb(kept),
            "versions": Jsonb({f"field:{name}": version for name in fields}),
        },
    )
