"""A person at a browser: what they see, and whatever the page complained about."""

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from playwright.async_api import Browser, ConsoleMessage, Page, Response, ViewportSize

from convertos.core.database import Database, Role
from convertos.core.ids import new_id
from tests.support.house import House
from tests.support.tenants import Tenant

ARTIFACTS = Path(__file__).parent.parent / "artifacts"
AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 390, "height": 844}


async def sign_in_as(house: House, database: Database, tenant: Tenant, role: str = "owner") -> str:
    """A person of the tenant's organization with a session; returns its token."""
    user_id, token, now = new_id(), secrets.token_urlsafe(32), datetime.now(UTC)
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute(
            """
            INSERT INTO users (organization_id, user_id, email, name, password_hash, role)
            VALUES (%s, %s, %s, 'Maria Papadaki', '-', %s)
            """,
            (tenant.organization_id, user_id, f"{user_id.hex}@agency.example", role),
        )
        await transaction.execute(
            """
            INSERT INTO sessions (token_hash, organization_id, user_id, csrf_token, expires_at)
            VALUES (%s, %s, %s, %s, %s)
            """,
            (
                house.installation.token_hasher.hash(token),
                tenant.organization_id,
                user_id,
                secrets.token_urlsafe(24),
                now + timedelta(days=1),
            ),
        )
    return token


@dataclass
class Reader:
    """Somebody who looks at pages.

    Attributes:
        complaints: what pages wrote to the console as an error or warning, and requests that failed.
    """

    page: Page
    base_url: str
    complaints: list[str] = field(default_factory=list)

    async def visit(self, path: str) -> Response:
        """Open a page and wait until it is quiet."""
        response = await self.page.goto(f"{self.base_url}{path}", wait_until="load")
        assert response is not None
        return response

    async def look_as(self, size: ViewportSize, scheme: Literal["light", "dark"]) -> None:
        """Look at the present page on another screen, with the system in light or dark."""
        await self.page.set_viewport_size(size)
        await self.page.emulate_media(color_scheme=scheme)
        await self.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))")

    async def violations(self) -> list[str]:
        """What axe-core finds serious or critical on the present page."""
        if not await self.page.evaluate("'axe' in window"):
            await self.page.evaluate(AXE.read_text())
        found = await self.page.evaluate(
            "axe.run(document, {resultTypes: ['violations'], elementRef: false, selectors: false})"
            ".then(result => result.violations.map("
            "each => [each.impact, each.id, each.nodes.map(node => node.html.slice(0, 160))]))"
        )
        return [f"{name}: {nodes}" for impact, name, nodes in found if impact in {"serious", "critical"}]

    async def is_wider_than_screen(self) -> bool:
        """Whether the page has to be scrolled sideways."""
        width: bool = await self.page.evaluate(
            "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        )
        return width

    def _listen(self) -> None:
        self.page.on("console", self._note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _note(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(message.text)


@asynccontextmanager
async def open_reader(
    chromium: Browser,
    house: House,
    token: str | None = None,
    *,
    viewport: ViewportSize = DESKTOP,
    scheme: Literal["light", "dark"] = "light",
    locale: str = "en-GB",
    has_scripts: bool = True,
) -> AsyncIterator[Reader]:
    """Somebody with a browser of their own, signed in by a session's token."""
    context = await chromium.new_context(
        viewport=viewport,
        color_scheme=scheme,
        locale=locale,
        reduced_motion="reduce",
        java_script_enabled=has_scripts,
    )
    if token is not None:
        await context.add_cookies([{"name": "convertos_session", "value": token, "url": house.base_url}])
    reader = Reader(await context.new_page(), house.base_url)
    reader._listen()
    try:
        yield reader
    finally:
        await context.close()
