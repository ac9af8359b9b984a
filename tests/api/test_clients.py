"""`/api/clients`, as programs and people call it."""

from uuid import uuid4

import httpx
import pytest
from tests.support.callers import program_of
from tests.support.house import House
from tests.support.recordings import deliver
from tests.support.senders import event, send_event
from tests.support.tenants import Source, Tenant, make_tenant

from convertos.attribution.client_rules import ClientRules
from convertos.core.database import Database, Role

NEW = {"name": "Café Noir", "domain": "https://www.Noir.example/de/", "timezone": "Europe/Athens"}


@pytest.fixture
async def program(house: House, database: Database, tenant: Tenant) -> httpx.AsyncClient:
    return await program_of(house, database, tenant)


class TestCreate:
    async def test_anonymous(self, house: House) -> None:
        """Nobody makes a client without saying who they are."""
        async with house.http() as http:
            answer = await http.post("/api/clients", json=NEW)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"].startswith("Bearer")

    async def test_missing_right(self, house: House, database: Database, tenant: Tenant) -> None:
        """A key that may only read makes no client."""
        async with await program_of(house, database, tenant, ["clients:read"]) as http:
            answer = await http.post("/api/clients", json=NEW)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "clients:write" in answer.json()["detail"]

    async def test_the_contract_s_answer(self, program: httpx.AsyncClient) -> None:
        """A client comes with a slug from its name and the currency of its time zone."""
        async with program as http:
            answer = await http.post("/api/clients", json=NEW)
            again = await http.post("/api/clients", json=NEW)
        assert answer.status_code == 201
        content = answer.json()
        assert content["success"] is True
        assert {
            name: content["client"][name] for name in ("name", "slug", "domain", "timezone", "currency")
        } == {
            "name": "Café Noir",
            "slug": "cafe-noir",
            "domain": "noir.example",
            "timezone": "Europe/Athens",
            "currency": "EUR",
        }
        assert content["client"]["createdAt"].endswith("Z")
        assert again.json()["client"]["slug"] == "cafe-noir-2"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({**NEW, "timezone": "Mars/Olympus"}, "timezone"),
            ({**NEW, "timezone": "../etc/passwd"}, "timezone"),
            ({**NEW, "currency": "XXQ"}, "currency"),
            ({**NEW, "name": " "}, "name"),
            ({**NEW, "name": "a\nb"}, "name"),
            ({**NEW, "domain": "not a domain"}, "domain"),
            ({"name": "No zone"}, "timezone"),
        ],
    )
    async def test_wrong_fields_are_named(
        self, program: httpx.AsyncClient, body: dict[str, str], field: str
    ) -> None:
        """What is wrong is said for its field."""
        async with program as http:
            answer = await http.post("/api/clients", json=body)
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == [field]


