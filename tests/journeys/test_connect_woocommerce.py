"""A merchant connects a WooCommerce store, and everything else happens by itself."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from tests.simulators.woocommerce import RunningShop, run_shop
from tests.support.callers import program_of
from tests.support.house import House
from tests.support.tenants import Tenant, make_tenant

from convertos.core.database import Database, Role

pytestmark = pytest.mark.usefixtures("nothing_waits")


@pytest.fixture
async def shop() -> AsyncIterator[RunningShop]:
    """A store with some history."""
    async with run_shop() as running:
        for number in range(12):
            running.shop.pass_time(hours=20)
            running.shop.add_order(f"{10 + number}.00", "completed")
        running.shop.add_customer()
        running.shop.add_product()
        yield running


@pytest.fixture
async def program(house: House, database: Database, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    async with await program_of(house, database, tenant) as http:
        yield http


def order_of(shop: RunningShop, tenant: Tenant) -> dict[str, Any]:
    key = shop.shop.keys[0]
    return {
        "clientId": str(tenant.client_id),
        "storeUrl": f"{shop.address}/wp-admin/",
        "consumerKey": key.consumer_key,
        "consumerSecret": key.consumer_secret,
    }


async def connect(program: httpx.AsyncClient, shop: RunningShop, tenant: Tenant) -> dict[str, Any]:
    response = await program.post("/api/integrations/woocommerce/connect", json=order_of(shop, tenant))
    assert response.status_code == 201, response.text
    found: dict[str, Any] = response.json()
    return found


async def test_a_first_import_is_proven(
    house: House, program: httpx.AsyncClient, shop: RunningShop, tenant: Tenant
) -> None:
    """After the import the store is compared with what is here, and the figure is shown."""
    connected = await connect(program, shop, tenant)
    path = f"/api/integrations/{connected['integration']['id']}"
    await house.run_jobs()
    await house.settle()
    await _hurry(house)
    await house.run_jobs()
    await _hurry(house)
    await house.run_jobs()
    found = (await program.get(path)).json()["integration"]
    assert (found["completeness"], found["healed"]) == (100.0, 0)
    listed = (await program.get(f"{path}/reconciliations")).json()["reconciliations"]
    assert [(each["reason"], each["status"], each["storeOrders"]) for each in listed] == [
        ("import", "complete", 12)
    ]
    findings = (await program.get(f"{path}/reconciliations/{listed[0]['id']}")).json()["reconciliation"]
    assert (findings["differences"], findings["days"]) == ([], [])


async def test_a_store_is_left_alone_by_day(
    house: House, program: httpx.AsyncClient, shop: RunningShop, tenant: Tenant
) -> None:
    """A schedule in hours of low traffic, in the client's own time."""
    connected = await connect(program, shop, tenant)
    path = f"/api/integrations/{connected['integration']['id']}/schedule"
    wanted = {"everyMinutes": 60, "fromHour": 2, "untilHour": 5}
    changed = (await program.put(path, json=wanted)).json()["schedule"]
    assert (await program.get(path)).json()["schedule"] == changed
    assert changed["nextReconciliationAt"][11:13] in {"00", "01"}
    assert (await program.put(path, json={"fromHour": 2})).status_code == 422


async def _hurry(house: House) -> None:
    """Let jobs that wait for a few seconds be due."""
    async with house.database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute(
            "UPDATE jobs.procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"
        )


