"""Stores that are connected by their keys."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from playwright.async_api import Browser, expect

from convertos.core.clock import system_clock
from convertos.core.database import Database, Role
from convertos.platforms import store_platform_of
from tests.simulators.shopify.server import run_store
from tests.simulators.shopify.store import Store
from tests.simulators.shopify.truth import filled
from tests.support.browser import Reader, open_reader, sign_in_as
from tests.support.house import House
from tests.support.shopify import deliver_shopify, example
from tests.support.tenants import Source, Tenant
from tests.web.pages import Look, look

pytestmark = pytest.mark.usefixtures("nothing_waits")

SHOPIFY = "/dashboard/integrations/shopify"


@pytest.fixture
async def store(house: House, database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """A store with some history, at an address of Shopify's; jobs of other tests are theirs."""
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute("DELETE FROM jobs.procrastinate_jobs WHERE status = 'todo'")
    truth = filled(3, datetime.now(UTC), orders=12, customers=4, products=3)
    async with run_store(truth, system_clock, house.installation.settings) as running:
        running.polls_until_written = 0
        running.takes_plain_http = True
        monkeypatch.setattr(store_platform_of("shopify"), "address_of", lambda _shop: running.url)
        yield running


async def connect(reader: Reader, store: Store) -> None:
    """Fill the form in for the app's own credentials, and send it."""
    page = reader.page
    await reader.visit(SHOPIFY)
    await page.get_by_label("Store", exact=True).fill("example-store")
    await page.get_by_label("Client id").fill(store.tokens.client_id)
    await page.get_by_label("Client secret").fill(store.tokens.client_secret)
    await page.get_by_role("button", name="Save and connect").click()


async def test_from_the_form_to_the_history(reader: Reader, house: House, store: Store) -> None:
    """Saved, then tracking, then everything is here: the page tells each without a reload."""
    page = reader.page
    await connect(reader, store)
    await expect(page.get_by_role("heading", name="Example Store")).to_be_visible()
    await expect(page.locator("#store")).to_contain_text("Configuration saved! Setting up purchase tracking…")
    await house.run_jobs()
    await house.settle()
    await expect(page.locator("#store")).to_contain_text(
        "Configuration saved and purchase tracking enabled!", timeout=15_000
    )
    await expect(page.locator("#store")).to_contain_text("12 orders")
    await expect(page.get_by_role("row", name="orders/create")).to_contain_text("Active")
    await page.get_by_role("button", name="Disconnect").first.click()
    await page.get_by_role("dialog").get_by_role("button", name="Disconnect").click()
    await expect(page.locator("#toasts")).to_contain_text("Example Store is disconnected")
    assert reader.complaints == []


async def test_what_is_wrong_stands_beside_its_field(reader: Reader, house: House, store: Store) -> None:
    """In words, with what to do; what was typed stays, but for secrets."""
    page = reader.page
    store.tokens.client_secret = "another-secret-than-typed"
    await reader.visit(SHOPIFY)
    await page.get_by_label("Store", exact=True).fill("example-store")
    await page.get_by_label("Client id").fill(store.tokens.client_id)
    await page.get_by_label("Client secret").fill("wrong-and-long-enough")
    await page.get_by_role("button", name="Save and connect").click()
    await expect(page.locator("#client_secret-error")).to_contain_text("the client secret is another one")
    await expect(page.get_by_label("Store", exact=True)).to_have_value("example-store")
    await page.get_by_label("Store", exact=True).fill("https://evil.example")
    await page.get_by_label("Client secret").fill("long-enough-to-be-one")
    await page.get_by_role("button", name="Save and connect").click()
    await expect(page.locator("#shop-error")).to_contain_text("not the address of a Shopify store")


async def test_the_merchant_is_sent_to_approve(reader: Reader, house: House, store: Store) -> None:
    """A form may lead nowhere else, so the way to Shopify is a link."""
    page = reader.page
    await reader.visit(SHOPIFY)
    await page.get_by_label("Store", exact=True).fill("example-store")
    await page.get_by_label("How does the app get in?").select_option("code")
    await page.get_by_label("Client id").fill(store.tokens.client_id)
    await page.get_by_label("Client secret").fill(store.tokens.client_secret)
    await page.get_by_role("button", name="Save and connect").click()
    link = await page.get_by_role("link", name="Go on to Shopify").get_attribute("href")
    assert link is not None
    assert link.startswith(f"{store.url}/admin/oauth/authorize?")
    assert store.tokens.client_secret not in await page.content()


async def test_sixty_days_are_said_on_the_page(reader: Reader, house: House, store: Store) -> None:
    """Nobody takes a short history for a whole one."""
    store.scopes.discard("read_all_orders")
    await connect(reader, store)
    await expect(reader.page.locator("#store")).to_contain_text("only the orders of the last 60 days")


async def test_a_request_for_data_waits_for_its_answer(
    reader: Reader, house: House, database: Database, tenant: Tenant, store: Store
) -> None:
    """The merchant sees until when, and what is kept; then notes that it was answered."""
    page = reader.page
    await connect(reader, store)
    await expect(page.get_by_role("heading", name="Example Store")).to_be_visible()
    await house.run_jobs()
    async with database.transaction(tenant.scope) as transaction:
        (row,) = await transaction.rows("SELECT connection_id, store_id, public_id FROM connections")
    shop = Source(
        tenant.client_id, row["connection_id"], row["store_id"], row["public_id"],
        store.tokens.client_secret, "shopify",
    )  # fmt: skip
    async with house.http() as http:
        await deliver_shopify(http, shop, "customers/create", example("customers_create"))
        await deliver_shopify(http, shop, "customers/data_request", example("customers_data_request"))
    await house.settle()
    await house.run_jobs()
    await expect(page.locator("#store")).to_contain_text("asked what is kept of them (request 9001)")
    await expect(page.get_by_role("link", name="What is kept")).to_be_visible()
    await page.get_by_role("button", name="I have answered").click()
    await expect(page.locator("#toasts")).to_contain_text("the request is answered")
    await expect(page.locator("#store")).not_to_contain_text("request 9001")
    assert reader.complaints == []


async def test_they_look_well(
    chromium: Browser, house: House, database: Database, tenant: Tenant, store: Store
) -> None:
    """On a desk and on a phone, light and dark, for everybody (axe); with no complaint of the browser."""
    token = await sign_in_as(house, database, tenant)
    assert await look(chromium, house, token, Look("shopify-connect", SHOPIFY)) == []
    async with open_reader(chromium, house, token) as reader:
        await connect(reader, store)
        await expect(reader.page.get_by_role("heading", name="Example Store")).to_be_visible()
        path = reader.page.url.removeprefix(house.base_url)
    await house.run_jobs()
    await house.settle()
    assert await look(chromium, house, token, Look("shopify-store", path)) == []
