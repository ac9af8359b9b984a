"""A shop's own webhooks: every topic, the older addresses, and what WooCommerce's ids are worth."""

import asyncio
import json
from datetime import timedelta

import httpx
import pytest

from convertos.core.database import Database, Role
from convertos.core.installation import Installation
from tests.support.door import RunningDoor, run_door
from tests.support.house import House
from tests.support.receipts import receipts_of, rejections_of
from tests.support.senders import deliver, delivery_headers
from tests.support.tenants import Source, Tenant, make_source, make_tenant
from tests.support.wire import TOPICS

DOOR = "/api/webhooks/woocommerce"


def thing(topic: str, number: int = 7) -> dict[str, object]:
    """An object as the topic's webhook sends it."""
    if topic.endswith("deleted"):
        return {"id": number}
    return {
        "id": number,
        "status": "processing",
        "currency": "EUR",
        "total": "10.00",
        "name": "Thing",
        "date_created_gmt": "2025-03-01T10:00:00",
        "date_modified_gmt": "2025-03-01T10:00:00",
    }


class TestTopics:
    @pytest.mark.parametrize("topic", TOPICS)
    async def test_every_topic_is_kept_and_understood(
        self, house: House, database: Database, shop: Source, topic: str
    ) -> None:
        """Customers, orders and products change tables; coupons are kept as received and say so."""
        async with house.http() as client:
            answer = await deliver(client, shop, topic, thing(topic))
        await house.settle()

        assert (answer.status_code, answer.json()["success"]) == (200, True)
        (kept,) = await receipts_of(database, shop)
        assert kept["event_type"] == topic
        is_table = not topic.startswith("coupon") or topic.endswith("deleted")
        assert kept["outcome"] == ("processed" if is_table else "ignored")

    async def test_a_topic_that_nobody_knows_is_kept_and_ignored(
        self, house: House, database: Database, shop: Source
    ) -> None:
        """Other plugins hang their topics into WooCommerce; they are no error."""
        async with house.http() as client:
            answer = await deliver(client, shop, "action.wc_something", {"action": "x", "arg": 1})
        await house.settle()
        assert answer.status_code == 200
        (kept,) = await receipts_of(database, shop)
        assert (kept["outcome"], kept["note"]) == ("ignored", "unknown_type: action.wc_something")

    @pytest.mark.parametrize("topic", ["", "order", "order created", "order.", "<b>.x", "a" * 50 + ".b"])
    async def test_a_delivery_without_a_topic_is_refused(
        self, http: httpx.AsyncClient, database: Database, shop: Source, topic: str
    ) -> None:
        """Without a topic nobody could tell a deletion from anything else: 422."""
        answer = await deliver(
            http, shop, "order.created", thing("order.created"), {"X-WC-Webhook-Topic": topic}
        )
        assert (answer.status_code, answer.json()["code"]) == (422, "event_invalid")
        assert await receipts_of(database, shop) == []

    @pytest.mark.parametrize("path", ["", "/", "/wc_000000000000000000000000", "/order-created"])
    async def test_the_ping_of_a_new_webhook_is_answered_200(
        self, http: httpx.AsyncClient, database: Database, shop: Source, path: str
    ) -> None:
        """WooCommerce activates a webhook only if its unsigned ping is answered with exactly 200."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await http.post(DOOR + path, content=b"webhook_id=12", headers=form)
        assert answer.status_code == 200
        assert await receipts_of(database, shop) == []

    @pytest.mark.parametrize(
        "body", [b"webhook_id=", b"webhook_id=12&x=1", b"webhook_id=abc", b"webhook_id=1 2"]
    )
    async def test_what_is_nearly_a_ping_is_not_one(self, http: httpx.AsyncClient, body: bytes) -> None:
        """Only the ping is answered without a signature."""
        assert (await http.post(DOOR, content=body)).status_code == 401


class TestOlderAddresses:
    @pytest.mark.parametrize("path", ["", "/", "/order-updated", "/order.updated"])
    async def test_the_shop_is_found_by_the_source_it_names(
        self,
        http: httpx.AsyncClient,
        database: Database,
        tenant: Tenant,
        installation: Installation,
        path: str,
    ) -> None:
        """Without a connection id in the address, `X-WC-Webhook-Source` tells where to look."""
        shop = await make_source(database, installation, tenant)
        domain = await _domain(database, shop)
        source = {"X-WC-Webhook-Source": f"https://www.{domain.upper()}/de/"}
        answer = await deliver(http, shop, "order.updated", thing("order.updated"), source, path=DOOR + path)
        assert answer.status_code == 200
        assert len(await receipts_of(database, shop)) == 1

    async def test_a_topic_in_the_path_stands_in_for_a_missing_header(
        self, http: httpx.AsyncClient, database: Database, shop: Source
    ) -> None:
        """`/order-created` says what the header would."""
        headers = {
            "X-WC-Webhook-Topic": None,
            "X-WC-Webhook-Source": f"http://{await _domain(database, shop)}",
        }
        answer = await deliver(http, shop, "x", thing("order.created"), headers, path=f"{DOOR}/order-created")
        assert answer.status_code == 200
        (kept,) = await receipts_of(database, shop)
        assert kept["event_type"] == "order.created"

    async def test_at_one_domain_of_two_clients_the_secret_decides(
        self, http: httpx.AsyncClient, database: Database, installation: Installation, shop: Source
    ) -> None:
        """Two agencies may look after one shop: a delivery is kept by whoever holds its secret, and only there."""
        domain = await _domain(database, shop)
        other = await make_source(database, installation, await make_tenant(database), domain=domain)
        source = {"X-WC-Webhook-Source": f"https://{domain}"}
        answer = await deliver(http, other, "order.updated", thing("order.updated"), source, path=DOOR)
        assert answer.status_code == 200
        assert len(await receipts_of(database, other)) == 1
        assert await receipts_of(database, shop) == []

    async def test_naming_a_shop_without_its_secret_is_refused_and_counted_there(
        self, http: httpx.AsyncClient, database: Database, door: RunningDoor, tenant: Tenant, shop: Source
    ) -> None:
        """Anybody can write a shop's name into a header; only its signature counts."""
        source = {"X-WC-Webhook-Source": f"https://{await _domain(database, shop)}"}
        answer = await deliver(
            http, shop, "order.updated", thing("order.updated"), source, path=DOOR, secret="guessed"
        )
        assert answer.status_code == 401
        await door.rejections.flush()
        assert await rejections_of(database, shop) == {"signature_invalid": 1}

    @pytest.mark.parametrize(
        "source", ["", "not a host", "https://", "http://[::1", "//", "https://ü.example", "x" * 9000]
    )
    async def test_a_source_that_is_none_is_refused(
        self, http: httpx.AsyncClient, shop: Source, source: str
    ) -> None:
        """Whatever stands in the header, the answer is the same 401."""
        body = json.dumps(thing("order.updated")).encode()
        headers = {**delivery_headers(shop, body, "order.updated"), "X-WC-Webhook-Source": source}
        sent = [(name.encode(), value.encode()) for name, value in headers.items()]
        answer = await http.post(DOOR, content=body, headers=sent)
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")

    async def test_a_connection_without_a_domain_is_not_found_by_naming_none(
        self, http: httpx.AsyncClient, database: Database, installation: Installation, tenant: Tenant
    ) -> None:
        """No domain in the header is not the same as a connection that has none, even at the same moment."""
        nameless, named = [await make_source(database, installation, tenant) for _ in range(2)]
        async with database.transaction(tenant.scope) as transaction:
            await transaction.execute(
                "UPDATE connections SET domain = NULL WHERE client_id = %s AND connection_id = %s",
                (nameless.client_id, nameless.connection_id),
            )
        answers = await asyncio.gather(
            *(deliver(http, nameless, "order.updated", thing("x"), path=DOOR) for _ in range(5)),
            *(deliver(http, nameless, "order.updated", thing("x", n)) for n in range(5)),
            *(deliver(http, named, "order.updated", thing("x", n)) for n in range(5)),
        )
        assert [answer.status_code for answer in answers] == [401] * 5 + [200] * 10


