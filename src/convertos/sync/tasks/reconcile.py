"""Reconciliations: compared when everything is processed, concluded when what was fetched is."""

from datetime import timedelta
from uuid import UUID

from procrastinate import JobContext

from convertos.connections.store import find_any_connection
from convertos.core.database import TenantScope
from convertos.core.errors import ConvertOSError, UnavailableError
from convertos.core.logging import get_logger
from convertos.jobs.queue import later, queue
from convertos.platforms.remote import RemoteError, RemoteUnavailableError
from convertos.sync.reconcile import Reconciler
from convertos.sync.store import reconciliations as store
from convertos.sync.stores import STORES, Stores

_PAUSE_SECONDS = 5
_LONGEST_WAIT = timedelta(hours=12)
_MOST_FAILURES = 5
_logger = get_logger(__name__)


@queue.task(name="sync.reconcile", pass_context=True)
async def reconcile(
    context: JobContext,
    client_id: str,
    reconciliation_id: str,
    is_compared: bool = False,  # noqa: FBT001, FBT002 - a job's argument
    failures: int = 0,
) -> None:
    """Go on with a reconciliation: compare and fetch, then see what is healed."""
    stores: Stores = context.additional_context[STORES]
    step = _Step(stores, UUID(client_id), UUID(reconciliation_id))
    try:
        seconds = await step.take(is_compared=is_compared)
        if seconds == 0:
            is_compared = True
    except RemoteUnavailableError as error:
        failures += 1
        if failures >= _MOST_FAILURES:
            await step.fail(error.message)
            return
        seconds = int(error.retry_after_seconds)
    except UnavailableError:
        raise
    except (RemoteError, ConvertOSError) as error:
        await step.fail(error.message)
        return
    if seconds is not None:
        await step.again(seconds, is_compared=is_compared, failures=failures)


class _Step:
    """One reconciliation, a step at a time."""

    def __init__(self, stores: Stores, client_id: UUID, reconciliation_id: UUID) -> None:
        self._stores = stores
        self._ids = (client_id, reconciliation_id)
        self._scope = TenantScope(None, (client_id,))

    async def take(self, *, is_compared: bool) -> int | None:
        """Do what is next; returns in how many seconds to go on, `None` at the end.

        While a sync runs, or something waits to be processed, what is here is about to change.
        """
        async with self._stores.work(self._scope) as transaction:
            found = await store.find_reconciliation(transaction, *self._ids)
            if found is None:
                return None
            is_too_early = await store.is_processing(transaction, self._ids[0], found.connection_id)
            connection = await find_any_connection(transaction, self._ids[0], found.connection_id)
            timezone = await store.timezone_of(transaction, self._ids[0])
        if is_too_early and self._stores.clock() - found.started_at < _LONGEST_WAIT:
            return _PAUSE_SECONDS
        reconciler = Reconciler(self._stores, self._ids[0], found, timezone)
        if not is_compared:
            await reconciler.compare_and_fetch()
            return 0
        if connection is not None:
            await reconciler.conclude(connection)
        return None

    async def fail(self, error: str) -> None:
        """Note why it can't be done."""
        _logger.warning("reconciliation failed", reconciliation_id=str(self._ids[1]), reason=error)
        async with self._stores.work(self._scope) as transaction:
            await store.note_failure(transaction, *self._ids, error)

    async def again(self, seconds: int, *, is_compared: bool, failures: int) -> None:
        """Come back to it."""
        arguments = {
            "client_id": str(self._ids[0]),
            "reconciliation_id": str(self._ids[1]),
            "is_compared": is_compared,
            "failures": failures,
        }
        async with self._stores.work(self._scope) as transaction:
            await later(
                transaction, reconcile, arguments, only_one=f"reconcile {self._ids[1]}", in_seconds=seconds
            )
