"""Shopify's webhooks: addresses, repeats, and an order's whole life through the door."""

import asyncio
import random
from decimal import Decimal
from typing import Any

import httpx
import pytest

from convertos.core.database import Database, Role
from convertos.core.installation import Installation
from tests.support.house import House
from tests.support.receipts import receipts_of, rejections_of
from tests.support.shopify import DOOR, deliver_shopify, example, pulled_order
from tests.support.tenants import Source, Tenant, make_source


@pytest.fixture
async def shopify(database: Database, installation: Installation, tenant: Tenant) -> Source:
    """The tenant's Shopify connection."""
    return await make_source(database, installation, tenant, "shopify")


async def _domain(database: Database, source: Source) -> str:
    async with database.transaction(role=Role.WORKER) as transaction:
        return str(
            await transaction.scalar(
                "SELECT domain FROM connections WHERE client_id = %s AND connection_id = %s",
                (source.client_id, source.connection_id),
            )
        )


class TestAddresses:
    @pytest.mark.parametrize("path", ["", "/", "/orders-create", "/orders/create", "/Orders-Create/"])
    async def test_the_shop_is_found_by_the_domain_it_names(
        self, http: httpx.AsyncClient, database: Database, shopify: Source, path: str
    ) -> None:
        """Without a connection id in the address, `X-Shopify-Shop-Domain` tells where to look."""
        named = {"X-Shopify-Shop-Domain": await _domain(database, shopify)}
        answer = await deliver_shopify(
            http, shopify, "orders/create", example("orders_create"), named, path=DOOR + path
        )
        assert (answer.status_code, answer.json()["duplicate"]) == (200, False)
        assert len(await receipts_of(database, shopify)) == 1

    @pytest.mark.parametrize("path", ["orders-create", "orders/create"])
    async def test_a_topic_in_the_path_stands_in_for_a_missing_header(
        self, http: httpx.AsyncClient, database: Database, shopify: Source, path: str
    ) -> None:
        """`/orders-create` says what the header would."""
        headers = {"X-Shopify-Topic": None, "X-Shopify-Shop-Domain": await _domain(database, shopify)}
        answer = await deliver_shopify(
            http, shopify, "x", example("orders_create"), headers, path=f"{DOOR}/{path}"
        )
        assert answer.status_code == 200
        (kept,) = await receipts_of(database, shopify)
        assert kept["event_type"] == "orders/create"

    async def test_naming_a_shop_without_its_secret_is_refused(
        self, http: httpx.AsyncClient, database: Database, shopify: Source
    ) -> None:
        """Anybody can write a shop's name into a header; only its signature counts."""
        named = {"X-Shopify-Shop-Domain": await _domain(database, shopify)}
        answer = await deliver_shopify(
            http, shopify, "orders/create", example("orders_create"), named, path=DOOR, secret="guessed"
        )
        assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
        assert await receipts_of(database, shopify) == []

    @pytest.mark.parametrize("topic", ["", "orders", "orders create", "/", "a" * 70 + "/b"])
    async def test_a_delivery_without_a_topic_is_refused(
        self, http: httpx.AsyncClient, shopify: Source, topic: str
    ) -> None:
        """Without a topic nobody could tell what happened: 422."""
        answer = await deliver_shopify(http, shopify, topic, {"id": 1})
        assert (answer.status_code, answer.json()["code"]) == (422, "event_invalid")

    async def test_a_body_that_is_no_object_is_refused(
        self, http: httpx.AsyncClient, shopify: Source
    ) -> None:
        """Shopify sends one object; anything else is not JSON that we could keep under its name."""
        answer = await deliver_shopify(http, shopify, "orders/create", b"[]")
        assert (answer.status_code, answer.json()["code"]) == (400, "not_json")

    async def test_one_connections_delivery_is_nothing_at_anothers_address(
        self, http: httpx.AsyncClient, shop: Source, shopify: Source
    ) -> None:
        """The WooCommerce connection of the same client takes none of it."""
        path = f"{DOOR}/{shop.public_id}"
        answer = await deliver_shopify(http, shopify, "orders/create", {"id": 1}, path=path)
        assert answer.status_code == 401
        answer = await deliver_shopify(http, shopify, "orders/create", {"id": 1}, secret=shop.secret)
        assert answer.status_code == 401


class TestRepeats:
    async def test_eight_attempts_of_one_delivery_are_one(
        self, http: httpx.AsyncClient, database: Database, shopify: Source
    ) -> None:
        """Shopify tries eight times over four hours, with one webhook id; all at once is no different."""
        again = {"X-Shopify-Webhook-Id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043"}
        answers = await asyncio.gather(
            *(deliver_shopify(http, shopify, "orders/create", {"id": 1}, again) for _ in range(8))
        )
        assert {answer.status_code for answer in answers} == {200}
        assert sorted(answer.json()["duplicate"] for answer in answers) == [False, *[True] * 7]
        assert len(await receipts_of(database, shopify)) == 1

    async def test_one_happening_is_told_by_several_topics(
        self, http: httpx.AsyncClient, database: Database, shopify: Source
    ) -> None:
        """Created and paid share an event id; both are kept."""
        for topic in ("orders/create", "orders/paid"):
            await deliver_shopify(http, shopify, topic, {"id": 1}, {"X-Shopify-Event-Id": "e-1"})
        assert [kept["event_type"] for kept in await receipts_of(database, shopify)] == [
            "orders/create",
            "orders/paid",
        ]

    async def test_without_a_webhook_id_the_body_tells(
        self, http: httpx.AsyncClient, database: Database, shopify: Source
    ) -> None:
        """A sender that leaves the id out still repeats itself."""
        none = {"X-Shopify-Webhook-Id": None}
        for number in (1, 1, 2):
            await deliver_shopify(http, shopify, "orders/create", {"id": number}, none)
        assert len(await receipts_of(database, shopify)) == 2


