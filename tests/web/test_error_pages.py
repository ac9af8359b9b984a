"""What a person sees when something goes wrong."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from playwright.async_api import Browser, expect

from convertos.app import create_app
from convertos.core.errors import ForbiddenError, TooManyRequestsError, UnavailableError
from convertos.core.installation import Installation
from convertos.core.settings import Settings
from convertos.web import add_pages
from convertos.web.assets import Assets
from tests.support.browser import open_reader
from tests.support.house import House, run_server
from tests.web.pages import Look, look

FAULTS = {
    "forbidden": (403, ForbiddenError("This needs the right users:write, which you do not have.")),
    "busy": (429, TooManyRequestsError("Too many attempts to sign in. Wait, then try again.")),
    "bug": (500, RuntimeError("password=hunter2")),
    "away": (503, UnavailableError("The database can't be reached at the moment. Try again soon.")),
}


@pytest.fixture(scope="module")
async def faulty_house(house: House) -> AsyncIterator[House]:
    """A house with an address for everything that can go wrong."""
    app = create_app(house.installation)
    for name, (_, error) in FAULTS.items():
        app.api.add_api_route(f"/faults/{name}", _raising(error))
    async with run_server(app, house.installation.settings) as port:
        yield House(house.installation, house.database, house.worker, f"http://127.0.0.1:{port}")


def _raising(error: Exception) -> Callable[[], Awaitable[None]]:
    async def fail() -> None:
        raise error

    return fail


@pytest.mark.parametrize("name", FAULTS)
async def test_page(chromium: Browser, faulty_house: House, name: str) -> None:
    """The same look, what happened in a sentence, and a way on."""
    status, _ = FAULTS[name]
    page = Look(f"error-{status}", f"/faults/{name}", status)
    assert await look(chromium, faulty_house, None, page) == []


async def test_bug(chromium: Browser, faulty_house: House) -> None:
    """An error of ours says nothing but the number to ask for help with."""
    async with open_reader(chromium, faulty_house) as reader:
        answer = await reader.visit("/faults/bug")
        text = await reader.page.content()
        number = (await answer.all_headers())["x-request-id"]
        await expect(reader.page.locator("main")).to_contain_text(number)
    assert "hunter2" not in text
    assert "RuntimeError" not in text


async def test_part_of_a_page(faulty_house: House) -> None:
    """A part of a page that fails becomes a toast; the rest stays as it is."""
    async with faulty_house.http(Accept="text/html", **{"HX-Request": "true"}) as http:
        answer: httpx.Response = await http.get("/faults/away")
        signed_out = await http.get("/dashboard/settings")
    assert (answer.headers["hx-retarget"], answer.headers["hx-reswap"]) == ("#toasts", "beforeend")
    assert "Try again soon" in answer.text
    assert signed_out.headers["hx-redirect"] == "/login"


async def test_without_assets(tmp_path: Path, installation: Installation) -> None:
    """A checkout whose browser files were never fetched says which command fetches them."""
    app = FastAPI()
    add_pages(app, Settings(), Assets(tmp_path))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://house.example") as http:
        answer = await http.get("/static/x/convertos.css")
    assert answer.status_code == 503
    assert "make up" in answer.text


async def test_https() -> None:
    """A house that is reached by https tells browsers to insist on it."""
    app = FastAPI()
    add_pages(app, Settings(public_url="https://convertos.example"))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="https://convertos.example"
    ) as http:
        answer = await http.get("/static/x/convertos.css")
    assert answer.headers["strict-transport-security"] == "max-age=63072000"
