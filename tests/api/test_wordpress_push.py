"""The entity API, as a site and any program with its key call it."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest
from tests.support.callers import program_of, site_key_of
from tests.support.house import House
from tests.support.receipts import days_of, receipts_of
from tests.support.senders import event, send_event
from tests.support.tenants import Source, Tenant, make_source, make_tenant

from convertos.core.database import Database, Role

PUSH = "/api/integrations/wordpress"
ORDER = {
    "externalId": "1001",
    "status": "completed",
    "total": "85.90",
    "currency": "EUR",
    "placedAt": "2026-03-01T09:30:00Z",
    "modifiedAt": "2026-03-01T09:31:00Z",
    "customer": {"externalId": 7, "email": "Maria@Example.com", "firstName": "Maria"},
    "items": [{"externalId": 1, "productExternalId": 41, "name": "Tea", "quantity": 2, "total": "85.90"}],
}


@pytest.fixture
async def http(house: House, database: Database, site: Source) -> AsyncIterator[httpx.AsyncClient]:
    """The site's own program."""
    key = await site_key_of(database, house.installation, site)
    async with house.http(**{"x-api-key": key}) as client:
        yield client


@pytest.fixture
async def people(house: House, database: Database, tenant: Tenant) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody of the organization."""
    async with await program_of(house, database, tenant) as client:
        yield client


async def rows(database: Database, sql: str, *parameters: object) -> list[dict[str, Any]]:
    async with database.transaction(role=Role.WORKER) as transaction:
        return await transaction.rows(sql, parameters)


async def orders_of(database: Database, site: Source) -> list[dict[str, Any]]:
    return await rows(
        database, "SELECT * FROM orders WHERE client_id = %s ORDER BY external_id", site.client_id
    )


async def contacts_of(database: Database, site: Source) -> list[dict[str, Any]]:
    return await rows(
        database,
        "SELECT * FROM contacts WHERE client_id = %s AND merged_into IS NULL ORDER BY email",
        site.client_id,
    )


def told(answer: httpx.Response) -> list[str]:
    return [result["status"] for result in answer.json()["results"]]


def signed(site: Source, body: bytes, secret: str | None = None) -> dict[str, str]:
    stamp = str(int(time.time()))
    key = (secret or site.secret).encode()
    return {
        "x-convertos-timestamp": stamp,
        "x-convertos-signature": hmac.new(key, f"{stamp}.".encode() + body, hashlib.sha256).hexdigest(),
    }


class TestWhoMayPush:
    @pytest.mark.parametrize("key", [None, "", "csk_" + "x" * 46, "cos_" + "x" * 46])
    async def test_a_stranger_is_refused(self, house: House, key: str | None) -> None:
        """Without the key of a connection nothing is taken."""
        headers = {} if key is None else {"x-api-key": key}
        async with house.http(**headers) as client:
            answer = await client.post(f"{PUSH}/customers", json={"email": "a@shop.example"})
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")

    async def test_a_new_key_ends_the_one_before(
        self, house: House, database: Database, site: Source
    ) -> None:
        """A key that was replaced opens nothing from that moment on."""
        old = await site_key_of(database, house.installation, site)
        new = await site_key_of(database, house.installation, site)
        async with house.http() as client:
            assert (await client.get(f"{PUSH}/status", headers={"x-api-key": old})).status_code == 401
            assert (await client.get(f"{PUSH}/status", headers={"x-api-key": new})).status_code == 200

    async def test_a_deleted_connection_is_nobody(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """The key of a deleted connection is a stranger's."""
        await rows(
            database,
            "UPDATE connections SET status = 'deleted' WHERE connection_id = %s RETURNING 1",
            site.connection_id,
        )
        assert (await http.get(f"{PUSH}/status")).status_code == 401

    async def test_a_signature_is_checked_where_there_is_one(
        self, http: httpx.AsyncClient, site: Source
    ) -> None:
        """Who signs has to sign rightly, although the key alone would do."""
        body = json.dumps({"email": "a@shop.example"}).encode()
        kind = {"content-type": "application/json"}
        right = await http.post(f"{PUSH}/customers", content=body, headers=signed(site, body) | kind)
        wrong = await http.post(
            f"{PUSH}/customers", content=body, headers=signed(site, body, secret="0" * 64) | kind
        )
        assert right.status_code == 200
        assert (wrong.status_code, wrong.json()["code"]) == (401, "signature_invalid")

    async def test_a_connection_may_demand_signatures(
        self, house: House, database: Database, installation: Any, tenant: Tenant
    ) -> None:
        """Then the key alone is not enough, for reading neither."""
        site = await make_source(
            database, installation, tenant, "wordpress", config={"requiresSignature": True}
        )
        key = await site_key_of(database, installation, site)
        async with house.http(**{"x-api-key": key}) as client:
            unsigned = await client.get(f"{PUSH}/status")
            right = await client.get(f"{PUSH}/status", headers=signed(site, b""))
        assert (unsigned.status_code, unsigned.json()["code"]) == (401, "signature_invalid")
        assert right.json()["signatureValid"] is True

    async def test_a_paused_connection_takes_nothing_and_says_when(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """The sender is told to come again later, and the status still answers."""
        await rows(
            database,
            "UPDATE connections SET status = 'paused' WHERE connection_id = %s RETURNING 1",
            site.connection_id,
        )
        answer = await http.post(f"{PUSH}/orders", json=ORDER)
        assert (answer.status_code, answer.json()["code"]) == (503, "connection_paused")
        assert int(answer.headers["retry-after"]) > 0
        assert (await http.get(f"{PUSH}/status")).json()["connection"]["status"] == "paused"
        assert await orders_of(database, site) == []

    async def test_from_other_addresses_than_the_listed_ones(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """A connection's list of addresses holds for its key, too."""
        await rows(
            database,
            "UPDATE connections SET allowed_networks = '{192.0.2.0/24}' WHERE connection_id = %s RETURNING 1",
            site.connection_id,
        )
        answer = await http.post(f"{PUSH}/orders", json=ORDER)
        assert (answer.status_code, answer.json()["code"]) == (403, "address_not_allowed")

    async def test_two_tenants_with_the_same_ids_stay_apart(
        self, house: House, database: Database, http: httpx.AsyncClient, site: Source
    ) -> None:
        """Customer 7 and order 1001 of one client are nobody's of another one."""
        other_tenant = await make_tenant(database)
        other = await make_source(database, house.installation, other_tenant, "wordpress")
        key = await site_key_of(database, house.installation, other)
        async with house.http(**{"x-api-key": key}) as stranger:
            theirs = await stranger.post(f"{PUSH}/orders", json=ORDER | {"total": "1.00"})
        ours = await http.post(f"{PUSH}/orders", json=ORDER)
        assert (told(theirs), told(ours)) == (["created"], ["created"])
        assert theirs.json()["results"][0]["id"] != ours.json()["results"][0]["id"]
        assert [str(order["total"]) for order in await orders_of(database, site)] == ["85.90"]
        assert [str(order["total"]) for order in await orders_of(database, other)] == ["1.00"]


class TestCustomers:
    async def test_created_once_updated_after(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """The id is real when it is answered, stays the same, and nothing is written twice."""
        maria = {"externalId": 7, "email": "Maria@Example.com", "firstName": "Maria", "lastName": "Lopez"}
        first = await http.post(f"{PUSH}/customers", json=maria)
        again = await http.post(f"{PUSH}/customers", json=maria)
        changed = await http.post(f"{PUSH}/customers", json=maria | {"lastName": "Silva"})
        (contact,) = await contacts_of(database, site)

        assert [told(answer) for answer in (first, again, changed)] == [
            ["created"],
            ["unchanged"],
            ["updated"],
        ]
        assert {answer.json()["results"][0]["id"] for answer in (first, again, changed)} == {
            str(contact["contact_id"])
        }
        assert first.json() == {
            "success": True,
            "results": [
                {
                    "id": str(contact["contact_id"]),
                    "externalId": "7",
                    "status": "created",
                    "errors": [],
                    "warnings": [],
                }
            ],
        }
        assert (contact["email"], contact["first_name"], contact["last_name"]) == (
            "maria@example.com",
            "Maria",
            "Silva",
        )

    @pytest.mark.parametrize(
        "named", [{"externalId": "7"}, {"email": "m@shop.example"}, {"phone": "+30 210 1234567"}]
    )
    async def test_any_one_of_three_names_a_person(
        self, http: httpx.AsyncClient, database: Database, site: Source, named: Mapping[str, str]
    ) -> None:
        """An account, an address or a phone number: each alone is enough."""
        first = await http.post(f"{PUSH}/customers", json=named)
        again = await http.post(f"{PUSH}/customers", json=named)
        assert (told(first), told(again)) == (["created"], ["unchanged"])
        assert len(await contacts_of(database, site)) == 1

    async def test_both_spellings(self, http: httpx.AsyncClient, database: Database, site: Source) -> None:
        """snake_case is taken as well."""
        body = {"external_id": 7, "email": "m@shop.example", "first_name": "Maria"}
        assert told(await http.post(f"{PUSH}/customers", json=body)) == ["created"]
        (contact,) = await contacts_of(database, site)
        assert contact["first_name"] == "Maria"

    async def test_a_stale_word_changes_nothing(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """An older version that comes later does not overwrite the newer one."""
        new = {"externalId": 7, "email": "new@shop.example", "modifiedAt": "2026-03-02T00:00:00Z"}
        old = {"externalId": 7, "firstName": "Old", "modifiedAt": "2026-03-01T00:00:00Z"}
        named = new | {"firstName": "New"}
        await http.post(f"{PUSH}/customers", json=named)
        assert told(await http.post(f"{PUSH}/customers", json=old)) == ["unchanged"]
        (contact,) = await contacts_of(database, site)
        assert contact["first_name"] == "New"


class TestOrders:
    async def test_an_order_and_its_buyer(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """The order is there with its lines when it is answered, on a contact of its buyer."""
        answer = await http.post(f"{PUSH}/orders", json=ORDER)
        (order,) = await orders_of(database, site)
        (contact,) = await contacts_of(database, site)
        (line,) = await rows(database, "SELECT * FROM order_items WHERE order_id = %s", order["order_id"])
        assert answer.json()["results"][0]["id"] == str(order["order_id"])
        assert (str(order["total"]), order["standing"], order["seen_via"]) == ("85.90", "paid", 8)
        assert (order["contact_id"], contact["total_orders"]) == (contact["contact_id"], 1)
        assert (line["product_external_id"], line["quantity"]) == ("41", 2)

    async def test_the_customer_s_order_finds_the_customer(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """By account, else e-mail, else phone; guests are contacts too."""
        by_account = await http.post(f"{PUSH}/customers", json={"externalId": 7})
        by_email = await http.post(f"{PUSH}/customers", json={"email": "b@shop.example"})
        by_phone = await http.post(f"{PUSH}/customers", json={"phone": "+302101234567"})
        buyers = [
            {"externalId": 7},
            {"email": "B@shop.example"},
            {"phone": "+30 210 123 4567"},
            {"email": "guest@shop.example"},
        ]
        orders = [ORDER | {"externalId": place, "customer": buyer} for place, buyer in enumerate(buyers, 1)]
        await http.post(f"{PUSH}/orders", json={"items": orders})
        expected = [answer.json()["results"][0]["id"] for answer in (by_account, by_email, by_phone)]
        found = [str(order["contact_id"]) for order in await orders_of(database, site)]
        assert found[:3] == expected
        assert found[3] not in expected
        assert len(await contacts_of(database, site)) == 4

    async def test_an_order_that_came_as_an_event_is_the_same_order(
        self, house: House, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """What the plugin sent and the import pushes is one order, seen on both ways, counted once."""
        data = {"order_id": 1001, "total": "85.90", "currency": "EUR", "email": "maria@example.com"}
        await send_event(http, site, event("order.paid", **data))
        await house.settle()
        answer = await http.post(f"{PUSH}/orders", json=ORDER)
        (order,) = await orders_of(database, site)
        assert told(answer) == ["updated"]
        assert (str(order["total"]), order["seen_via"]) == ("85.90", 9)

    async def test_what_is_not_named_stays(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """A push of the status alone keeps the total, the lines and the buyer."""
        await http.post(f"{PUSH}/orders", json=ORDER)
        refund = {"externalId": 5, "amount": "-10.00", "reason": "broken"}
        pushed = {"externalId": "1001", "status": "refunded", "refunds": [refund]}
        answer = await http.post(f"{PUSH}/orders", json=pushed)
        (order,) = await orders_of(database, site)
        assert told(answer) == ["updated"]
        assert (order["status"], str(order["total"]), str(order["refunded_total"])) == (
            "refunded",
            "85.90",
            "10.00",
        )
        assert order["customer_email"] == "maria@example.com"

    async def test_the_last_of_two_in_one_request_holds(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """Without a time of change, what is said later in a list is newer."""
        words = [{"externalId": "1", "total": "10.00"}, {"externalId": "1", "total": "12.50"}]
        answer = await http.post(f"{PUSH}/orders", json={"items": words})
        (order,) = await orders_of(database, site)
        assert told(answer) == ["created", "updated"]
        assert str(order["total"]) == "12.50"

    @pytest.mark.parametrize("total", ["0.10", "1234567890.123", "12.5"])
    async def test_amounts_are_exact_as_text_and_as_number(
        self, http: httpx.AsyncClient, database: Database, site: Source, total: str
    ) -> None:
        """A JSON number is read from its digits, not from a float."""
        body = (
            f'{{"items": [{{"externalId": 1, "total": {total}}}, {{"externalId": 2, "total": "{total}"}}]}}'
        )
        await http.post(f"{PUSH}/orders", content=body, headers={"content-type": "application/json"})
        assert [str(order["total"]) for order in await orders_of(database, site)] == [total, total]

    async def test_the_visit_behind_an_order_earns_it(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """A campaign that a pushed order names is where its revenue comes from."""
        traced = ORDER | {"utmSource": "newsletter", "utmMedium": "email", "utmCampaign": "spring"}
        answer = await http.post(f"{PUSH}/orders", json=traced)
        (touch,) = await rows(database, "SELECT * FROM touches WHERE client_id = %s", site.client_id)
        (credit,) = await rows(database, "SELECT * FROM credits WHERE client_id = %s", site.client_id)
        assert (touch["source"], touch["campaign"]) == ("newsletter", "spring")
        assert str(credit["subject_id"]) == answer.json()["results"][0]["id"]


class TestProducts:
    async def test_a_product_and_its_variants(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """A product is one row with its variants, and a variant may be pushed alone."""
        tea = {
            "externalId": 41,
            "name": "Tea",
            "price": 42.95,
            "variants": [{"externalId": 42, "price": "40"}],
        }
        variant = {"externalId": 43, "parentExternalId": 41, "price": "44.00"}
        answers = [
            await http.post(f"{PUSH}/products", json=body)
            for body in (tea | {"modifiedAt": "2026-03-01T00:00:00Z"},) * 2 + (variant,)
        ]
        (product,) = await rows(database, "SELECT * FROM products WHERE client_id = %s", site.client_id)
        variants = await rows(
            database,
            "SELECT external_id FROM product_variants WHERE client_id = %s ORDER BY 1",
            site.client_id,
        )
        assert [told(answer) for answer in answers] == [["created"], ["unchanged"], ["updated"]]
        assert {answer.json()["results"][0]["id"] for answer in answers} == {str(product["product_id"])}
        assert [row["external_id"] for row in variants] == ["42", "43"]


class TestBadItems:
    async def test_a_bad_item_beside_good_ones(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """The good ones are done, the bad one says which field is wrong, and 207 says that there are both."""
        items = [
            {"externalId": 1, "total": "10.00"},
            {"external_id": 2, "total": "ten", "placed_at": "soon", "items": [{"quantity": "many"}]},
            "no object",
            {"total": "5.00"},
            {"externalId": 3, "total": "30.00"},
        ]
        answer = await http.post(f"{PUSH}/orders", json={"items": items})
        results = answer.json()["results"]
        assert (answer.status_code, answer.json()["success"]) == (207, False)
        assert told(answer) == ["created", "failed", "failed", "failed", "created"]
        assert [fault["field"] for fault in results[1]["errors"]] == [
            "total",
            "placed_at",
            "items.0.quantity",
        ]
        assert [fault["field"] for fault in results[3]["errors"]] == ["externalId"]
        assert [order["external_id"] for order in await orders_of(database, site)] == ["1", "3"]
        assert len(await receipts_of(database, site)) == 2

    async def test_when_every_item_is_bad(self, http: httpx.AsyncClient) -> None:
        """422 with every field, and the results beside."""
        single = await http.post(f"{PUSH}/customers", json={"email": "nonsense"})
        several = await http.post(f"{PUSH}/customers", json={"items": [{"email": "nonsense"}, {}]})
        assert (single.status_code, single.json()["code"]) == (422, "items_invalid")
        assert single.json()["errors"] == [{"field": "email", "message": "It is no e-mail address."}]
        assert [each["field"] for each in several.json()["errors"]] == ["items.0.email", "items.1.externalId"]
        assert [result["status"] for result in several.json()["results"]] == ["failed", "failed"]

    async def test_an_order_is_not_lost_for_its_buyer_s_typing_mistake(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """The address is left out with a warning; the order counts."""
        body = ORDER | {"customer": {"email": "maria at example"}}
        answer = await http.post(f"{PUSH}/orders", json=body)
        (result,) = answer.json()["results"]
        assert (result["status"], [fault["field"] for fault in result["warnings"]]) == (
            "created",
            ["customer.email"],
        )
        (order,) = await orders_of(database, site)
        assert (order["is_counted"], order["customer_email"]) == (True, None)

    async def test_one_that_the_database_refuses_harms_no_other(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """A poison among good ones fails alone."""
        async with database.transaction(role=Role.WORKER) as transaction:
            await transaction.execute(
                """
                INSERT INTO orders (client_id, order_id, store_id, external_id, standing, currency, total,
                                    placed_at, modified_at, is_counted, counted_at, seen_via, version,
                                    field_versions)
                VALUES (%s, gen_random_uuid(), %s, '2', 'pending', 'EUR', 1, now(), now(), false, now(), 1,
                        'no version', '"no object"')
                """,
                (site.client_id, site.store_id),
            )
        items = [{"externalId": number, "total": "10.00"} for number in (1, 2, 3, 4, 5)]
        answer = await http.post(f"{PUSH}/orders", json={"items": items})
        assert answer.status_code == 207
        assert told(answer) == ["created", "failed", "created", "created", "created"]
        assert len(await receipts_of(database, site)) == 4

    @pytest.mark.parametrize(
        "body", [[], [{"externalId": 1}], {"items": []}, {"items": {}}, {"items": [{}] * 501}, 7, None]
    )
    async def test_what_is_neither_one_nor_several(self, http: httpx.AsyncClient, body: object) -> None:
        """It is refused as a whole, in words."""
        content = json.dumps(body)
        answer = await http.post(
            f"{PUSH}/orders", content=content, headers={"content-type": "application/json"}
        )
        assert answer.status_code == 422

    async def test_an_order_s_lines_are_no_list_of_orders(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """One order with `items` is one order."""
        assert told(await http.post(f"{PUSH}/orders", json=ORDER)) == ["created"]
        assert len(await orders_of(database, site)) == 1


class TestReceipts:
    async def test_a_push_is_a_receipt_like_any_other(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """It is kept as it was sent, processed already, and counted on the connection."""
        body = b'{ "externalId": 1,  "total": 10.00 }'
        await http.post(f"{PUSH}/orders", content=body, headers={"content-type": "application/json"})
        (kept,) = await receipts_of(database, site)
        assert (kept["event_type"], kept["event_id"], kept["outcome"]) == ("order.pushed", "1", "processed")
        assert body in kept["body"]
        assert kept["error"] is None
        assert [received for received, _ in (await days_of(database, site)).values()] == [1]

    async def test_the_same_push_again_is_a_repeat(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """An import that is run twice keeps every version once."""
        await http.post(f"{PUSH}/orders", json=ORDER)
        again = await http.post(f"{PUSH}/orders", json=ORDER)
        assert told(again) == ["unchanged"]
        assert len(await receipts_of(database, site)) == 1
        assert list((await days_of(database, site)).values()) == [(1, 1)]

    async def test_a_push_that_is_processed_again_changes_nothing(
        self, house: House, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """A replay reads the receipt as it was read first."""
        await http.post(f"{PUSH}/orders", json=ORDER)
        await http.post(f"{PUSH}/customers", json={"externalId": 7, "lastName": "Lopez"})
        before = [await orders_of(database, site), await contacts_of(database, site)]
        await rows(
            database,
            """
            INSERT INTO inbox (client_id, receipt_id, connection_id, key)
            SELECT client_id, receipt_id, connection_id, key FROM receipts WHERE client_id = %s RETURNING 1
            """,
            site.client_id,
        )
        await house.settle()
        assert [await orders_of(database, site), await contacts_of(database, site)] == before
        assert {kept["outcome"] for kept in await receipts_of(database, site)} == {"processed"}

    async def test_an_idempotency_key_repeats_the_answer(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """A program that lost the answer is given the same one."""
        headers = {"idempotency-key": "push-1"}
        first = await http.post(f"{PUSH}/customers", json={"externalId": 7}, headers=headers)
        again = await http.post(f"{PUSH}/customers", json={"externalId": 7}, headers=headers)
        assert (told(first), first.json()) == (["created"], again.json())
        assert again.headers["idempotent-replayed"] == "true"


class TestStatus:
    async def test_the_contract_s_answer(self, http: httpx.AsyncClient, tenant: Tenant, site: Source) -> None:
        """A plugin learns whose site it is, how much it may send, and whether it is too old."""
        headers = {"x-convertos-site": "plugin=1.0.0; wordpress=6.8.1; php=8.2.7; hpos=yes"}
        answer = (await http.get(f"{PUSH}/status", headers=headers)).json()
        assert answer["success"] is True
        assert answer["client"]["id"] == str(tenant.client_id)
        assert answer["client"]["currency"] == "EUR"
        assert (answer["connection"]["connectionId"], answer["connection"]["status"]) == (
            site.public_id,
            "active",
        )
        assert answer["serverTime"].endswith("Z")
        assert answer["limits"]["itemsPerRequest"] == 500
        assert (answer["signatureValid"], answer["mappingVersion"]) == (False, 0)
        assert (answer["minimumPluginVersion"], answer["isPluginSupported"]) == ("1.0.0", True)

    @pytest.mark.parametrize(
        ("told_version", "is_supported"), [("0.9.9", False), ("1.0.0", True), ("1.10.0-beta", True)]
    )
    async def test_an_old_plugin_is_named(
        self, http: httpx.AsyncClient, told_version: str, *, is_supported: bool
    ) -> None:
        """A copy that is older than the server understands is told so."""
        headers = {"x-convertos-site": f"plugin={told_version}"}
        answer = (await http.get(f"{PUSH}/status", headers=headers)).json()
        assert answer["isPluginSupported"] is is_supported

    async def test_what_runs_there_is_kept(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """The connection knows the versions of its site; what is not of the form is left out."""
        header = 'plugin=1.0.0; wordpress=6.8.1; <b>=1; php=8.2 7; note="x"'
        await http.get(f"{PUSH}/status", headers={"x-convertos-site": header})
        (kept,) = await rows(
            database, "SELECT software FROM site_software WHERE client_id = %s", site.client_id
        )
        assert kept["software"] == {"plugin": "1.0.0", "wordpress": "6.8.1"}


class TestSchema:
    async def test_it_is_published(self, house: House) -> None:
        """Anybody can read what an order has to look like, in the 2020-12 dialect."""
        async with house.http() as client:
            schemas = (await client.get(f"{PUSH}/schema")).json()["schemas"]
        assert schemas.keys() == {"customers", "orders", "products"}
        assert schemas["orders"]["$schema"].endswith("2020-12/schema")
        one = schemas["orders"]["oneOf"][0]
        assert one["required"] == ["externalId"]
        assert {"total", "refunds", "customer", "utmSource"} <= one["properties"].keys()
        assert "$ref" not in json.dumps(schemas)


class TestMapping:
    async def test_a_mapping_is_kept_with_its_version(self, http: httpx.AsyncClient) -> None:
        """The whole list is written at once, and read as it was written."""
        rule = {"object": "customer", "source": "user_meta.nick", "target": "firstName", "type": "text"}
        empty = (await http.get(f"{PUSH}/mapping")).json()["mapping"]
        first = await http.put(f"{PUSH}/mapping", json={"rules": [rule], "version": 0})
        second = await http.put(f"{PUSH}/mapping", json={"rules": [rule | {"required": True}], "version": 1})
        read = (await http.get(f"{PUSH}/mapping")).json()
        assert (empty["version"], empty["rules"], empty["changedAt"]) == (0, [], None)
        assert (first.json()["mapping"]["version"], second.json()["mapping"]["version"]) == (1, 2)
        assert read == second.json()
        assert read["mapping"]["rules"] == [rule | {"required": True}]

    async def test_two_editors_do_not_undo_each_other(self, http: httpx.AsyncClient) -> None:
        """Who started from an older version is told so."""
        await http.put(f"{PUSH}/mapping", json={"rules": [], "version": 0})
        answer = await http.put(f"{PUSH}/mapping", json={"rules": [], "version": 0})
        assert (answer.status_code, answer.json()["code"]) == (409, "mapping_changed")

    @pytest.mark.parametrize(
        ("rule", "field"),
        [
            ({"object": "customer", "source": "a", "target": "nonsense"}, "rules.0.target"),
            ({"object": "customer", "source": "a", "target": "customFields"}, "rules.0.target"),
            ({"object": "product", "source": "a", "target": "customFields.a"}, "rules.0.target"),
            ({"object": "planet", "source": "a", "target": "email"}, "rules.0.object"),
            ({"object": "customer", "source": "", "target": "email"}, "rules.0.source"),
            ({"object": "customer", "source": "a", "target": "email", "type": "colour"}, "rules.0.type"),
        ],
    )
    async def test_a_rule_that_leads_nowhere_is_refused(
        self, http: httpx.AsyncClient, rule: dict[str, str], field: str
    ) -> None:
        """The field that is wrong is named."""
        answer = await http.put(f"{PUSH}/mapping", json={"rules": [rule]})
        assert answer.status_code == 422
        assert [each["field"] for each in answer.json()["errors"]] == [field]

    async def test_two_rules_for_one_target_are_refused(self, http: httpx.AsyncClient) -> None:
        """Which of them holds could not be told."""
        rules = [{"object": "lead", "source": source, "target": "email"} for source in ("a", "b")]
        answer = await http.put(f"{PUSH}/mapping", json={"rules": rules})
        assert [each["field"] for each in answer.json()["errors"]] == ["rules.0.target", "rules.1.target"]

    async def test_a_program_speaks_its_own_field_names(
        self, http: httpx.AsyncClient, database: Database, site: Source
    ) -> None:
        """The rules are applied to what is pushed; what was required and is missing fails, named."""
        rules = [
            {"object": "order", "source": "id", "target": "externalId", "required": True},
            {"object": "order", "source": "billing.mail", "target": "customer.email"},
            {"object": "order", "source": "sum", "target": "total", "type": "number", "required": True},
        ]
        await http.put(f"{PUSH}/mapping", json={"rules": rules})
        items = [
            {"id": 9, "billing": {"mail": "own@shop.example"}, "sum": "12,50", "status": "completed"},
            {"id": 10, "sum": "a lot"},
        ]
        answer = await http.post(f"{PUSH}/orders", json={"items": items})
        (order,) = await orders_of(database, site)
        assert told(answer) == ["created", "failed"]
        assert [fault["field"] for fault in answer.json()["results"][1]["errors"]] == ["sum"]
        assert (order["external_id"], str(order["total"]), order["customer_email"]) == (
            "9",
            "12.50",
            "own@shop.example",
        )


class TestOnTheConnection:
    @pytest.mark.parametrize(
        ("header", "age"),
        [
            ("plugin=0.9.0; wordpress=6.0", "unsupported"),
            ("plugin=99.0.0; php=8.2.7", "current"),
            ("wordpress=6.8.1", "unknown"),
        ],
    )
    async def test_people_see_what_runs_on_the_site(
        self, people: httpx.AsyncClient, http: httpx.AsyncClient, site: Source, header: str, age: str
    ) -> None:
        """The connection tells the plugin's and the site's versions, and names a plugin that is too old."""
        before = (await people.get(f"/api/connections/{site.public_id}")).json()["connection"]
        await http.get(f"{PUSH}/status", headers={"x-convertos-site": header})
        after = (await people.get(f"/api/connections/{site.public_id}")).json()["connection"]
        listed = (await people.get("/api/connections")).json()["connections"]
        assert before["site"] is None
        assert after["site"]["pluginAge"] == age
        assert after["site"]["software"] == dict(part.split("=") for part in header.split("; "))
        assert [each["site"] for each in listed] == [after["site"]]


class TestMarks:
    async def test_fields_of_the_sender_s_own_come_back(
        self, http: httpx.AsyncClient, people: httpx.AsyncClient
    ) -> None:
        """Tags, the newsletter's state and custom fields are on the contact, as they were pushed or mapped."""
        rules = [
            {"object": "customer", "source": "meta.born", "target": "customFields.birthday", "type": "date"},
            {"object": "customer", "source": "meta.size", "target": "customFields.size", "type": "number"},
        ]
        await http.put(f"{PUSH}/mapping", json={"rules": rules})
        maria = {
            "externalId": 7,
            "tags": ["vip"],
            "subscriptionStatus": "subscribed",
            "customFields": {"nick": "Mary"},
            "meta": {"born": "1980-02-29", "size": "38,5"},
        }
        first = await http.post(f"{PUSH}/customers", json=maria)
        again = await http.post(f"{PUSH}/customers", json=maria)
        changed = await http.post(f"{PUSH}/customers", json={"externalId": 7, "customFields": {"nick": None}})
        (contact,) = (await people.get("/api/contacts")).json()["contacts"]
        assert [told(answer) for answer in (first, again, changed)] == [
            ["created"],
            ["unchanged"],
            ["updated"],
        ]
        assert contact["customFields"] == {"birthday": "1980-02-29", "size": 38.5}
        assert (contact["tags"], contact["subscriptionStatus"]) == (["vip"], "subscribed")