LIFE: list[tuple[str, dict[str, Any]]] = [
    ("customers/create", example("customers_create")),
    ("checkouts/create", example("checkouts_create")),
    ("orders/create", {**example("orders_create"), "financial_status": "pending"}),
    ("checkouts/update", example("checkouts_update")),
    ("orders/paid", {**example("orders_paid"), "updated_at": "2026-11-18T10:02:44+01:00"}),
    ("orders/fulfilled", example("orders_fulfilled")),
    ("refunds/create", example("refunds_create")),
    (
        "orders/updated",
        {
            **example("orders_fulfilled"),
            "financial_status": "partially_refunded",
            "refunds": [example("refunds_create")],
            "updated_at": "2026-11-22T15:20:01+01:00",
        },
    ),
    ("products/create", example("products_create")),
]


class TestAnOrdersLife:
    @pytest.mark.parametrize("seed", [None, 1, 2, 3, 4])
    async def test_the_tables_are_the_same_in_any_order_of_arrival(
        self, house: House, database: Database, shopify: Source, seed: int | None
    ) -> None:
        """Shopify guarantees no order: created, paid, sent, partly refunded, however it comes and how often."""
        deliveries = list(LIFE) if seed is None else [*LIFE, *LIFE]
        if seed is not None:
            random.Random(seed).shuffle(deliveries)
        async with house.http() as http:
            for topic, content in deliveries:
                answer = await deliver_shopify(http, shopify, topic, content)
                assert answer.status_code == 200, (topic, answer.text)
        await house.settle()

        assert {kept["outcome"] for kept in await receipts_of(database, shopify)} == {"processed"}
        async with database.transaction(role=Role.WORKER) as transaction:
            (order,) = await transaction.rows(
                """
                SELECT o.external_id, o.status, o.fulfillment_status, o.total, o.refunded_total, o.is_counted,
                       c.email, c.total_orders, c.total_spent, t.source, t.medium, t.campaign, t.method
                FROM orders o
                JOIN contacts c USING (client_id, contact_id)
                JOIN touches t ON t.client_id = o.client_id AND t.touch_id = ANY (o.touch_ids)
                WHERE o.client_id = %s
                """,
                (shopify.client_id,),
            )
            (checkout,) = await transaction.rows(
                "SELECT started_at, completed_at, email FROM checkouts WHERE client_id = %s",
                (shopify.client_id,),
            )
        assert order == {
            "external_id": "6620019988776",
            "status": "partially_refunded",
            "fulfillment_status": "fulfilled",
            "total": Decimal("85.90"),
            "refunded_total": Decimal("40.50"),
            "is_counted": True,
            "email": "ilse.harms@example.org",
            "total_orders": 1,
            "total_spent": Decimal("45.40"),
            "source": "facebook",
            "medium": "paid_social",
            "campaign": "autumn_sale",
            "method": "utm",
        }
        assert checkout["started_at"] < checkout["completed_at"]

    async def test_a_deleted_order_is_gone_though_it_is_told_again(
        self, house: House, database: Database, shopify: Source
    ) -> None:
        """Whichever comes first: the deletion, or a late word about the order."""
        async with house.http() as http:
            await deliver_shopify(http, shopify, "orders/delete", {"id": 6620019988776})
            await deliver_shopify(http, shopify, "orders/updated", example("orders_updated"))
        await house.settle()
        async with database.transaction(role=Role.WORKER) as transaction:
            (order,) = await transaction.rows(
                "SELECT is_deleted, is_counted FROM orders WHERE client_id = %s", (shopify.client_id,)
            )
        assert order == {"is_deleted": True, "is_counted": False}


async def test_forged_deliveries_are_counted_where_they_were_aimed(
    http: httpx.AsyncClient, database: Database, shopify: Source, door: Any
) -> None:
    """The owner of a connection sees that somebody tries."""
    await deliver_shopify(http, shopify, "orders/create", {"id": 1}, secret="guessed")
    await door.rejections.flush()
    assert await rejections_of(database, shopify) == {"signature_invalid": 1}


class TestJourneys:
    @pytest.mark.parametrize("step", [1, -1])
    async def test_the_assembled_journey_replaces_what_was_assumed(
        self, house: House, database: Database, shopify: Source, step: int
    ) -> None:
        """The webhook's landing page is the last visit; when Shopify tells its time, it is still one visit."""
        told = [("orders/create", example("orders_create")), ("orders/pulled", pulled_order())]
        async with house.http() as http:
            for topic, content in told[::step]:
                assert (await deliver_shopify(http, shopify, topic, content)).status_code == 200
                await house.settle()
        async with database.transaction(role=Role.WORKER) as transaction:
            visits = await transaction.tuples(
                """
                SELECT to_char(occurred_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI'), source, medium, method
                FROM touches WHERE client_id = %s ORDER BY occurred_at
                """,
                (shopify.client_id,),
            )
            credited = await transaction.tuples(
                "SELECT source, landing_page FROM credits WHERE client_id = %s", (shopify.client_id,)
            )
        assert visits == [
            ("11-12 18:20", "google", "organic", "origin"),
            ("11-18 08:50", "facebook", "paid_social", "utm"),
        ]
        (credit,) = credited
        assert credit[0] == "facebook"
        assert credit[1].startswith("https://www.example-store.test/products/wool-throw?")
