"""Deliveries come late, twice, several ways and all at once; what they say counts once.

Source: reliability.md §4 B1, B6, B7, B8, over HTTP and with several workers at the same time.
"""

import asyncio
import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, LiteralString

import pytest
from tests.support.house import House
from tests.support.senders import deliver, event, send_event
from tests.support.tenants import Source, Tenant, make_source

from convertos.core.database import Database, Role
from convertos.core.installation import Installation
from convertos.ingest.keep import Keeper, new_receipt
from convertos.platforms import Delivery
from convertos.worker import Worker

WORKERS = 4
ORDERS = 1000
UPDATES = 200


async def work_together(house: House, batch_size: int) -> None:
    """Several workers, as in several processes, with small batches, until nothing waits."""
    settings = house.installation.settings.model_copy(update={"worker_batch_size": batch_size})
    installation = Installation(settings, house.installation.master_key, house.installation.access, None)

    async def drain() -> None:
        worker = Worker(installation, house.database)
        while await worker.process_once():
            pass

    await asyncio.gather(*(drain() for _ in range(WORKERS)))
    await house.settle()


async def rows(database: Database, query: LiteralString, tenant: Tenant) -> list[tuple[Any, ...]]:
    async with database.transaction(role=Role.WORKER) as transaction:
        return await transaction.tuples(query, (tenant.client_id,))


@pytest.fixture
async def both(database: Database, installation: Installation, tenant: Tenant) -> tuple[Source, Source]:
    """One shop that speaks by its plugin and by its own webhooks."""
    plugin = await make_source(database, installation, tenant, "wordpress", domain="both.example")
    native = await make_source(database, installation, tenant, domain="both.example")
    assert plugin.store_id == native.store_id
    return plugin, native


class TestOnce:
    async def test_fifty_times_at_once_is_one_order(
        self, house: House, database: Database, tenant: Tenant, both: tuple[Source, Source]
    ) -> None:
        """An impatient sender and its proxies: one order, and its revenue once."""
        order = event("order.paid", order_id=7, total="12.50", currency="EUR", email="ana@shop.example")
        async with house.http() as http:
            answers = await asyncio.gather(*(send_event(http, both[0], order) for _ in range(50)))
        await work_together(house, 5)
        assert {answer.status_code for answer in answers} == {200}
        assert await rows(
            database, "SELECT total_orders, total_spent FROM contacts WHERE client_id = %s", tenant
        ) == [(1, Decimal("12.50"))]

    async def test_a_retry_after_a_time_out_hears_the_same(
        self, house: House, database: Database, tenant: Tenant, both: tuple[Source, Source]
    ) -> None:
        """The plugin that never heard our answer sends again, before and after it was processed."""
        order = event("order.paid", order_id=7, total="12.50", currency="EUR", email="ana@shop.example")
        async with house.http() as http:
            first = await send_event(http, both[0], order)
            second = await send_event(http, both[0], order)
            await house.settle()
            third = await send_event(http, both[0], order)
        await house.settle()
        told = [answer.json() for answer in (first, second, third)]
        assert [each.pop("duplicate") for each in told] == [False, True, True]
        assert told[0] == told[1] == told[2]
        assert await rows(database, "SELECT count(*) FROM orders WHERE client_id = %s", tenant) == [(1,)]


def native_order(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "status": "completed",
        "currency": "EUR",
        "total": "10.00",
        "date_created_gmt": "2026-03-01T10:00:00",
        "date_modified_gmt": "2026-03-01T11:00:00",
        "date_paid_gmt": "2026-03-01T10:00:05",
        "billing": {"email": f"buyer{number}@shop.example"},
        "refunds": [{"id": 1, "total": "-2.50"}],
    }


def plugin_order(order_id: str) -> dict[str, Any]:
    return event(
        "order.refunded",
        order_id=order_id,
        status="completed",
        currency="EUR",
        total="10.00",
        created_at="2026-03-01T10:00:00Z",
        modified_at="2026-03-01T11:00:00Z",
        paid_at="2026-03-01T10:00:05Z",
        email=f" BUYER{order_id.rpartition('/')[2]}@Shop.Example",
        refund={"id": 1, "amount": "2.50"},
    )


async def pull(database: Database, shop: Source, numbers: Sequence[int]) -> None:
    """Keep orders as a sync keeps the page that it has read."""
    keeper = Keeper(database)
    await asyncio.gather(
        *(
            keeper.keep(
                new_receipt(
                    Delivery(
                        key=("sync", str(number)),
                        event_type="order.updated",
                        event_id=f"sync-{number}",
                        body=json.dumps(native_order(number)).encode(),
                    ),
                    client_id=shop.client_id,
                    connection_id=shop.connection_id,
                    door="sync",
                    headers=b"{}",
                    received_at=datetime.now(UTC),
                )
            )
            for number in numbers
        )
    )


