"""A merchant connects a Shopify store, in each of the three ways, and everything else happens by itself."""

import hmac
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit
from uuid import UUID

import httpx
import pytest
from tests.simulators.shopify.server import run_store
from tests.simulators.shopify.store import Store
from tests.simulators.shopify.truth import filled, new_order
from tests.support.callers import program_of
from tests.support.house import House
from tests.support.shopify import deliver_shopify, example
from tests.support.tenants import Source, Tenant, make_tenant

from convertos.core.clock import system_clock
from convertos.core.database import Database
from convertos.platforms import store_platform_of

pytestmark = pytest.mark.usefixtures("nothing_waits")
SHOP = "example-store.myshopify.com"
CALLBACK = "/api/integrations/shopify/callback"


@pytest.fixture
async def store(house: House, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Store]:
    """A store with some history, at an address of Shopify's."""
    truth = filled(3, datetime.now(UTC), orders=12, customers=4, products=3)
    async with run_store(truth, system_clock, house.installation.settings) as running:
        running.polls_until_written = 0
        running.takes_plain_http = True
        monkeypatch.setattr(store_platform_of("shopify"), "address_of", lambda _shop: running.url)
        yield running


@pytest.fixture
async def program(house: House, database: Database, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    async with await program_of(house, database, tenant) as http:
        yield http


def app_of(store: Store, tenant: Tenant, mode: str) -> dict[str, Any]:
    return {
        "clientId": str(tenant.client_id),
        "shop": f"https://{SHOP}/admin",
        "appClientId": store.tokens.client_id,
        "appClientSecret": store.tokens.client_secret,
        "mode": mode,
    }


def approved(store: Store, address: str, **changes: str) -> str:
    """What Shopify sends the browser back with, when the merchant has approved."""
    asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
    assert asked["client_id"] == store.tokens.client_id
    code = f"code-{store.number()}"
    store.tokens.codes.add(code)
    query = {
        "code": code,
        "host": "YWRtaW4",
        "shop": SHOP,
        "state": asked["state"],
        "timestamp": str(int(system_clock().timestamp())),
        **changes,
    }
    signed = urlencode(sorted(query.items()), quote_via=quote, safe="*-._").encode()
    query["hmac"] = hmac.new(store.tokens.client_secret.encode(), signed, "sha256").hexdigest()
    return f"{CALLBACK}?{urlencode(query)}"


async def begin(program: httpx.AsyncClient, store: Store, tenant: Tenant) -> str:
    answer = await program.post("/api/integrations/shopify/connect", json=app_of(store, tenant, "code"))
    assert answer.status_code == 201, answer.text
    address = str(answer.json()["authUrl"])
    assert urlsplit(address).path == "/admin/oauth/authorize"
    return address


async def everything_is_here(house: House, program: httpx.AsyncClient, integration: str) -> None:
    await house.run_jobs()
    await house.settle()
    found = (await program.get(f"/api/integrations/{integration}")).json()["integration"]
    assert (found["status"], found["error"]) == ("active", None)
    assert (found["syncedOrders"], found["syncedContacts"], found["syncedProducts"]) == (12, 4, 3)


class TestTheAppsOwnCredentials:
    async def test_from_credentials_to_history(
        self, house: House, program: httpx.AsyncClient, store: Store, tenant: Tenant
    ) -> None:
        """One call, and the store's webhooks stand and its history is here."""
        body = app_of(store, tenant, "client_credentials")
        answer = await program.post("/api/integrations/shopify/connect", json=body)
        assert answer.status_code == 201, answer.text
        connected = answer.json()
        assert connected["message"] == "Configuration saved! Setting up purchase tracking…"
        assert connected["integration"]["name"] == "Example Store"
        await everything_is_here(house, program, connected["integration"]["id"])
        topics = sorted(each["topic"] for each in store.subscriptions.values())
        assert len(topics) == len(set(topics)) == 27
        public_id = connected["integration"]["connectionId"]
        address = f"{house.installation.settings.base_url}/api/webhooks/shopify/{public_id}"
        assert {each["uri"] for each in store.subscriptions.values()} == {address}

    async def test_what_the_store_delivers_is_taken(
        self, house: House, program: httpx.AsyncClient, store: Store, tenant: Tenant
    ) -> None:
        """Signed with the app's client secret, which the connection has from the start."""
        body = app_of(store, tenant, "client_credentials")
        connected = (await program.post("/api/integrations/shopify/connect", json=body)).json()["integration"]
        sender = Source(
            tenant.client_id, UUID(connected["id"]), UUID(int=0), connected["connectionId"],
            store.tokens.client_secret, "shopify",
        )  # fmt: skip
        async with house.http() as http:
            answer = await deliver_shopify(http, sender, "orders/create", example("orders_create"))
        assert answer.status_code == 200
        await house.settle()
        orders = (await program.get("/api/orders?externalId=6620019988776")).json()["orders"]
        assert [(order["total"], order["source"]["source"]) for order in orders] == [("85.90", "facebook")]

    async def test_a_new_client_secret_verifies_from_the_next_connect_on(
        self, house: House, program: httpx.AsyncClient, store: Store, tenant: Tenant
    ) -> None:
        """Connected again with the app's new secret it is the same connection; both secrets verify for a while."""
        body = app_of(store, tenant, "client_credentials")
        first = (await program.post("/api/integrations/shopify/connect", json=body)).json()["integration"]
        old, store.tokens.client_secret = store.tokens.client_secret, "another-client-secret-not-real"
        body = app_of(store, tenant, "client_credentials")
        again = (await program.post("/api/integrations/shopify/connect", json=body)).json()["integration"]
        assert again["id"] == first["id"]
        for secret in (old, store.tokens.client_secret):
            sender = Source(
                tenant.client_id, UUID(first["id"]), UUID(int=0), first["connectionId"], secret, "shopify"
            )
            async with house.http() as http:
                assert (await deliver_shopify(http, sender, "orders/edited", {})).status_code == 200

    async def test_wrong_credentials_are_refused_in_words(
        self, program: httpx.AsyncClient, store: Store, tenant: Tenant
    ) -> None:
        """Nothing is kept of a store that did not let us in."""
        body = app_of(store, tenant, "client_credentials") | {"appClientSecret": "wrong-and-long-enough"}
        answer = await program.post("/api/integrations/shopify/connect", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "client_refused")
        assert answer.json()["errors"][0]["field"] == "appClientSecret"
        assert (await program.get("/api/integrations")).json()["integrations"] == []

    async def test_another_hosts_name_is_no_shop(
        self, program: httpx.AsyncClient, store: Store, tenant: Tenant
    ) -> None:
        """Nothing is sent to a host that is not Shopify's."""
        body = app_of(store, tenant, "client_credentials") | {"shop": "evil.example"}
        answer = await program.post("/api/integrations/shopify/connect", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "shop_invalid")
        assert store.requests == []


class TestApproval:
    async def test_the_merchant_approves_and_comes_back(
        self, house: House, program: httpx.AsyncClient, store: Store, tenant: Tenant
    ) -> None:
        """The code becomes tokens that end and are refreshed; the rest happens by itself."""
        address = await begin(program, store, tenant)
        async with house.http() as browser:
            answer = await browser.get(approved(store, address))
        assert answer.status_code == 200, answer.text
        await everything_is_here(house, program, answer.json()["integration"]["id"])

    async def test_a_browser_is_sent_to_the_connections_page(
        self, house: House, program: httpx.AsyncClient, store: Store, tenant: Tenant
    ) -> None:
        """People do not read JSON."""
        address = await begin(program, store, tenant)
        async with house.http(Accept="text/html,*/*") as browser:
            answer = await browser.get(approved(store, address))
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/dashboard/integrations/shopify?connected=sh_")

    async def test_an_approval_counts_once(
        self, house: House, program: httpx.AsyncClient, store: Store, tenant: Tenant
    ) -> None:
        """An address bar remembers; going back there connects nothing again."""
        address = await begin(program, store, tenant)
        back = approved(store, address)
        async with house.http() as browser:
            assert (await browser.get(back)).status_code == 200
            again = await browser.get(back)
        assert (again.status_code, again.json()["code"]) == (422, "state_invalid")

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"state": "made-up"}, "state_invalid"),
            ({"state": ""}, "state_invalid"),
            ({"timestamp": "1"}, "approval_expired"),
            ({"shop": "another-store.myshopify.com.evil.example"}, "shop_invalid"),
        ],
    )
    async def test_what_did_not_begin_here_does_not_end_here(
        self,
        house: House,
        program: httpx.AsyncClient,
        store: Store,
        tenant: Tenant,
        *,
        changes: dict[str, str],
        code: str,
    ) -> None:
        """State, time and shop have to be right, even where the signature is."""
        address = await begin(program, store, tenant)
        async with house.http() as browser:
            answer = await browser.get(approved(store, address, **changes))
        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert (await program.get("/api/integrations")).json()["integrations"] == []

    async def test_a_forged_return_is_refused_and_the_right_one_still_counts(
        self, house: House, program: httpx.AsyncClient, store: Store, tenant: Tenant
    ) -> None:
        """Without the client secret nobody can come back in the merchant's place."""
        back = approved(store, await begin(program, store, tenant))
        async with house.http() as browser:
            forged = await browser.get(back[:-1] + ("0" if back[-1] != "0" else "1"))
            assert (forged.status_code, forged.json()["code"]) == (422, "hmac_invalid")
            assert (await browser.get(back)).status_code == 200

    async def test_a_code_that_shopify_does_not_know_is_said(
        self, house: House, program: httpx.AsyncClient, store: Store, tenant: Tenant
    ) -> None:
        """A code works once and for a moment."""
        back = approved(store, await begin(program, store, tenant))
        store.tokens.codes.clear()
        async with house.http() as browser:
            answer = await browser.get(back)
        assert (answer.status_code, answer.json()["code"]) == (422, "grant_refused")


