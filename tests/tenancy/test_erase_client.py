"""Erasing a client with everything of it."""

import pytest
from tests.contracts.strangers import rows_of
from tests.support.callers import console, key_of, program_of
from tests.support.house import House
from tests.support.recordings import deliver
from tests.support.tenants import Source, Tenant, make_source, make_tenant

from convertos.connections.directory import Directory
from convertos.core.database import Database, Role
from convertos.core.errors import InvalidError
from convertos.core.installation import Installation
from convertos.platforms import Locator
from convertos.tenancy.clients import add_client, erase
from convertos.tenancy.erase_client import erase_everything
from convertos.tenancy.store import erasure

pytestmark = pytest.mark.usefixtures("nothing_waits")

KEPT = ("audit_log.client_id",)


async def order_erasure(database: Database, tenant: Tenant) -> None:
    async with database.transaction(tenant.scope) as transaction:
        slug = await transaction.scalar("SELECT slug FROM clients WHERE client_id = %s", (tenant.client_id,))
        await erase(transaction, console(tenant), tenant.client_id, slug)


async def clients_rows(database: Database, tenant: Tenant) -> dict[str, int]:
    """The rows of the client, but for what is kept on purpose."""
    rows = await rows_of(database, tenant)
    return {name: count for name, count in rows.items() if name.endswith(".client_id") and name not in KEPT}


async def test_nothing_of_the_client_is_left_and_nothing_else_is_touched(
    house: House, database: Database, tenant: Tenant, shop: Source
) -> None:
    """Every table forgets the client; another client of the same house keeps every row."""
    other = await make_tenant(database)
    await deliver(house, shop, 60)
    await deliver(house, await make_source(database, house.installation, other), 60)
    before = await rows_of(database, other)
    assert (await clients_rows(database, tenant))["orders.client_id"] > 0
    assert (await clients_rows(database, tenant))["receipts.client_id"] > 0
    await order_erasure(database, tenant)
    assert await erase_everything(database, tenant.client_id, is_last=False, rows_at_once=7)
    assert {name for name, count in (await clients_rows(database, tenant)).items() if count} == {
        "clients.client_id"
    }
    assert await erase_everything(database, tenant.client_id, is_last=True)
    assert not any((await clients_rows(database, tenant)).values())
    assert await rows_of(database, other) == before


async def test_it_goes_on_where_it_was_stopped(
    house: House, database: Database, tenant: Tenant, shop: Source
) -> None:
    """A worker that dies in the middle costs nothing: the next one finishes."""
    await deliver(house, shop, 60)
    await order_erasure(database, tenant)
    async with database.transaction(role=Role.WORKER) as transaction:
        tables = await erasure.tables_of_clients(transaction)
        for table in tables[:3]:
            await erasure.erase_some(transaction, table, tenant.client_id, 5)
    for _ in range(2):
        await erase_everything(database, tenant.client_id, is_last=True)
    assert not any((await clients_rows(database, tenant)).values())


async def test_a_living_client_is_never_erased(database: Database, tenant: Tenant) -> None:
    """A job with another client's id does nothing: only what somebody ordered is erased."""
    before = await rows_of(database, tenant)
    assert not await erase_everything(database, tenant.client_id, is_last=True)
    assert await rows_of(database, tenant) == before


async def test_the_confirmation_is_the_slug(database: Database, tenant: Tenant) -> None:
    """Nobody erases a client by accident."""
    with pytest.raises(InvalidError):
        async with database.transaction(tenant.scope) as transaction:
            await erase(transaction, console(tenant), tenant.client_id, "yes")


async def test_its_door_is_shut_at_once(
    database: Database, installation: Installation, tenant: Tenant, shop: Source
) -> None:
    """No delivery comes in for a client that is being erased."""
    directory = Directory(database, installation.vault)
    assert len(await directory.find_afresh(Locator(shop.public_id))) == 1
    await order_erasure(database, tenant)
    assert await directory.find_afresh(Locator(shop.public_id)) == []


async def test_its_name_is_free_and_nobody_s_reach_grows(
    database: Database, installation: Installation, tenant: Tenant
) -> None:
    """A new client may have the slug; a key for the erased one alone reaches nothing, not everything."""
    await key_of(database, installation, tenant, client_ids=[tenant.client_id])
    async with database.transaction(tenant.scope) as transaction:
        first = await add_client(transaction, console(tenant), name="Noir", timezone="Europe/Athens")
    scope = Tenant(tenant.organization_id, first.client_id)
    await order_erasure(database, scope)
    await order_erasure(database, tenant)
    async with database.transaction(tenant.scope) as transaction:
        second = await add_client(transaction, console(tenant), name="Noir", timezone="Europe/Athens")
    assert (first.slug, second.slug) == ("noir", "noir")
    await erase_everything(database, tenant.client_id, is_last=True)
    async with database.transaction(tenant.scope) as transaction:
        assert await transaction.scalar("SELECT client_ids FROM api_keys") == []


async def test_the_queue_does_it_all(house: House, database: Database, tenant: Tenant, shop: Source) -> None:
    """Who sends the slug needs to do nothing more: the worker's jobs erase everything."""
    await deliver(house, shop, 60)
    async with await program_of(house, database, tenant) as http:
        client = (await http.get(f"/api/clients/{tenant.client_id}")).json()["client"]
        answer = await http.delete(f"/api/clients/{client['id']}", params={"confirm": client["slug"]})
        again = await http.get(f"/api/clients/{tenant.client_id}")
    assert (answer.status_code, answer.json()["client"]["status"]) == (202, "erasing")
    assert again.status_code == 404
    for _ in range(2):
        await house.run_jobs()
        async with database.transaction(role=Role.WORKER) as transaction:
            await transaction.execute(
                "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"
            )
    assert not any((await clients_rows(database, tenant)).values())
