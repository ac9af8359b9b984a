"""`/api/docs`, the interactive reference."""

import re

from tests.support.house import House


async def test_the_page_needs_nothing_from_elsewhere(house: House) -> None:
    """It loads files of this server only, and its policy allows no script or style inside the page."""
    async with house.http() as http:
        page = await http.get("/api/docs")
        scripts = re.findall(r'<script[^>]*src="([^"]+)"', page.text)
        start = await http.get(scripts[-1])
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self'; style-src 'self'" in page.headers["content-security-policy"]
    assert re.findall(r"<style|style=|<script(?![^>]*src=)|https?://", page.text) == []
    assert all(address.startswith("/") for address in scripts)
    assert start.headers["content-type"].startswith("text/javascript")
    assert '"/api/openapi.json"' in start.text