class TestPastedToken:
    async def test_the_token_of_an_older_app(
        self, house: House, program: httpx.AsyncClient, store: Store, tenant: Tenant
    ) -> None:
        """Stores that have such an app keep it; its secret key signs the webhooks."""
        store.tokens.access["shpat_pasted"] = None
        body = {
            "clientId": str(tenant.client_id), "shop": SHOP,
            "accessToken": "shpat_pasted", "apiSecretKey": store.tokens.client_secret,
        }  # fmt: skip
        answer = await program.post("/api/integrations/shopify/token", json=body)
        assert answer.status_code == 201, answer.text
        assert "shpat_pasted" not in answer.text
        await everything_is_here(house, program, answer.json()["integration"]["id"])

    async def test_a_token_that_is_none_is_refused_in_words(
        self, program: httpx.AsyncClient, store: Store, tenant: Tenant
    ) -> None:
        """With the field that is wrong."""
        body = {
            "clientId": str(tenant.client_id), "shop": SHOP,
            "accessToken": "shpat_none", "apiSecretKey": "long-enough-to-be-one",
        }  # fmt: skip
        answer = await program.post("/api/integrations/shopify/token", json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "keys_refused")
        assert answer.json()["errors"][0]["field"] == "accessToken"


async def test_another_tenants_client_is_out_of_reach(
    house: House, database: Database, store: Store, tenant: Tenant
) -> None:
    """Nobody connects a store to somebody else's client, and Shopify is not even asked."""
    stranger = await make_tenant(database)
    token = {
        "clientId": str(tenant.client_id), "shop": SHOP,
        "accessToken": "shpat_x", "apiSecretKey": "long-enough-to-be-one",
    }  # fmt: skip
    async with await program_of(house, database, stranger) as other:
        for mode in ("code", "client_credentials"):
            body = app_of(store, tenant, mode)
            assert (await other.post("/api/integrations/shopify/connect", json=body)).status_code == 404
        assert (await other.post("/api/integrations/shopify/token", json=token)).status_code == 404
    assert store.requests == []


