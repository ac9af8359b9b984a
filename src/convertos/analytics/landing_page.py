"""What a landing page is called in reports. Pure."""

import re

from convertos.analytics.model import NOTHING_KNOWN

_LONGEST = 300
_BEFORE_HOST = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://(www\.)?")


def landing_page_of(address: str | None) -> str:
    """Host and path of an address: what follows the question mark tells of the visit, not of the page."""
    page = (address or "").split("#", 1)[0].split("?", 1)[0]
    if found := _BEFORE_HOST.match(page):
        page = page[found.end() :]
    return page.rstrip("/")[:_LONGEST] or NOTHING_KNOWN
