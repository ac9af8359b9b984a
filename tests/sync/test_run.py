"""A sync brings over what the store has, whatever happens meanwhile."""

import asyncio

import pytest

from convertos.platforms.remote import Entity
from convertos.platforms.woocommerce import walk
from convertos.sync.model import SyncKind, SyncStatus
from convertos.sync.request import cancel
from convertos.sync.run import run_sync
from tests.simulators.woocommerce import Fault
from tests.simulators.woocommerce.answers import Asked
from tests.simulators.woocommerce.faults import (
    anything,
    broken,
    empty,
    lists,
    login_page,
    page,
    slow_down,
    total,
    truncated,
)
from tests.support.clocks import Hand
from tests.support.connected_shops import ConnectedShop


def stock(connected: ConnectedShop, orders: int = 250) -> list[int]:
    """A store with some history; returns its orders."""
    shop = connected.shop
    for number in range(5):
        shop.add_product(f"Product {number}", "7.50")
        shop.add_customer()
    shop.add_customer(role="shop_manager")
    ids = []
    for number in range(orders):
        shop.pass_time(seconds=37)
        ids.append(shop.add_order(f"{20 + number % 80}.90", "completed" if number % 7 else "pending"))
    shop.refund(ids[1], "5.00")
    return ids


async def test_a_first_import_brings_everything(connected: ConnectedShop) -> None:
    """Orders with their refunds, accounts of every role, and products are here as they are in the store."""
    stock(connected)
    ending = await connected.sync(SyncKind.FULL)
    assert ending.status == SyncStatus.SUCCEEDED
    assert await connected.tables() == connected.truth()
    assert connected.running.pages_asked("orders") == [1, 2, 3]


async def test_the_next_sync_brings_what_changed(connected: ConnectedShop) -> None:
    """After the import only what is new or changed is asked for, ten minutes of overlap included."""
    ids = stock(connected)
    await connected.sync(SyncKind.FULL)
    connected.shop.now = connected.stores.clock().replace(microsecond=0)
    connected.shop.change("orders", ids[3], total="1.23")
    connected.shop.add_order("88.00")
    connected.shop.refund(ids[4], "2.00")
    connected.shop.add_customer("late@example.com")
    asked_before = len(connected.running.asked)
    ending = await connected.sync()
    assert ending.status == SyncStatus.SUCCEEDED
    assert await connected.tables() == connected.truth()
    assert len(connected.running.asked) - asked_before == 3


async def test_an_edit_in_the_second_of_the_cursor_is_seen(connected: ConnectedShop) -> None:
    """Two edits of one second, with a sync between them, end with the second one."""
    stock(connected, 3)
    await connected.sync(SyncKind.FULL)
    connected.shop.now = connected.stores.clock().replace(microsecond=0)
    hand = connected.stores.clock = Hand(connected.shop.now)
    order = connected.shop.add_order("10.00")
    hand.forward(milliseconds=200)
    await connected.sync()
    connected.shop.change("orders", order, total="11.00")
    hand.forward(milliseconds=500)
    await connected.sync()
    assert await connected.tables() == connected.truth()


async def test_more_orders_in_one_second_than_a_page(connected: ConnectedShop) -> None:
    """A bulk edit stamps hundreds of orders alike; none is skipped, and the walk ends."""
    ids = stock(connected, 320)
    await connected.sync(SyncKind.FULL)
    connected.shop.now = connected.stores.clock().replace(microsecond=0)
    for number in ids[:305]:
        connected.shop.change("orders", number, status="on-hold")
    connected.shop.pass_time(seconds=3)
    for number in ids[305:]:
        connected.shop.change("orders", number, status="cancelled")
    ending = await connected.sync()
    assert ending.status == SyncStatus.SUCCEEDED
    assert await connected.tables() == connected.truth()


