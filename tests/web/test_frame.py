"""What every page has around it."""

import pytest
from playwright.async_api import Browser, expect

from convertos.core.database import Database, Role
from convertos.core.ids import new_id
from convertos.web.navigation import PLACES
from tests.support.browser import PHONE, Reader, open_reader, sign_in_as
from tests.support.house import House
from tests.support.tenants import Tenant, make_tenant

DESIGN = "/dashboard/design"


async def add_clients(database: Database, tenant: Tenant, names: list[str]) -> None:
    async with database.transaction(role=Role.WORKER) as transaction:
        for name in names:
            await transaction.execute(
                """
                INSERT INTO clients (organization_id, client_id, name, slug, timezone, currency)
                VALUES (%s, %s, %s, %s, 'America/New_York', 'USD')
                """,
                (tenant.organization_id, new_id(), name, name.lower().replace(" ", "-")),
            )


async def test_keyboard(reader: Reader) -> None:
    """Search, places, the list of shortcuts and the way out of it, all without a mouse."""
    page = reader.page
    await reader.visit(DESIGN)
    await page.keyboard.press("/")
    await expect(page.get_by_label("Search")).to_be_focused()
    await page.keyboard.type("g s")
    assert page.url.endswith(DESIGN)
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    await page.keyboard.press("g")
    await page.keyboard.press("s")
    await page.wait_for_url("**/dashboard/settings")


async def test_skip_link(reader: Reader) -> None:
    """The first thing that Tab reaches leads past the navigation."""
    await reader.visit(DESIGN)
    await reader.page.keyboard.press("Tab")
    await expect(reader.page.get_by_role("link", name="Skip to content")).to_be_focused()
    await reader.page.keyboard.press("Enter")
    await expect(reader.page.locator("#content")).to_be_focused()


async def test_switcher(reader: Reader, database: Database, tenant: Tenant) -> None:
    """A client is found by typing a part of its name; the days stay as they were."""
    await add_clients(database, tenant, [f"Brand {letter}" for letter in "ABCDEFG"])
    page = reader.page
    await reader.visit("/dashboard/settings?range=7d")
    await page.keyboard.press("g")
    await page.keyboard.press("k")
    await expect(page.get_by_label("Find a client").first).to_be_focused()
    await page.keyboard.type("and f")
    await expect(page.locator("#clients-side .menu-item:visible")).to_have_count(1)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/dashboard/settings?client=brand-f&range=7d")
    await expect(page.locator(".side .switcher strong")).to_have_text("Brand F")
    await page.locator(".side .switcher summary").click()
    await page.keyboard.press("Escape")
    await expect(page.locator("#clients-side")).to_be_hidden()


async def test_menus(reader: Reader) -> None:
    """Arrow keys walk through a menu; a click beside it closes it."""
    page = reader.page
    await reader.visit(DESIGN)
    await page.locator("summary", has_text="vs previous period").click()
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("ArrowDown")
    await expect(page.get_by_role("link", name="vs a year before")).to_be_focused()
    await page.locator("h1").click()
    await expect(page.get_by_role("link", name="vs a year before")).to_be_hidden()


async def test_theme(reader: Reader) -> None:
    """The reader's choice of light or dark holds at once and on the next page, against the system's."""
    page = reader.page
    ground = "getComputedStyle(document.body).backgroundColor"
    await reader.visit(DESIGN)
    light = await page.evaluate(ground)
    await page.locator(".side-foot summary").click()
    await page.get_by_role("button", name="Dark").first.click()
    dark = await page.evaluate(ground)
    assert dark != light
    await page.reload()
    assert await page.evaluate(ground) == dark
    await page.locator(".side-foot summary").click()
    await page.get_by_role("button", name="Same as system").first.click()
    await page.reload()
    assert await page.evaluate(ground) == light
    await page.emulate_media(color_scheme="dark")
    assert await page.evaluate(ground) == dark


async def test_theme_without_script(
    chromium: Browser, house: House, database: Database, tenant: Tenant
) -> None:
    """Menus, theme and days work without JavaScript, too."""
    token = await sign_in_as(house, database, tenant)
    async with open_reader(chromium, house, token, has_scripts=False) as reader:
        page = reader.page
        await reader.visit(DESIGN)
        await page.locator(".side-foot summary").click()
        await page.get_by_role("button", name="Dark").first.click()
        await page.wait_for_url(f"**{DESIGN}")
        assert await page.locator("html").get_attribute("data-bs-theme") == "dark"
        await page.locator("summary", has_text="Last 30 days").click()
        await page.get_by_label("From", exact=True).fill("2026-01-01")
        await page.get_by_label("To", exact=True).fill("2026-01-31")
        await page.get_by_role("button", name="Show these days").click()
        await expect(page.locator("summary", has_text="1 Jan – 31 Jan 2026")).to_be_visible()


async def test_phone(chromium: Browser, house: House, database: Database, tenant: Tenant) -> None:
    """On a phone the places are at the bottom, at most five, and the side is away."""
    token = await sign_in_as(house, database, tenant)
    async with open_reader(chromium, house, token, viewport=PHONE) as reader:
        await reader.visit(DESIGN)
        await expect(reader.page.locator(".side")).to_be_hidden()
        links = reader.page.locator(".bottom-bar a")
        assert 1 <= await links.count() <= 5
        await links.last.click()
        await reader.page.wait_for_url("**/dashboard/settings")
        await expect(links.last).to_have_attribute("aria-current", "page")


def test_shortcuts_are_told_apart() -> None:
    """No two places share a key, and none takes the switcher's."""
    keys = [place.key for group in PLACES for place in group]
    assert len({*keys, "k"}) == len(keys) + 1


async def test_errors(reader: Reader) -> None:
    """An address that leads nowhere is a page with a way on, inside the dashboard and outside."""
    for path in ("/dashboard/nowhere", "/nowhere"):
        answer = await reader.visit(path)
        assert answer.status == 404
        await expect(reader.page.get_by_role("link", name="Go to the overview")).to_be_visible()


@pytest.mark.parametrize("accept", ["application/json", "*/*"])
async def test_errors_for_programs(house: House, accept: str) -> None:
    """A program gets problem details at the same address."""
    async with house.http(Accept=accept) as http:
        answer = await http.get("/nowhere")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_other_organizations_client(reader: Reader, database: Database) -> None:
    """Another organization's client can't be chosen in the address."""
    other = await make_tenant(database)
    assert (await reader.visit(f"{DESIGN}?client=shop-{other.client_id.hex[-8:]}")).status == 404


async def test_pages_are_fetched_ahead(reader: Reader) -> None:
    """A page that somebody points at is there before they click."""
    context = reader.page.context
    async with context.expect_event("requestfinished", lambda request: "speculationrules" in request.url):
        await reader.visit(DESIGN)
    async with context.expect_event("request", lambda request: "/settings" in request.url) as fetched:
        await reader.page.locator(".side-link", has_text="Settings").hover()
    request = await fetched.value
    assert (await request.all_headers())["sec-purpose"].startswith("prefetch")
    assert reader.complaints == []
