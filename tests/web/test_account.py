"""The way in and out."""

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from convertos.core.database import Database
from convertos.core.installation import Installation
from convertos.tenancy.setup import offer_setup
from tests.support.browser import Reader, open_reader, sign_in_as
from tests.support.house import House, run_house
from tests.support.tenants import Tenant
from tests.web.pages import Look, look

PASSWORD = "four plain words together"


@pytest.fixture
async def new_house(empty_installation: Installation) -> AsyncIterator[House]:
    """A house in which nobody has an account."""
    async with run_house(empty_installation) as running:
        yield running


@pytest.fixture
async def stranger(chromium: Browser, new_house: House) -> AsyncIterator[Reader]:
    """Somebody who is not signed in, at a house that is not set up."""
    async with open_reader(chromium, new_house) as opened:
        yield opened


async def setup_path(house: House) -> str:
    [link] = await offer_setup(house.installation)
    return link[link.index("/setup") :]


async def fill_setup(reader: Reader, password: str = PASSWORD) -> None:
    await reader.page.get_by_label("Organization").fill("Blue Agency")
    await reader.page.get_by_label("Your name").fill("Maria Papadaki")
    await reader.page.get_by_label("E-mail address").fill("Maria@Agency.example")
    await reader.page.get_by_label("Password").fill(password)
    await reader.page.get_by_role("button", name="Create account").click()


async def test_first_visit(stranger: Reader, new_house: House) -> None:
    """The link from the console makes the first account, signs in, and works once."""
    path = await setup_path(new_house)
    await stranger.visit(path)
    await fill_setup(stranger)
    await stranger.page.wait_for_url("**/dashboard**")
    await expect(stranger.page.locator(".side")).to_contain_text("Maria Papadaki")
    assert stranger.complaints == []
    await stranger.visit(path)
    assert "/setup" not in stranger.page.url


async def test_weak_password(stranger: Reader, new_house: House) -> None:
    """A password that is easily guessed is refused beside its field, and nothing that was typed is lost."""
    await stranger.visit(await setup_path(new_house))
    await fill_setup(stranger, "password1234")
    await expect(stranger.page.locator("#password-error")).to_contain_text(
        "first passwords that anybody would try"
    )
    await expect(stranger.page.get_by_label("Organization")).to_have_value("Blue Agency")
    await stranger.page.get_by_label("Password").fill(PASSWORD)
    await stranger.page.get_by_role("button", name="Create account").click()
    await stranger.page.wait_for_url("**/dashboard**")


async def test_before_setup(chromium: Browser, stranger: Reader, new_house: House) -> None:
    """Whoever comes without the link is told where to find it."""
    await stranger.visit("/")
    await expect(stranger.page.locator("main")).to_contain_text("set-up link that ConvertOS printed")
    refused = await stranger.visit("/setup?token=wrong")
    assert refused.status == 403
    path = await setup_path(new_house)
    assert await look(chromium, new_house, None, Look("setup", path)) == []
    assert await look(chromium, new_house, None, Look("setup-refused", "/setup?token=x", 403)) == []


async def test_sign_in_and_out(stranger: Reader, new_house: House) -> None:
    """Who signs in comes to the page they wanted; who signs out leaves nothing that works."""
    await stranger.visit(await setup_path(new_house))
    await fill_setup(stranger)
    await stranger.page.wait_for_url("**/dashboard**")
    before = await stranger.page.context.cookies()
    await stranger.page.locator("summary", has_text="Maria Papadaki").first.click()
    await stranger.page.get_by_role("button", name="Sign out").click()
    await stranger.page.wait_for_url("**/login")
    await stranger.page.context.add_cookies(before)  # type: ignore[arg-type]  # cookies as they were read
    await stranger.visit("/dashboard/settings/people?range=7d")
    assert "/login?next=" in stranger.page.url
    await stranger.page.get_by_label("E-mail address").fill("maria@agency.example")
    await stranger.page.get_by_label("Password").fill("not the right password")
    await stranger.page.get_by_role("button", name="Sign in").click()
    await expect(stranger.page.get_by_role("alert")).to_have_text(
        "The e-mail address or the password is wrong."
    )
    await stranger.page.get_by_label("Password").fill(PASSWORD)
    await stranger.page.get_by_role("button", name="Sign in").click()
    await stranger.page.wait_for_url("**/dashboard/settings/people?range=7d")


