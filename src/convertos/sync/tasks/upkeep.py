"""What is due by the clock: syncs, checks, and runs whose worker died."""

from datetime import datetime, timedelta
from uuid import UUID

from procrastinate import JobContext

from convertos.connections.store import find_connection
from convertos.core.database import EVERY_TENANT, TenantScope, Transaction
from convertos.core.logging import get_logger
from convertos.jobs.queue import later, queue
from convertos.sync.model import SyncKind, SyncReason
from convertos.sync.prove import request_reconciliation
from convertos.sync.reconcile import NIGHTLY_SPAN
from convertos.sync.request import request_sync, start_later
from convertos.sync.schedule import after_check, after_reconciliation, after_sync, is_within_hours
from convertos.sync.store.access import drop_entries
from convertos.sync.store.schedules import Due, due_schedules, forsaken_connections, write_schedule
from convertos.sync.store.syncs import forgotten_syncs
from convertos.sync.stores import STORES, Stores
from convertos.sync.tasks.webhooks import clean_up, keep_webhooks

_MOST_AT_ONCE = 200
_LOG_DAYS = 90
_logger = get_logger(__name__)


@queue.periodic(cron="* * * * *")
@queue.task(name="sync.begin_due", queueing_lock="sync.begin_due", pass_context=True)
async def begin_due(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - the schedule's argument
    """Begin what is due on each connection."""
    stores: Stores = context.additional_context[STORES]
    async with stores.work(EVERY_TENANT) as transaction:
        due = await due_schedules(transaction, stores.clock(), _MOST_AT_ONCE)
    for each in due:
        async with stores.work(TenantScope(None, (each.schedule.client_id,))) as transaction:
            await _begin(transaction, each, stores.clock())


async def _begin(transaction: Transaction, due: Due, now: datetime) -> None:
    schedule = due.schedule
    connection = await find_connection(transaction, due.public_id)
    if connection is None:
        return
    if schedule.next_check_at <= now:
        schedule = after_check(schedule, now)
        await later(
            transaction, keep_webhooks, _arguments(due), only_one=f"webhooks {schedule.connection_id}"
        )
    if schedule.next_sync_at <= now and is_within_hours(schedule, due.timezone, now):
        schedule = after_sync(schedule, due.timezone, now)
        await request_sync(transaction, connection, kind=SyncKind.INCREMENTAL, reason=SyncReason.SCHEDULE)
    if schedule.next_reconciliation_at <= now and is_within_hours(schedule, due.timezone, now):
        schedule = after_reconciliation(schedule, due.timezone, now)
        since = (now - NIGHTLY_SPAN).date()
        await request_reconciliation(transaction, connection, reason="schedule", since=since)
    await write_schedule(transaction, schedule)


def _arguments(due: Due) -> dict[str, str]:
    return {"client_id": str(due.schedule.client_id), "connection_id": str(due.schedule.connection_id)}


@queue.periodic(cron="* * * * *")
@queue.task(name="sync.go_on", queueing_lock="sync.go_on", pass_context=True)
async def go_on(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - the schedule's argument
    """Go on with syncs whose worker died, and clean up behind connections that ended."""
    stores: Stores = context.additional_context[STORES]
    async with stores.work(EVERY_TENANT) as transaction:
        for client_id, sync_id in await forgotten_syncs(transaction):
            await start_later(transaction, client_id, sync_id)
        for client_id, connection_id in await forsaken_connections(transaction):
            await _clean_up(transaction, client_id, connection_id)


async def _clean_up(transaction: Transaction, client_id: UUID, connection_id: UUID) -> None:
    arguments = {"client_id": str(client_id), "connection_id": str(connection_id)}
    await later(transaction, clean_up, arguments, only_one=f"clean up {connection_id}")


@queue.periodic(cron="50 4 * * *")
@queue.task(name="sync.forget_calls", queueing_lock="sync.forget_calls", pass_context=True)
async def forget_calls(context: JobContext, timestamp: int) -> None:  # noqa: ARG001 - the schedule's argument
    """Drop calls from the access log that are older than three months."""
    stores: Stores = context.additional_context[STORES]
    async with stores.work(EVERY_TENANT) as transaction:
        dropped = await drop_entries(transaction, stores.clock() - timedelta(days=_LOG_DAYS))
    if dropped:
        _logger.info("old calls dropped from the access log", calls=dropped)
