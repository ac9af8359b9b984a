"""Whatever stands in an address: a page with words, never an error of ours."""

import pytest

from convertos.core.database import Database, Role
from tests.support.browser import Reader, sign_in_as
from tests.support.house import House
from tests.support.tenants import Tenant

_PAGES = {
    "/dashboard": (
        "by",
        "rows",
        "currency",
        "source",
        "channel",
        "medium",
        "campaign",
        "range",
        "from",
        "to",
        "model",
    ),
    "/dashboard/orders": ("search", "status", "sort", "cursor", "source", "campaign", "from"),
    "/dashboard/contacts": ("search", "type", "sort", "cursor", "source"),
    "/dashboard/leads": ("search", "cursor", "channel"),
    "/dashboard/connections": ("cursor", "client"),
    "/dashboard/settings/people": ("cursor",),
    "/dashboard/settings/keys": ("cursor",),
    "/dashboard/settings/audit": ("cursor",),
}
_HOSTILE = ("%00", "%ff%fe", "'", "x" * 3000, "99999999999999999999", "%F0%9F%98%80")
_THINGS = ("orders", "contacts", "leads", "connections", "settings/people", "settings/clients")


@pytest.mark.parametrize("path", _PAGES)
async def test_queries(house: House, database: Database, tenant: Tenant, path: str) -> None:
    """No value of any parameter is an error of ours."""
    token = await sign_in_as(house, database, tenant)
    async with house.http(Cookie=f"convertos_session={token}", Accept="text/html") as http:
        for name in _PAGES[path]:
            for value in _HOSTILE:
                answer = await http.get(f"{path}?{name}={value}")
                assert answer.status_code in {200, 404, 422}, (name, value[:20], answer.status_code)
                assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("thing", _THINGS)
async def test_ids(house: House, database: Database, tenant: Tenant, thing: str) -> None:
    """What is no id, or nobody's, is not there."""
    token = await sign_in_as(house, database, tenant)
    async with house.http(Cookie=f"convertos_session={token}", Accept="text/html") as http:
        for value in ("0192f0c1-6b1e-7c3e-9d53-0f7a3c1f6a11", "%00", "'", "-1", "x" * 500):
            answer = await http.get(f"/dashboard/{thing}/{value}")
            assert answer.status_code == 404, (value[:20], answer.status_code)


async def test_nobody_s_client(reader: Reader, database: Database, tenant: Tenant) -> None:
    """Who may see no client is told so on every page, and whom to ask."""
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute(
            "UPDATE users SET client_ids = '{}', role = 'analyst' WHERE organization_id = %s",
            (tenant.organization_id,),
        )
    for path in ("/dashboard", "/dashboard/orders", "/dashboard/contacts", "/dashboard/connections"):
        answer = await reader.visit(path)
        assert answer.status == 200
        assert "Ask an owner or admin" in await reader.page.content()
    assert (await reader.visit("/dashboard/connections/new")).status == 403
