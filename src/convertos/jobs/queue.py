"""Work that runs later: kept in the caller's transaction, retried, scheduled. On procrastinate.

A domain's `tasks.py` declares its tasks on `queue`; whoever needs one calls `later` in its own transaction,
so that the job exists exactly if what led to it does. Jobs may run twice (a worker can die after the work
and before the note of it), so each must be idempotent.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.tasks import Task

from convertos.core.database import Transaction

SCHEMA = "jobs"
SEARCH_PATH = f"-c search_path=public,{SCHEMA}"
TASK_MODULES = (
    "convertos.jobs.tasks",
    "convertos.ingest.tasks",
    "convertos.privacy.demand_tasks",
    "convertos.privacy.tasks",
    "convertos.tenancy.tasks",
    "convertos.sync.tasks.approvals",
    "convertos.sync.tasks.departure",
    "convertos.sync.tasks.revisit",
    "convertos.sync.tasks.run",
    "convertos.sync.tasks.webhooks",
    "convertos.sync.tasks.reconcile",
    "convertos.sync.tasks.upkeep",
)

queue = App(connector=PsycopgConnector(), import_paths=TASK_MODULES)


async def later(
    transaction: Transaction,
    task: Task[..., Any, Any],
    arguments: Mapping[str, Any],
    *,
    only_one: str | None = None,
    in_seconds: int = 0,
) -> bool:
    """Keep a job with the transaction; returns whether it was kept.

    Args:
        arguments: small and without personal data (ids), because they stay in the table.
        only_one: where a job under this name is waiting already, no second one is kept.
    """
    configured = task.configure(
        connection=transaction.connection,
        queueing_lock=only_one,
        schedule_in={"seconds": in_seconds} if in_seconds else None,
    )
    try:
        # A refused second job aborts what surrounds it, so it gets a savepoint of its own.
        async with transaction.connection.transaction():
            await configured.defer_async(**arguments)
    except AlreadyEnqueued:
        return False
    return True


@asynccontextmanager
async def open_queue(conninfo: str) -> AsyncIterator[App]:
    """The queue with connections of its own, for the process that runs the jobs.

    The queue itself is given them: a copy would not do, because tasks go by the app that they were declared on.
    """
    connector = PsycopgConnector(conninfo=conninfo, min_size=1, max_size=4, kwargs={"options": SEARCH_PATH})
    with queue.replace_connector(connector) as app:
        async with app.open_async():
            yield app
