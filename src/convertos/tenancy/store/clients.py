"""SQL of clients. They belong to an organization, so the wall around them is the organization's."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from convertos.core.database import Transaction
from convertos.tenancy.model import Client

_COLUMNS = """organization_id, client_id, name, slug, domain, timezone, currency, status, lookback_days,
    excludes_tax, excludes_shipping, high_value_threshold, source_aliases, own_domains, created_at"""


async def insert_client(transaction: Transaction, client: Client) -> bool:
    """Write a new client; returns `False` where its slug is taken."""
    inserted = await transaction.execute(
        f"""
        INSERT INTO clients ({_COLUMNS})
        VALUES (%(organization_id)s, %(client_id)s, %(name)s, %(slug)s, %(domain)s, %(timezone)s, %(currency)s,
                %(status)s, %(lookback_days)s, %(excludes_tax)s, %(excludes_shipping)s, %(high_value_threshold)s,
                %(source_aliases)s, %(own_domains)s, %(created_at)s)
        ON CONFLICT (organization_id, slug) DO NOTHING
        """,
        {name: getattr(client, name) for name in client.__struct_fields__}
        | {"source_aliases": Jsonb(client.source_aliases)},
    )
    return inserted == 1


async def list_clients(transaction: Transaction, after: UUID | None, limit: int) -> list[Client]:
    """The scope's clients, oldest first."""
    return await transaction.fetch(
        Client,
        f"""
        SELECT {_COLUMNS} FROM clients
        WHERE organization_id = %(organization)s AND client_id = ANY (%(clients)s)
          AND (%(after)s::uuid IS NULL OR client_id > %(after)s)
        ORDER BY client_id LIMIT %(limit)s
        """,
        {
            "organization": transaction.scope.organization_id,
            "clients": list(transaction.scope.client_ids),
            "after": after,
            "limit": limit,
        },
    )


_FIND = f"""
    SELECT {_COLUMNS} FROM clients
    WHERE organization_id = %s AND client_id = %s AND client_id = ANY (%s)"""


async def find_client(transaction: Transaction, client_id: UUID) -> Client | None:
    """One client of the scope."""
    return await transaction.fetch_one(Client, _FIND, _one(transaction, client_id))


async def lock_client(transaction: Transaction, client_id: UUID) -> Client | None:
    """One client of the scope, which nobody else changes until the transaction ends."""
    return await transaction.fetch_one(Client, f"{_FIND} FOR UPDATE", _one(transaction, client_id))


def _one(transaction: Transaction, client_id: UUID) -> tuple[Any, ...]:
    return (transaction.scope.organization_id, client_id, list(transaction.scope.client_ids))


_CHANGEABLE = (
    "name",
    "domain",
    "timezone",
    "lookback_days",
    "excludes_tax",
    "excludes_shipping",
    "high_value_threshold",
    "source_aliases",
    "own_domains",
)


async def update_client(transaction: Transaction, client_id: UUID, changes: Mapping[str, Any]) -> None:
    """Set some columns of a client."""
    values = {name: changes[name] for name in _CHANGEABLE if name in changes}
    if "source_aliases" in values:
        values["source_aliases"] = Jsonb(values["source_aliases"])
    settings = ", ".join(f"{name} = %({name})s" for name in values)
    await transaction.execute(
        f"UPDATE clients SET {settings} WHERE organization_id = %(organization)s AND client_id = %(client)s",
        values | {"organization": transaction.scope.organization_id, "client": client_id},
    )


async def mark_erasing(transaction: Transaction, client_id: UUID) -> None:
    """Take a client out of everybody's reach; its slug is free again, and its connections are no more."""
    parameters = {"organization": transaction.scope.organization_id, "client": client_id}
    await transaction.execute(
        """
        UPDATE connections SET status = 'deleted', deleted_at = now()
        WHERE client_id = %(client)s AND organization_id = %(organization)s AND status <> 'deleted'
        """,
        parameters,
    )
    await transaction.execute(
        """
        UPDATE clients SET status = 'erasing', slug = 'erasing-' || client_id
        WHERE organization_id = %(organization)s AND client_id = %(client)s
        """,
        parameters,
    )