async def test_session_cookie(stranger: Reader, new_house: House) -> None:
    """What the browser keeps can't be read by scripts, nor sent along by other sites' forms."""
    await stranger.visit(await setup_path(new_house))
    await fill_setup(stranger)
    await stranger.page.wait_for_url("**/dashboard**")
    [cookie] = [each for each in await stranger.page.context.cookies() if each["name"] == "convertos_session"]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["secure"]) == (True, "Lax", False)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("/dashboard/orders?source=facebook", "/dashboard/orders?source=facebook"),
        ("https://evil.example/dashboard", "/dashboard"),
        ("//evil.example", "/dashboard"),
        ("/dashboard\\@evil.example", "/dashboard"),
        ("/logout", "/dashboard"),
        ("/dashboard/x\r\nset-cookie: a=b", "/dashboard/x%0D%0Aset-cookie:%20a=b"),
    ],
)
async def test_nobody_is_led_elsewhere(
    house: House, database: Database, tenant: Tenant, wanted: str, expected: str
) -> None:
    """Signing in leads to a page of the dashboard, whatever the link said."""
    token = await sign_in_as(house, database, tenant)
    async with house.http(Cookie=f"convertos_session={token}") as http:
        answer = await http.get("/login", params={"next": wanted})
    assert (answer.status_code, answer.headers["location"]) == (303, expected)


async def test_forms_of_other_sites(house: House, database: Database, tenant: Tenant) -> None:
    """A form from another site, or without the session's token, changes nothing."""
    token = await sign_in_as(house, database, tenant)
    path = "/dashboard/settings/clients/new"
    form = {"name": "Forged", "timezone": "UTC"}
    async with house.http(Cookie=f"convertos_session={token}", Accept="text/html") as http:
        page = (await http.get(path)).text
        csrf = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert csrf is not None
        ours = {"origin": house.base_url}
        signed = {**form, "csrf_token": csrf[1]}
        answers = [
            await http.post(path, data=form, headers=ours),
            await http.post(path, data={**form, "csrf_token": "x"}, headers=ours),
            await http.post(path, data=signed, headers={"origin": "https://evil.example"}),
            await http.post(path, data=signed, headers={"sec-fetch-site": "cross-site"}),
            await http.post(path, data=signed),
        ]
        made = await http.post(path, data={**signed, "name": "Ours"}, headers=ours)
        listed = (await http.get("/dashboard/settings/clients")).text
    assert [answer.status_code for answer in answers] == [403] * 5
    assert made.status_code == 303
    assert "Ours" in listed
    assert "Forged" not in listed


async def test_hostile_forms(house: House, database: Database, tenant: Tenant) -> None:
    """Bodies that are no form, too large, or hold what can't be stored are refused with a sentence."""
    token = await sign_in_as(house, database, tenant)
    headers = {"origin": house.base_url, "content-type": "application/x-www-form-urlencoded"}
    async with house.http(Cookie=f"convertos_session={token}", Accept="text/html") as http:
        for body, kind in (
            (b"{}", "application/json"),
            (b"a=%00", headers["content-type"]),
            (b"a=\xff", headers["content-type"]),
            (b"a=" + b"x" * 300_000, headers["content-type"]),
            (b"&".join([b"a=b"] * 2000), headers["content-type"]),
        ):
            answer = await http.post("/logout", content=body, headers={**headers, "content-type": kind})
            assert answer.status_code in {403, 422}
            assert "text/html" in answer.headers["content-type"]
        assert (await http.get("/dashboard/settings")).status_code == 200
