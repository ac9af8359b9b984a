"""The demo goes the way of every delivery, and what the tables hold is what was told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from convertos.core.database import Database, Role
from convertos.core.ids import new_id
from convertos.core.installation import Installation
from convertos.demo.fill import Filled, fill
from convertos.demo.follow import look
from convertos.demo.place import Placed, Terms, find_demo, place_brands, remove_demo
from convertos.demo.scene import EDITION
from convertos.tenancy.console import caller_in, make_organization
from convertos.tenancy.model import Caller
from tests.demo.books import START, Books, keep_books, refunded, told
from tests.support.house import House

pytestmark = pytest.mark.usefixtures("nothing_waits")

TERMS = Terms(edition=EDITION, seed=7, scale=0.1, starts_on=START)
DAYS = 45


class StoppedError(Exception):
    """Somebody pressed Ctrl-C."""


@dataclass
class Demo:
    """The brands in an organization of their own."""

    database: Database
    installation: Installation
    organization: str
    placed: Sequence[Placed]

    async def caller(self) -> Caller:
        return await caller_in(self.database, self.organization)

    async def send(self, days: int = DAYS, interrupt_after: int | None = None) -> Filled:
        until = datetime.combine(START, datetime.min.time(), UTC) + timedelta(days=days)

        def report(state: Filled) -> None:
            if interrupt_after is not None and state.kept + state.known > interrupt_after:
                raise StoppedError

        return await fill(
            self.database, self.installation.vault, self.placed, terms=TERMS, until=until, report=report
        )

    async def rows(self, query: str, key: str) -> list[tuple[Any, ...]]:
        async with self.database.transaction(role=Role.WORKER) as transaction:
            return await transaction.tuples(query, (self.client_id(key),))

    def client_id(self, key: str) -> UUID:
        return next(each.client_id for each in self.placed if each.brand.key == key)


@pytest.fixture
async def demo(database: Database, installation: Installation) -> Demo:
    organization = f"Demo {new_id()}"
    caller = await make_organization(database, organization)
    placed = await place_brands(database, installation.vault, caller, found=None, terms=TERMS)
    return Demo(database, installation, organization, placed)


def books(key: str, days: int = DAYS) -> Books:
    return keep_books(told(key, days=days))


async def check_books(demo: Demo, days: int = DAYS) -> None:
    """What the tables hold of each brand is what its senders told."""
    for placed in demo.placed:
        key = placed.brand.key
        expected = books(key, days)
        orders = await demo.rows(
            "SELECT external_id, status, total, refunded_total, is_counted FROM orders WHERE client_id = %s",
            key,
        )
        counted = {id(order) for order in expected.counted()}
        assert {row[0]: row[1:] for row in orders} == {
            number: (order["status"], Decimal(order["total"]), refunded(order), id(order) in counted)
            for number, order in expected.orders.items()
        }
        for table, entries in (("leads", expected.leads), ("checkouts", expected.checkouts)):
            assert await demo.rows(f"SELECT count(*) FROM {table} WHERE client_id = %s", key) == [
                (len(entries),)
            ]
        await check_sums(demo, key, expected)


async def check_sums(demo: Demo, key: str, expected: Books) -> None:
    """What the pages add up is what the books come to."""
    (sums,) = await demo.rows(
        """
        SELECT sum(orders), sum(revenue), sum(refunds), sum(refunds_on_day), sum(new_customers), sum(leads)
        FROM day_sums WHERE client_id = %s AND detail = 1
        """,
        key,
    )
    refunds = expected.refunds()
    assert sums == (
        len(expected.counted()),
        expected.revenue(),
        refunds,
        refunds,
        expected.customers(),
        len(expected.leads),
    )


async def everything(demo: Demo) -> dict[str, list[tuple[Any, ...]]]:
    """The rows that people see, without the ids that every run makes anew."""
    queries = {
        "orders": "SELECT external_id, status, total, counted_at, version FROM orders WHERE client_id = %s",
        "touches": "SELECT occurred_at, source, campaign, visitor_id FROM touches WHERE client_id = %s",
        "contacts": "SELECT email, phone, total_orders, total_spent, lead_count FROM contacts WHERE client_id = %s",
        "credits": "SELECT subject_kind, channel, source, campaign, rule, considered FROM credits WHERE client_id = %s",
        "receipts": "SELECT event_type, event_id, received_at, body FROM receipts WHERE client_id = %s",
    }
    return {
        f"{placed.brand.key} {name}": sorted(await demo.rows(query, placed.brand.key), key=repr)
        for placed in demo.placed
        for name, query in queries.items()
    }


async def test_the_tables_hold_what_was_told(house: House, demo: Demo) -> None:
    """Orders, refunds, leads, customers and the sums of the days equal the history's own books to the cent."""
    filled = await demo.send()
    await house.settle()
    assert filled.kept == sum(len(told(placed.brand.key)) for placed in demo.placed)
    assert await look(demo.database, (await demo.caller()).scope) == (0, 0, 0)
    await check_books(demo)


