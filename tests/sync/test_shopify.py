"""A Shopify store comes over whole, through the engine, whatever happens on the way."""

import random
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from convertos.core.database import Database
from convertos.sync.model import SyncKind, SyncStatus
from convertos.sync.revisit import revisit_due
from tests.simulators.shopify.store import Fault
from tests.simulators.shopify.truth import change, filled, new_order, refund
from tests.support.connected_shopify import ConnectedShopify, connected_shopify
from tests.support.connected_shops import ConnectedShop
from tests.support.house import House
from tests.support.shopify import deliver_shopify, example
from tests.support.tenants import Tenant
from tests.sync.test_crashes import let_lease_run_out, run_doomed
from tests.sync.test_reconcile import reconcile


@pytest.fixture
async def shopify(house: House, database: Database, tenant: Tenant) -> AsyncIterator[ConnectedShopify]:
    """A store with a past of some weeks that is connected."""
    truth = filled(7, datetime.now(UTC), orders=330, customers=40, products=30)
    async with connected_shopify(house, database, tenant, truth) as found:
        yield found


async def test_a_first_import_brings_everything(shopify: ConnectedShopify) -> None:
    """Orders with lines and refunds, customers, and products with all their variants."""
    ending = await shopify.sync(SyncKind.FULL)
    assert ending.status == SyncStatus.SUCCEEDED
    assert await shopify.tables() == shopify.truth()


async def test_the_next_sync_brings_what_changed(shopify: ConnectedShopify) -> None:
    """New orders, refunds, cancellations; each object once, however often it is asked for."""
    await shopify.sync(SyncKind.FULL)
    shopify.clock.turn(3600)
    orders = shopify.store.truth.orders
    orders[9000] = new_order(9000, shopify.clock(), None, lines=60)
    refund(orders[5001], 77, 250, shopify.clock())
    change(orders[5002], shopify.clock(), cancelledAt="2026-11-20T10:00:00Z")
    sync_id = await shopify.request()
    assert (await shopify.run(sync_id)).status == SyncStatus.SUCCEEDED
    await shopify.house.settle()
    assert await shopify.tables() == shopify.truth()
    _, progress = await shopify.read(sync_id)
    assert progress["orders"].fresh == 3


@pytest.mark.parametrize("seed", range(4))
async def test_a_store_that_stumbles(shopify: ConnectedShopify, seed: int) -> None:
    """Slow down, errors, pages for people, answers cut off or lost, an empty budget, ended tokens."""
    chance = random.Random(seed)
    shopify.store.plan = lambda _: chance.choice(list(Fault)) if chance.random() < 0.12 else None
    sync_id = await shopify.request(SyncKind.FULL)
    ending = await shopify.run(sync_id)
    while ending.status in {SyncStatus.WAITING, SyncStatus.FAILED}:
        if ending.status == SyncStatus.FAILED:
            sync_id = await shopify.request(SyncKind.FULL)
        ending = await shopify.run(sync_id)
    await shopify.house.settle()
    assert ending.status == SyncStatus.SUCCEEDED
    assert await shopify.tables() == shopify.truth()


async def test_killed_at_every_page(shopify: ConnectedShopify) -> None:
    """Killed again and again, the run goes on in the same file; nothing is missing and nothing is double."""
    for number in range(6000, 6700):
        shopify.store.truth.orders[number] = new_order(number, shopify.clock(), None)
    sync_id = await shopify.request(SyncKind.FULL, "orders")
    connected = cast("ConnectedShop", shopify)
    deaths = 0
    while await run_doomed(connected, sync_id, "after", 1 if deaths < 4 else 99) == -signal.SIGKILL:
        deaths += 1
        await let_lease_run_out(connected)
    await shopify.house.settle()
    sync, progress = await shopify.read(sync_id)
    assert (deaths, sync.status, progress["orders"].pulled) == (4, SyncStatus.SUCCEEDED, 1030)
    assert shopify.store.requests.count("BulkRun") == 1
    assert (await shopify.tables())["orders"] == shopify.truth()["orders"]


async def test_a_file_with_too_few_lines_is_no_success(shopify: ConnectedShopify) -> None:
    """Shopify says how many objects it wrote; fewer are tried again, and in the end said."""
    shopify.store.bulk_lines_kept = 50
    sync_id = await shopify.request(SyncKind.FULL, "orders")
    endings = [await shopify.run(sync_id)]
    while endings[-1].status == SyncStatus.WAITING:
        endings.append(await shopify.run(sync_id))
    assert len(endings) > 1
    sync, _ = await shopify.read(sync_id)
    assert (endings[-1].status, sync.error_code) == (SyncStatus.FAILED, "bulk_cut_off")


