"""Keeps the sums of each day in step with the orders."""

from convertos.analytics.store import mark_all_stale, mark_stale, sum_days, take_stale
from convertos.core.database import Database, Role, Transaction
from convertos.records import AmountsChanged, ClientCalendarChanged

_DAYS_AT_ONCE = 60


async def mark_days(transaction: Transaction, changed: AmountsChanged) -> None:
    """Reaction: the days of these moments have to be summed anew."""
    if changed.moments:
        await mark_stale(transaction, changed.moments)


async def mark_every_day(transaction: Transaction, changed: ClientCalendarChanged) -> None:
    """Reaction: a client's days begin at other hours now, or its revenue means something else."""
    await mark_all_stale(transaction, changed.client_id)


async def refresh(database: Database) -> int:
    """Sum a few marked days anew; returns how many.

    Orders may go on changing meanwhile: their days are marked again and come back.
    """
    async with database.transaction(role=Role.WORKER) as transaction:
        days = await take_stale(transaction, _DAYS_AT_ONCE)
        if days:
            await sum_days(transaction, days)
    return len(days)
