"""Keeps the sums of each day in step with the orders (docs/decisions/rollups.md)."""

from convertos.analytics.store import marks
from convertos.analytics.store.sums import sum_days
from convertos.core.database import Database, Role, Transaction
from convertos.core.failpoints import Step, reach
from convertos.ledger.store.people import lock_clients
from convertos.records import AmountsChanged, ClientCalendarChanged

DAYS_AT_ONCE = 60
DAYS_OF_ONE_CLIENT = 30


async def mark_days(transaction: Transaction, changed: AmountsChanged) -> None:
    """Reaction: the days of these moments have to be summed anew."""
    if changed.moments:
        await marks.mark_days(transaction, changed.moments)


async def mark_every_day(transaction: Transaction, changed: ClientCalendarChanged) -> None:
    """Reaction: a client's days begin at other hours now, or its revenue means something else."""
    # Whoever is writing to the client's ledger marks days by the calendar that ends now: he goes first.
    await lock_clients(transaction, [changed.client_id])
    await marks.mark_every_day(transaction, changed.client_id)


async def refresh(database: Database) -> int:
    """Sum a few marked days anew; returns how many.

    Orders may go on changing meanwhile: their days are marked again and come back. No writer is kept
    waiting, and what a crash loses is still marked.
    """
    async with database.transaction(role=Role.WORKER, is_durable=False) as transaction:
        days = await marks.take_marked(transaction, DAYS_AT_ONCE, DAYS_OF_ONE_CLIENT)
        if days:
            await sum_days(transaction, days)
            await marks.unmark(transaction, days)
            reach(Step.SUMS_WRITTEN)
    if days:
        reach(Step.SUMS_COMMITTED)
    return len(days)
