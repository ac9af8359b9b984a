"""The settings."""

import re

import httpx
from playwright.async_api import Browser, expect

from convertos.core.database import Database
from convertos.web.settings.browsers import browser_name
from tests.support.browser import Reader, open_reader, sign_in_as
from tests.support.house import House
from tests.support.tenants import Tenant

SETTINGS = "/dashboard/settings"


async def test_key_is_shown_once(reader: Reader, house: House) -> None:
    """A new key works, is shown in one answer, and is nowhere else afterwards; revoked, it works no more."""
    page = reader.page
    await reader.visit(f"{SETTINGS}/keys")
    await page.get_by_role("link", name="New key").first.click()
    await page.get_by_label("Name").fill("Monthly report")
    await page.get_by_role("button", name="Create key").click()
    field = page.get_by_label("API key", exact=True)
    await expect(field).to_have_attribute("type", "password")
    key = await field.input_value()
    async with house.http(Authorization=f"Bearer {key}") as http:
        assert (await http.get("/api/me")).json()["me"]["name"] == "Monthly report"
        await page.get_by_role("link", name="I have copied it").click()
        assert key not in await page.content()
        await expect(page.locator(".list")).to_contain_text(key[:10])
        await page.get_by_role("button", name="Revoke").click()
        await page.get_by_role("button", name="Revoke key").click()
        await expect(page.locator("#toasts")).to_contain_text("Monthly report is revoked")
        await expect(page.locator(".list")).to_contain_text("revoked")
        answer: httpx.Response = await http.get("/api/me")
    assert answer.status_code == 401
    assert reader.complaints == []


async def test_key_for_some(reader: Reader, house: House, tenant: Tenant) -> None:
    """A key can be given a few scopes and one client only."""
    page = reader.page
    await reader.visit(f"{SETTINGS}/keys/new")
    await page.get_by_label("Name").fill("Orders only")
    await page.get_by_label("Only this").check()
    await page.get_by_role("button", name="Create key").click()
    await expect(page.locator("#scopes-error")).to_contain_text("at least one scope")
    await page.get_by_label("See orders, products and checkouts").check()
    await page.get_by_label("Only these").check()
    await page.get_by_label("Shop", exact=True).check()
    await page.get_by_role("button", name="Create key").click()
    key = await page.get_by_label("API key", exact=True).input_value()
    async with house.http(Authorization=f"Bearer {key}") as http:
        me = (await http.get("/api/me")).json()["me"]
    assert (me["rights"], me["clientIds"]) == (["orders:read"], [str(tenant.client_id)])


async def test_person(chromium: Browser, reader: Reader, house: House) -> None:
    """A person who is added can sign in and sees what their role allows; a disabled one can't."""
    page = reader.page
    await reader.visit(f"{SETTINGS}/people/new")
    await page.get_by_label("Name").fill("Nikos Viewer")
    await page.get_by_label("E-mail address").fill("nikos@agency.example")
    await page.get_by_label("First password").fill("five plain words in a row")
    await page.get_by_label("Role").select_option("viewer")
    await page.get_by_role("button", name="Add person").click()
    await expect(page.locator("#toasts")).to_contain_text("Nikos Viewer can sign in now")
    async with open_reader(chromium, house) as nikos:
        await nikos.visit("/login?next=/dashboard/settings")
        await nikos.page.get_by_label("E-mail address").fill("nikos@agency.example")
        await nikos.page.get_by_label("Password").fill("five plain words in a row")
        await nikos.page.get_by_role("button", name="Sign in").click()
        await expect(nikos.page.locator(".tabs")).to_have_text(re.compile(r"^\s*Profile\s*Clients\s*$"))
        assert (await nikos.visit(f"{SETTINGS}/people")).status == 403
        await page.get_by_role("link", name="Nikos Viewer").click()
        await page.get_by_label("Disabled").check()
        await page.get_by_role("button", name="Save").click()
        await expect(page.locator(".list")).to_contain_text("disabled")
        await nikos.visit(SETTINGS)
        assert "/login" in nikos.page.url


async def test_last_owner(reader: Reader) -> None:
    """The last owner can't be made something less; the reason stands above the form."""
    await reader.visit(f"{SETTINGS}/people")
    await reader.page.get_by_role("link", name="Maria Papadaki").click()
    await reader.page.get_by_label("Role").select_option("admin")
    await reader.page.get_by_role("button", name="Save").click()
    await expect(reader.page.get_by_role("alert")).to_contain_text("This is the last owner")


