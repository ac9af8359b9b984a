"""All SQL of connections, their secrets and stores."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from convertos.connections.model import Connection
from convertos.core.database import Transaction
from convertos.platforms import Locator

_COLUMNS = """client_id, connection_id, organization_id, public_id, store_id, type, name, domain, status,
    allowed_networks, config, created_at, deleted_at"""


async def door_connections(transaction: Transaction, locators: Sequence[Locator]) -> list[dict[str, Any]]:
    """What the door needs of the connections at some places, with all their unexpired secrets.

    Serves the ingest role, before a tenant is known.
    """
    return await transaction.rows(
        """
        SELECT c.client_id, c.connection_id, c.public_id, c.domain, c.type, c.allowed_networks, c.config,
               array_agg(s.ciphertext ORDER BY s.secret_id DESC) AS ciphertexts,
               array_agg(s.expires_at ORDER BY s.secret_id DESC) AS expirations
        FROM connections c
        JOIN connection_secrets s USING (client_id, connection_id)
        WHERE c.status <> 'deleted'
          AND (c.public_id = ANY (%(public_ids)s) OR c.domain = ANY (%(domains)s))
          AND (s.expires_at IS NULL OR s.expires_at > now())
        GROUP BY c.client_id, c.connection_id
        """,
        {
            "public_ids": [locator.public_id for locator in locators if locator.public_id],
            "domains": [locator.domain for locator in locators if locator.domain],
        },
    )


async def insert_connection(transaction: Transaction, connection: Connection) -> None:
    """Write a new connection of a client of the scope."""
    await transaction.execute(
        f"""
        INSERT INTO connections ({_COLUMNS})
        VALUES (%(client_id)s, %(connection_id)s, %(organization_id)s, %(public_id)s, %(store_id)s, %(type)s,
                %(name)s, %(domain)s, %(status)s, %(allowed_networks)s, %(config)s, %(created_at)s, NULL)
        """,
        {name: getattr(connection, name) for name in connection.__struct_fields__}
        | {"config": Jsonb(connection.config)},
    )


async def ensure_store(
    transaction: Transaction, *, client_id: UUID, store_id: UUID, platform: str, domain: str
) -> UUID:
    """The client's store of a platform at a domain, made with the given id where there is none yet."""
    found = await transaction.scalar(
        """
        INSERT INTO stores (client_id, store_id, platform, domain)
        VALUES (%s, %s, %s, %s)
        ON CONFLICT (client_id, platform, domain) DO UPDATE SET domain = excluded.domain
        RETURNING store_id
        """,
        (client_id, store_id, platform, domain),
    )
    return UUID(str(found))


async def insert_secret(
    transaction: Transaction,
    *,
    client_id: UUID,
    connection_id: UUID,
    secret_id: UUID,
    ciphertext: bytes,
) -> None:
    """Write a secret that verifies from now on."""
    await transaction.execute(
        """
        INSERT INTO connection_secrets (client_id, connection_id, secret_id, ciphertext)
        VALUES (%s, %s, %s, %s)
        """,
        (client_id, connection_id, secret_id, ciphertext),
    )


async def expire_secrets(
    transaction: Transaction,
    client_id: UUID,
    connection_id: UUID,
    at: datetime,
    keep: int,
) -> None:
    """Let a connection's secrets end at an instant or before; keep only the newest few."""
    await transaction.execute(
        """
        WITH ranked AS (
            SELECT secret_id, row_number() OVER (ORDER BY secret_id DESC) AS place
            FROM connection_secrets WHERE client_id = %(client)s AND connection_id = %(connection)s
        ), dropped AS (
            DELETE FROM connection_secrets s USING ranked r
            WHERE s.client_id = %(client)s AND s.connection_id = %(connection)s
              AND s.secret_id = r.secret_id AND r.place > %(keep)s
        )
        UPDATE connection_secrets SET expires_at = least(coalesce(expires_at, %(at)s), %(at)s)
        WHERE client_id = %(client)s AND connection_id = %(connection)s
          AND secret_id IN (SELECT secret_id FROM ranked WHERE place <= %(keep)s)
        """,
        {"client": client_id, "connection": connection_id, "at": at, "keep": keep},
    )


