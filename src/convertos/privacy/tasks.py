"""Long work of the domain."""

from uuid import UUID

from procrastinate import JobContext, RetryStrategy

from convertos.core.database import Database
from convertos.core.logging import get_logger
from convertos.jobs.queue import queue
from convertos.ledger.suppression import Suppression
from convertos.privacy.kept_bodies import forget_all

_logger = get_logger(__name__)


@queue.task(name="privacy.forget_receipts", pass_context=True, retry=RetryStrategy(max_attempts=100, wait=30))
async def forget_receipts(context: JobContext, client_id: str) -> None:
    """Delete the receipts of a client that tell of people who were erased."""
    database: Database = context.additional_context["database"]
    suppression: Suppression = context.additional_context["suppression"]
    count = await forget_all(database, suppression, UUID(client_id))
    _logger.info("receipts of erased people deleted", client_id=client_id, receipts=count)
