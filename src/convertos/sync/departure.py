"""A store that removed us: believed only when its keys are really worth nothing any more.

The delivery that tells of it may be an old one that came again, after the store let us in anew.
"""

from uuid import UUID

from convertos.connections.store import find_connection
from convertos.core.database import TenantScope
from convertos.core.errors import ConflictError, NotFoundError
from convertos.platforms.remote import RemoteRefusedError, RemoteUnavailableError
from convertos.sync.store.keys import forget_keys
from convertos.sync.store.syncs import cancel_syncs_of
from convertos.sync.store.webhooks import forget_webhooks
from convertos.sync.stores import Stores
from convertos.tenancy.audit import record
from convertos.tenancy.model import ActorKind, Caller

_PASSING = frozenset({
    "unavailable", "dns", "connect", "tls", "timeout", "broken", "too_large", "throttled", "not_json", "no_data",
    "slow_down", "shop_frozen", "shop_locked",
})  # fmt: skip


async def is_still_welcome(stores: Stores, client_id: UUID, connection_id: UUID) -> bool:
    """Whether a connection's keys still open its store.

    Raises:
        RemoteUnavailableError: the store can't be asked now.
    """
    scope = TenantScope(None, (client_id,))
    try:
        async with stores.open(scope, client_id, connection_id) as opened:
            verdict = await opened.remote.test()
    except (ConflictError, NotFoundError, RemoteRefusedError):
        return False
    if not verdict.is_good and (verdict.code in _PASSING or verdict.code.startswith("status_")):
        raise RemoteUnavailableError(verdict.message, code=verdict.code)
    return verdict.is_good


async def depart(stores: Stores, client_id: UUID, connection_id: UUID) -> bool:
    """Part with a store that removed us: no key is left, nothing is asked any more; returns whether it had.

    What was collected stays, and so does the secret by which its last demands are told from forged ones.

    Raises:
        RemoteUnavailableError: the store can't be asked now.
    """
    if await is_still_welcome(stores, client_id, connection_id):
        return False
    async with stores.work(TenantScope(None, (client_id,))) as transaction:
        connection = await find_connection(transaction, str(connection_id))
        if connection is None:
            return False
        await cancel_syncs_of(transaction, client_id, connection_id)
        await forget_webhooks(transaction, client_id, connection_id)
        await forget_keys(transaction, client_id, connection_id)
        scope = TenantScope(connection.organization_id, (client_id,))
        caller = Caller(
            kind=ActorKind.SYSTEM, actor_id=None, name=connection.type, scope=scope, rights=frozenset()
        )
        await record(transaction, caller, "store.departed", "connection", connection_id, client_id=client_id)
    return True