async def orders_of(program: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    response = await program.get("/api/orders?limit=200")
    return {order["externalId"]: order for order in response.json()["orders"]}


async def test_from_keys_to_history(
    house: House, program: httpx.AsyncClient, shop: RunningShop, tenant: Tenant
) -> None:
    """After one call with address and keys the store's webhooks stand and its history is here."""
    connected = await connect(program, shop, tenant)
    assert connected["message"] == "Configuration saved! Setting up purchase tracking…"
    assert [caution["code"] for caution in connected["integration"]["cautions"]] == ["plain_http"]
    await house.run_jobs()
    await house.settle()
    topics = {webhook["topic"] for webhook in shop.shop.webhooks.values()}
    assert len(topics) == len(shop.shop.webhooks) == 15
    assert all(len(bytes.fromhex(each["secret"])) == 32 for each in shop.shop.webhooks.values())
    sync = (await program.get(f"/api/syncs/{connected['syncId']}")).json()["sync"]
    assert (sync["status"], sync["percent"]) == ("succeeded", 100.0)
    assert (sync["orders"]["success"], sync["orders"]["synced"]) == (True, 12)
    found = (await program.get(f"/api/integrations/{connected['integration']['id']}")).json()["integration"]
    assert (found["status"], found["syncedOrders"], found["syncedContacts"], found["syncedProducts"]) == (
        "active", 12, 1, 1,
    )  # fmt: skip
    assert len(await orders_of(program)) == 12


async def test_orders_made_in_the_store_appear_here(
    house: House, program: httpx.AsyncClient, shop: RunningShop, tenant: Tenant
) -> None:
    """The store's own deliveries are taken, and the same order that a sync brings is one order."""
    connected = await connect(program, shop, tenant)
    await house.run_jobs()
    number = shop.shop.add_order("77.00")
    assert await shop.deliver(house.base_url) == 16
    await house.settle()
    await program.post(f"/api/integrations/{connected['integration']['id']}/sync", json={"full": True})
    await house.run_jobs()
    await house.settle()
    orders = await orders_of(program)
    assert len(orders) == 13
    assert (orders[str(number)]["total"], orders[str(number)]["seenVia"]) == ("77.00", ["webhook", "sync"])


async def test_a_webhook_that_the_store_switched_off(
    house: House, program: httpx.AsyncClient, shop: RunningShop, tenant: Tenant
) -> None:
    """After seven failures the store switches it off; a check puts it on again and fetches what was missed."""
    connected = await connect(program, shop, tenant)
    await house.run_jobs()
    await shop.deliver(house.base_url)
    webhook = next(each for each in shop.shop.webhooks.values() if each["topic"] == "order.created")
    webhook["secret"] = "somebody changed it by hand"
    shop.shop.now = datetime.now(UTC).replace(microsecond=0)
    missed = [str(shop.shop.add_order()) for _ in range(7)]
    assert await shop.deliver(house.base_url) == 0
    assert webhook["status"] == "disabled"
    setup = {"domain": shop.address, "platform": "woocommerce", "action": "check"}
    answer = (await program.post("/api/webhooks/setup", json=setup)).json()
    assert webhook["status"] == "active"
    assert {each["topic"]: each["health"] for each in answer["webhooks"]}["order.created"] == "degraded"
    state = (await program.get(f"/api/webhooks/setup?domain={shop.address}&platform=woocommerce")).json()
    assert (state["exists"], state["active"], state["health"]) == (True, True, "degraded")
    await house.run_jobs()
    await house.settle()
    assert set(missed) <= set(await orders_of(program))
    syncs = (await program.get(f"/api/integrations/{connected['integration']['id']}/syncs")).json()["syncs"]
    assert [sync["reason"] for sync in syncs] == ["gap", "connect"]
    shop.shop.add_order()
    assert await shop.deliver(house.base_url) == 1


async def test_a_disconnected_store_is_left_as_it_was(
    house: House, program: httpx.AsyncClient, shop: RunningShop, tenant: Tenant
) -> None:
    """Our webhooks are gone from the store, others stay, and what was collected stays here."""
    connected = await connect(program, shop, tenant)
    await house.run_jobs()
    await house.settle()
    shop.shop.webhooks[900] = {
        "id": 900, "topic": "order.created", "status": "active", "failures": 0, "secret": "x",
        "delivery_url": "https://other.example/hook",
    }  # fmt: skip
    response = await program.delete(f"/api/integrations/{connected['integration']['id']}")
    assert response.status_code == 200
    await house.run_jobs()
    assert list(shop.shop.webhooks) == [900]
    assert (await program.get("/api/integrations")).json()["integrations"] == []
    assert len(await orders_of(program)) == 12


async def test_wrong_keys_are_refused_in_words(
    program: httpx.AsyncClient, shop: RunningShop, tenant: Tenant
) -> None:
    """Nothing is kept of a store that did not let us in."""
    body = order_of(shop, tenant) | {"consumerSecret": "cs_wrong"}
    response = await program.post("/api/integrations/woocommerce/connect", json=body)
    assert response.status_code == 422
    problem = response.json()
    assert (problem["code"], problem["errors"][0]["field"]) == ("wrong_secret", "consumerSecret")
    assert (await program.get("/api/integrations")).json()["integrations"] == []


async def test_another_tenant_sees_none_of_it(
    house: House, database: Database, program: httpx.AsyncClient, shop: RunningShop, tenant: Tenant
) -> None:
    """An integration, its syncs and its calls are not there for others."""
    connected = await connect(program, shop, tenant)
    stranger = await make_tenant(database)
    async with await program_of(house, database, stranger) as other:
        for path in (
            f"/api/integrations/{connected['integration']['id']}",
            f"/api/integrations/{connected['integration']['id']}/syncs",
            f"/api/integrations/{connected['integration']['id']}/access-log",
            f"/api/syncs/{connected['syncId']}",
        ):
            assert (await other.get(path)).status_code == 404
        body = order_of(shop, tenant)
        assert (await other.post("/api/integrations/woocommerce/connect", json=body)).status_code == 404


async def test_the_older_spelling(house: House, program: httpx.AsyncClient, shop: RunningShop) -> None:
    """Who has one client need not name it."""
    key = shop.shop.keys[0]
    body = {
        "url": shop.address, "consumerKey": key.consumer_key, "consumerSecret": key.consumer_secret,
    }  # fmt: skip
    response = await program.post("/api/woocommerce/configure", json=body)
    assert response.status_code == 201
    again = await program.post("/api/woocommerce/configure", json=body)
    assert again.json()["integration"]["id"] == response.json()["integration"]["id"]
    calls = (await program.get(f"/api/integrations/{again.json()['integration']['id']}/access-log")).json()
    assert {"connection test", "may we write?"} <= {call["purpose"] for call in calls["calls"]}
    assert key.consumer_key not in str(calls)
