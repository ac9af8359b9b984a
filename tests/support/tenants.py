"""Ways to make organizations, clients and connections for a test; each test has its own."""

import secrets
from dataclasses import dataclass
from uuid import UUID

from psycopg.types.json import Jsonb

from convertos.connections.directory import belongs_to
from convertos.core.database import Database, Role, TenantScope
from convertos.core.ids import new_id
from convertos.core.installation import Installation
from convertos.platforms import platform_of


@dataclass(frozen=True)
class Tenant:
    """One organization with one client."""

    organization_id: UUID
    client_id: UUID

    @property
    def scope(self) -> TenantScope:
        return TenantScope(self.organization_id, (self.client_id,))


@dataclass(frozen=True)
class Source:
    """One connection of a client, with its secret."""

    client_id: UUID
    connection_id: UUID
    store_id: UUID
    public_id: str
    secret: str
    type: str


async def make_tenant(
    database: Database, *, timezone: str = "Europe/Athens", currency: str = "EUR"
) -> Tenant:
    organization_id, client_id = new_id(), new_id()
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute(
            "INSERT INTO organizations (organization_id, name) VALUES (%s, 'Agency')", (organization_id,)
        )
        await transaction.execute(
            """
            INSERT INTO clients (organization_id, client_id, name, slug, timezone, currency)
            VALUES (%s, %s, 'Shop', %s, %s, %s)
            """,
            (organization_id, client_id, f"shop-{client_id.hex[-8:]}", timezone, currency),
        )
    return Tenant(organization_id, client_id)


async def make_source(
    database: Database,
    installation: Installation,
    tenant: Tenant,
    connection_type: str = "woocommerce",
    *,
    domain: str | None = None,
    secret: str | None = None,
    config: dict[str, object] | None = None,
) -> Source:
    platform = platform_of(connection_type)
    assert platform is not None
    domain = domain or f"shop-{secrets.token_hex(4)}.example"
    secret = secret or secrets.token_hex(32)
    connection_id = new_id()
    public_id = f"{platform.id_prefix}_{secrets.token_hex(12)}"
    owner = belongs_to(tenant.client_id, connection_id, "secret")
    ciphertext = installation.vault.encrypt(secret.encode(), owner)
    async with database.transaction(role=Role.WORKER) as transaction:
        store_id = await transaction.scalar(
            """
            INSERT INTO stores (client_id, store_id, platform, domain) VALUES (%s, %s, %s, %s)
            ON CONFLICT (client_id, platform, domain) DO UPDATE SET domain = excluded.domain RETURNING store_id
            """,
            (tenant.client_id, new_id(), platform.store_platform, domain),
        )
        await transaction.execute(
            """
            INSERT INTO connections (client_id, connection_id, organization_id, public_id, store_id, type, name,
                                     domain, config)
            VALUES (%s, %s, %s, %s, %s, %s, 'Connection', %s, %s)
            """,
            (
                tenant.client_id,
                connection_id,
                tenant.organization_id,
                public_id,
                store_id,
                connection_type,
                domain,
                Jsonb(config or {}),
            ),
        )
        await transaction.execute(
            """
            INSERT INTO connection_secrets (client_id, connection_id, secret_id, ciphertext)
            VALUES (%s, %s, %s, %s)
            """,
            (tenant.client_id, connection_id, new_id(), ciphertext),
        )
    return Source(tenant.client_id, connection_id, store_id, public_id, secret, connection_type)
