"""A real Chromium, and people who are signed in to the running house."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, async_playwright, expect

from convertos.core.database import Database
from tests.support.browser import Reader, open_reader, sign_in_as
from tests.support.house import House
from tests.support.tenants import Tenant

# A busy machine is slow, not wrong; what is wrong stays so.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium")
        yield browser
        await browser.close()


@pytest.fixture
async def reader(
    chromium: Browser, house: House, database: Database, tenant: Tenant
) -> AsyncIterator[Reader]:
    """The tenant's owner, signed in, at a desk."""
    token = await sign_in_as(house, database, tenant)
    async with open_reader(chromium, house, token) as opened:
        yield opened


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "chromium" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