async def test_rows_drift_while_pages_are_read(connected: ConnectedShop) -> None:
    """Orders that are added, edited and deleted between two pages leave no gap."""
    ids = stock(connected, 450)
    shop = connected.shop

    def drift(asked: Asked) -> None:
        if asked.path == "/orders" and asked.number("page", 1) == 3:
            shop.now = connected.stores.clock().replace(microsecond=0)
            for number in ids[10:14]:
                shop.destroy("orders", number)
            shop.change("orders", ids[20], total="3.21")
            shop.add_order("5.55")
            connected.running.before = lambda _: None

    connected.running.before = drift
    await connected.sync(SyncKind.FULL, "orders")
    await connected.sync(SyncKind.INCREMENTAL, "orders")
    tables, truth = (await connected.tables())["orders"], connected.truth()["orders"]
    # Those destroyed after they were read are still here: reconciliation finds them.
    assert {key: tables[key] for key in truth} == truth
    assert set(tables) - set(truth) == {str(number) for number in ids[10:14]}


async def test_edits_while_changes_are_read(connected: ConnectedShop) -> None:
    """Orders that change again while the changes are walked through move, and none is skipped."""
    ids = stock(connected, 400)
    await connected.sync(SyncKind.FULL, "orders")
    shop = connected.shop
    shop.now = connected.stores.clock().replace(microsecond=0)
    for number in ids[:350]:
        shop.pass_time(seconds=1)
        shop.change("orders", number, total="2.00")

    def again(asked: Asked) -> None:
        if "modified_after" in asked.query:
            for number in ids[:30]:
                shop.pass_time(seconds=1)
                shop.change("orders", number, total="3.00")
            connected.running.before = lambda _: None

    connected.running.before = again
    await connected.sync(SyncKind.INCREMENTAL, "orders")
    assert (await connected.tables())["orders"] == connected.truth()["orders"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault(page("orders", 2), slow_down("7"), times=2),
        Fault(page("orders", 3), broken, times=3),
        Fault(page("orders", 1), truncated, times=2),
        Fault(page("orders", 2), login_page, times=2),
        Fault(page("orders", 2), total(90), times=1),
        Fault(lists("orders"), total(100), times=2),
        Fault(anything, broken, times=1),
    ],
    ids=["429", "500 on a page", "half an answer", "a login page", "total too low", "totals lie", "hiccup"],
)
async def test_a_store_that_stumbles(connected: ConnectedShop, fault: Fault) -> None:
    """What passes by itself is waited out, and everything is here in the end."""
    stock(connected)
    connected.running.faults.append(
        Fault(fault.where, fault.spoil, fault.times)  # parameters are shared by runs
    )
    ending = await connected.sync(SyncKind.FULL)
    assert ending.status == SyncStatus.SUCCEEDED
    assert await connected.tables() == connected.truth()


