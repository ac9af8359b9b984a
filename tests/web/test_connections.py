"""Connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, expect

from convertos.connections.connection_string import ConnectionString
from convertos.core.database import Database, Role
from tests.support.browser import Reader, open_reader, sign_in_as
from tests.support.connected_shops import connected_shop
from tests.support.house import House
from tests.support.senders import event, send_event
from tests.support.tenants import Source, Tenant, make_tenant

CONNECTIONS = "/dashboard/connections"


def path_of(source: Source) -> str:
    return f"{CONNECTIONS}/{source.connection_id}"


@asynccontextmanager
async def worker_of(house: House) -> AsyncIterator[None]:
    """A worker that works all the while."""

    async def work() -> None:
        while True:
            await house.settle()
            await asyncio.sleep(0.02)

    working = asyncio.create_task(work())
    try:
        yield
    finally:
        working.cancel()


async def test_first_connection(reader: Reader, house: House, tenant: Tenant) -> None:
    """Who has no connection is led to one, and gets everything that the site needs in one line, once."""
    page = reader.page
    await reader.visit(CONNECTIONS)
    await page.get_by_role("main").get_by_role("link", name="New connection").click()
    await page.get_by_role("link", name="WordPress plugin").click()
    await page.get_by_label("The site's domain").fill("no domain at all")
    await page.get_by_role("button", name="Create connection").click()
    await expect(page.locator("#domain-error")).to_contain_text("shop.example")
    await page.get_by_label("The site's domain").fill("https://www.Noir.example/de/")
    await page.get_by_label("Name").fill("Noir's site")
    await page.get_by_role("button", name="Create connection").click()
    line = ConnectionString.decode(await page.locator("#connection-string").input_value())
    assert await page.locator("#connection-string").get_attribute("type") == "password"
    await page.get_by_role("link", name="I have copied it").click()
    await expect(page.get_by_role("heading", name="Noir's site")).to_be_visible()
    await expect(page.locator("#state")).to_contain_text("Waiting for the first event")
    assert line.secret not in await page.content()
    assert [each for each in reader.complaints if "status of 422" not in each] == []


async def test_events(reader: Reader, house: House, site: Source) -> None:
    """What arrives shows up while somebody watches, with its outcome; a click shows what was sent."""
    page = reader.page
    await reader.visit(path_of(site))
    async with house.http() as http:
        await send_event(http, site, event("order.paid", total="nothing"))
        await send_event(http, site, event(email="a@b.example"))
    await house.settle()
    rows = page.locator("#event-list tbody tr")
    await expect(rows).to_have_count(2)
    await expect(rows.first).to_contain_text("processed")
    await expect(page.locator("#state")).to_contain_text("Degraded")
    await page.get_by_label("Status").select_option("Failed")
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("order.paid")
    await page.get_by_label("Status").select_option("All events")
    await page.get_by_role("link", name="lead.created").click()
    await expect(page.locator("#payload")).to_contain_text('"email": "a@b.example"')
    await expect(page.locator(".facts-mono")).to_contain_text("x-convertos-connection-id")
    assert reader.complaints == []


async def test_replay(reader: Reader, house: House, site: Source) -> None:
    """One event, or all that failed, are processed again at a click."""
    page = reader.page
    async with house.http() as http:
        await send_event(http, site, event("order.paid", total="nothing"))
    await house.settle()
    await reader.visit(path_of(site))
    await page.get_by_role("button", name="Process failed again").click()
    await page.get_by_role("dialog").get_by_role("button", name="Process again").click()
    await expect(page.locator("#toasts")).to_contain_text("1 event that failed is processed again")
    await expect(page.locator("#event-list")).to_contain_text("waiting")
    await house.settle()
    await page.get_by_role("link", name="order.paid").click()
    await page.get_by_role("button", name="Process again").click()
    await expect(page.locator("#toasts")).to_contain_text("The event is processed again")


async def test_test_event(reader: Reader, house: House, site: Source) -> None:
    """A test event tells each step of its way."""
    await reader.visit(path_of(site))
    async with worker_of(house):
        await reader.page.get_by_role("button", name="Send test event").click()
        await expect(reader.page.locator("#test")).to_contain_text("The test event came all the way")
    await expect(reader.page.locator("#test .check-good")).to_have_count(4)
    assert reader.complaints == []


async def test_refused(reader: Reader, house: House, database: Database, site: Source) -> None:
    """A sender with a wrong secret is told to whoever looks, with what to do."""
    async with house.http() as http:
        assert (await send_event(http, site, event(), secret="another")).status_code == 401
    count = 0
    while not count:  # counted on a beat
        async with database.transaction(role=Role.WORKER) as transaction:
            count = await transaction.scalar(
                "SELECT count(*) FROM rejections WHERE connection_id = %s", (site.connection_id,)
            )
        await asyncio.sleep(0.05)
    await reader.visit(CONNECTIONS)
    card = reader.page.locator(".connection")
    await expect(card).to_contain_text("Refused")
    await expect(card).to_contain_text("Rotate the secret")
    await expect(reader.page.locator(".side-mark")).to_have_text("1 needs attention")


async def test_rotate(reader: Reader, house: House, site: Source) -> None:
    """The new secret is shown once, the old one goes on for a day, and a site gets a new line to paste."""
    page = reader.page
    await reader.visit(path_of(site))
    await page.get_by_label("More").click()
    await page.get_by_role("button", name="Rotate secret").click()
    await page.get_by_label("Also a new connection string").check()
    await page.get_by_role("dialog").get_by_role("button", name="Rotate secret").click()
    await expect(page.get_by_text("both verify, so nothing is lost")).to_be_visible()
    secret = await page.locator("#secret").input_value()
    line = ConnectionString.decode(await page.locator("#connection-string").input_value())
    assert (line.secret, line.connection_id) == (secret, site.public_id)
    async with house.http() as http:
        for each in (site.secret, secret):
            assert (await send_event(http, site, event(), secret=each)).status_code == 200


async def test_pause(reader: Reader, house: House, site: Source) -> None:
    """A paused connection keeps what comes until it is resumed."""
    page = reader.page
    await reader.visit(path_of(site))
    await page.get_by_label("More").click()
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator("#state")).to_contain_text("Paused")
    async with house.http() as http:
        await send_event(http, site, event())
    await house.settle()
    await page.reload()
    await expect(page.locator("#state")).to_contain_text("1 event kept")
    await page.get_by_label("More").click()
    await page.get_by_role("button", name="Resume").click()
    await house.settle()
    await page.reload()
    await expect(page.locator("#state")).to_contain_text("Active")


async def test_settings(reader: Reader, house: House, site: Source) -> None:
    """Its name and what it demands are changed on a page; a wrong address is quoted."""
    page = reader.page
    await reader.visit(f"{path_of(site)}/settings")
    await page.get_by_label("Name").fill("Noir")
    await page.get_by_label("Only signatures that hold a timestamp").check()
    await page.get_by_label("Allowed addresses").fill("home")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator("#allowedNetworks-error")).to_be_visible()
    await page.get_by_label("Allowed addresses").fill("127.0.0.0/8")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", name="Noir")).to_be_visible()
    async with house.http() as http:
        assert (await send_event(http, site, event())).json()["code"] == "timestamp_missing"


async def test_delete(reader: Reader, house: House, site: Source) -> None:
    """A connection is deleted by whoever types its name; it is refused from then on."""
    page = reader.page
    await reader.visit(f"{path_of(site)}/delete")
    await page.get_by_label("type its name").fill("something else")
    await page.get_by_role("button", name="Delete Connection").click()
    await expect(page.locator("#confirm-error")).to_be_visible()
    await page.get_by_label("type its name").fill("Connection")
    await page.get_by_role("button", name="Delete Connection").click()
    await expect(page.locator("#toasts")).to_contain_text("What it brought stays")
    async with house.http() as http:
        assert (await send_event(http, site, event())).status_code == 401


async def test_delete_a_store_with_keys(
    reader: Reader, house: House, database: Database, tenant: Tenant
) -> None:
    """Where we have keys of a store, a worker takes our webhooks away there after the deletion."""
    async with connected_shop(house, database, tenant) as connected:
        await reader.visit(f"{path_of(connected.source)}/delete")
        await reader.page.get_by_label("type its name").fill("Connection")
        await reader.page.get_by_role("button", name="Delete Connection").click()
        await expect(reader.page.locator("#toasts")).to_contain_text("What it brought stays")
    async with database.transaction(role=Role.WORKER) as transaction:
        jobs = await transaction.scalar(
            "SELECT count(*) FROM procrastinate_jobs WHERE args ->> 'connection_id' = %s",
            (str(connected.source.connection_id),),
        )
    assert jobs == 1


async def test_viewer(
    chromium: Browser, house: House, database: Database, tenant: Tenant, site: Source
) -> None:
    """Who may only look sees how a connection does, and neither payloads nor anything to change."""
    async with house.http() as http:
        await send_event(http, site, event())
    token = await sign_in_as(house, database, tenant, "viewer")
    async with open_reader(chromium, house, token) as viewer:
        await viewer.visit(path_of(site))
        await expect(viewer.page.locator("#event-list")).to_contain_text("lead.created")
        await expect(viewer.page.locator("#event-list a")).to_have_count(0)
        await expect(viewer.page.get_by_role("button", name="Send test event")).to_have_count(0)
        assert (await viewer.visit(f"{path_of(site)}/settings")).status == 403


async def test_other_tenant(
    chromium: Browser, house: House, database: Database, tenant: Tenant, site: Source
) -> None:
    """Another organization's connection is not there."""
    token = await sign_in_as(house, database, await make_tenant(database))
    async with open_reader(chromium, house, token) as stranger:
        for path in (path_of(site), f"{path_of(site)}/settings", f"{path_of(site)}/delete"):
            assert (await stranger.visit(path)).status == 404