class TestReadAndChange:
    async def test_other_tenant(self, program: httpx.AsyncClient, database: Database) -> None:
        """Another organization's client can't be told from one that does not exist."""
        stranger = await make_tenant(database)
        async with program as http:
            for client_id in (stranger.client_id, uuid4(), "nonsense"):
                answers = [
                    await http.get(f"/api/clients/{client_id}"),
                    await http.patch(f"/api/clients/{client_id}", json={"name": "Mine"}),
                    await http.delete(f"/api/clients/{client_id}", params={"confirm": "x"}),
                ]
                assert [answer.status_code for answer in answers] == [404, 404, 404]
                assert {answer.json()["code"] for answer in answers} == {"not_found"}

    async def test_lists_page_by_page(self, program: httpx.AsyncClient) -> None:
        """Every client comes exactly once, however small the pages."""
        async with program as http:
            for number in range(4):
                await http.post("/api/clients", json={**NEW, "name": f"Client {number}"})
            seen: list[str] = []
            cursor: str | None = None
            while True:
                parameters = {"limit": "2"} | ({"cursor": cursor} if cursor else {})
                content = (await http.get("/api/clients", params=parameters)).json()
                seen += [client["name"] for client in content["clients"]]
                cursor = content["nextCursor"]
                if cursor is None:
                    break
        assert seen == ["Shop", "Client 0", "Client 1", "Client 2", "Client 3"]

    async def test_a_cursor_of_another_tenant_opens_nothing(
        self, program: httpx.AsyncClient, house: House, database: Database, tenant: Tenant
    ) -> None:
        """A cursor says where to go on, never in whose list."""
        other = await make_tenant(database)
        async with program as http, await program_of(house, database, other) as stranger:
            await stranger.post("/api/clients", json=NEW)
            theirs = (await stranger.get("/api/clients", params={"limit": 1})).json()["nextCursor"]
            await http.post("/api/clients", json=NEW)
            answer = await http.get("/api/clients", params={"cursor": theirs})
        mine = [client["slug"] for client in answer.json()["clients"]]
        assert mine == ["cafe-noir"]

    async def test_both_spellings_are_taken(self, program: httpx.AsyncClient, tenant: Tenant) -> None:
        """A field may be written either way; an error names it as it was written."""
        path = f"/api/clients/{tenant.client_id}"
        async with program as http:
            changed = await http.patch(path, json={"excludes_tax": True, "lookbackDays": 45})
            wrong = await http.patch(path, json={"lookback_days": 900})
            amount = await http.patch(path, json={"highValueThreshold": "12.5"})
        assert changed.json()["client"]["excludesTax"] is True
        assert changed.json()["client"]["lookbackDays"] == 45
        assert wrong.json()["errors"][0]["field"] == "lookback_days"
        assert amount.json()["client"]["highValueThreshold"] == "12.50"

    async def test_a_client_s_own_names_for_sources(
        self, program: httpx.AsyncClient, house: House, tenant: Tenant
    ) -> None:
        """What a client adds is shown as it is read when orders are processed; a made-up kind is refused."""
        path = f"/api/clients/{tenant.client_id}"
        alias = {"alias": "partner-mail", "source": "Partner", "category": "mail"}
        async with program as http:
            changed = await http.patch(
                path, json={"sourceAliases": [alias], "own_domains": ["www.Noir.example"]}
            )
            wrong = await http.patch(path, json={"source_aliases": [{**alias, "category": "moon"}]})
        async with house.database.transaction(role=Role.WORKER) as transaction:
            await ClientRules().load(transaction, [tenant.client_id])
        client = changed.json()["client"]
        assert (client["sourceAliases"], client["ownDomains"]) == ([alias], ["noir.example"])
        assert [error["field"] for error in wrong.json()["errors"]] == ["source_aliases.0.category"]

    async def test_another_time_zone_has_the_days_summed_anew(
        self, program: httpx.AsyncClient, house: House, shop: Source, database: Database
    ) -> None:
        """Revenue moves to the days of the new time zone; another name moves nothing."""
        await deliver(house, shop, 40)

        async def marked() -> bool:
            async with database.transaction(role=Role.WORKER) as transaction:
                query = "SELECT EXISTS (SELECT FROM stale_days WHERE client_id = %s)"
                return bool(await transaction.scalar(query, (shop.client_id,)))

        async with program as http:
            path = f"/api/clients/{shop.client_id}"
            await http.patch(path, json={"name": "Another", "timezone": "Europe/Athens"})
            assert not await marked()
            await http.patch(path, json={"timezone": "Asia/Tokyo"})
            assert await marked()
            await house.settle()
            await http.patch(path, json={"excludesTax": True})
            assert await marked()


async def test_what_is_sent_for_an_erased_client_is_refused_at_once(
    house: House, program: httpx.AsyncClient, site: Source
) -> None:
    """The door forgets its connections together with the client, as it does those that are deleted."""
    async with house.http() as http, program:
        assert (await send_event(http, site, event())).status_code == 200
        path = f"/api/clients/{site.client_id}"
        slug = (await program.get(path)).json()["client"]["slug"]
        assert (await program.delete(path, params={"confirm": slug})).status_code == 202
        assert (await send_event(http, site, event())).status_code == 401


async def test_an_empty_cursor_asks_for_the_first_page(program: httpx.AsyncClient) -> None:
    """A program that always sends the parameter begins like one that does not."""
    async with program:
        first = await program.get("/api/clients", params={"cursor": ""})
        assert first.json() == (await program.get("/api/clients")).json()
