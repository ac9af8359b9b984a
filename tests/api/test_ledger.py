"""`/api/orders`, `/contacts`, `/leads`, `/checkouts` and `/products`, as programs and people call them.

Source: api.md, "Leads, contacts, orders".
"""

from decimal import Decimal
from typing import Any

import httpx
import pytest
from tests.support.callers import program_of
from tests.support.house import House
from tests.support.recordings import recorded_answer, recorded_deliveries
from tests.support.senders import event, send_event
from tests.support.tenants import Source, Tenant

from convertos.core.database import Database

ORDER = {
    "id", "clientId", "platform", "storeDomain", "externalId", "number", "status", "fulfillmentStatus",
    "currency", "total", "subtotal", "discountTotal", "shippingTotal", "taxTotal", "refundedTotal",
    "netTotal", "counted", "test", "deleted", "contactId", "customerEmail", "placedAt", "paidAt",
    "cancelledAt", "modifiedAt", "items", "refunds", "source", "seenVia",
}  # fmt: skip
CONTACT = {
    "id", "clientId", "email", "phone", "firstName", "lastName", "name", "contactType", "totalOrders",
    "totalSpent", "currency", "averageOrderValue", "leadCount", "firstSource", "lastSource", "firstSeenAt",
    "lastSeenAt", "firstOrderAt", "lastOrderAt", "identifiers", "tags", "subscriptionStatus", "customFields",
    "customMetadata", "sentFromWorkspace", "convertedFromWorkspace", "conversionStatus", "convertedAt",
    "convertedBy", "conversionCount", "lifetimeValue",
}  # fmt: skip
LEAD = {
    "id", "clientId", "contactId", "formPlugin", "formId", "formName", "email", "name", "phone", "fields",
    "source", "pageUrl", "workspaceId", "conversionId", "conversionMetadata", "registeredAt",
}  # fmt: skip
CHECKOUT = {
    "id", "clientId", "contactId", "eventType", "checkoutToken", "funnelId", "email", "total", "currency",
    "occurredAt", "orderId",
}  # fmt: skip
PRODUCT = {
    "id", "clientId", "platform", "externalId", "sku", "name", "status", "price", "currency", "categories",
    "tags", "variants", "metadata", "modifiedAt", "deleted",
}  # fmt: skip


@pytest.fixture
async def program(house: House, database: Database, tenant: Tenant) -> httpx.AsyncClient:
    return await program_of(house, database, tenant)


@pytest.fixture
async def filled(house: House, shop: Source, site: Source) -> None:
    """A shop's recorded deliveries and a few events of its site."""
    async with house.http() as http:
        for delivery in recorded_deliveries():
            address = f"/api/webhooks/woocommerce/{shop.public_id}"
            await http.post(address, content=delivery.body, headers=delivery.signed(shop.secret))
        for sent in (
            event("lead.created", email="Ana@Lead.example", first_name="Ana", form_plugin="wpforms",
                  fields={"topic": "Cups"}, utm_source="google", utm_medium="cpc", page_url="https://x.example/a"),
            event("checkout.started", checkout_token="t-1", total="12.50", currency="EUR", email="ana@lead.example"),
        ):  # fmt: skip
            assert (await send_event(http, site, sent)).status_code == 200
    await house.settle()


async def every(http: httpx.AsyncClient, path: str, **parameters: Any) -> list[dict[str, Any]]:
    """All pages of a list."""
    found: list[dict[str, Any]] = []
    name = path.rpartition("/")[2]
    while True:
        answer = await http.get(path, params={"limit": 17, **parameters})
        assert answer.status_code == 200, answer.text
        found += answer.json()[name]
        if (cursor := answer.json()["nextCursor"]) is None:
            return found
        parameters["cursor"] = cursor