async def test_an_order_that_comes_on_two_ways_is_one(shopify: ConnectedShopify) -> None:
    """By webhook and by sync: one order, its revenue once, and both ways are told."""
    order: dict[str, Any] = {
        "id": 5003,
        "name": "#5003",
        "total_price": str(shopify.truth()["orders"]["5003"]["total"]),
        "currency": "EUR",
        "financial_status": "paid",
        "email": "buyer@example.org",
        "created_at": "2026-10-01T10:00:00Z",
        "updated_at": "2026-10-01T10:00:00Z",
        "line_items": [],
        "refunds": [],
    }
    async with shopify.house.http() as http:
        answer = await deliver_shopify(http, shopify.source, "orders/create", order)
        assert answer.status_code == 200
    await shopify.house.settle()
    await shopify.sync(SyncKind.FULL, "orders")
    assert (await shopify.tables())["orders"] == shopify.truth()["orders"]
    async with shopify.stores.work(shopify.scope) as transaction:
        seen = await transaction.tuples(
            "SELECT seen_via FROM orders WHERE client_id = %s AND external_id = '5003'",
            (shopify.source.client_id,),
        )
    assert seen == [(2 | 4,)]


async def test_tags_and_consent_come_with_the_customers(shopify: ConnectedShopify) -> None:
    """As Shopify states them; nobody is subscribed by being synced."""
    shopify.store.truth.customers[101]["defaultEmailAddress"]["marketingState"] = "SUBSCRIBED"
    await shopify.sync(SyncKind.FULL, "customers")
    async with shopify.stores.work(shopify.scope) as transaction:
        rows = await transaction.tuples(
            """
            SELECT email, tags, subscription_status FROM contacts
            WHERE client_id = %s AND email IN ('buyer101@example.org', 'buyer102@example.org') ORDER BY email
            """,
            (shopify.source.client_id,),
        )
    assert rows == [
        ("buyer101@example.org", ["vip"], "subscribed"),
        ("buyer102@example.org", [], "unknown"),
    ]


async def test_an_app_that_was_removed_is_said(shopify: ConnectedShopify) -> None:
    """With what to do about it."""
    shopify.store.tokens.is_revoked = True
    sync_id = await shopify.request(SyncKind.FULL)
    ending = await shopify.run(sync_id)
    sync, _ = await shopify.read(sync_id)
    assert (ending.status, sync.error_code) == (SyncStatus.FAILED, "app_not_installed")
    assert "Install the app" in (sync.error or "")


async def test_no_token_is_in_the_access_log(shopify: ConnectedShopify) -> None:
    """Every call is written down with its purpose; what opens the store is not."""
    await shopify.sync(SyncKind.FULL, "customers")
    async with shopify.stores.work(shopify.scope) as transaction:
        log = await transaction.rows(
            "SELECT purpose, path, status FROM access_log WHERE client_id = %s ORDER BY call_id",
            (shopify.source.client_id,),
        )
    purposes = [row["purpose"] for row in log]
    assert purposes[0] == "a new access token"
    assert "a file of all customers" in purposes
    assert "shpat_" not in str(log)
    assert shopify.store.tokens.client_secret not in str(log)


