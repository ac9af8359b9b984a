"""`/api/users`, `/api/me`, `/api/keys` and `/api/audit`, as the settings page calls them."""

import httpx
import pytest
from tests.support.callers import key_of, program_of
from tests.support.house import House
from tests.support.people import browser_of, make_person
from tests.support.tenants import Tenant

from convertos.core.database import Database
from convertos.tenancy.rights import UserRole


@pytest.fixture
async def browser(house: House, database: Database, tenant: Tenant) -> httpx.AsyncClient:
    return await browser_of(house, database, await make_person(database, tenant))


class TestBrowsers:
    async def test_a_change_needs_proof_that_it_comes_from_our_pages(
        self, house: House, database: Database, tenant: Tenant
    ) -> None:
        """Another site can't make a signed-in browser change something; reading needs no proof."""
        path, body = "/api/clients", {"name": "Noir", "timezone": "Europe/Athens"}
        async with await browser_of(house, database, await make_person(database, tenant)) as http:
            host = http.base_url.host
            port = http.base_url.port
            assert (await http.post(path, json=body)).status_code == 201
            del http.headers["X-CSRF-Token"]
            outcomes = {
                name: (await http.post(path, json=body, headers=headers)).status_code
                for name, headers in {
                    "nothing": {},
                    "wrong token": {"X-CSRF-Token": "guessed"},
                    "other site": {"Sec-Fetch-Site": "cross-site"},
                    "sub-domain": {"Sec-Fetch-Site": "same-site"},
                    "other origin": {"Origin": "https://evil.example"},
                    "null origin": {"Origin": "null"},
                    "same site": {"Sec-Fetch-Site": "same-origin"},
                    "same origin": {"Origin": f"http://{host}:{port}"},
                }.items()
            }
            assert (await http.get(path)).status_code == 200
        assert outcomes == {
            "nothing": 403,
            "wrong token": 403,
            "other site": 403,
            "sub-domain": 403,
            "other origin": 403,
            "null origin": 403,
            "same site": 201,
            "same origin": 201,
        }

    async def test_a_key_needs_no_such_proof(self, house: House, database: Database, tenant: Tenant) -> None:
        """A program is not a browser: nobody can make it send its key."""
        async with await program_of(house, database, tenant) as http:
            answer = await http.post(
                "/api/clients",
                json={"name": "Noir", "timezone": "Europe/Athens"},
                headers={"Origin": "https://else.example"},
            )
        assert answer.status_code == 201


class TestMe:
    async def test_a_person(self, browser: httpx.AsyncClient, tenant: Tenant) -> None:
        """A page learns who is signed in, what they may, and the token for its forms."""
        async with browser as http:
            me = (await http.get("/api/me")).json()["me"]
            assert me["csrfToken"] == http.headers["X-CSRF-Token"]
        assert (me["kind"], me["role"], me["organizationName"]) == ("user", "owner", "Agency")
        assert me["clientIds"] == [str(tenant.client_id)]
        assert "owners:write" in me["rights"]

    async def test_a_key(self, house: House, database: Database, tenant: Tenant) -> None:
        """A program learns what its key may; it has no sessions and no password."""
        async with await program_of(house, database, tenant, ["orders:read"]) as http:
            me = (await http.get("/api/me")).json()["me"]
            sessions = await http.get("/api/me/sessions")
            password = await http.put("/api/me/password", json={"presentPassword": "a", "password": "b" * 20})
        assert (me["kind"], me["rights"], me["csrfToken"], me["email"]) == (
            "key",
            ["orders:read"],
            None,
            None,
        )
        assert (sessions.status_code, password.status_code) == (403, 403)

    async def test_a_new_password(self, house: House, database: Database, tenant: Tenant) -> None:
        """One stays signed in where the password was changed, and nowhere else."""
        person = await make_person(database, tenant)
        here, there = await browser_of(house, database, person), await browser_of(house, database, person)
        async with here, there:
            body = {"presentPassword": "wrong", "password": "correct horse battery"}
            wrong = await here.put("/api/me/password", json=body)
            weak = await here.put(
                "/api/me/password", json={"present_password": person.password, "password": "short"}
            )
            right = await here.put("/api/me/password", json={**body, "presentPassword": person.password})
            assert [each.status_code for each in (wrong, weak, right)] == [422, 422, 200]
            assert [error["field"] for error in wrong.json()["errors"]] == ["presentPassword"]
            assert [(await each.get("/api/me")).status_code for each in (here, there)] == [200, 401]

    async def test_signing_out_everywhere_else(
        self, house: House, database: Database, tenant: Tenant
    ) -> None:
        """A lost laptop is seen in the list and signed out."""
        person = await make_person(database, tenant)
        here, lost = await browser_of(house, database, person), await browser_of(house, database, person)
        async with here, lost:
            sessions = (await here.get("/api/me/sessions")).json()["sessions"]
            assert sorted(each["isThis"] for each in sessions) == [False, True]
            assert (await here.delete("/api/me/sessions")).status_code == 200
            assert [(await each.get("/api/me")).status_code for each in (here, lost)] == [200, 401]


