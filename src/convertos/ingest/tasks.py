"""Upkeep of the receipts: room for the next months, and an end for those past their time."""

from datetime import UTC, datetime, timedelta

from procrastinate import JobContext

from convertos.core.database import Database, Role
from convertos.core.logging import get_logger
from convertos.ingest.store import drop_old_receipts, make_coming_partitions
from convertos.jobs.queue import queue

_logger = get_logger(__name__)


@queue.periodic(cron="5 * * * *")
@queue.task(name="ingest.make_room", queueing_lock="ingest.make_room", pass_context=True)
async def make_room(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - the schedule's argument
    """Make the receipts' partitions of the coming months."""
    database: Database = context.additional_context["database"]
    async with database.transaction(role=Role.WORKER) as transaction:
        await make_coming_partitions(transaction)


@queue.periodic(cron="40 3 * * *")
@queue.task(name="ingest.forget_old", queueing_lock="ingest.forget_old", pass_context=True)
async def forget_old(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - the schedule's argument
    """Drop whole months of receipts that are past their retention; what they led to stays."""
    database: Database = context.additional_context["database"]
    days: int = context.additional_context["settings"].receipt_retention_days
    until = (datetime.now(UTC) - timedelta(days=days)).date()
    async with database.transaction(role=Role.WORKER) as transaction:
        dropped = await drop_old_receipts(transaction, until)
    if dropped:
        _logger.info("old receipts dropped", partitions=dropped)
