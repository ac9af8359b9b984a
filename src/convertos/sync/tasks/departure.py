"""Sees whether a store really removed us."""

from uuid import UUID

from procrastinate import JobContext, RetryStrategy

from convertos.core.database import Transaction
from convertos.core.logging import get_logger
from convertos.jobs.queue import later, queue
from convertos.platforms.remote import RemoteUnavailableError
from convertos.records import Demanded, DemandKind
from convertos.sync.departure import depart
from convertos.sync.stores import STORES

_logger = get_logger(__name__)


@queue.task(
    name="sync.see_departure",
    pass_context=True,
    retry=RetryStrategy(max_attempts=12, exponential_wait=3, retry_exceptions={RemoteUnavailableError}),
)
async def see_departure(context: JobContext, client_id: str, connection_id: str) -> None:
    """Part with a store, where its keys are worth nothing any more."""
    stores = context.additional_context[STORES]
    if await depart(stores, UUID(client_id), UUID(connection_id)):
        _logger.info("store removed us", connection_id=connection_id)


async def see_departure_later(transaction: Transaction, fact: Demanded) -> None:
    """Let a worker see whether a store really removed us."""
    if fact.kind is DemandKind.LEAVE:
        arguments = {"client_id": str(fact.client_id), "connection_id": str(fact.connection_id)}
        await later(transaction, see_departure, arguments, only_one=f"departure {fact.connection_id}")
