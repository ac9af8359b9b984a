"""Leads."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from convertos.core.database import Database
from tests.support.browser import Reader, open_reader, sign_in_as
from tests.support.house import House
from tests.support.shop_history import send_events
from tests.support.tenants import Source, Tenant, make_tenant

LEADS = "/dashboard/leads"


@pytest.fixture
async def filled_in(house: House, site: Source) -> None:
    """Two forms: one of an advertisement just now, one of long ago."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    people = (
        (now, {"email": "ada@mail.example", "name": "Ada Lind", "utm_source": "google", "utm_medium": "cpc"}),
        (now - timedelta(days=200), {"email": "bo@mail.example"}),
    )
    await send_events(
        house,
        site,
        [
            {
                "event_id": str(uuid4()),
                "event_type": "lead.created",
                "timestamp": at.isoformat(),
                "data": {
                    "form_plugin": "cf7",
                    "form_id": "3",
                    "form_name": "Free quote",
                    "fields": {"roof": "flat", "people": 4},
                    **data,
                },
            }
            for at, data in people
        ],
    )


@pytest.mark.usefixtures("filled_in")
async def test_list(reader: Reader) -> None:
    """The forms of the chosen days with their source; a search looks through all days."""
    page = reader.page
    rows = page.locator(".list tbody tr")
    await reader.visit(LEADS)
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("Free quote")
    await expect(rows).to_contain_text("Google")
    await page.get_by_label("Search leads").fill("bo@")
    await expect(rows).to_contain_text("bo@mail.example")
    await page.get_by_label("Search leads").fill("nobody")
    await expect(page.get_by_role("heading", name="No lead fits")).to_be_visible()
    assert reader.complaints == []


@pytest.mark.usefixtures("filled_in")
async def test_one(reader: Reader) -> None:
    """A form tells what was filled in, why its source has the credit, and who it was."""
    page = reader.page
    await reader.visit("/dashboard")
    await page.locator("#feed").get_by_role("link", name="Lead").first.click()
    await expect(page.get_by_role("heading", name="Ada Lind")).to_be_visible()
    await expect(page.locator(".card", has_text="What was filled in")).to_contain_text("flat")
    await expect(page.locator(".card", has_text="Why this source")).to_contain_text("Google (Paid Search)")
    await page.get_by_role("link", name="See the contact").click()
    await expect(page.locator(".timeline")).to_contain_text("Filled in Free quote")


async def test_nothing_yet(reader: Reader) -> None:
    """Who has no leads yet is told when the first will show."""
    await reader.visit(LEADS)
    await expect(reader.page.get_by_role("heading", name="No leads in these days")).to_be_visible()


@pytest.mark.usefixtures("filled_in")
async def test_other_tenant(
    chromium: Browser, house: House, database: Database, tenant: Tenant, reader: Reader
) -> None:
    """Another organization's lead is not there, by its address either."""
    await reader.visit(LEADS)
    path = await reader.page.get_by_role("link", name="Ada Lind").get_attribute("href")
    token = await sign_in_as(house, database, await make_tenant(database))
    async with open_reader(chromium, house, token) as stranger:
        assert (await stranger.visit((path or "").partition("?")[0])).status == 404
