"""The walls between tenants under load: many at once, over few connections, with errors and cancellations."""

import asyncio
import random
from contextlib import suppress
from uuid import UUID

import pytest
from tests.support.tenants import Tenant, make_tenant

from convertos.core.database import Database, Role, TenantScope
from convertos.core.ids import new_id

_COROUTINES = 64
_ROUNDS = 15


class _OnPurposeError(Exception):
    pass


async def _stores(database: Database, scope: TenantScope) -> set[UUID]:
    async with database.transaction(scope) as transaction:
        rows = await transaction.tuples("SELECT client_id FROM stores")
    return {row[0] for row in rows}


async def _write(database: Database, tenant: Tenant, chance: random.Random) -> None:
    async with database.transaction(tenant.scope) as transaction:
        await transaction.execute(
            "INSERT INTO stores (client_id, store_id, platform, domain) VALUES (%s, %s, 'woocommerce', %s)",
            (tenant.client_id, new_id(), f"{new_id().hex}.example"),
        )
        if chance.random() < 0.5:
            raise _OnPurposeError
        if chance.random() < 0.3:
            await transaction.execute("SELECT 1 / 0")


async def _hammer(database: Database, tenant: Tenant, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(_ROUNDS):
        act = chance.randrange(4)
        if act == 0:
            with suppress(Exception):
                await _write(database, tenant, chance)
        elif act == 1:
            task = asyncio.create_task(_write(database, tenant, chance))
            await asyncio.sleep(chance.random() / 200)
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task
        else:
            assert await _stores(database, tenant.scope) <= {tenant.client_id}


async def test_two_tenants_never_see_each_other_over_shared_connections(
    database: Database,
) -> None:
    """Whatever fails or is cancelled in between, a connection brings no tenant's rows to the next."""
    tenants = [await make_tenant(database) for _ in range(2)]
    await asyncio.gather(
        *(_hammer(database, tenant, seed) for tenant in tenants for seed in range(_COROUTINES))
    )
    for tenant in tenants:
        assert await _stores(database, tenant.scope) == {tenant.client_id}
    assert await _stores(database, TenantScope(None, ())) == set()


async def test_a_write_into_another_tenant_is_refused(database: Database, tenant: Tenant) -> None:
    """Even a query that forgets its filter can't put a row where it does not belong."""
    other = await make_tenant(database)
    with pytest.raises(Exception, match="row-level security"):
        async with database.transaction(tenant.scope) as transaction:
            await transaction.execute(
                "INSERT INTO stores (client_id, store_id, platform, domain) VALUES (%s, %s, 'x', 'x')",
                (other.client_id, new_id()),
            )


async def test_a_reference_into_another_tenant_is_refused(database: Database, tenant: Tenant) -> None:
    """A row can't point to another tenant's, although row-level security does not look at references."""
    other = await make_tenant(database)
    store_id = new_id()
    async with database.transaction(other.scope) as transaction:
        await transaction.execute(
            "INSERT INTO stores (client_id, store_id, platform, domain) VALUES (%s, %s, 'x', 'x')",
            (other.client_id, store_id),
        )
    with pytest.raises(Exception, match="foreign key"):
        async with database.transaction(role=Role.WORKER) as transaction:
            await transaction.execute(
                """
                INSERT INTO connections (client_id, connection_id, organization_id, public_id, store_id, type, name)
                VALUES (%s, %s, %s, %s, %s, 'woocommerce', 'x')
                """,
                (tenant.client_id, new_id(), tenant.organization_id, new_id().hex, store_id),
            )
