"""`POST /api/touch`, as a script on a shop's page calls it."""

from typing import Any

import httpx
import pytest
from tests.support.house import House
from tests.support.receipts import receipts_of
from tests.support.tenants import Source, Tenant, make_source

from convertos.core.database import Database, Role
from convertos.core.installation import Installation

TOUCH = "/api/touch"
PAGE = "https://tea.example/p?utm_source=newsletter&utm_medium=email&utm_campaign=spring"


@pytest.fixture
async def blog(database: Database, installation: Installation, tenant: Tenant) -> Source:
    """A site at tea.example."""
    return await make_source(database, installation, tenant, "wordpress", domain="tea.example")


def arrival(site: Source, **more: Any) -> dict[str, Any]:
    return {"siteKey": site.public_id, "visitorId": "v-1", "url": PAGE} | more


async def tell(house: House, body: Any, origin: str | None = "https://tea.example") -> httpx.Response:
    headers = {} if origin is None else {"origin": origin}
    async with house.http() as http:
        return await http.post(TOUCH, json=body, headers=headers)


async def test_an_arrival_becomes_a_touch(house: House, database: Database, blog: Source) -> None:
    """The campaign in the page's address is what is remembered of the visit."""
    answer = await tell(house, arrival(blog, referrer="https://mail.example/"))
    await house.settle()
    async with database.transaction(role=Role.WORKER) as transaction:
        (touch,) = await transaction.rows("SELECT * FROM touches WHERE client_id = %s", (blog.client_id,))
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "https://tea.example"
    assert (touch["visitor_id"], touch["source"], touch["campaign"]) == ("v-1", "newsletter", "spring")


async def test_a_beacon_sends_plain_text(house: House, database: Database, blog: Source) -> None:
    """What a browser sends while a page goes away is taken too, in either spelling."""
    body = f'{{"site_key": "{blog.public_id}", "visitor_id": "v", "url": "{PAGE}"}}'
    headers = {"origin": "https://www.tea.example", "content-type": "text/plain;charset=UTF-8"}
    async with house.http() as http:
        answer = await http.post(TOUCH, content=body, headers=headers)
    assert answer.status_code == 204
    assert len(await receipts_of(database, blog)) == 1


async def test_without_consent_nothing_is_kept(house: House, database: Database, blog: Source) -> None:
    """Who refused leaves no trace, not even a receipt."""
    answer = await tell(house, arrival(blog, consent=False))
    assert answer.status_code == 204
    assert await receipts_of(database, blog) == []


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "null",
        "https://evil.example",
        "https://tea.example.evil.example",
        "https://eviltea.example",
        "ftp://tea.example",
        "https://tea.example:8443",
    ],
)
async def test_only_pages_of_the_site_are_believed(
    house: House, database: Database, blog: Source, origin: str | None
) -> None:
    """The key can be read by everybody, so it is good for the site's own pages only."""
    answer = await tell(house, arrival(blog), origin)
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
    assert await receipts_of(database, blog) == []


@pytest.mark.parametrize(
    "origin", ["https://tea.example", "http://www.tea.example", "https://en.tea.example"]
)
async def test_a_site_has_several_hosts(house: House, blog: Source, origin: str) -> None:
    """Its own domain with and without www, and those below."""
    assert (await tell(house, arrival(blog), origin)).status_code == 204


async def test_a_key_that_is_none_is_refused_alike(house: House, blog: Source) -> None:
    """Nobody learns which keys there are."""
    unknown = await tell(house, arrival(blog, siteKey="wp_" + "0" * 24))
    strange = await tell(house, arrival(blog), "https://evil.example")
    assert unknown.status_code == strange.status_code == 403
    assert unknown.json()["detail"] == strange.json()["detail"]


async def test_a_browser_may_ask_first(house: House) -> None:
    """Before it sends JSON to another origin, a browser asks, and is told yes."""
    async with house.http() as http:
        answer = await http.options(TOUCH, headers={"origin": "https://tea.example"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-headers"] == "content-type"


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{nonsense", "application/json", 400),
        (b"[]", "application/json", 422),
        (b"{}", "application/json", 422),
        (b'{"siteKey": 7, "visitorId": "v", "url": "u"}', "text/plain", 422),
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b'"' + b"x" * 20_000 + b'"', "text/plain", 413),
    ],
)
async def test_what_is_no_arrival(house: House, body: bytes, kind: str, status: int) -> None:
    """It is refused in words."""
    headers = {"origin": "https://tea.example", "content-type": kind}
    async with house.http() as http:
        answer = await http.post(TOUCH, content=body, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
