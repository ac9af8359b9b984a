"""Approvals for which the store sends keys to us by itself (WooCommerce's approval page).

The store waits for our answer while it holds its merchant's request, and some stores serve one request at a
time; so the keys are only kept then, and tried afterwards, by a job.
"""

from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from convertos.core.database import TenantScope, Transaction
from convertos.core.errors import ConflictError, ConvertOSError
from convertos.core.ids import MakeId, new_id
from convertos.core.installation import Installation
from convertos.jobs.queue import later
from convertos.platforms import all_store_platforms
from convertos.platforms.woocommerce.approval import SentKeys, approval_page
from convertos.sync.approval import approval_owner, read_state, state_of
from convertos.sync.connect import keep_store, prove
from convertos.sync.store import approvals as store
from convertos.sync.store.approvals import Approval
from convertos.sync.stores import Stores
from convertos.sync.tasks.approvals import finish_approval
from convertos.tenancy.model import ActorKind, Caller

GOOD_FOR = timedelta(minutes=15)
_PLATFORM = "woocommerce"


class Begun(NamedTuple):
    """Where to send the merchant, and by which word the approval is known."""

    address: str
    state: str


async def begin(
    transaction: Transaction,
    caller: Caller,
    stores: Stores,
    *,
    client_id: UUID,
    address: str,
    base_url: str,
    return_path: str,
    callback_path: str,
    make_id: MakeId = new_id,
) -> Begun:
    """Remember that a merchant was sent to their store's approval page.

    Raises:
        NotFoundError: there is no such client.
        ConflictError: stores can't reach this server.
    """
    caller.demand_client(client_id)
    if urlsplit(base_url).scheme != "https":
        raise ConflictError(
            "A store sends its keys to an https address only, and this server has none. Enter keys by hand, or "
            "set CONVERTOS_PUBLIC_URL.",
            code="needs_https",
        )
    approval_id = make_id()
    await store.insert_approval(
        transaction,
        Approval(
            client_id=client_id,
            approval_id=approval_id,
            organization_id=caller.organization_id,
            platform=_PLATFORM,
            address=address,
            requested_by={"kind": caller.kind.value, "id": str(caller.actor_id) if caller.actor_id else None},
            ciphertext=None,
            status="waiting",
            expires_at=stores.clock() + GOOD_FOR,
        ),
    )
    state = state_of(stores.vault, client_id, approval_id)
    page = approval_page(
        address, state=state, return_url=f"{base_url}{return_path}", callback_url=f"{base_url}{callback_path}"
    )
    return Begun(page, state)


async def receive(stores: Stores, sent: SentKeys) -> None:
    """Keep keys that a store sent, and try them soon.

    Raises:
        InvalidError: nobody waits for them.
        ConflictError: they came too late, or before.
    """
    client_id, approval_id = read_state(stores.vault, sent.state)
    ciphertext = stores.vault.encrypt(
        msgspec.json.encode(dict(sent.credentials)), approval_owner(client_id, approval_id)
    )
    async with stores.work(TenantScope(None, (client_id,))) as transaction:
        if not await store.receive_keys(transaction, client_id, approval_id, ciphertext, stores.clock()):
            raise ConflictError(
                "This approval was used before, or is over. Begin again.", code="approval_over"
            )
        await later(
            transaction, finish_approval, {"client_id": str(client_id), "approval_id": str(approval_id)}
        )


async def finish(stores: Stores, installation: Installation, client_id: UUID, approval_id: UUID) -> None:
    """Try the keys that came, and keep the store; what is wrong with it is kept for whoever began."""
    scope = TenantScope(None, (client_id,))
    async with stores.work(scope) as transaction:
        found = await store.find_approval(transaction, client_id, approval_id)
    if found is None or found.status != "received" or found.ciphertext is None:
        return
    opened = stores.vault.decrypt(found.ciphertext, approval_owner(client_id, approval_id))
    credentials = msgspec.json.decode(opened, type=dict[str, str])
    try:
        proven = await prove(stores, all_store_platforms()[_PLATFORM], found.address, credentials)
        caller = _whoever_began(found)
        async with stores.work(caller.scope) as transaction:
            connected = await keep_store(
                transaction, caller, installation, stores, proven, client_id=client_id
            )
            await store.end_approval(
                transaction, client_id, approval_id, connection_id=connected.connection.connection_id
            )
    except ConvertOSError as error:
        async with stores.work(scope) as transaction:
            await store.end_approval(transaction, client_id, approval_id, error=error.message)


def _whoever_began(approval: Approval) -> Caller:
    """In whose name the store is kept: they were authenticated and had the right when they began."""
    actor_id = approval.requested_by["id"]
    return Caller(
        kind=ActorKind(approval.requested_by["kind"]),
        actor_id=UUID(actor_id) if actor_id else None,
        name="approval",
        scope=TenantScope(approval.organization_id, (approval.client_id,)),
        rights=frozenset(),
    )


class Outcome(NamedTuple):
    """What an approval led to: `waiting`, `received`, `done` or `refused`."""

    status: str
    error: str | None
    connection_id: UUID | None


async def outcome(transaction: Transaction, stores: Stores, state: str) -> Outcome | None:
    """What an approval of the scope led to.

    Raises:
        InvalidError: the word is none of ours.
    """
    found = await store.outcome_of(transaction, *read_state(stores.vault, state))
    return Outcome(*found) if found else None