@pytest.mark.usefixtures("filled")
class TestLists:
    async def test_orders_are_the_store_s(self, program: httpx.AsyncClient) -> None:
        """Every order of the store is listed with the store's own amounts, page by page."""
        truth = {str(order["id"]): order for order in recorded_answer("orders.all")}
        async with program as http:
            listed = await every(http, "/api/orders", includeDeleted=True)
            single = [(await http.get(f"/api/orders/{each['id']}")).json()["order"] for each in listed[:5]]
        by_id = {each["externalId"]: each for each in listed}
        assert truth.keys() <= by_id.keys()
        assert [each["placedAt"] for each in listed] == sorted(
            (each["placedAt"] for each in listed), reverse=True
        )
        assert all(each.keys() >= ORDER for each in listed)
        for number in ("60", "61", "62"):
            assert (by_id[number]["number"], by_id[number]["status"]) == (
                truth[number]["number"],
                truth[number]["status"],
            )
            assert len(by_id[number]["items"]) == len(truth[number]["line_items"])
            assert by_id[number]["seenVia"] == ["webhook"]
        for whole, each in zip(single, listed, strict=False):
            assert {name: whole[name] for name in each} == each
            assert whole["sourceExplanation"]

    async def test_amounts_have_their_currency_s_decimals(self, program: httpx.AsyncClient) -> None:
        """Yen are shown without, euros with two and dinars with three decimals."""
        async with program as http:
            listed = await every(http, "/api/orders", includeDeleted=True)
        decimals = {each["currency"]: len(each["total"].partition(".")[2]) for each in listed}
        assert decimals == {"EUR": 2, "JPY": 0, "KWD": 3}

    async def test_contacts(self, program: httpx.AsyncClient) -> None:
        """People have the contract's shape; their orders' net totals are what they spent."""
        async with program as http:
            listed = await every(http, "/api/contacts")
            orders = await every(http, "/api/orders", counted=True)
            (ana,) = await every(http, "/api/contacts", search="ANA@lead")
            whole = (await http.get(f"/api/contacts/{ana['id']}")).json()["contact"]
            leads = await every(http, "/api/contacts", type="lead")
        assert all(each.keys() >= CONTACT for each in listed)
        for each in listed:
            spent = [order for order in orders if order["contactId"] == each["id"]]
            assert each["totalOrders"] == len(spent)
            euros = [Decimal(order["netTotal"]) for order in spent if order["currency"] == "EUR"]
            assert Decimal(each["totalSpent"]) == sum(euros)
        assert ana["contactType"] == "lead"
        assert ana["identifiers"] == [{"type": "email", "value": "ana@lead.example", "storeDomain": None}]
        assert ana["firstSource"]["source"] == "google"
        assert ana in leads
        assert sorted(each["type"] for each in whole["timeline"]) == ["checkout", "lead", "touch"]
        assert whole["timelineNextCursor"] is None

    async def test_leads_checkouts_and_products(self, program: httpx.AsyncClient) -> None:
        """Their shapes are the contract's."""
        async with program as http:
            (lead,) = await every(http, "/api/leads")
            (checkout,) = await every(http, "/api/checkouts", eventType="checkout.started")
            products = await every(http, "/api/products")
            for name, each in (("lead", lead), ("checkout", checkout), ("product", products[0])):
                answer = await http.get(f"/api/{name}s/{each['id']}")
                assert answer.json()[name] == each
        assert lead.keys() >= LEAD
        assert (lead["fields"], lead["source"]["channel"]) == ({"topic": "Cups"}, "Paid Search")
        assert checkout.keys() >= CHECKOUT
        assert (checkout["eventType"], checkout["total"]) == ("checkout.started", "12.50")
        assert all(each.keys() >= PRODUCT for each in products)

    async def test_one_client_of_several(self, program: httpx.AsyncClient, tenant: Tenant) -> None:
        """`clientId` narrows a list in both spellings."""
        async with program as http:
            for name in ("clientId", "client_id"):
                answer = await http.get("/api/orders", params={name: str(tenant.client_id), "limit": 1})
                assert len(answer.json()["orders"]) == 1


