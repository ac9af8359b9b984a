"""Keeps a connection's webhooks healthy, and fetches what one that was off did not bring."""

from collections.abc import Sequence
from uuid import UUID

from convertos.connections.store import find_connection
from convertos.core.database import TenantScope
from convertos.core.logging import get_logger
from convertos.sync.model import KnownWebhook, SyncKind, SyncReason
from convertos.sync.request import request_sync
from convertos.sync.stores import Stores
from convertos.sync.webhooks import keep_up

_logger = get_logger(__name__)


async def look_after(
    stores: Stores, scope: TenantScope, client_id: UUID, connection_id: UUID, base_url: str
) -> Sequence[KnownWebhook]:
    """Set up or mend a connection's webhooks; where one was off, a sync follows.

    Raises:
        RemoteError: the store can't be asked at all.
    """
    upkeep = await keep_up(stores, scope, client_id, connection_id, base_url)
    if upkeep.has_gap:
        _logger.info("a webhook was off; fetching what it missed", connection_id=str(connection_id))
        async with stores.work(scope) as transaction:
            connection = await find_connection(transaction, str(connection_id))
            if connection is not None:
                await request_sync(transaction, connection, kind=SyncKind.INCREMENTAL, reason=SyncReason.GAP)
    return upkeep.webhooks
