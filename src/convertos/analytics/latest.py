"""Answers what happened last: the newest orders, refunds, leads and checkouts of one client, with their source."""

from uuid import UUID

from convertos.analytics.happening import Happening
from convertos.analytics.store.latest import find_latest
from convertos.core.database import Transaction

MOST_HAPPENINGS = 50


async def latest(transaction: Transaction, client_id: UUID, limit: int = 20) -> list[Happening]:
    """The newest first; nothing of a client that the transaction's scope does not hold."""
    scope = transaction.scope.narrowed((client_id,))
    if not scope.client_ids:
        return []
    return await find_latest(transaction, client_id, min(limit, MOST_HAPPENINGS))
