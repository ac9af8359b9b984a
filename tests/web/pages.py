"""Every page that somebody who is signed in can open, and how each is looked at."""

from dataclasses import dataclass
from typing import Literal

from playwright.async_api import Browser, ViewportSize

from tests.support.browser import ARTIFACTS, DESKTOP, PHONE, open_reader
from tests.support.house import House

SIGHTS: tuple[tuple[str, ViewportSize, Literal["light", "dark"], bool], ...] = (
    ("desktop-light", DESKTOP, "light", True),
    ("desktop-dark", DESKTOP, "dark", False),
    ("phone-light", PHONE, "light", False),
    ("phone-dark", PHONE, "dark", True),
)
"""Name, size, colours, and whether axe's rules are asked and a picture is kept (which takes a second)."""


@dataclass(frozen=True)
class Look:
    """What a page is asked for.

    Attributes:
        wait_for: what must be there before it is looked at.
    """

    name: str
    path: str
    status: int = 200
    wait_for: str = "h1"


async def look(chromium: Browser, house: House, token: str | None, page: Look) -> list[str]:
    """Open a page, look at it at both widths, light and dark; returns what is wrong."""
    ARTIFACTS.mkdir(exist_ok=True)
    async with open_reader(chromium, house, token) as reader:
        response = await reader.visit(page.path)
        await reader.page.wait_for_selector(page.wait_for)
        faults = [f"status {response.status}"] if response.status != page.status else []
        for sight, size, scheme, is_thorough in SIGHTS:
            await reader.look_as(size, scheme)
            found = []
            if is_thorough:
                await reader.page.screenshot(path=ARTIFACTS / f"{page.name}-{sight}.png", full_page=True)
                found = await reader.violations()
            found += ["is wider than the screen"] if await reader.is_wider_than_screen() else []
            faults += [f"{sight}: {fault}" for fault in found]
        return faults + [each for each in reader.complaints if f"status of {page.status}" not in each]