async def _domain(database: Database, source: Source) -> str:
    async with database.transaction(role=Role.WORKER) as transaction:
        return str(
            await transaction.scalar(
                "SELECT domain FROM connections WHERE client_id = %s AND connection_id = %s",
                (source.client_id, source.connection_id),
            )
        )


class TestSecrets:
    async def test_a_secret_with_html_entities_is_decoded_as_wordpress_does(
        self, http: httpx.AsyncClient, database: Database, installation: Installation, tenant: Tenant
    ) -> None:
        """A secret that was typed by hand signs as WordPress hands it out: with its entities decoded."""
        stored = "a&amp;b&#039;c&quot;&lt;d&gt;"
        shop = await make_source(database, installation, tenant, secret=stored)
        signed_with = "a&b'c\"<d>"
        answer = await deliver(http, shop, "order.updated", thing("order.updated"), secret=signed_with)
        assert answer.status_code == 200

    async def test_another_connections_secret_is_no_secret_here(
        self,
        http: httpx.AsyncClient,
        database: Database,
        installation: Installation,
        tenant: Tenant,
        shop: Source,
    ) -> None:
        """A body that one connection's shop signed can't be sent to another's address."""
        other = await make_source(database, installation, tenant)
        answer = await deliver(http, shop, "order.updated", thing("order.updated"), secret=other.secret)
        assert answer.status_code == 401

    async def test_a_plugin_connection_takes_no_shop_deliveries(
        self, http: httpx.AsyncClient, site: Source
    ) -> None:
        """An address is only good for its own kind of connection."""
        answer = await deliver(http, site, "order.updated", thing("order.updated"))
        assert answer.status_code == 401


