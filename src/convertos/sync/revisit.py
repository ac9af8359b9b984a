"""Asks for orders again of which a store knows more later: the journey that led to them.

After a delivery an order is planned to be asked for at the platform's times; it is asked for until the store
has settled it, or the last time is over. What comes is a receipt like any other.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from convertos.core.clock import system_clock
from convertos.core.database import EVERY_TENANT, TenantScope, Transaction
from convertos.core.errors import ConflictError, NotFoundError
from convertos.core.logging import get_logger
from convertos.ingest.keep import new_receipt
from convertos.ingest.store import keep_receipts
from convertos.platforms import Delivery
from convertos.platforms.remote import (
    Entity,
    Fetched,
    RemoteRefusedError,
    RemoteUnavailableError,
    RevisitedPlatform,
)
from convertos.records import OrdersToRevisit
from convertos.sync.store import revisits as store
from convertos.sync.store.revisits import Revisit
from convertos.sync.stores import Stores

_AT_ONCE = 500
_AWAY = timedelta(minutes=5)
_GIVEN_UP_AFTER = timedelta(days=3)
_NO_HEADERS = b"{}"
_logger = get_logger(__name__)


async def plan(transaction: Transaction, fact: OrdersToRevisit) -> None:
    """Plan the first time that new orders are asked for again."""
    now = system_clock()
    await store.insert_revisits(transaction, fact.orders, began_at=now, due_at=now + fact.first_after)


async def revisit_due(stores: Stores) -> int:
    """Ask for everything that is due; returns how many orders were asked for."""
    async with stores.work(EVERY_TENANT) as transaction:
        await store.forget_revisits(transaction, stores.clock() - _GIVEN_UP_AFTER)
        due = await store.due_revisits(transaction, stores.clock(), _AT_ONCE)
    due.sort(key=lambda each: (each.client_id, each.connection_id))
    for (client_id, connection_id), some in groupby(due, key=lambda each: each[:2]):
        await _revisit(stores, client_id, connection_id, list(some))
    return len(due)


async def _revisit(stores: Stores, client_id: UUID, connection_id: UUID, due: Sequence[Revisit]) -> None:
    scope = TenantScope(None, (client_id,))
    try:
        async with stores.open(scope, client_id, connection_id) as opened:
            platform = opened.platform
            fetched = await opened.remote.fetch(Entity.ORDERS, [each.external_id for each in due])
    except (RemoteUnavailableError, RemoteRefusedError) as error:
        _logger.warning("orders could not be asked for again", code=error.code)
        async with stores.work(scope) as transaction:
            for each in due:
                await store.postpone_revisit(transaction, each, stores.clock() + _AWAY, each.asked)
        return
    except (ConflictError, NotFoundError):
        return
    if isinstance(platform, RevisitedPlatform):
        await _keep(stores, scope, platform, due, fetched)


async def _keep(
    stores: Stores,
    scope: TenantScope,
    platform: RevisitedPlatform,
    due: Sequence[Revisit],
    fetched: Fetched,
) -> None:
    client_id, connection_id = due[0].client_id, due[0].connection_id
    receipts = [
        new_receipt(
            Delivery(each.key, each.event_type, each.event_id, each.body),
            client_id=client_id,
            connection_id=connection_id,
            door="sync",
            headers=_NO_HEADERS,
            received_at=fetched.asked_at,
        )
        for each in fetched.objects
    ]
    settled = {each.external_id for each in fetched.objects if platform.is_settled(each)}
    over = [
        each.external_id
        for each in due
        if each.external_id in settled or each.asked + 1 >= len(platform.revisit_after)
    ]
    async with stores.work(scope) as transaction:
        if receipts:
            await keep_receipts(transaction, receipts)
        await store.end_revisits(transaction, client_id, connection_id, over)
        for each in due:
            if each.external_id not in over:
                asked = each.asked + 1
                await store.postpone_revisit(
                    transaction, each, _due_at(platform, each.began_at, asked), asked
                )


def _due_at(platform: RevisitedPlatform, began_at: datetime, asked: int) -> datetime:
    return began_at + platform.revisit_after[asked]
