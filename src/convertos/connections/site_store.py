"""All SQL of what a site and the house tell each other: its key, its software, its field mapping."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from convertos.core.database import Transaction


async def find_by_key(transaction: Transaction, key_hash: bytes) -> dict[str, Any] | None:
    """The living connection that a key belongs to, with its unexpired secrets.

    Serves the ingest role, before a tenant is known.
    """
    rows = await transaction.rows(
        """
        SELECT c.client_id, c.connection_id, c.organization_id, c.public_id, c.store_id, c.type, c.name,
               c.domain, c.status, c.allowed_networks, c.config,
               coalesce(array_agg(s.ciphertext ORDER BY s.secret_id DESC)
                        FILTER (WHERE s.secret_id IS NOT NULL), '{}') AS ciphertexts
        FROM connections c
        LEFT JOIN connection_secrets s
            ON s.client_id = c.client_id AND s.connection_id = c.connection_id
            AND (s.expires_at IS NULL OR s.expires_at > now())
        WHERE c.api_key_hash = %s AND c.status <> 'deleted'
        GROUP BY c.client_id, c.connection_id
        """,
        (key_hash,),
    )
    return rows[0] if rows else None


async def set_key(transaction: Transaction, client_id: UUID, connection_id: UUID, key_hash: bytes) -> int:
    """Give a connection its key; the one before it ends. Returns how many connections were found."""
    return await transaction.execute(
        "UPDATE connections SET api_key_hash = %s WHERE client_id = %s AND connection_id = %s",
        (key_hash, client_id, connection_id),
    )


class SiteSoftware(msgspec.Struct, frozen=True):
    """What runs on a site: names such as `plugin`, `wordpress`, `php` to versions and words."""

    client_id: UUID
    connection_id: UUID
    software: dict[str, str]
    told_at: datetime


async def write_software(transaction: Transaction, told: SiteSoftware) -> None:
    """Note what runs on a site; what is known already is written again after a minute only."""
    await transaction.execute(
        """
        INSERT INTO site_software AS s (client_id, connection_id, software, told_at)
        VALUES (%s, %s, %s, %s)
        ON CONFLICT (client_id, connection_id) DO UPDATE
            SET software = excluded.software, told_at = excluded.told_at
            WHERE s.software <> excluded.software OR s.told_at < excluded.told_at - interval '1 minute'
        """,
        (told.client_id, told.connection_id, Jsonb(told.software), told.told_at),
    )


async def find_software(transaction: Transaction, connection_ids: Sequence[UUID]) -> list[SiteSoftware]:
    """What runs on some sites of the scope, where it was told."""
    return await transaction.fetch(
        SiteSoftware,
        """
        SELECT client_id, connection_id, software, told_at FROM site_software
        WHERE client_id = ANY (%s) AND connection_id = ANY (%s)
        """,
        (list(transaction.scope.client_ids), list(connection_ids)),
    )


class StoredMapping(msgspec.Struct, frozen=True):
    """A connection's field mapping.

    Attributes:
        version: counts its changes; the first is 1.
        rules: as `platforms.wordpress.field_rules` reads them.
    """

    version: int
    rules: list[dict[str, Any]]
    changed_at: datetime


async def find_mapping(transaction: Transaction, connection_id: UUID) -> StoredMapping | None:
    """The field mapping of a connection of the scope, where it has one."""
    return await transaction.fetch_one(
        StoredMapping,
        """
        SELECT version, rules, changed_at FROM field_mappings
        WHERE client_id = ANY (%s) AND connection_id = %s
        """,
        (list(transaction.scope.client_ids), connection_id),
    )


async def write_mapping(
    transaction: Transaction, client_id: UUID, connection_id: UUID, mapping: StoredMapping
) -> bool:
    """Write a mapping in the place of the one before it; returns whether that was still the one there."""
    written = await transaction.execute(
        """
        INSERT INTO field_mappings AS m (client_id, connection_id, version, rules, changed_at)
        VALUES (%(client)s, %(connection)s, %(version)s, %(rules)s, %(changed_at)s)
        ON CONFLICT (client_id, connection_id) DO UPDATE
            SET version = excluded.version, rules = excluded.rules, changed_at = excluded.changed_at
            WHERE m.version = excluded.version - 1
        """,
        {
            "client": client_id,
            "connection": connection_id,
            "version": mapping.version,
            "rules": Jsonb(mapping.rules),
            "changed_at": mapping.changed_at,
        },
    )
    return written == 1