@pytest.mark.usefixtures("nothing_waits")
class TestJourneys:
    """An order's journey is asked for until Shopify has assembled it."""

    async def order(self, shopify: ConnectedShopify) -> None:
        """An order comes by webhook; the store has it, too, without its journey."""
        shopify.store.truth.orders[7001] = new_order(7001, shopify.clock(), None)
        summary = shopify.store.truth.orders[7001]["customerJourneySummary"]
        summary["ready"] = False
        body = {**example("orders_create"), "id": 7001, "landing_site": None, "referring_site": None}
        async with shopify.house.http() as http:
            assert (await deliver_shopify(http, shopify.source, "orders/create", body)).status_code == 200
        await shopify.house.settle()

    async def touches(self, shopify: ConnectedShopify) -> list[tuple[Any, ...]]:
        await shopify.house.settle()
        async with shopify.stores.work(shopify.scope) as transaction:
            return await transaction.tuples(
                "SELECT source, medium FROM touches WHERE client_id = %s", (shopify.source.client_id,)
            )

    async def planned(self, shopify: ConnectedShopify) -> list[tuple[Any, ...]]:
        async with shopify.stores.work(shopify.scope) as transaction:
            return await transaction.tuples(
                "SELECT external_id, asked FROM revisits WHERE client_id = %s", (shopify.source.client_id,)
            )

    async def test_it_is_asked_for_until_it_is_there(self, shopify: ConnectedShopify) -> None:
        """After two minutes, a quarter of an hour, an hour, six hours, a day; not before, and not after."""
        await self.order(shopify)
        assert await revisit_due(shopify.stores) == 0
        for minutes, asked in ((10, 1), (10, 2)):
            shopify.clock.turn(minutes * 60)
            assert await revisit_due(shopify.stores) == 1
            assert await self.planned(shopify) == [("7001", asked)]
        assert await self.touches(shopify) == []
        shopify.store.truth.orders[7001]["customerJourneySummary"]["ready"] = True
        shopify.clock.turn(3600)
        assert await revisit_due(shopify.stores) == 1
        assert await self.planned(shopify) == []
        assert await self.touches(shopify) == [("newsletter", "email")]

    async def test_after_a_day_it_is_left_alone(self, shopify: ConnectedShopify) -> None:
        """Orders of the point of sale never get one."""
        await self.order(shopify)
        for hours in (1, 1, 1, 8, 25):
            shopify.clock.turn(hours * 3600)
            await revisit_due(shopify.stores)
        assert await self.planned(shopify) == []

    async def test_a_store_that_is_away_is_asked_later(self, shopify: ConnectedShopify) -> None:
        """No time of asking is used up by it."""
        await self.order(shopify)
        shopify.clock.turn(600)
        shopify.store.plan = lambda _: Fault.PAGE_FOR_PEOPLE
        assert await revisit_due(shopify.stores) == 1
        assert await self.planned(shopify) == [("7001", 0)]
        shopify.store.plan = lambda _: None
        shopify.clock.turn(310)
        await revisit_due(shopify.stores)
        assert await self.planned(shopify) == [("7001", 1)]


@pytest.mark.usefixtures("nothing_waits")
class TestReconciliation:
    """What is missing is found, fetched and healed; what was deleted there goes here."""

    async def test_a_whole_store_is_complete(self, shopify: ConnectedShopify) -> None:
        """Nothing differs, and nothing is fetched."""
        await shopify.sync(SyncKind.FULL)
        found, differences = await reconcile(cast("ConnectedShop", shopify))
        assert (found.status, found.store_count, found.matching_before) == ("complete", 330, 330)
        assert differences == {}

    async def test_drift_is_healed(self, shopify: ConnectedShopify) -> None:
        """An order that never came, one that changed unseen, one that was deleted, a customer too."""
        await shopify.sync(SyncKind.FULL)
        truth = shopify.store.truth
        truth.orders[9000] = new_order(9000, shopify.clock() - timedelta(days=2), None, lines=12)
        refund(truth.orders[5010], 4711, 321, shopify.clock())
        del truth.orders[5020]
        del truth.customers[105]
        found, differences = await reconcile(cast("ConnectedShop", shopify))
        kinds = {number: each.kind for number, each in differences.items()}
        assert kinds == {"9000": "missing", "5010": "differs", "5020": "deleted", "105": "deleted"}
        assert found.status == "complete"
        assert await shopify.tables() == shopify.truth()

    async def test_orders_that_may_not_be_seen_stay(
        self, house: House, database: Database, tenant: Tenant
    ) -> None:
        """Without `read_all_orders` an order of a year ago is hidden, not deleted."""
        now = datetime.now(UTC)
        truth = filled(8, now, orders=20)
        truth.orders[100] = new_order(100, now - timedelta(days=365), None)
        async with connected_shopify(house, database, tenant, truth) as shopify:
            await shopify.sync(SyncKind.FULL)
            shopify.store.scopes.discard("read_all_orders")
            async with shopify.stores.work(shopify.scope) as transaction:
                await transaction.execute(
                    'UPDATE connection_keys SET remembered = \'{"scopes": ["read_orders"]}\' WHERE client_id = %s',
                    (shopify.source.client_id,),
                )
            await reconcile(cast("ConnectedShop", shopify))
            assert (await shopify.tables())["orders"] == shopify.truth()["orders"]
