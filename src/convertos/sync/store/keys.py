"""SQL of the keys of stores, encrypted."""

from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from convertos.core.database import Transaction


class StoredKeys(msgspec.Struct, frozen=True, kw_only=True):
    """The way into a store.

    Attributes:
        address: of the shop, such as `https://shop.example/store`.
        remembered, details, cautions: what the last test found (`platforms.remote.Verdict`).
        refused: why the store takes the keys no longer.
    """

    address: str
    ciphertext: bytes
    remembered: dict[str, Any]
    details: dict[str, str]
    cautions: list[dict[str, str]]
    refused: str | None


async def write_access(
    transaction: Transaction, client_id: UUID, connection_id: UUID, keys: StoredKeys
) -> None:
    """Keep the way into a connection's store in place of the one before."""
    await transaction.execute(
        """
        INSERT INTO connection_keys (client_id, connection_id, address, ciphertext, remembered, details, cautions)
        VALUES (%s, %s, %s, %b, %s, %s, %s)
        ON CONFLICT (client_id, connection_id) DO UPDATE SET
            address = excluded.address, ciphertext = excluded.ciphertext, remembered = excluded.remembered,
            details = excluded.details, cautions = excluded.cautions, refused = NULL, updated_at = now()
        """,
        (
            client_id,
            connection_id,
            keys.address,
            keys.ciphertext,
            Jsonb(keys.remembered),
            Jsonb(keys.details),
            Jsonb(keys.cautions),
        ),
    )


async def read_access(transaction: Transaction, client_id: UUID, connection_id: UUID) -> StoredKeys | None:
    """The way into a connection's store."""
    return await transaction.fetch_one(
        StoredKeys,
        """
        SELECT address, ciphertext, remembered, details, cautions, refused FROM connection_keys
        WHERE client_id = %s AND connection_id = %s
        """,
        (client_id, connection_id),
    )


async def replace_keys(
    transaction: Transaction, client_id: UUID, connection_id: UUID, ciphertext: bytes
) -> None:
    """Keep renewed keys."""
    await transaction.execute(
        """
        UPDATE connection_keys SET ciphertext = %b, refused = NULL, updated_at = now()
        WHERE client_id = %s AND connection_id = %s
        """,
        (ciphertext, client_id, connection_id),
    )


async def lock_keys(transaction: Transaction, client_id: UUID, connection_id: UUID) -> bytes | None:
    """A connection's keys, which nobody else replaces until the transaction ends."""
    found: bytes | None = await transaction.scalar(
        "SELECT ciphertext FROM connection_keys WHERE client_id = %s AND connection_id = %s FOR UPDATE",
        (client_id, connection_id),
    )
    return found


async def note_refusal(
    transaction: Transaction, client_id: UUID, connection_id: UUID, refused: str | None
) -> None:
    """Note why the store refuses a connection's keys; `None` when it takes them."""
    await transaction.execute(
        """
        UPDATE connection_keys SET refused = %(refused)s
        WHERE client_id = %(client)s AND connection_id = %(connection)s
          AND refused IS DISTINCT FROM %(refused)s
        """,
        {"refused": refused, "client": client_id, "connection": connection_id},
    )


async def forget_keys(transaction: Transaction, client_id: UUID, connection_id: UUID) -> None:
    """Delete a connection's keys."""
    await transaction.execute(
        "DELETE FROM connection_keys WHERE client_id = %s AND connection_id = %s", (client_id, connection_id)
    )
