"""Orders."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from convertos.core.database import Database
from tests.support.browser import Reader, open_reader, sign_in_as
from tests.support.house import House
from tests.support.shop_history import send_events
from tests.support.tenants import Source, Tenant, make_tenant
from tests.web.test_overview import paid

ORDERS = "/dashboard/orders"
_NOW = datetime.now(UTC) - timedelta(minutes=5)
_CLICK = {"utm_source": "facebook", "utm_medium": "paid_social", "utm_campaign": "spring"}


@pytest.fixture
async def sold(house: House, site: Source) -> None:
    """Three orders: one of an advertisement, one partly paid back, one of long ago."""
    items: list[dict[str, Any]] = [
        {"id": 1, "name": "Wool socks", "sku": "WS-1", "quantity": 2, "price": "50.00", "total": "100.00"}
    ]
    refund = {"id": 9, "amount": "20.00", "reason": "Too small", "refunded_at": _NOW.isoformat()}
    await send_events(
        house,
        site,
        [
            paid(1, "100.00", _NOW, items=items, first_name="Ada", last_name="Lind", **_CLICK),
            paid(2, "50.50", _NOW - timedelta(hours=1), refunds=[refund], refund=refund),
            paid(3, "75.00", _NOW - timedelta(days=200)),
        ],
    )


@pytest.mark.usefixtures("sold")
async def test_list(reader: Reader) -> None:
    """The orders of the chosen days, newest first; a search looks through all days."""
    page = reader.page
    await reader.visit(ORDERS)
    await expect(page.locator(".list tbody tr")).to_have_count(2)
    await expect(page.locator(".list tbody tr").first).to_contain_text("#1")
    await expect(page.locator(".list tbody tr").first).to_contain_text("Facebook")
    await expect(page.locator(".list tbody tr").last).to_contain_text("−€20.00")
    await page.keyboard.press("/")
    await page.keyboard.type("#3")
    await expect(page.locator(".list tbody tr")).to_have_count(1)
    await expect(page.locator(".list tbody tr")).to_contain_text("€75.00")
    await page.wait_for_url("**search=%233*")
    await page.get_by_label("Search orders").fill("nobody@else.example")
    await expect(page.get_by_role("heading", name="No order fits")).to_be_visible()
    assert reader.complaints == []


@pytest.mark.usefixtures("sold")
async def test_filters(reader: Reader) -> None:
    """Status, order and source are in the address, and each can be taken away."""
    page = reader.page
    await reader.visit(f"{ORDERS}?source=facebook")
    await expect(page.locator(".list tbody tr")).to_have_count(1)
    await page.get_by_role("link", name="Remove source: Facebook").click()
    await expect(page.locator(".list tbody tr")).to_have_count(2)
    await page.get_by_label("Sorted by").select_option("Smallest first")
    await expect(page.locator(".list tbody tr").first).to_contain_text("#2")
    await page.get_by_label("Status").select_option("Cancelled")
    await expect(page.get_by_role("heading", name="No order fits")).to_be_visible()
    await page.get_by_role("link", name="Show all orders").click()
    await expect(page.locator(".list tbody tr")).to_have_count(2)


@pytest.mark.usefixtures("sold")
async def test_why_this_source(reader: Reader) -> None:
    """An order tells which rule gave the credit, and what was recorded of the visit."""
    page = reader.page
    await reader.visit(ORDERS)
    await page.get_by_role("link", name="#1").click()
    await expect(page.get_by_role("heading", name="Order #1")).to_be_visible()
    why = page.locator(".card", has_text="Why this source")
    await expect(why).to_contain_text("Facebook (Paid Social), because the visitor's last campaign click")
    await expect(why).to_contain_text("The last visit that did not come directly")
    await expect(why).to_contain_text("Campaign parameters in the address")
    await why.get_by_text("What was recorded of the visit").click()
    await expect(why).to_contain_text("utm_campaign")
    await expect(page.locator(".card", has_text="Items")).to_contain_text("Wool socks")
    await page.get_by_role("link", name="Ada Lind").click()
    await expect(page.get_by_role("heading", name="Ada Lind")).to_be_visible()


@pytest.mark.usefixtures("sold")
async def test_refunds(reader: Reader) -> None:
    """What was paid back is told with its reason, and taken off."""
    await reader.visit(ORDERS)
    await reader.page.get_by_role("link", name="#2").click()
    await expect(reader.page.locator(".card", has_text="Refunds")).to_contain_text("Too small")
    await expect(reader.page.locator(".sum")).to_contain_text("€30.50")


async def test_nothing_yet(reader: Reader) -> None:
    """A shop without orders is told when the first will show."""
    await reader.visit(ORDERS)
    await expect(reader.page.get_by_role("heading", name="No orders in these days")).to_be_visible()


@pytest.mark.usefixtures("sold")
async def test_other_tenant(
    chromium: Browser, house: House, database: Database, tenant: Tenant, reader: Reader
) -> None:
    """Another organization's order is not there, by its address either."""
    await reader.visit(ORDERS)
    path = await reader.page.get_by_role("link", name="#1").get_attribute("href")
    token = await sign_in_as(house, database, await make_tenant(database))
    async with open_reader(chromium, house, token) as stranger:
        assert (await stranger.visit((path or "").partition("?")[0])).status == 404
