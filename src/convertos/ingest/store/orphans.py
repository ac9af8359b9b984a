"""SQL that looks for work whose receipt is gone: the tables of the hot path have no foreign keys."""

from convertos.core.database import Transaction


async def count_orphans(transaction: Transaction) -> dict[str, int]:
    """How many rows have lost what they belong to, by kind; serves the worker role."""
    gone = await transaction.scalar(
        """
        SELECT count(*) FROM inbox i WHERE NOT EXISTS (
            SELECT FROM receipts r WHERE r.client_id = i.client_id AND r.receipt_id = i.receipt_id)
        """
    )
    return {"waiting receipts that are gone": gone}