async def test_a_second_run_adds_nothing(house: House, demo: Demo) -> None:
    """Nothing is kept again, and no sender seems to repeat itself."""
    first = await demo.send()
    await house.settle()
    before = await everything(demo)
    second = await demo.send()
    await house.settle()
    assert (second.kept, second.known) == (0, first.kept)
    assert await everything(demo) == before
    for placed in demo.placed:
        duplicates = "SELECT coalesce(sum(duplicates), 0) FROM connection_days WHERE client_id = %s"
        assert await demo.rows(duplicates, placed.brand.key) == [(0,)]


async def test_a_day_later_only_that_day_is_added(house: House, demo: Demo) -> None:
    """The history goes on where it stopped, and is the one that a single run would have made."""
    first = await demo.send(DAYS - 1)
    await house.settle()
    second = await demo.send(DAYS)
    await house.settle()
    assert second.known == first.kept
    assert 0 < second.kept < first.kept / 10
    await check_books(demo, DAYS)


async def test_an_interrupted_run_is_completed_by_the_next(house: House, demo: Demo) -> None:
    """Whatever was kept stays, whatever was not comes."""
    with pytest.raises(StoppedError):
        await demo.send(interrupt_after=700)
    await house.settle()
    second = await demo.send()
    await house.settle()
    assert second.known >= 700
    assert second.kept > 0
    await check_books(demo)


async def test_removing_leaves_everything_else(
    house: House, demo: Demo, database: Database, installation: Installation
) -> None:
    """The demo's clients are erased as any client is; another organization's demo keeps every row."""
    organization = f"Demo {new_id()}"
    caller = await make_organization(database, organization)
    kept = Demo(
        database,
        installation,
        organization,
        await place_brands(database, installation.vault, caller, found=None, terms=TERMS),
    )
    for each in (demo, kept):
        await each.send(days=12)
    await house.settle()
    before = await everything(kept)
    assert {client.name for client in await remove_demo(database, await demo.caller())} == {
        "Quillfink Kaffee",
        "Wrenfallow Outdoor",
        "Sunnybarrow Solar",
    }
    assert await find_demo(database, await demo.caller()) is None
    assert (await demo.caller()).scope.client_ids == ()
    await house.run_jobs()
    assert {name: rows for name, rows in (await everything(demo)).items() if rows} == {}
    assert await everything(kept) == before


async def test_after_removing_it_can_be_filled_anew(house: House, demo: Demo) -> None:
    """A new demo has its names and addresses again."""
    await remove_demo(demo.database, await demo.caller())
    placed = await place_brands(
        demo.database, demo.installation.vault, await demo.caller(), found=None, terms=TERMS
    )
    again = Demo(demo.database, demo.installation, demo.organization, placed)
    await again.send(days=12)
    await house.settle()
    await check_books(again, 12)