async def test_client(reader: Reader) -> None:
    """A client is made, found in the switcher, changed, and erased by typing its short name."""
    page = reader.page
    await reader.visit(f"{SETTINGS}/clients/new")
    await page.get_by_label("Name").fill("Café Noir")
    await page.get_by_label("Domain").fill("https://www.Cafe-Noir.example/shop")
    await page.get_by_label("Time zone").fill("Nowhere/Nothing")
    await page.get_by_role("button", name="Create client").click()
    await expect(page.locator("#timezone-error")).to_contain_text("no IANA time zone")
    await page.get_by_label("Time zone").fill("Europe/Paris")
    await page.get_by_role("button", name="Create client").click()
    await page.wait_for_url("**client=cafe-noir")
    await expect(page.locator(".side .switcher strong")).to_have_text("Café Noir")
    await reader.visit(f"{SETTINGS}/clients?client=cafe-noir")
    await page.get_by_role("link", name="Café Noir").last.click()
    await expect(page.get_by_label("Domain").first).to_have_value("cafe-noir.example")
    await page.get_by_label("Without tax").check()
    await page.get_by_label("Own domains").fill("blog.cafe-noir.example\nnot a domain at all")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#own_domains-error")).to_contain_text("no domain")
    await page.get_by_label("Own domains").fill("blog.cafe-noir.example\nWWW.café.example")
    await page.get_by_label("Own names for sources").fill("fbads = facebook\nour-blog = blog (social)")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#toasts")).to_contain_text("Café Noir is saved")
    await expect(page.get_by_label("Without tax")).to_be_checked()
    await expect(page.get_by_label("Own domains")).to_have_value(
        "blog.cafe-noir.example\nxn--caf-dma.example"
    )
    await expect(page.get_by_label("Own names for sources")).to_have_value(
        "fbads = facebook\nour-blog = blog (social)"
    )
    await page.get_by_role("button", name="Erase Café Noir").click()
    await page.get_by_label("Short name of Café Noir").fill("something else")
    await page.get_by_role("dialog").get_by_role("button", name="Erase Café Noir").click()
    await expect(page.locator("#confirm-error")).to_contain_text("cafe-noir")
    await page.get_by_role("button", name="Erase Café Noir").click()
    await page.get_by_label("Short name of Café Noir").fill("cafe-noir")
    await page.get_by_role("dialog").get_by_role("button", name="Erase Café Noir").click()
    await expect(page.locator("#toasts")).to_contain_text("Café Noir is out of reach now")
    await reader.visit(f"{SETTINGS}/clients")
    await expect(page.locator(".list")).not_to_contain_text("Café Noir")
    await reader.visit(f"{SETTINGS}/audit")
    await expect(page.locator(".list tbody tr").first).to_contain_text("Client erased")


async def test_alias_that_makes_no_sense(reader: Reader, tenant: Tenant) -> None:
    """A line that is no name for a source is quoted with the form that it should have."""
    await reader.visit(f"{SETTINGS}/clients/{tenant.client_id}")
    await reader.page.get_by_label("Own names for sources").fill("fbads facebook")
    await reader.page.get_by_role("button", name="Save").click()
    await expect(reader.page.locator("#source_aliases-error")).to_contain_text("“fbads facebook”")


async def test_viewer_reads_settings(
    chromium: Browser, house: House, database: Database, tenant: Tenant
) -> None:
    """Who may not change a client sees its settings, and nothing to send."""
    token = await sign_in_as(house, database, tenant, "viewer")
    async with open_reader(chromium, house, token) as viewer:
        await viewer.visit(f"{SETTINGS}/clients/{tenant.client_id}")
        await expect(viewer.page.get_by_label("Time zone")).to_be_disabled()
        await expect(viewer.page.get_by_role("button", name="Save")).to_have_count(0)
        await expect(viewer.page.get_by_role("button", name="Erase")).to_have_count(0)


async def test_other_tenant(reader: Reader, database: Database) -> None:
    """Another organization's client is not there, as a page and in the address."""
    from tests.support.tenants import make_tenant

    other = await make_tenant(database)
    assert (await reader.visit(f"{SETTINGS}/clients/{other.client_id}")).status == 404
    assert (await reader.visit(f"/dashboard/settings?client=shop-{other.client_id.hex[-8:]}")).status == 404


async def test_copy(reader: Reader) -> None:
    """A copy button puts the whole value into the clipboard and says so."""
    await reader.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await reader.visit("/dashboard/design")
    await reader.page.get_by_role("button", name="Copy Secret").click()
    await expect(reader.page.get_by_role("button", name="Copy Secret")).to_have_text("Copied")
    assert await reader.page.evaluate("navigator.clipboard.readText()") == "0123456789abcdef" * 2


def test_browser_names() -> None:
    """People recognise their browsers."""
    agents = {
        "Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/126.0 Safari/537.36 Edg/126.0": "Edge on Windows",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0": "Firefox on Linux",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1": "Safari on iPhone",
        "python-httpx/0.28": "Another program",
        None: "Another program",
    }
    assert [browser_name(agent) for agent in agents] == list(agents.values())
