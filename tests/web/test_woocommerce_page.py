"""Connecting a WooCommerce store in the browser."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.async_api import expect

from convertos.core.database import Database, Role
from convertos.sync import approval_by_keys
from convertos.sync.stores import Stores
from tests.simulators.woocommerce import RunningShop, run_shop
from tests.support.browser import Reader
from tests.support.callers import console
from tests.support.house import House
from tests.support.tenants import Tenant

pytestmark = pytest.mark.usefixtures("nothing_waits")

PATH = "/dashboard/integrations/woocommerce/configure"


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[RunningShop]:
    """A store with some history; jobs of other tests are theirs."""
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute("DELETE FROM jobs.procrastinate_jobs WHERE status = 'todo'")
    async with run_shop() as running:
        for _ in range(12):
            running.shop.add_order()
        yield running


async def fill_in(reader: Reader, shop: RunningShop, secret: str) -> None:
    page = reader.page
    await page.get_by_label("Store address").fill(shop.address)
    await page.get_by_label("Consumer key").fill(shop.shop.keys[0].consumer_key)
    await page.get_by_label("Consumer secret").fill(secret)
    await page.get_by_role("button", name="Save and connect").click()


async def test_from_keys_to_history(reader: Reader, house: House, shop: RunningShop) -> None:
    """A wrong secret is said beside its field; the right one leads to the store's page, which tells each step."""
    page = reader.page
    await reader.visit("/dashboard/connections/new")
    await page.get_by_role("link", name="WooCommerce Orders").click()
    await fill_in(reader, shop, "cs_wrong")
    await expect(page.locator("#consumer_secret-error")).to_contain_text("the secret does not fit")
    await fill_in(reader, shop, shop.shop.keys[0].consumer_secret)
    await expect(page.locator("#store")).to_contain_text("Configuration saved! Setting up purchase tracking…")
    await house.run_jobs()
    await house.settle()
    await expect(page.locator("#store")).to_contain_text(
        "Configuration saved and purchase tracking enabled!", timeout=15_000
    )
    await expect(page.locator("#store")).to_contain_text("12 orders")
    await expect(page.locator("#store")).to_contain_text("called without encryption")
    await expect(page.get_by_role("row", name="order.created")).to_contain_text("Active")
    await prove(reader, house)
    await reader.visit(PATH)
    await expect(page.get_by_role("heading", name="Connected")).to_be_visible()
    assert [each for each in reader.complaints if "status of 422" not in each] == []


async def prove(reader: Reader, house: House) -> None:
    """Compare the store by hand, and leave it alone by day."""
    page = reader.page
    await page.get_by_role("link", name="Proof and calls").click()
    await page.get_by_role("button", name="Compare now").click()
    for _ in range(3):
        async with house.database.transaction(role=Role.WORKER) as transaction:
            await transaction.execute(
                "UPDATE jobs.procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"
            )
        await house.run_jobs()
    await expect(page.locator("#proofs")).to_contain_text("100 %", timeout=15_000)
    await expect(page.locator("#proofs")).to_contain_text("12 of 12 orders")
    await expect(page.get_by_role("row", name="orders, page 1").first).to_contain_text("200")
    await page.get_by_label("Only from").select_option("2")
    await page.get_by_role("button", name="Save schedule").click()
    await expect(page.locator("#until_hour-error")).to_contain_text("a beginning and an end")
    await page.get_by_label("Until").select_option("5")
    await page.get_by_role("button", name="Save schedule").click()
    await expect(page.locator("#toasts")).to_contain_text("The schedule is saved")
    await expect(page.get_by_label("Only from")).to_have_value("2")


async def test_back_from_the_store(
    reader: Reader, house: House, database: Database, tenant: Tenant, shop: RunningShop
) -> None:
    """Who approved in the store comes back to a page that waits for its keys, and goes on by itself."""
    stores = Stores(database, house.installation.vault, Role.APP, allows_private=True)
    async with database.transaction(tenant.scope) as transaction:
        begun = await approval_by_keys.begin(
            transaction,
            console(tenant),
            stores,
            client_id=tenant.client_id,
            address=shop.address,
            base_url="https://convertos.example",
            return_path=PATH,
            callback_path="/api/integrations/woocommerce/callback",
        )
    key = shop.shop.keys[0]
    sent = {
        "user_id": dict(parse_qsl(urlsplit(begun.address).query))["user_id"],
        "consumer_key": key.consumer_key,
        "consumer_secret": key.consumer_secret,
    }
    async with house.http() as store:
        await store.post("/api/integrations/woocommerce/callback", json=sent)
    await reader.visit(f"{PATH}?success=1&user_id={begun.state}")
    await expect(reader.page.get_by_role("heading", name="Almost there")).to_be_visible()
    await house.run_jobs()
    await expect(reader.page.locator("#store")).to_contain_text("Configuration saved", timeout=15_000)
    assert reader.complaints == []
