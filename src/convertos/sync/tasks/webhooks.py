"""Sets webhooks up, keeps them healthy, and deletes them behind connections that ended."""

from uuid import UUID

from procrastinate import JobContext, RetryStrategy

from convertos.core.database import TenantScope
from convertos.core.logging import get_logger
from convertos.core.settings import Settings
from convertos.jobs.queue import queue
from convertos.platforms.remote import RemoteError, RemoteUnavailableError
from convertos.sync.look_after import look_after
from convertos.sync.store.keys import forget_keys
from convertos.sync.store.webhooks import forget_webhooks
from convertos.sync.stores import STORES, Stores
from convertos.sync.webhooks import take_down

_MOST_CLEAN_UPS = 12
_logger = get_logger(__name__)


@queue.task(
    name="sync.keep_webhooks",
    pass_context=True,
    retry=RetryStrategy(max_attempts=5, exponential_wait=5, retry_exceptions={RemoteUnavailableError}),
)
async def keep_webhooks(context: JobContext, client_id: str, connection_id: str) -> None:
    """Set up or mend the webhooks of a connection; what came while one was off is fetched."""
    stores: Stores = context.additional_context[STORES]
    settings: Settings = context.additional_context["settings"]
    client, connection = UUID(client_id), UUID(connection_id)
    scope = TenantScope(None, (client,))
    try:
        await look_after(stores, scope, client, connection, settings.base_url)
    except RemoteUnavailableError:
        raise
    except RemoteError as error:
        _logger.warning("webhooks can't be kept up", connection_id=connection_id, code=error.code)
        return


@queue.task(
    name="sync.clean_up",
    pass_context=True,
    retry=RetryStrategy(max_attempts=_MOST_CLEAN_UPS, exponential_wait=3),
)
async def clean_up(context: JobContext, client_id: str, connection_id: str) -> None:
    """Delete our webhooks from the store of a deleted connection, and forget its keys."""
    stores: Stores = context.additional_context[STORES]
    settings: Settings = context.additional_context["settings"]
    client, connection = UUID(client_id), UUID(connection_id)
    scope = TenantScope(None, (client,))
    try:
        await take_down(stores, scope, client, connection, settings.base_url)
    except RemoteUnavailableError:
        if context.job.attempts + 1 < _MOST_CLEAN_UPS:
            raise
        _logger.warning("the store stays away; its webhooks will be refused", connection_id=connection_id)
    except RemoteError as error:
        # Its keys are gone, and with them usually our webhooks.
        _logger.warning("webhooks can't be deleted", connection_id=connection_id, code=error.code)
    async with stores.work(scope) as transaction:
        await forget_webhooks(transaction, client, connection)
        await forget_keys(transaction, client, connection)
