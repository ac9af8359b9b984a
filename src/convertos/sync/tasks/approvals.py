"""Tries keys that a store sent after its merchant's approval."""

from uuid import UUID

from procrastinate import JobContext, RetryStrategy

from convertos.core.errors import UnavailableError
from convertos.core.installation import Installation
from convertos.jobs.queue import queue
from convertos.sync.stores import STORES, Stores


@queue.task(
    name="sync.finish_approval",
    pass_context=True,
    retry=RetryStrategy(max_attempts=4, wait=5, retry_exceptions={UnavailableError}),
)
async def finish_approval(context: JobContext, client_id: str, approval_id: str) -> None:
    """Try the keys, and keep the store."""
    # Asked for by what begins approvals, which this runs.
    from convertos.sync.approval_by_keys import finish  # noqa: PLC0415

    stores: Stores = context.additional_context[STORES]
    installation: Installation = context.additional_context["installation"]
    await finish(stores, installation, UUID(client_id), UUID(approval_id))
