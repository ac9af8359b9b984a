"""The sums of days: equal to the orders whatever happened, in whatever order."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings

from convertos import flow
from convertos.analytics.spans import OF_WEEKS
from convertos.core.database import Database, Role
from convertos.jobs import emit, install_reactions
from convertos.records import ClientCalendarChanged
from tests.analytics.scenario import History, Shop, histories, live_through, sum_all
from tests.analytics.truth import AMOUNTS, added_up, events_of

DETAILS = (
    ("day", "currency", "status"),
    ("day", "currency", "status", "channel", "source"),
    ("day", "currency", "status", "channel", "source", "medium", "campaign"),
    ("day", "currency", "status", "channel", "source", "medium", "campaign", "landing_page"),
)
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def kept_sums(
    database: Database, client_id: UUID, detail: int
) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    names = DETAILS[{5: 2, 6: 3}.get(detail, detail) - 1]
    async with database.transaction(role=Role.WORKER) as transaction:
        rows = await transaction.tuples(
            f"SELECT {', '.join((*names, *AMOUNTS))} FROM day_sums WHERE client_id = %s AND detail = %s",
            (client_id, detail),
        )
    sums = {row[: len(names)]: row[len(names) :] for row in rows}
    assert len(sums) == len(rows)
    return sums


async def assert_sums_are_true(database: Database, shop: Shop) -> None:
    events = await events_of(database, shop)
    for detail, names in enumerate(DETAILS, 1):
        assert await kept_sums(database, shop.client_id, detail) == added_up(events, *names)
    weekly = [event._replace(day=event.day - timedelta(days=event.day.weekday())) for event in events]
    for detail, kept_as in OF_WEEKS.items():
        assert await kept_sums(database, shop.client_id, kept_as) == added_up(weekly, *DETAILS[detail - 1])


@few
@given(history=histories())
async def test_sums_equal_the_orders(database: Database, history: History) -> None:
    """Whatever came in whatever order, each day in each detail is what its orders, refunds and leads add up to."""
    shop = await live_through(database, history)
    await assert_sums_are_true(database, shop)


@settings(few, max_examples=20)
@given(history=histories())
async def test_another_calendar_moves_everything(database: Database, history: History) -> None:
    """When the time zone or the meaning of revenue changes, everything is summed anew by the new ones."""
    install_reactions(flow.REACTIONS)
    shop = await live_through(database, history)
    for timezone in ("Pacific/Kiritimati", "Etc/GMT+12", "Asia/Kathmandu"):
        moved = Shop(shop.tenant, timezone, not shop.excludes_tax, shop.excludes_shipping)
        async with database.transaction(role=Role.WORKER) as transaction:
            await transaction.execute(
                "UPDATE clients SET timezone = %s, excludes_tax = %s WHERE client_id = %s",
                (timezone, moved.excludes_tax, shop.client_id),
            )
            await emit(transaction, ClientCalendarChanged(shop.client_id))
        await sum_all(database)
        await assert_sums_are_true(database, moved)