class TestChanges:
    async def people(self, house: House, site: Source) -> None:
        async with house.http() as http:
            for sent in (
                event("lead.created", email="ana@one.example", first_name="Ana", last_name="Maria"),
                event("lead.created", email="ana@two.example", first_name="A."),
            ):
                assert (await send_event(http, site, sent)).status_code == 200
        await house.settle()

    async def test_what_is_typed_stays(self, house: House, program: httpx.AsyncClient, site: Source) -> None:
        """A word typed by hand stands above what arrives later, and each change is in the audit log."""
        await self.people(house, site)
        changes = {
            "firstName": "Anna",
            "last_name": None,
            "phone": "210 123 4567",
            "tags": ["vip", "cups", "vip"],
            "subscriptionStatus": "unsubscribed",
            "customFields": {"size": 42, "likes": ["tea"], "gone": None},
        }
        async with program as http:
            (ana,) = await every(http, "/api/contacts", search="ana@one.example")
            address = f"/api/contacts/{ana['id']}"
            changed = (await http.patch(address, json=changes)).json()["contact"]
            later = event(
                "lead.created",
                email="ana@one.example",
                first_name="Ana",
                last_name="Later",
                tags=["late"],
                subscription_status="subscribed",
                custom_fields={"size": 43},
            )
            await send_event(http, site, later)
            await house.settle()
            await http.patch(address, json={"customFields": {"size": None, "shoe": 1.5}})
            found = (await http.get(address)).json()["contact"]
            entries = (await http.get("/api/audit", params={"subjectId": ana["id"]})).json()["entries"]
        names = ("name", "phone", "tags", "subscriptionStatus", "customFields")
        fields = {"size": 42, "likes": ["tea"]}
        assert [changed[name] for name in names] == [
            "Anna", "+302101234567", ["cups", "vip"], "unsubscribed", fields,
        ]  # fmt: skip
        assert [found[name] for name in names] == [
            "Anna", "+302101234567", ["cups", "vip"], "unsubscribed", {"likes": ["tea"], "shoe": 1.5},
        ]  # fmt: skip
        assert [entry["action"] for entry in entries] == ["contact.changed", "contact.changed"]
        assert "Anna" not in str(entries)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"email": "none"}, "email"),
            ({"phone": "twelve"}, "phone"),
            ({"subscriptionStatus": "maybe"}, "subscriptionStatus"),
            ({"tags": "vip"}, "tags"),
            ({"customFields": {"a": {"b": 1}}}, "customFields"),
        ],
    )
    async def test_wrong_fields_are_named(
        self, house: House, program: httpx.AsyncClient, site: Source, body: dict[str, Any], field: str
    ) -> None:
        """What is wrong is said for its field, and nothing is changed."""
        await self.people(house, site)
        async with program as http:
            (ana,) = await every(http, "/api/contacts", search="ana@one.example")
            answer = await http.patch(f"/api/contacts/{ana['id']}", json=body)
            assert (await http.get(f"/api/contacts/{ana['id']}")).json()["contact"]["email"] == ana["email"]
        assert answer.status_code == 422
        assert {error["field"].partition(".")[0] for error in answer.json()["errors"]} == {field}

    async def test_merge_and_undo(self, house: House, program: httpx.AsyncClient, site: Source) -> None:
        """Two contacts become one with all that is theirs, and two again as they were."""
        await self.people(house, site)
        async with program as http:
            (one,) = await every(http, "/api/contacts", search="ana@one.example")
            (two,) = await every(http, "/api/contacts", search="ana@two.example")
            address = f"/api/contacts/{one['id']}"
            merged = (await http.post(f"{address}/merge", json={"otherId": two["id"]})).json()["contact"]
            again = await http.post(f"{address}/merge", json={"otherId": two["id"]})
            led_to = (await http.get(f"/api/contacts/{two['id']}")).json()["contact"]
            assert len(await every(http, "/api/contacts")) == 1
            (merge,) = merged["merges"]
            undone = await http.delete(f"{address}/merges/{merge['id']}")
            twice = await http.delete(f"{address}/merges/{merge['id']}")
            everybody = {each["id"]: each for each in await every(http, "/api/contacts")}
        assert (merged["leadCount"], len(merged["identifiers"]), merge["otherId"]) == (2, 2, two["id"])
        assert (again.status_code, undone.status_code, twice.status_code) == (409, 200, 404)
        assert led_to["id"] == one["id"]
        assert everybody == {one["id"]: one, two["id"]: two}

    async def test_erasure(self, house: House, program: httpx.AsyncClient, site: Source) -> None:
        """Who is erased is nowhere to be found, and the same told again does not bring them back."""
        await self.people(house, site)
        again = event("lead.created", email="ANA@one.example", first_name="Ana")
        async with program as http:
            (ana,) = await every(http, "/api/contacts", search="ana@one.example")
            address = f"/api/contacts/{ana['id']}"
            assert (await http.delete(address)).json() == {"success": True}
            await send_event(http, site, again)
            await house.settle()
            gone = [
                (await http.get(address)).status_code,
                (await http.patch(address, json={"firstName": "Anna"})).status_code,
                (await http.delete(address)).status_code,
            ]
            listed = await every(http, "/api/contacts")
            leads = await every(http, "/api/leads")
        assert gone == [404, 404, 404]
        assert [each["email"] for each in listed] == ["ana@two.example"]
        assert sorted(lead["email"] or "" for lead in leads) == ["", "", "ana@two.example"]
