"""What a connection's page says of its WordPress site."""

from playwright.async_api import expect

from convertos.core.database import Database
from tests.support.browser import Reader
from tests.support.callers import site_key_of
from tests.support.house import House
from tests.support.tenants import Source


async def test_versions_and_an_old_plugin(
    reader: Reader, house: House, database: Database, site: Source
) -> None:
    """The versions that the plugin told, a plugin that is too old by name, and a newer one to download."""
    page = reader.page
    await reader.visit(f"/dashboard/connections/{site.connection_id}")
    await expect(page.locator("#site")).to_contain_text("tells its version when it is connected")
    key = await site_key_of(database, house.installation, site)
    told = "plugin=0.9.0; wordpress=6.8.1; php=8.2.7; delivery=wp-cron"
    async with house.http(**{"x-api-key": key, "x-convertos-site": told}) as http:
        await http.get("/api/integrations/wordpress/status")
    await page.reload()
    await expect(page.locator("#site")).to_contain_text("0.9.0, is older than 1.0.0")
    await expect(page.locator("#site")).to_contain_text("WP-Cron")
    async with page.expect_download() as download:
        await page.get_by_role("link", name="Download plugin").click()
    assert (await download.value).suggested_filename.startswith("convertos-connector-")
    assert reader.complaints == []
