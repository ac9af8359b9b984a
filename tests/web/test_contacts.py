"""Contacts."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from playwright.async_api import Browser, expect

from convertos.core.database import Database
from tests.support.browser import Reader, open_reader, sign_in_as
from tests.support.house import House
from tests.support.shop_history import send_events
from tests.support.tenants import Source, Tenant, make_tenant
from tests.web.test_overview import paid

CONTACTS = "/dashboard/contacts"
_NOW = datetime.now(UTC) - timedelta(minutes=5)


@pytest.fixture
async def known(house: House, site: Source) -> None:
    """A customer who filled in a form before, and somebody who only did that."""
    ada = {"email": "ada@mail.example", "first_name": "Ada", "last_name": "Lind"}
    form = {
        "form_plugin": "cf7",
        "form_id": "3",
        "form_name": "Call me back",
        "utm_source": "google",
        "utm_medium": "cpc",
        "fields": {"message": "Please call me"},
    }
    leads = [
        {
            "event_id": str(uuid4()),
            "event_type": "lead.created",
            "timestamp": (_NOW - timedelta(days=days)).isoformat(),
            "data": {**form, **who},
        }
        for days, who in ((2, ada), (1, {"email": "bo@mail.example"}))
    ]
    await send_events(house, site, [*leads, paid(1, "120.00", _NOW, **ada)])


@pytest.mark.usefixtures("known")
async def test_list(reader: Reader) -> None:
    """People by kind, by what they spent, and by a part of their name or address."""
    page = reader.page
    rows = page.locator(".list tbody tr")
    await reader.visit(CONTACTS)
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("Ada Lind")
    await expect(rows.first).to_contain_text("€120.00")
    await expect(rows.first).to_contain_text("Google")
    await page.get_by_label("Kind").select_option("Leads")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("bo@mail.example")
    await page.get_by_label("Kind").select_option("Everybody")
    await page.get_by_label("Search contacts").fill("lind")
    await expect(rows).to_have_count(1)
    await page.get_by_label("Search contacts").fill("nobody")
    await expect(page.get_by_role("heading", name="Nobody fits")).to_be_visible()
    assert reader.complaints == []


@pytest.mark.usefixtures("known")
async def test_timeline(reader: Reader) -> None:
    """A person's page tells day by day what they did, and leads to their orders."""
    page = reader.page
    await reader.visit(CONTACTS)
    await page.get_by_role("link", name="Ada Lind").click()
    await expect(page.get_by_role("heading", name="Ada Lind")).to_be_visible()
    await expect(page.locator(".tile", has_text="Spent")).to_contain_text("€120.00")
    timeline = page.locator(".timeline")
    await expect(timeline).to_contain_text("Filled in Call me back")
    await expect(timeline).to_contain_text("Came from Google")
    await timeline.get_by_text("Details").first.click()
    await timeline.locator("li", has_text="Call me back").get_by_text("Details").click()
    await expect(timeline).to_contain_text("Please call me")
    await expect(page.locator(".card", has_text="Known by")).to_contain_text("ada@mail.example")
    await timeline.get_by_role("link", name="Order #1").click()
    await expect(page.get_by_role("heading", name="Order #1")).to_be_visible()


async def test_nothing_yet(reader: Reader) -> None:
    """Who has no contacts yet is told who will be one."""
    await reader.visit(CONTACTS)
    await expect(reader.page.get_by_role("heading", name="No contacts yet")).to_be_visible()


@pytest.mark.usefixtures("known")
async def test_other_tenant(
    chromium: Browser, house: House, database: Database, tenant: Tenant, reader: Reader
) -> None:
    """Another organization's contact is not there, by its address either."""
    await reader.visit(CONTACTS)
    path = await reader.page.get_by_role("link", name="Ada Lind").get_attribute("href")
    token = await sign_in_as(house, database, await make_tenant(database))
    async with open_reader(chromium, house, token) as stranger:
        assert (await stranger.visit((path or "").partition("?")[0])).status == 404
        await stranger.visit(CONTACTS)
        await expect(stranger.page.get_by_text("Ada Lind")).to_have_count(0)


@pytest.mark.usefixtures("known")
async def test_merge(reader: Reader, house: House) -> None:
    """Two entries of one person are put together, and taken apart again."""
    page = reader.page
    await reader.visit(CONTACTS)
    await page.get_by_role("link", name="Ada Lind").click()
    await page.get_by_role("link", name="Merge with another").click()
    await page.get_by_label("Search contacts").fill("bo@mail")
    await expect(page.locator(".list tbody tr")).to_have_count(1)
    await page.get_by_role("button", name="Merge", exact=True).click()
    dialog = page.get_by_role("dialog", name="Merge with bo@mail.example?")
    await dialog.get_by_role("button", name="Merge").click()
    await expect(page.locator("#toasts")).to_contain_text("Both are one contact now")
    known_by = page.locator(".card", has_text="Known by")
    await expect(known_by).to_contain_text("bo@mail.example")
    await expect(page.locator(".tile", has_text="Forms")).to_contain_text("2")
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator("#toasts")).to_contain_text("two contacts again")
    await expect(known_by).not_to_contain_text("bo@mail.example")
    await reader.visit(CONTACTS)
    await expect(page.locator(".list tbody tr")).to_have_count(2)
    assert reader.complaints == []


@pytest.mark.usefixtures("known")
async def test_viewer_merges_nobody(
    chromium: Browser, house: House, database: Database, tenant: Tenant
) -> None:
    """Who may only look finds nothing to merge with."""
    token = await sign_in_as(house, database, tenant, "viewer")
    async with open_reader(chromium, house, token) as viewer:
        await viewer.visit(CONTACTS)
        await viewer.page.get_by_role("link", name="Ada Lind").click()
        await expect(viewer.page.get_by_role("link", name="Merge with another")).to_have_count(0)
        assert (await viewer.visit(f"{viewer.page.url.removeprefix(viewer.base_url)}/merge")).status == 403
