"""Long work and upkeep of the domain."""

from uuid import UUID

from procrastinate import JobContext, RetryStrategy

from convertos.core.database import Database, Role
from convertos.core.logging import get_logger
from convertos.jobs.queue import later, queue
from convertos.tenancy.erase_client import erase_everything
from convertos.tenancy.store.repeats import forget_old_repeats
from convertos.tenancy.store.sessions import forget_ended_sessions

_logger = get_logger(__name__)
_UNTIL_LAST_SECONDS = 120
"""Longer than any claim on receipts or memory of a connection lives."""


@queue.task(name="tenancy.erase_client", pass_context=True, retry=RetryStrategy(max_attempts=100, wait=30))
async def erase_client(context: JobContext, client_id: str, is_last: bool = False) -> None:  # noqa: FBT001, FBT002 - a job's argument
    """Erase everything of a client that was taken out of reach."""
    database: Database = context.additional_context["database"]
    if not await erase_everything(database, UUID(client_id), is_last=is_last):
        return
    _logger.info("client erased", client_id=client_id, is_last=is_last)
    if not is_last:
        async with database.transaction(role=Role.WORKER) as transaction:
            await later(
                transaction,
                erase_client,
                {"client_id": client_id, "is_last": True},
                only_one=f"erase {client_id} last",
                in_seconds=_UNTIL_LAST_SECONDS,
            )


@queue.periodic(cron="23 * * * *")
@queue.task(name="tenancy.forget_old", queueing_lock="tenancy.forget_old", pass_context=True)
async def forget_old(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - the schedule's argument
    """Drop sessions and grants that ended, and answers that nobody may ask for again."""
    database: Database = context.additional_context["database"]
    async with database.transaction(role=Role.WORKER) as transaction:
        await forget_old_repeats(transaction)
        await forget_ended_sessions(transaction)
