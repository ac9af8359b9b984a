"""Ways to be somebody in a test: the console, and programs with keys."""

from collections.abc import Sequence
from uuid import UUID

import httpx

from convertos.connections.sites import issue_key
from convertos.core.database import Database, Role
from convertos.core.installation import Installation
from convertos.tenancy.keys import make_key
from convertos.tenancy.model import ActorKind, Caller
from convertos.tenancy.rights import Right
from tests.support.house import House
from tests.support.tenants import Source, Tenant


def console(tenant: Tenant) -> Caller:
    """Whoever sits at the machine: may everything."""
    return Caller(
        kind=ActorKind.CONSOLE, actor_id=None, name="console", scope=tenant.scope, rights=frozenset(Right)
    )


async def key_of(
    database: Database,
    installation: Installation,
    tenant: Tenant,
    scopes: Sequence[str] = ("all",),
    client_ids: Sequence[UUID] | None = None,
) -> str:
    """An API key of the tenant's organization."""
    async with database.transaction(tenant.scope) as transaction:
        _, token = await make_key(
            transaction,
            console(tenant),
            installation.token_hasher,
            name="test",
            scopes=scopes,
            client_ids=client_ids,
        )
    return token


async def program_of(
    house: House, database: Database, tenant: Tenant, scopes: Sequence[str] = ("all",)
) -> httpx.AsyncClient:
    """An HTTP client that sends a key of the tenant's organization."""
    key = await key_of(database, house.installation, tenant, scopes)
    return house.http(Authorization=f"Bearer {key}")


async def site_key_of(database: Database, installation: Installation, site: Source) -> str:
    """A key of the entity API for a site."""
    async with database.transaction(role=Role.WORKER) as transaction:
        return await issue_key(transaction, installation.token_hasher, site.client_id, site.connection_id)
