"""SQL of room for receipts: months that come, and months that are past their time."""

from datetime import date

from convertos.core.database import Transaction


async def make_coming_partitions(transaction: Transaction) -> None:
    """Make room for the receipts of this month and the next two."""
    await transaction.execute(
        """
        SELECT make_receipts_partition((now() + make_interval(months => n))::date)
        FROM generate_series(0, 2) AS n
        """
    )


async def drop_old_receipts(transaction: Transaction, until: date) -> list[str]:
    """Drop the months of receipts that ended before a day, with their keys; returns what was dropped.

    A month that still holds something unprocessed stays.
    """
    is_waiting = await transaction.scalar(
        "SELECT EXISTS (SELECT FROM inbox WHERE receipt_id < first_uuid_at(%s))", (until,)
    )
    if is_waiting:
        return []
    rows = await transaction.tuples("SELECT drop_receipts_before(%s)", (until,))
    if rows:
        await transaction.execute("DELETE FROM receipt_keys WHERE receipt_id < first_uuid_at(%s)", (until,))
    return [str(row[0]) for row in rows]
