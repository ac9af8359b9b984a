"""A merchant connects a WooCommerce store by one click in it, and copies nothing."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from tests.simulators.woocommerce import RunningShop, run_shop
from tests.support.callers import console, program_of
from tests.support.house import House
from tests.support.tenants import Tenant

from convertos.core.database import Database, Role
from convertos.core.settings import Settings
from convertos.sync import approval_by_keys
from convertos.sync.stores import Stores

pytestmark = pytest.mark.usefixtures("nothing_waits")

BASE_URL = "https://convertos.example"


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[RunningShop]:
    """A store with an order; jobs of other tests, whose stores are gone, are theirs."""
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute("DELETE FROM jobs.procrastinate_jobs WHERE status = 'todo'")
    async with run_shop() as running:
        running.shop.add_order()
        yield running


@pytest.fixture
async def program(house: House, database: Database, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    async with await program_of(house, database, tenant) as http:
        yield http


async def begin(house: House, database: Database, tenant: Tenant, shop: RunningShop) -> dict[str, str]:
    """What the store's approval page is asked with, on a server that is reached by https."""
    stores = Stores(database, house.installation.vault, Role.APP, allows_private=True)
    async with database.transaction(tenant.scope) as transaction:
        begun = await approval_by_keys.begin(
            transaction,
            console(tenant),
            stores,
            client_id=tenant.client_id,
            address=shop.address,
            base_url=BASE_URL,
            return_path="/dashboard/integrations/woocommerce/configure",
            callback_path="/api/integrations/woocommerce/callback",
        )
    parts = urlsplit(begun.address)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{shop.address}/wc-auth/v1/authorize"
    return dict(parse_qsl(parts.query))


def sent_by(shop: RunningShop, query: dict[str, str]) -> dict[str, Any]:
    """What a store posts when its merchant agrees; as recorded, whole."""
    key = shop.shop.keys[0]
    return {
        "key_id": 12,
        "user_id": query["user_id"],
        "consumer_key": key.consumer_key,
        "consumer_secret": key.consumer_secret,
        "key_permissions": "read_write",
    }


async def test_one_click(
    house: House, database: Database, tenant: Tenant, shop: RunningShop, program: httpx.AsyncClient
) -> None:
    """The store sends its keys, is answered 200 at once, and is connected a moment later."""
    query = await begin(house, database, tenant, shop)
    assert (query["scope"], query["app_name"]) == ("read_write", "ConvertOS")
    assert query["callback_url"] == f"{BASE_URL}/api/integrations/woocommerce/callback"
    async with house.http() as store:
        answer = await store.post(urlsplit(query["callback_url"]).path, json=sent_by(shop, query))
        assert (answer.status_code, answer.json()) == (200, {"success": True})
        again = await store.post(urlsplit(query["callback_url"]).path, json=sent_by(shop, query))
        assert again.status_code == 409
    await house.run_jobs()
    await house.settle()
    found = (await program.get("/api/integrations")).json()["integrations"]
    assert [(each["storeUrl"], each["syncedOrders"]) for each in found] == [(shop.address, 1)]
    assert len(shop.shop.webhooks) == 15


async def test_keys_that_do_not_open_the_store(
    house: House, database: Database, tenant: Tenant, shop: RunningShop, program: httpx.AsyncClient
) -> None:
    """Keys of another store, or made up, connect nothing, and whoever began is told why."""
    query = await begin(house, database, tenant, shop)
    body = sent_by(shop, query) | {"consumer_secret": "cs_made_up"}
    async with house.http() as store:
        assert (await store.post("/api/integrations/woocommerce/callback", json=body)).status_code == 200
    await house.run_jobs()
    assert (await program.get("/api/integrations")).json()["integrations"] == []
    stores = Stores(database, house.installation.vault, Role.APP, allows_private=True)
    async with database.transaction(tenant.scope) as transaction:
        outcome = await approval_by_keys.outcome(transaction, stores, query["user_id"])
    assert outcome is not None
    assert outcome.status == "refused"
    assert "secret does not fit" in (outcome.error or "")


async def test_nobody_s_approval(house: House, shop: RunningShop) -> None:
    """Keys that nobody waits for are not kept."""
    async with house.http() as store:
        body = sent_by(shop, {"user_id": "made-up"})
        answer = await store.post("/api/integrations/woocommerce/callback", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "state_invalid")


async def test_without_https_there_is_no_click(
    program: httpx.AsyncClient, tenant: Tenant, shop: RunningShop
) -> None:
    """A store would not send its keys here, and that is said before the merchant goes there."""
    assert Settings().base_url.startswith("http://")
    answer = await program.get(
        "/api/integrations/woocommerce/authorize",
        params={"clientId": str(tenant.client_id), "storeUrl": shop.address},
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "needs_https")
