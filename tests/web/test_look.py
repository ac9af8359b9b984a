"""Every page at both widths, light and dark: no complaint of the browser, no serious violation of axe's rules,
no scrolling sideways. The pictures are in tests/artifacts, to be looked at by people.
"""

import pytest
from playwright.async_api import Browser

from convertos.core.database import Database
from tests.support.browser import sign_in_as
from tests.support.house import House
from tests.support.shop_history import furnish
from tests.support.tenants import Source, Tenant
from tests.web.pages import Look, look

SETTINGS = (
    Look("settings", "/dashboard/settings"),
    Look("settings-clients", "/dashboard/settings/clients"),
    Look("settings-client-new", "/dashboard/settings/clients/new"),
    Look("settings-people", "/dashboard/settings/people"),
    Look("settings-person-new", "/dashboard/settings/people/new"),
    Look("settings-keys", "/dashboard/settings/keys"),
    Look("settings-key-new", "/dashboard/settings/keys/new"),
    Look("settings-audit", "/dashboard/settings/audit"),
)


@pytest.mark.parametrize("page", SETTINGS, ids=lambda page: page.name)
async def test_settings(
    chromium: Browser, house: House, database: Database, tenant: Tenant, page: Look
) -> None:
    """Somebody can work with the settings on any screen."""
    assert await look(chromium, house, await sign_in_as(house, database, tenant), page) == []


async def test_design(chromium: Browser, house: House, database: Database, tenant: Tenant) -> None:
    """Every part of the design can be looked at on one page."""
    token = await sign_in_as(house, database, tenant)
    assert await look(chromium, house, token, Look("design", "/dashboard/design", wait_for="canvas")) == []


async def test_shop_with_history(
    chromium: Browser, house: House, database: Database, tenant: Tenant, site: Source
) -> None:
    """Every page of figures, people and orders, once there is something on it."""
    await furnish(house, site)
    token = await sign_in_as(house, database, tenant)
    async with database.transaction(tenant.scope) as transaction:
        order = await transaction.scalar("SELECT order_id FROM orders WHERE refunded_total > 0 LIMIT 1")
        contact = await transaction.scalar("SELECT contact_id FROM contacts WHERE total_orders > 1 LIMIT 1")
        lead = await transaction.scalar("SELECT lead_id FROM leads LIMIT 1")
        receipt = await transaction.scalar("SELECT receipt_id FROM receipts LIMIT 1")
    pages = (
        Look("overview", "/dashboard", wait_for="canvas"),
        Look("orders", "/dashboard/orders"),
        Look("order", f"/dashboard/orders/{order}"),
        Look("leads", "/dashboard/leads"),
        Look("lead", f"/dashboard/leads/{lead}"),
        Look("contacts", "/dashboard/contacts"),
        Look("contact", f"/dashboard/contacts/{contact}"),
        Look("contact-merge", f"/dashboard/contacts/{contact}/merge?search=mail.example"),
        Look("connections", "/dashboard/connections"),
        Look("connection", f"/dashboard/connections/{site.connection_id}"),
        Look("connection-settings", f"/dashboard/connections/{site.connection_id}/settings"),
        Look("connection-event", f"/dashboard/connections/{site.connection_id}/events/{receipt}"),
        Look("connection-new", "/dashboard/connections/new"),
        Look("connection-new-woocommerce", "/dashboard/connections/new/woocommerce"),
    )
    faults = {page.name: await look(chromium, house, token, page) for page in pages}
    assert faults == {page.name: [] for page in pages}


@pytest.mark.parametrize(
    "page",
    [Look("login", "/login"), Look("not-found", "/nowhere", 404), Look("setup-refused", "/setup?token=x")],
    ids=lambda page: page.name,
)
async def test_outside(chromium: Browser, house: House, page: Look) -> None:
    """Pages for whoever is not signed in have the same look."""
    assert await look(chromium, house, None, page) == []