async def test_subscriptions_that_shopify_deleted_are_made_anew(
    house: House, program: httpx.AsyncClient, store: Store, tenant: Tenant
) -> None:
    """After eight failed deliveries they are gone; a check makes them again and fetches what was missed."""
    body = app_of(store, tenant, "client_credentials")
    connected = (await program.post("/api/integrations/shopify/connect", json=body)).json()["integration"]
    await everything_is_here(house, program, connected["id"])
    for gid in [gid for gid, each in store.subscriptions.items() if each["topic"].startswith("ORDERS_")]:
        del store.subscriptions[gid]
    store.truth.orders[9000] = new_order(9000, system_clock(), None)
    setup = {"domain": store.url, "platform": "shopify", "action": "check"}
    answer = await program.post("/api/webhooks/setup", json=setup)
    assert answer.status_code == 200, answer.text
    health = {each["topic"]: each["health"] for each in answer.json()["webhooks"]}
    assert len(store.subscriptions) == 27
    assert (health["orders/create"], health["products/create"]) == ("degraded", "active")
    await house.run_jobs()
    await house.settle()
    orders = (await program.get("/api/orders?externalId=9000")).json()["orders"]
    assert [order["externalId"] for order in orders] == ["9000"]
    syncs = (await program.get(f"/api/integrations/{connected['id']}/syncs")).json()["syncs"]
    assert {"gap", "connect"} <= {sync["reason"] for sync in syncs}


async def test_a_disconnected_store_is_left_as_it_was(
    house: House, program: httpx.AsyncClient, store: Store, tenant: Tenant
) -> None:
    """Our subscriptions are gone from the store, its keys from here; what was collected stays."""
    body = app_of(store, tenant, "client_credentials")
    connected = (await program.post("/api/integrations/shopify/connect", json=body)).json()["integration"]
    await everything_is_here(house, program, connected["id"])
    assert (await program.delete(f"/api/integrations/{connected['id']}")).status_code == 200
    await house.run_jobs()
    assert store.subscriptions == {}
    assert (await program.get("/api/integrations")).json()["integrations"] == []
    assert len((await program.get("/api/orders?limit=200")).json()["orders"]) == 12