async def test_a_thousand_orders_by_three_ways_are_a_thousand_orders(
    house: House, database: Database, tenant: Tenant, both: tuple[Source, Source]
) -> None:
    """Plugin, native webhook and sync tell of each order at once, each in its own spelling of the id."""
    plugin, native = both
    numbers = list(range(1001, 1001 + ORDERS))
    places = asyncio.Semaphore(16)
    spelled = [
        plugin_order(spelling.format(n)) for n in numbers for spelling in ("{}", "gid://shopify/Order/{}")
    ]
    random.Random(7).shuffle(spelled)

    async with house.http() as http:

        async def by_webhook(number: int) -> int:
            async with places:
                return (await deliver(http, native, "order.updated", native_order(number))).status_code

        async def by_plugin(start: int) -> int:
            async with places:
                return (await send_event(http, plugin, spelled[start : start + 100])).status_code

        told = [by_webhook(number) for number in numbers]
        told += [by_plugin(start) for start in range(0, len(spelled), 100)]
        random.Random(8).shuffle(told)
        statuses, _, _ = await asyncio.gather(
            asyncio.gather(*told), pull(database, native, numbers), work_together(house, 50)
        )
    await work_together(house, 50)

    assert set(statuses) == {200}
    assert await rows(
        database,
        """
        SELECT count(*)::int, sum(total), sum(refunded_total), bool_and(seen_via = 7), bool_and(is_counted)
        FROM orders WHERE client_id = %s
        """,
        tenant,
    ) == [(ORDERS, Decimal(10 * ORDERS), Decimal("2.5") * ORDERS, True, True)]
    assert await rows(database, "SELECT count(*)::int FROM refunds WHERE client_id = %s", tenant) == [
        (ORDERS,)
    ]
    assert await rows(
        database,
        "SELECT count(*)::int, min(total_spent), max(total_spent) FROM contacts WHERE client_id = %s",
        tenant,
    ) == [(ORDERS, Decimal("7.5"), Decimal("7.5"))]
    assert await rows(
        database,
        """
        SELECT sum(orders)::int, sum(revenue), sum(refunds) FROM day_sums WHERE client_id = %s AND detail = 1
        """,
        tenant,
    ) == [(ORDERS, Decimal(10 * ORDERS), Decimal("2.5") * ORDERS)]


class TestOnePerson:
    async def test_two_hundred_updates_at_once_lose_nothing(
        self, house: House, database: Database, tenant: Tenant, both: tuple[Source, Source]
    ) -> None:
        """Four workers change one person at the same time, whose address is never spelled the same way."""
        spellings = ("josé@bücher.example", "JOSÉ@BÜCHER.example", " jose\u0301@xn--bcher-kva.example ")
        said = [
            event("order.paid", order_id=n, total=f"{n}.01", currency="EUR", email=spellings[n % 3])
            for n in range(1, UPDATES + 1)
        ]
        random.Random(9).shuffle(said)
        async with house.http() as http:
            await send_event(http, both[0], said[:100])
            await send_event(http, both[0], said[100:])
        await work_together(house, 5)
        spent = sum((Decimal(f"{n}.01") for n in range(1, UPDATES + 1)), Decimal(0))
        assert await rows(
            database, "SELECT email, total_orders, total_spent FROM contacts WHERE client_id = %s", tenant
        ) == [("josé@xn--bcher-kva.example", UPDATES, spent)]

    async def test_people_who_turn_out_to_be_one_from_both_sides_at_once(
        self, house: House, database: Database, tenant: Tenant, both: tuple[Source, Source]
    ) -> None:
        """Forty accounts that share addresses in a ring become one person, whichever worker is first."""
        ring = 40
        said = [
            event(
                "order.paid", order_id=f"{n}{side}", total="1", currency="EUR", customer_id=n + 1, email=email
            )
            for n in range(ring)
            for side, email in (("a", f"p{n}@x.example"), ("b", f"p{(n + 1) % ring}@x.example"))
        ]
        random.Random(10).shuffle(said)
        async with house.http() as http:
            await send_event(http, both[0], said)
        await work_together(house, 3)
        living = await rows(
            database,
            "SELECT contact_id, total_orders FROM contacts WHERE client_id = %s AND merged_into IS NULL",
            tenant,
        )
        assert [total for _, total in living] == [2 * ring]
        ends = await rows(
            database,
            """
            WITH RECURSIVE way AS (
                SELECT contact_id AS start, contact_id, merged_into, 0 AS steps FROM contacts WHERE client_id = %s
                UNION ALL
                SELECT w.start, c.contact_id, c.merged_into, w.steps + 1
                FROM way w JOIN contacts c ON c.contact_id = w.merged_into WHERE w.steps < 100
            )
            SELECT DISTINCT contact_id FROM way WHERE merged_into IS NULL
            """,
            tenant,
        )
        assert ends == [(living[0][0],)]
