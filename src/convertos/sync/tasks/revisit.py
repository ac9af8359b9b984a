"""Asks for orders again of which stores know more by now."""

from procrastinate import JobContext

from convertos.jobs.queue import queue
from convertos.sync.revisit import revisit_due
from convertos.sync.stores import STORES, Stores


@queue.periodic(cron="* * * * *")
@queue.task(name="sync.revisit_due", queueing_lock="sync.revisit_due", pass_context=True)
async def ask_again(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - the schedule's argument
    """Ask for every order that is due."""
    stores: Stores = context.additional_context[STORES]
    while await revisit_due(stores) > 0:
        pass