class TestUsers:
    async def test_a_colleague_s_whole_life(self, browser: httpx.AsyncClient, tenant: Tenant) -> None:
        """A colleague is added, sees some clients, gets another role, a password, and leaves."""
        email = f"colleague.{tenant.client_id.hex}@example.com"
        new = {
            "email": email.upper(),
            "name": "Nikos",
            "password": "correct horse battery",
            "role": "viewer",
            "clientIds": [str(tenant.client_id)],
        }
        async with browser as http:
            made = await http.post("/api/users", json=new)
            again = await http.post("/api/users", json=new)
            user = made.json()["user"]
            path = f"/api/users/{user['id']}"
            changed = await http.patch(path, json={"role": "analyst", "client_ids": None})
            password = await http.put(f"{path}/password", json={"password": "another good password"})
            listed = (await http.get("/api/users")).json()["users"]
            removed = await http.delete(path)
            gone = await http.get(path)
        assert (made.status_code, user["email"], user["clientIds"]) == (201, email, [str(tenant.client_id)])
        assert (again.status_code, again.json()["code"]) == (409, "email_taken")
        assert (changed.json()["user"]["role"], changed.json()["user"]["clientIds"]) == ("analyst", None)
        assert password.status_code == 200
        assert [each["name"] for each in listed] == ["Maria", "Nikos"]
        assert (removed.status_code, gone.status_code) == (200, 404)
        assert "password" not in made.text.lower()

    async def test_an_admin_can_t_touch_an_owner(
        self, house: House, database: Database, tenant: Tenant
    ) -> None:
        """The last word stays with owners."""
        owner = await make_person(database, tenant)
        admin = await make_person(database, tenant, UserRole.ADMIN)
        async with await browser_of(house, database, admin) as http:
            answers = [
                await http.patch(f"/api/users/{owner.user_id}", json={"isDisabled": True}),
                await http.delete(f"/api/users/{owner.user_id}"),
                await http.put(
                    f"/api/users/{owner.user_id}/password", json={"password": "x" * 10 + "yz1234"}
                ),
                await http.patch(f"/api/users/{admin.user_id}", json={"role": "owner"}),
            ]
        assert [answer.status_code for answer in answers] == [403] * 4

    async def test_a_restricted_admin_manages_nobody(
        self, house: House, database: Database, tenant: Tenant
    ) -> None:
        """Who sees one client can't let themselves see more."""
        admin = await make_person(database, tenant, UserRole.ADMIN, client_ids=[tenant.client_id])
        async with await browser_of(house, database, admin) as http:
            answers = [
                await http.patch(f"/api/users/{admin.user_id}", json={"clientIds": None}),
                await http.post("/api/keys", json={"name": "k", "scopes": ["orders:read"]}),
                await http.post("/api/clients", json={"name": "Noir", "timezone": "UTC"}),
                await http.get("/api/audit"),
            ]
        assert [answer.status_code for answer in answers] == [403] * 4


class TestKeys:
    async def test_a_key_is_shown_once_and_revoked(self, browser: httpx.AsyncClient, house: House) -> None:
        """The key itself is in one answer only; revoked, it stays in the list and opens nothing."""
        async with browser as http:
            made = await http.post("/api/keys", json={"name": "Sheets", "scopes": ["clients:read"]})
            secret, key = made.json()["apiKey"], made.json()["key"]
            async with house.http(Authorization=f"Bearer {secret}") as program:
                before = await program.get("/api/clients")
                revoked = await http.delete(f"/api/keys/{key['id']}")
                after = await program.get("/api/clients")
            listed = await http.get("/api/keys")
        assert made.status_code == 201
        assert (before.status_code, after.status_code) == (200, 401)
        assert revoked.json()["key"]["revokedAt"].endswith("Z")
        assert secret not in listed.text
        assert [each["prefix"] for each in listed.json()["keys"]] == [secret[:10]]
        assert listed.json()["keys"][0]["lastUsedAt"].endswith("Z")

    async def test_a_scope_that_is_none(self, browser: httpx.AsyncClient) -> None:
        """A misspelled scope is told with those that there are."""
        async with browser as http:
            answer = await http.post("/api/keys", json={"name": "k", "scopes": ["order:read"]})
        (error,) = answer.json()["errors"]
        assert (answer.status_code, error["field"]) == (422, "scopes")
        assert "orders:read" in error["message"]


class TestAudit:
    async def test_every_change_is_written_with_who_did_it(
        self, browser: httpx.AsyncClient, database: Database, tenant: Tenant
    ) -> None:
        """An owner reads who changed what, newest first, page by page, or of one thing only."""
        async with browser as http:
            path = f"/api/clients/{tenant.client_id}"
            await http.patch(path, json={"name": "Renamed"})
            await http.patch(path, json={"name": "Renamed"})
            await http.post("/api/keys", json={"name": "Sheets", "scopes": ["orders:read"]})
            first = (await http.get("/api/audit", params={"limit": 1})).json()
            rest = (await http.get("/api/audit", params={"cursor": first["nextCursor"]})).json()
            of_client = (await http.get("/api/audit", params={"subject_kind": "client"})).json()
        entries = first["entries"] + rest["entries"]
        assert [entry["action"] for entry in entries] == [
            "key.created",
            "client.changed",
            "user.signed_in",
            "user.created",
        ]
        assert [entry["actorName"] for entry in entries] == ["Maria", "Maria", "Maria", None]
        assert entries[1]["details"] == {"changed": ["name"]}
        assert [entry["subjectId"] for entry in of_client["entries"]] == [str(tenant.client_id)]

    async def test_it_can_t_be_changed(self, database: Database, tenant: Tenant) -> None:
        """Not even a fault in a page or route can alter what is written."""
        await make_person(database, tenant)
        for statement in ("UPDATE audit_log SET action = 'x'", "DELETE FROM audit_log"):
            with pytest.raises(Exception, match="permission denied"):
                async with database.transaction(tenant.scope) as transaction:
                    await transaction.execute(statement)

    async def test_it_holds_no_secret(
        self, browser: httpx.AsyncClient, database: Database, house: House, tenant: Tenant
    ) -> None:
        """What is written down can be shown to every admin."""
        key = await key_of(database, house.installation, tenant)
        async with browser as http:
            made = await http.post("/api/keys", json={"name": "k", "scopes": ["all"]})
            log = (await http.get("/api/audit")).text
        assert key not in log
        assert made.json()["apiKey"] not in log