async def test_a_slow_store_is_asked_for_two_pages_at_a_time(
    connected: ConnectedShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never for more, and for one again when it stumbles; nothing is lost by it."""
    monkeypatch.setattr(walk, "_SLOW_PAGE_SECONDS", 0.0)
    stock(connected, 850)
    under_way, most = 0, []

    def begin(_: Asked) -> None:
        nonlocal under_way
        under_way += 1
        most.append(under_way)

    async def end(_: Asked) -> None:
        nonlocal under_way
        await asyncio.sleep(0)
        under_way -= 1

    connected.running.before, connected.running.after = begin, end
    connected.running.page_seconds = 0.02
    connected.running.faults.append(Fault(page("orders", 6), broken, times=2))
    ending = await connected.sync(SyncKind.FULL, "orders")
    assert ending.status == SyncStatus.SUCCEEDED
    assert max(most) == 2
    assert (await connected.tables())["orders"] == connected.truth()["orders"]


async def test_the_store_is_left_alone_for_as_long_as_it_asks(connected: ConnectedShop) -> None:
    """`Retry-After` is kept to the second, and people can see why nothing moves."""
    stock(connected, 5)
    connected.running.faults.append(Fault(lists("orders"), slow_down("42")))
    await connected.sync(SyncKind.FULL, "orders")
    assert connected.pauses.seconds == [42.0]


async def test_a_total_that_is_never_reached_is_said(connected: ConnectedShop) -> None:
    """A store that claims more than it gives does not make a success."""
    stock(connected, 30)
    connected.running.faults.append(Fault(lists("orders"), total(500), times=100))
    sync_id = await connected.request(SyncKind.FULL, "orders")
    ending = await connected.run(sync_id)
    sync, _ = await connected.read(sync_id)
    assert ending.status == SyncStatus.INCOMPLETE
    assert sync.error == "The store says it has 500 orders, and gave 30."


async def test_no_rows_are_no_success_where_there_should_be_some(connected: ConnectedShop) -> None:
    """An empty page beside a total is a fault of the store: the cursor stays where it was."""
    stock(connected, 30)
    connected.running.faults.append(Fault(lists("orders"), empty, times=100))
    sync_id = await connected.request(SyncKind.FULL, "orders")
    ending = await connected.run(sync_id)
    assert ending.status == SyncStatus.WAITING
    connected.running.faults.clear()
    ending = await connected.run(sync_id)
    await connected.house.settle()
    assert ending.status == SyncStatus.SUCCEEDED
    assert (await connected.tables())["orders"] == connected.truth()["orders"]


async def test_two_syncs_never_run_at_once(connected: ConnectedShop) -> None:
    """A second sync of a connection waits for the first, whoever begins it."""
    stock(connected, 120)
    first = await connected.request(SyncKind.FULL)
    connected.shop.add_order()
    entered, go_on = asyncio.Event(), asyncio.Event()

    async def stop_once(_: Asked) -> None:
        entered.set()
        await go_on.wait()

    connected.running.after = stop_once
    running = asyncio.create_task(connected.run(first))
    await entered.wait()
    second = await connected.request(SyncKind.INCREMENTAL)
    assert second != first
    assert await run_sync(connected.stores, connected.source.client_id, second) is None
    assert await run_sync(connected.stores, connected.source.client_id, first) is None
    connected.running.after = None
    go_on.set()
    assert (await running).status == SyncStatus.SUCCEEDED
    assert (await connected.run(second)).status == SyncStatus.SUCCEEDED


async def test_asking_twice_is_one_sync(connected: ConnectedShop) -> None:
    """A sync that waits already is the one that is meant."""
    assert await connected.request() == await connected.request()


async def test_progress_is_counted(connected: ConnectedShop) -> None:
    """Each kind of object tells how many there are and how many came."""
    stock(connected, 130)
    sync_id = await connected.request(SyncKind.FULL)
    await connected.run(sync_id)
    _, progress = await connected.read(sync_id)
    counts = {name: (each.expected, each.pulled, each.fresh, each.is_done) for name, each in progress.items()}
    assert counts == {
        Entity.ORDERS: (130, 130, 130, True),
        Entity.CUSTOMERS: (6, 6, 6, True),
        Entity.PRODUCTS: (5, 5, 5, True),
    }


async def test_refused_keys_end_the_sync_in_words(connected: ConnectedShop) -> None:
    """Keys that were revoked in the store are said to be, with what to do."""
    connected.shop.keys.clear()
    sync_id = await connected.request(SyncKind.FULL)
    ending = await connected.run(sync_id)
    sync, _ = await connected.read(sync_id)
    assert (ending.status, sync.error_code) == (SyncStatus.FAILED, "keys_refused")
    assert "REST API, and connect again" in (sync.error or "")


async def test_every_call_is_in_the_access_log(connected: ConnectedShop) -> None:
    """Each call is written down with its purpose and status, and no key is."""
    stock(connected, 120)
    connected.running.faults.append(Fault(page("orders", 2), broken))
    await connected.sync(SyncKind.FULL, "orders")
    log = await connected.access_log()
    assert [(row["purpose"], row["status"], row["attempt"]) for row in log] == [
        ("orders, page 1", 200, 1),
        ("orders, page 2", 500, 1),
        ("orders, page 2", 200, 2),
    ]
    key = connected.shop.keys[0]
    assert key.consumer_key not in str(log)
    assert log[0]["path"] == "/wp-json/wc/v3/orders?status=any&orderby=id&order=asc&per_page=100&page=1"


async def test_an_older_store_that_can_t_order_by_change(connected: ConnectedShop) -> None:
    """Then changes are walked through by id, and it ends the same."""
    ids = stock(connected, 230)
    await connected.sync(SyncKind.FULL, "orders")
    connected.running.knows_modified_order = False
    connected.shop.now = connected.stores.clock().replace(microsecond=0)
    for number in ids[5:225]:
        connected.shop.pass_time(seconds=1)
        connected.shop.change("orders", number, total="4.00")
    ending = await connected.sync(SyncKind.INCREMENTAL, "orders")
    assert ending.status == SyncStatus.SUCCEEDED
    assert (await connected.tables())["orders"] == connected.truth()["orders"]
    connected.shop.pass_time(seconds=30)
    connected.shop.change("orders", ids[0], total="5.00")
    await connected.sync(SyncKind.INCREMENTAL, "orders")
    assert (await connected.tables())["orders"] == connected.truth()["orders"]


async def test_a_store_that_changes_its_time_zone(connected: ConnectedShop) -> None:
    """Times are read and asked for in UTC, so nothing is skipped or shifted."""
    ids = stock(connected, 20)
    await connected.sync(SyncKind.FULL, "orders")
    connected.shop.timezone = "Pacific/Auckland"
    connected.shop.now = connected.stores.clock().replace(microsecond=0)
    connected.shop.change("orders", ids[1], total="6.00")
    connected.shop.timezone = "America/Los_Angeles"
    connected.shop.change("orders", ids[2], total="7.00")
    await connected.sync(SyncKind.INCREMENTAL, "orders")
    assert (await connected.tables())["orders"] == connected.truth()["orders"]


async def test_a_cancelled_sync_stops_and_can_be_gone_on_with(connected: ConnectedShop) -> None:
    """It ends after the page that is under way; the next one begins behind it."""
    stock(connected, 350)
    sync_id = await connected.request(SyncKind.FULL, "orders")

    async def cancel_at_second(asked: Asked) -> None:
        if asked.path == "/orders" and asked.number("page", 1) == 2:
            async with connected.stores.work(connected.scope) as transaction:
                await cancel(transaction, sync_id)

    connected.running.after = cancel_at_second
    assert (await connected.run(sync_id)).status == SyncStatus.CANCELLED
    assert connected.running.pages_asked("orders") == [1, 2]
    connected.running.after = None
    assert (await connected.sync(SyncKind.INCREMENTAL, "orders")).status == SyncStatus.SUCCEEDED
    assert connected.running.pages_asked("orders") == [1, 2, 3, 4]
    assert (await connected.tables())["orders"] == connected.truth()["orders"]


async def test_a_store_that_wants_an_hour_is_given_it(connected: ConnectedShop) -> None:
    """A long `Retry-After` is not slept through: the run is put back, and goes on when the time is over."""
    stock(connected, 30)
    connected.running.faults.append(Fault(lists("orders"), slow_down("3600"), times=100))
    sync_id = await connected.request(SyncKind.FULL, "orders")
    ending = await connected.run(sync_id)
    assert (ending.status, ending.retry_in_seconds) == (SyncStatus.WAITING, 3600.0)
    assert connected.pauses.seconds == []
    connected.running.faults.clear()
    assert (await connected.run(sync_id)).status == SyncStatus.SUCCEEDED
