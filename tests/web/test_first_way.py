"""The whole first way, as a merchant goes it: connect a shop, and see what earned its revenue."""

from decimal import Decimal

from playwright.async_api import expect

from convertos.core.database import Database
from tests.support.browser import Reader
from tests.support.house import House
from tests.support.recordings import recorded_deliveries
from tests.support.tenants import Tenant

THAT_DAY = "from=2026-11-21&to=2026-11-21"
"""On which the deliveries were recorded."""


async def test_from_a_real_delivery_to_revenue_by_source(
    reader: Reader, house: House, database: Database, tenant: Tenant
) -> None:
    """A shop is connected on the pages; its real deliveries become revenue by source, each with its reason."""
    page = reader.page
    await reader.visit("/dashboard")
    await page.get_by_role("link", name="See connections").click()
    await page.get_by_role("main").get_by_role("link", name="New connection").click()
    await page.get_by_role("link", name="WooCommerce Orders").click()
    await page.get_by_role("link", name="Set webhooks up by hand").click()
    await page.get_by_label("The shop's domain").fill("https://shop.example/")
    await page.get_by_role("button", name="Create connection").click()
    address = await page.locator("#webhook-url").inner_text()
    secret = await page.locator("#secret").input_value()
    await page.get_by_role("link", name="I have copied it").click()
    await expect(page.locator("#state")).to_contain_text("Waiting for the first event")

    path = address[address.index("/api/") :]
    async with house.http() as http:
        for delivery in recorded_deliveries():
            answer = await http.post(path, content=delivery.body, headers=delivery.signed(secret))
            assert answer.status_code == 200
    await house.settle()
    await expect(page.locator("#state")).to_contain_text("last event")

    async with database.transaction(tenant.scope) as transaction:
        net: Decimal = await transaction.scalar(
            "SELECT sum(total - refunded_total) FROM orders WHERE is_counted AND currency = 'EUR'"
        )
    await reader.visit(f"/dashboard?{THAT_DAY}")
    await expect(page.locator(".bars tfoot")).to_contain_text(f"€{net:,.2f}")
    await expect(page.locator(".tile", has_text="Revenue")).to_contain_text("JP¥")
    await page.locator(".bars").get_by_role("link", name="Google").click()
    await expect(page.locator(".chip")).to_contain_text("Source: Google")
    await page.locator(".tile", has_text="Orders").click()
    await page.locator(".list .row-link").first.click()
    await expect(page.locator(".card", has_text="Why this source")).to_contain_text("Google (")
    assert reader.complaints == []