class TestRepeats:
    async def test_two_orders_with_one_delivery_id_are_both_kept(
        self, http: httpx.AsyncClient, database: Database, shop: Source
    ) -> None:
        """WooCommerce's delivery id is equal for all deliveries of one webhook in one second."""
        same = {"X-WC-Webhook-Delivery-ID": "f" * 32}
        first = await deliver(http, shop, "order.created", thing("order.created", 1), same)
        second = await deliver(http, shop, "order.created", thing("order.created", 2), same)
        assert [first.json()["duplicate"], second.json()["duplicate"]] == [False, False]
        assert len(await receipts_of(database, shop)) == 2

    async def test_a_delivery_that_is_sent_again_is_known_whatever_its_delivery_id(
        self, http: httpx.AsyncClient, database: Database, shop: Source
    ) -> None:
        """Sent again by hand, a delivery has a new delivery id and the same contents."""
        for number in range(3):
            again = {"X-WC-Webhook-Delivery-ID": f"{number:032d}"}
            await deliver(http, shop, "order.created", thing("order.created"), again)
        assert len(await receipts_of(database, shop)) == 1

    async def test_two_deletions_of_one_thing_are_two(
        self, http: httpx.AsyncClient, database: Database, shop: Source
    ) -> None:
        """A deletion's body is only an id, so its delivery id tells the second from a repeat of the first."""
        for delivery in ("a" * 32, "b" * 32, "b" * 32):
            await deliver(http, shop, "order.deleted", {"id": 7}, {"X-WC-Webhook-Delivery-ID": delivery})
        assert len(await receipts_of(database, shop)) == 2

    async def test_the_same_object_under_another_topic_is_another_delivery(
        self, http: httpx.AsyncClient, database: Database, shop: Source
    ) -> None:
        """Created and updated may carry the same body; both are kept."""
        for topic in ("order.created", "order.updated"):
            await deliver(http, shop, topic, thing(topic))
        assert len(await receipts_of(database, shop)) == 2


class TestReplays:
    """Headers are not signed: who has seen a delivery can send its body again under others."""

    @pytest.mark.parametrize(
        "topic",
        ["order.deleted", "product.deleted", "product.updated", "customer.updated", "customer.created"],
    )
    async def test_a_signed_order_under_another_topic_changes_nothing(
        self, house: House, database: Database, shop: Source, topic: str
    ) -> None:
        """It deletes no order and becomes no product or customer; it is kept and waits for a person."""
        order = {**thing("order.created"), "line_items": [], "billing": {"email": "ana@shop.example"}}
        async with house.http() as client:
            await deliver(client, shop, "order.created", order)
            answer = await deliver(client, shop, topic, order)
        await house.settle()

        assert answer.status_code == 200
        real, forged = await receipts_of(database, shop)
        assert (real["outcome"], forged["error_code"]) == ("processed", "unreadable")
        async with database.transaction(role=Role.WORKER) as transaction:
            tables = {
                table: await transaction.scalar(query, (shop.client_id,))
                for table, query in (
                    ("orders", "SELECT count(*) FROM orders WHERE client_id = %s AND NOT is_deleted"),
                    ("products", "SELECT count(*) FROM products WHERE client_id = %s"),
                    ("customers", "SELECT count(*) FROM customers WHERE client_id = %s"),
                )
            }
        assert tables == {"orders": 1, "products": 0, "customers": 0}

    async def test_a_day_later_it_is_still_a_repeat(
        self, installation: Installation, database: Database, shop: Source
    ) -> None:
        """The key has no window: tomorrow, with another source and delivery id, it is known."""
        order = thing("order.created")
        async with run_door(installation) as door, door.http() as client:
            first = await deliver(client, shop, "order.created", order)
            door.clock.advance(timedelta(days=1))
            others = {
                "X-WC-Webhook-Source": "https://another-shop.example/",
                "X-WC-Webhook-Delivery-ID": "e" * 32,
            }
            again = await deliver(client, shop, "order.created", order, others)
        assert [first.json()["duplicate"], again.json()["duplicate"]] == [False, True]
        assert len(await receipts_of(database, shop)) == 1
