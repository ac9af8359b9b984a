"""A reconciliation finds what is missing, heals it, and says how complete the tables are."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from convertos.sync.model import Reconciliation, SyncKind
from convertos.sync.overview import completeness_of, read_integration
from convertos.sync.prove import read_findings, request_reconciliation
from convertos.sync.store.reconciliations import KeptDifference
from tests.simulators.woocommerce import Fault
from tests.simulators.woocommerce.faults import anything, broken
from tests.support.connected_shops import ConnectedShop

pytestmark = pytest.mark.usefixtures("nothing_waits")


async def imported(connected: ConnectedShop, orders: int = 160) -> list[int]:
    """A store with five months of orders that were all brought over."""
    shop = connected.shop
    shop.pass_time(days=-120)
    ids = []
    for number in range(orders):
        shop.pass_time(hours=21)
        ids.append(shop.add_order(f"{20 + number % 80}.90", "completed"))
    shop.add_customer()
    shop.add_product()
    await connected.sync(SyncKind.FULL)
    return ids


async def reconcile(
    connected: ConnectedShop, since: date | None = None
) -> tuple[Reconciliation, dict[str, KeptDifference]]:
    connection = await connected.connection()
    async with connected.stores.work(connected.scope) as transaction:
        found = await request_reconciliation(transaction, connection, reason="hand", since=since)
    await run_to_its_end(connected)
    return await findings(connected, found)


async def run_to_its_end(connected: ConnectedShop) -> None:
    for _ in range(3):
        await connected.house.run_jobs(connected.pauses)
        await connected.house.settle()
        async with connected.stores.work(connected.scope) as transaction:
            await transaction.execute(
                "UPDATE jobs.procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"
            )


async def findings(connected: ConnectedShop, found: UUID) -> tuple[Reconciliation, dict[str, KeptDifference]]:
    connection = await connected.connection()
    async with connected.stores.work(connected.scope) as transaction:
        reconciliation, differences, _ = await read_findings(transaction, connection, found)
    return reconciliation, {each.external_id: each for each in differences}


async def completeness(connected: ConnectedShop) -> float | None:
    async with connected.stores.work(connected.scope) as transaction:
        return completeness_of(await read_integration(transaction, connected.source.public_id))


async def test_nothing_is_missing(connected: ConnectedShop) -> None:
    """A store that is here as a whole is said to be, and nothing is fetched."""
    await imported(connected)
    found, differences = await reconcile(connected)
    assert (found.status, found.store_count, found.matching_before, found.healed) == ("complete", 160, 160, 0)
    assert differences == {}
    assert await completeness(connected) == 100.0


async def test_everything_that_can_differ_is_healed(connected: ConnectedShop) -> None:
    """Orders that never came, that changed unseen, even backwards, and that are gone: all as in the store."""
    ids = await imported(connected)
    shop = connected.shop
    shop.now = connected.stores.clock().replace(microsecond=0)
    shop.change_unstamped("orders", ids[5], total="1.11")
    shop.change_unstamped("orders", ids[6], total="2.22", date_modified_gmt="2026-01-01T00:00:00")
    shop.change_unstamped("orders", ids[7], status="cancelled")
    shop.destroy("orders", ids[8])
    shop.destroy("customers", next(iter(shop.objects["customers"])))
    new = shop.add_order("66.00")
    found, differences = await reconcile(connected)
    assert await connected.tables() == connected.truth()
    kinds = {external_id: each.kind for external_id, each in differences.items()}
    assert {key: kinds[str(key)] for key in (*ids[5:9], new)} == {
        ids[5]: "differs",
        ids[6]: "differs",
        ids[7]: "differs",
        ids[8]: "deleted",
        new: "missing",
    }
    assert all(each.is_healed for each in differences.values())
    assert (found.status, found.healed, found.found_deleted) == ("complete", 6, 2)
    assert (found.store_count, found.matching_before, found.matching_after) == (160, 156, 160)
    again, left = await reconcile(connected)
    assert (again.matching_before, left) == (160, {})


async def test_what_counts_as_deleted_here_and_is_there(connected: ConnectedShop) -> None:
    """A deletion that was not one is taken back."""
    ids = await imported(connected, 5)
    async with connected.stores.work(connected.scope) as transaction:
        await transaction.execute(
            "UPDATE orders SET is_deleted = true, is_counted = false WHERE client_id = %s AND external_id = %s",
            (connected.source.client_id, str(ids[2])),
        )
    _, differences = await reconcile(connected)
    assert differences[str(ids[2])].kind == "undeleted"


async def test_an_order_in_the_trash(connected: ConnectedShop) -> None:
    """The store does not list it, but has it: it counts no more, and comes back when it is restored."""
    ids = await imported(connected, 5)
    connected.shop.trash(ids[1])
    found, differences = await reconcile(connected)
    assert (await connected.tables())["orders"] == connected.truth()["orders"]
    assert (differences[str(ids[1])].kind, differences[str(ids[1])].is_healed) == ("deleted", True)
    assert found.status == "complete"


async def test_what_the_store_hides_is_not_deleted(connected: ConnectedShop) -> None:
    """A plugin may hide an order from lists; asked for by its id it is there, and stays here."""
    ids = await imported(connected, 5)
    hidden = connected.shop.objects["orders"]

    class Hiding(dict[int, dict[str, Any]]):
        def values(self) -> Any:
            return [each for key, each in self.items() if key != ids[3]]

    connected.shop.objects["orders"] = Hiding(hidden)
    found, differences = await reconcile(connected)
    assert str(ids[3]) in (await connected.tables())["orders"]
    assert (found.status, differences) == ("complete", {})


async def test_the_nightly_one_counts_the_past(connected: ConnectedShop) -> None:
    """Months before the last two are counted, and compared one by one only where the counts differ."""
    ids = await imported(connected)
    since = connected.shop.now.date()
    asked_before = len(connected.running.asked)
    found, _ = await reconcile(connected, since)
    asked = connected.running.asked[asked_before:]
    assert found.status == "complete"
    assert len([each for each in asked if each.query.get("per_page") == "1"]) >= 3
    connected.shop.destroy("orders", ids[0])
    found, differences = await reconcile(connected, since)
    assert {key: each.kind for key, each in differences.items()} == {str(ids[0]): "deleted"}
    assert found.status == "complete"


async def test_days_on_which_sums_differ_are_listed(connected: ConnectedShop) -> None:
    """By day and currency: how many and how much there, and here."""
    ids = await imported(connected, 4)
    order = connected.shop.objects["orders"][ids[1]]
    connected.shop.change_unstamped("orders", ids[1], total="1000.00")
    connection = await connected.connection()
    async with connected.stores.work(connected.scope) as transaction:
        found = await request_reconciliation(transaction, connection, reason="hand", since=None)
    await run_to_its_end(connected)
    async with connected.stores.work(connected.scope) as transaction:
        _, _, days = await read_findings(transaction, connection, found)
    assert [(day["store_count"], day["our_count"]) for day in days] == [(1, 1)]
    assert str(days[0]["store_sum"]) == order["total"]


async def test_a_store_that_is_away(connected: ConnectedShop) -> None:
    """It is tried again, and then said; a figure that was not found out is not shown as one."""
    await imported(connected, 3)
    connected.running.faults.append(Fault(anything, broken, times=10_000))
    connection = await connected.connection()
    async with connected.stores.work(connected.scope) as transaction:
        found = await request_reconciliation(transaction, connection, reason="hand", since=None)
    for _ in range(3):
        await run_to_its_end(connected)
    reconciliation, _ = await findings(connected, found)
    assert reconciliation.status == "failed"
    assert "500" in (reconciliation.error or "")
    assert await completeness(connected) is None
