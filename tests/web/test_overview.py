"""The overview."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from playwright.async_api import Browser, expect

from convertos.core.database import Database
from tests.support.browser import Reader, open_reader, sign_in_as
from tests.support.house import House
from tests.support.shop_history import send_events
from tests.support.tenants import Source, Tenant


def paid(number: int, total: str, at: datetime, **data: Any) -> dict[str, Any]:
    """An order that was paid."""
    order = {"order_id": number, "order_number": str(number), "total": total, "currency": "EUR"}
    times = {"created_at": at.isoformat(), "paid_at": at.isoformat()}
    content = {**order, **times, "email": f"buyer{number}@mail.example", **data}
    return {
        "event_id": str(uuid4()),
        "event_type": "order.paid",
        "timestamp": at.isoformat(),
        "data": content,
    }


async def test_figures(reader: Reader, house: House, site: Source) -> None:
    """Revenue, its source and its change against the period before are there when the page opens."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    await send_events(
        house,
        site,
        [
            paid(1, "100.00", now, utm_source="facebook", utm_medium="paid_social"),
            paid(2, "50.50", now, utm_source="google", utm_medium="cpc"),
            paid(3, "100.00", now - timedelta(days=40)),
        ],
    )
    await reader.visit("/dashboard")
    tile = reader.page.locator(".tile", has_text="Revenue")
    await expect(tile).to_contain_text("€150.50")
    await expect(tile).to_contain_text("50.5\u202f%")
    rows = reader.page.locator(".bars tbody tr")
    await expect(rows.nth(0)).to_contain_text("Facebook")
    await expect(rows.nth(0)).to_contain_text("66.4\u202f%")
    await expect(rows.nth(1)).to_contain_text("Google")
    await expect(reader.page.locator(".bars tfoot")).to_contain_text("€150.50")
    assert reader.complaints == []


async def test_live(reader: Reader, house: House, site: Source) -> None:
    """An order shows up while somebody watches, and the figures follow."""
    await reader.visit("/dashboard")
    await expect(reader.page.locator("#feed")).to_contain_text("Nothing has happened yet")
    order = paid(7, "99.00", datetime.now(UTC), utm_source="facebook", utm_medium="paid_social")
    await send_events(house, site, [order])
    await expect(reader.page.locator("#feed .is-new")).to_contain_text("Order #7")
    await expect(reader.page.locator("#feed")).to_contain_text("€99.00")
    await expect(reader.page.locator(".tile", has_text="Revenue")).to_contain_text("€99.00")
    await expect(reader.page.locator("#bars")).to_contain_text("Facebook")
    assert reader.complaints == []


async def test_one_source_alone(reader: Reader, house: House, site: Source) -> None:
    """A click on a source shows it alone, on this page and the next, until it is removed."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    events = [paid(1, "100.00", now, utm_source="facebook", utm_medium="cpc"), paid(2, "50.00", now)]
    await send_events(house, site, events)
    await reader.visit("/dashboard")
    await reader.page.get_by_role("link", name="Facebook", exact=True).click()
    await expect(reader.page.locator(".chip")).to_contain_text("Source: Facebook")
    await expect(reader.page.locator(".tile", has_text="Revenue")).to_contain_text("€100.00")
    assert "source=facebook" in (
        await reader.page.locator(".side-link", has_text="Settings").get_attribute("href") or ""
    )
    await reader.page.get_by_role("link", name="Remove source: Facebook").click()
    await expect(reader.page.locator(".tile", has_text="Revenue")).to_contain_text("€150.00")


async def test_days_and_comparison(reader: Reader) -> None:
    """The chosen days and comparison are in the address and stay while moving between pages."""
    await reader.visit("/dashboard")
    await reader.page.get_by_text("Last 30 days").first.click()
    await reader.page.get_by_role("link", name="Last 7 days").click()
    await reader.page.locator("summary", has_text="vs previous period").click()
    await reader.page.get_by_role("link", name="vs a year before").click()
    await reader.page.wait_for_url("**/dashboard?range=7d&compare=year")
    await reader.page.get_by_role("navigation", name="Main").first.get_by_text("Settings").click()
    await reader.page.wait_for_url("**/dashboard/settings?range=7d&compare=year")


async def test_nothing_yet(reader: Reader) -> None:
    """A client without any order sees noughts and how to go on, not an error."""
    await reader.visit("/dashboard")
    await expect(reader.page.locator(".tile", has_text="Orders")).to_contain_text("0")
    assert reader.complaints == []


async def test_currencies(reader: Reader, house: House, site: Source) -> None:
    """What was earned in other currencies stands beside, is never added, and can be looked at alone."""
    now = datetime.now(UTC) - timedelta(minutes=5)
    dollars = paid(2, "70.00", now, utm_source="google", utm_medium="cpc")
    dollars["data"]["currency"] = "USD"
    await send_events(house, site, [paid(1, "100.00", now), dollars])
    await reader.visit("/dashboard")
    tile = reader.page.locator(".tile", has_text="Revenue")
    await expect(tile).to_contain_text("€100.00")
    await expect(tile).to_contain_text("+ US$70.00")
    await reader.page.get_by_label("Currency: EUR").click()
    await reader.page.get_by_role("link", name="USD", exact=True).click()
    await expect(tile.locator(".tile-figure")).to_contain_text("US$70.00")
    await expect(reader.page.locator(".bars tfoot")).to_contain_text("US$70.00")
    await expect(reader.page.locator(".bars")).not_to_contain_text("Direct")


async def test_without_script(
    chromium: Browser, house: House, database: Database, tenant: Tenant, site: Source
) -> None:
    """Figures, bars and the chart's table are there without JavaScript."""
    await send_events(house, site, [paid(1, "100.00", datetime.now(UTC) - timedelta(minutes=5))])
    token = await sign_in_as(house, database, tenant)
    async with open_reader(chromium, house, token, has_scripts=False) as reader:
        await reader.visit("/dashboard")
        await expect(reader.page.locator(".tile", has_text="Revenue")).to_contain_text("€100.00")
        await reader.page.get_by_text("Show as table").click()
        await expect(reader.page.locator(".chart-table")).to_contain_text("€100.00")