async def newest_secret(transaction: Transaction, connection: Connection) -> bytes | None:
    """The ciphertext of the secret that is handed out; `None` where there is none."""
    found: bytes | None = await transaction.scalar(
        """
        SELECT ciphertext FROM connection_secrets
        WHERE client_id = %s AND connection_id = %s AND expires_at IS NULL
        ORDER BY secret_id DESC LIMIT 1
        """,
        (connection.client_id, connection.connection_id),
    )
    return found


async def newest_secret_id(transaction: Transaction, connection: Connection) -> UUID:
    """Which secret is handed out."""
    found: UUID = await transaction.scalar(
        """
        SELECT secret_id FROM connection_secrets
        WHERE client_id = %s AND connection_id = %s AND expires_at IS NULL
        ORDER BY secret_id DESC LIMIT 1
        """,
        (connection.client_id, connection.connection_id),
    )
    return found


async def find_any_connection(
    transaction: Transaction, client_id: UUID, connection_id: UUID
) -> Connection | None:
    """A connection of a client, also a deleted one: to clean up behind it."""
    return await transaction.fetch_one(
        Connection,
        f"SELECT {_COLUMNS} FROM connections WHERE client_id = %s AND connection_id = %s",
        (client_id, connection_id),
    )


async def connection_by_public_id(transaction: Transaction, public_id: str) -> Connection | None:
    """A living connection of any tenant by its public id. Serves the worker role: the operator's console."""
    return await transaction.fetch_one(
        Connection,
        f"SELECT {_COLUMNS} FROM connections WHERE public_id = %s AND status <> 'deleted'",
        (public_id,),
    )


async def connection_at(
    transaction: Transaction, client_id: UUID, connection_type: str, domain: str
) -> Connection | None:
    """A client's living connection of a type at a domain; the oldest, where there are several."""
    return await transaction.fetch_one(
        Connection,
        f"""
        SELECT {_COLUMNS} FROM connections
        WHERE client_id = %s AND type = %s AND domain = %s AND status <> 'deleted'
        ORDER BY connection_id LIMIT 1
        """,
        (client_id, connection_type, domain),
    )


async def list_connections(transaction: Transaction, after: UUID | None, limit: int) -> list[Connection]:
    """Living connections of the scope's clients, oldest first, from after one on."""
    return await transaction.fetch(
        Connection,
        f"""
        SELECT {_COLUMNS} FROM connections
        WHERE client_id = ANY (%(clients)s) AND status <> 'deleted'
          AND (%(after)s::uuid IS NULL OR connection_id > %(after)s)
        ORDER BY connection_id LIMIT %(limit)s
        """,
        {"clients": list(transaction.scope.client_ids), "after": after, "limit": limit},
    )


async def find_connection(transaction: Transaction, connection: str) -> Connection | None:
    """A living connection of the scope by its id or its public id."""
    return await transaction.fetch_one(
        Connection,
        f"""
        SELECT {_COLUMNS} FROM connections
        WHERE client_id = ANY (%(clients)s) AND status <> 'deleted'
          AND (public_id = %(id)s OR connection_id::text = %(id)s)
        """,
        {"clients": list(transaction.scope.client_ids), "id": connection},
    )


async def set_status(transaction: Transaction, client_id: UUID, connection_id: UUID, status: str) -> None:
    """Pause, resume or delete a connection; a deleted one keeps its row, because receipts name it."""
    await transaction.execute(
        """
        UPDATE connections SET status = %(status)s,
            deleted_at = CASE WHEN %(status)s = 'deleted' THEN now() END
        WHERE client_id = %(client)s AND connection_id = %(connection)s
        """,
        {"status": status, "client": client_id, "connection": connection_id},
    )


async def update_connection(transaction: Transaction, connection: Connection) -> None:
    """Write what can be changed of a connection: name, status, networks, switches."""
    await transaction.execute(
        """
        UPDATE connections SET name = %(name)s, status = %(status)s, config = %(config)s,
            allowed_networks = %(networks)s
        WHERE client_id = %(client)s AND connection_id = %(connection)s
        """,
        {
            "name": connection.name,
            "status": connection.status,
            "config": Jsonb(connection.config),
            "networks": connection.allowed_networks,
            "client": connection.client_id,
            "connection": connection.connection_id,
        },
    )
