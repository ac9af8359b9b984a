"""Summing beside writers: nobody waits for the other, nothing is lost, no circle of waiting."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from convertos.analytics.breakdown import break_down
from convertos.analytics.model import Dimension
from convertos.analytics.question import Asked, question_of
from convertos.analytics.rollups import refresh
from convertos.analytics.store.marks import mark_days, take_marked, unmark
from convertos.analytics.store.sums import sum_days
from convertos.core.database import Database, Role
from convertos.core.ids import new_id
from convertos.records import OrderRecord, Person, Standing, Version
from tests.analytics.scenario import Shop, record, sum_all
from tests.analytics.test_rollups import assert_sums_are_true
from tests.support.tenants import Tenant, make_tenant

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
_FOREVER_SECONDS = 60


def order(number: int, at: datetime = AT, total: int = 10) -> OrderRecord:
    return OrderRecord(
        external_id=str(number),
        version=Version(at, 0, "00"),
        person=Person(email=f"buyer{number % 5}@example.test"),
        status="completed",
        standing=Standing.PAID,
        currency="EUR",
        total=Decimal(total),
        placed_at=at,
    )


async def is_up_to_date(database: Database, tenant: Tenant) -> bool:
    async with database.transaction(tenant.scope) as transaction:
        asked = Asked(first=AT.date(), last=AT.date())
        question = await question_of(transaction, asked, AT)
        return (await break_down(transaction, question, Dimension.SOURCE)).is_up_to_date


async def marked(database: Database, client_id: UUID) -> int:
    async with database.transaction(role=Role.WORKER) as transaction:
        return int(
            await transaction.scalar("SELECT count(*) FROM stale_days WHERE client_id = %s", (client_id,))
        )


async def test_a_report_says_when_a_day_waits(database: Database, tenant: Tenant) -> None:
    """Between an order and its sum a report says that it is not up to date, and afterwards that it is."""
    await record(database, tenant.client_id, new_id(), [order(1)])
    assert not await is_up_to_date(database, tenant)
    await sum_all(database)
    assert await is_up_to_date(database, tenant)
    await record(database, tenant.client_id, new_id(), [order(2, AT - timedelta(days=9))])
    assert await is_up_to_date(database, tenant)
    await sum_all(database)


async def test_summing_does_not_wait_for_a_writer(database: Database, tenant: Tenant) -> None:
    """While a writer holds a day's mark, other days are summed; his day is summed when he is done."""
    await record(database, tenant.client_id, new_id(), [order(1), order(2, AT - timedelta(days=1))])
    async with database.transaction(role=Role.WORKER) as writer:
        await mark_days(writer, [(tenant.client_id, AT)])
        async with asyncio.timeout(_FOREVER_SECONDS):
            while await refresh(database) > 1:
                pass
        assert await marked(database, tenant.client_id) == 1
    await sum_all(database)
    assert await marked(database, tenant.client_id) == 0
    await assert_sums_are_true(database, Shop(tenant, "Europe/Athens", False, False))


async def test_a_writer_does_not_wait_for_summing(database: Database, tenant: Tenant) -> None:
    """While a day is being summed, an order of that day is written; its day is marked again and not forgotten."""
    store_id = new_id()
    await record(database, tenant.client_id, store_id, [order(1)])
    async with database.transaction(role=Role.WORKER) as summing:
        days = await take_marked(summing, 1000, 1000)
        await sum_days(summing, days)
        async with asyncio.timeout(_FOREVER_SECONDS):
            await record(database, tenant.client_id, store_id, [order(2)])
        await unmark(summing, days)
    assert await marked(database, tenant.client_id) == 1
    await sum_all(database)
    await assert_sums_are_true(database, Shop(tenant, "Europe/Athens", False, False))


async def test_a_client_is_summed_by_one_at_a_time(database: Database, tenant: Tenant) -> None:
    """A second worker leaves the clients alone that the first one is summing."""
    await record(database, tenant.client_id, new_id(), [order(1)])
    async with (
        database.transaction(role=Role.WORKER) as first,
        database.transaction(role=Role.WORKER) as other,
    ):
        taken = await take_marked(first, 1000, 1000)
        left = await take_marked(other, 1000, 1000)
    assert tenant.client_id in {day.client_id for day in taken}
    assert tenant.client_id not in {day.client_id for day in left}
    await sum_all(database)


async def test_a_long_history_keeps_nobody_waiting(database: Database, tenant: Tenant) -> None:
    """Of a client with a thousand marked days only some are taken at once, so that another's one is among them."""
    await sum_all(database)
    other = await make_tenant(database)
    async with database.transaction(role=Role.WORKER) as transaction:
        long_ago = [(tenant.client_id, AT - timedelta(days=n)) for n in range(1000)]
        await mark_days(transaction, long_ago)
        await mark_days(transaction, [(other.client_id, AT)])
    async with database.transaction(role=Role.WORKER) as transaction:
        taken = await take_marked(transaction, 60, 30)
    assert [day.client_id for day in taken].count(tenant.client_id) == 30
    assert [day.client_id for day in taken].count(other.client_id) == 1
    await sum_all(database)


async def test_many_writers_and_two_summers(database: Database) -> None:
    """Under writers of several clients, who touch the same days in any order, the sums come out true."""
    shops = [Shop(await make_tenant(database), "Europe/Athens", False, False) for _ in range(3)]
    dice = random.Random(5)
    writing = True

    async def write(shop: Shop) -> None:
        store_id = new_id()
        for _ in range(25):
            days = [AT - timedelta(days=dice.randrange(4)) for _ in range(6)]
            orders = [order(dice.randrange(30), at, dice.randrange(100)) for at in days]
            await record(database, shop.client_id, store_id, orders)

    async def keep_summing() -> None:
        while writing:
            await refresh(database)

    summers = [asyncio.create_task(keep_summing()) for _ in range(2)]
    await asyncio.gather(*(write(shop) for shop in shops))
    writing = False
    await asyncio.gather(*summers)
    await sum_all(database)
    for shop in shops:
        await assert_sums_are_true(database, shop)
