"""Sends merchants to their store for an approval, and takes them back.

What the way back needs (the app's secret) is kept encrypted until then. The state that travels through the
browser is a ciphertext of which approval it is: nobody can make one, and it is good once and for ten minutes.

Source: integrations.md A3 (state), checked 2026-11.
"""

import base64
import binascii
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

import msgspec

from convertos.core.crypto import Vault
from convertos.core.database import TenantScope, Transaction
from convertos.core.errors import ConfigurationError, InvalidError
from convertos.core.ids import MakeId, new_id
from convertos.platforms import all_store_platforms
from convertos.platforms.remote import ApprovingPlatform, Credentials
from convertos.sync.connect import Proven, prove
from convertos.sync.store import approvals as store
from convertos.sync.store.approvals import Approval
from convertos.sync.stores import Stores
from convertos.tenancy.model import ActorKind, Caller

GOOD_FOR = timedelta(minutes=10)
_STATE = "the state of an approval"


class Begun(NamedTuple):
    """Where to send the merchant."""

    approval_id: UUID
    address: str


async def begin(
    transaction: Transaction,
    caller: Caller,
    stores: Stores,
    platform: ApprovingPlatform,
    *,
    client_id: UUID,
    address: str,
    credentials: Credentials,
    redirect_uri: str,
    make_id: MakeId = new_id,
) -> Begun:
    """Remember that a merchant was sent to a store.

    Args:
        credentials: of the app, without a token.

    Raises:
        NotFoundError: there is no such client.
    """
    caller.demand_client(client_id)
    approval_id = make_id()
    sealed = stores.vault.encrypt(
        msgspec.json.encode(dict(credentials)), approval_owner(client_id, approval_id)
    )
    await store.insert_approval(
        transaction,
        Approval(
            client_id=client_id,
            approval_id=approval_id,
            organization_id=caller.organization_id,
            platform=platform.name,
            address=address,
            requested_by={"kind": caller.kind.value, "id": str(caller.actor_id)},
            ciphertext=sealed,
            status="waiting",
            expires_at=stores.clock() + GOOD_FOR,
        ),
    )
    state = state_of(stores.vault, client_id, approval_id)
    sent_to = platform.approval_address(address, credentials, redirect_uri=redirect_uri, state=state)
    return Begun(approval_id, sent_to)


class Returned(NamedTuple):
    """A merchant who came back.

    Attributes:
        actor: kind and id of whoever sent them.
    """

    approval: Approval
    credentials: Credentials
    actor: tuple[ActorKind, UUID]


async def come_back(stores: Stores, query: Mapping[str, str]) -> Returned:
    """Whose approval comes back; nothing is taken yet.

    Raises:
        InvalidError: it is none of ours, too late, or was here before.
    """
    client_id, approval_id = read_state(stores.vault, query.get("state", ""))
    async with stores.work(TenantScope(None, (client_id,))) as transaction:
        found = await store.find_approval(transaction, client_id, approval_id)
    if found is None or found.status != "waiting" or found.ciphertext is None:
        raise _unknown()
    if stores.clock() >= found.expires_at:
        raise InvalidError(
            "This approval was begun more than ten minutes ago. Begin again.", code="approval_expired"
        )
    opened = stores.vault.decrypt(found.ciphertext, approval_owner(client_id, approval_id))
    actor = ActorKind(found.requested_by["kind"]), UUID(found.requested_by["id"])
    return Returned(found, msgspec.json.decode(opened, type=dict[str, str]), actor)


async def redeem(stores: Stores, returned: Returned, query: Mapping[str, str]) -> Proven:
    """Take the approval, once, and try the keys that it is worth.

    Raises:
        InvalidError: the store does not let us in.
        RemoteError: what came back is not the store's, or is worth nothing.
    """
    approval = returned.approval
    platform = approving_platform(approval.platform)
    platform.check_return(approval.address, returned.credentials, query, stores.clock())
    scope = TenantScope(None, (approval.client_id,))
    async with stores.work(scope) as transaction:
        if not await store.take_approval(transaction, approval.client_id, approval.approval_id):
            raise _unknown()
    async with stores.visit(platform, approval.address, returned.credentials) as (_, calls, _keys):
        credentials = await platform.credentials_returned(
            approval.address, returned.credentials, query, calls
        )
    return await prove(stores, platform, approval.address, credentials)


def approving_platform(name: str) -> ApprovingPlatform:
    """A platform whose merchants approve."""
    platform = all_store_platforms()[name]
    assert isinstance(platform, ApprovingPlatform)  # noqa: S101 - the caller names one
    return platform


def approval_owner(client_id: UUID, approval_id: UUID) -> str:
    """What an approval's ciphertext is bound to."""
    return f"{client_id}|{approval_id}|approval"


def state_of(vault: Vault, client_id: UUID, approval_id: UUID) -> str:
    """The word by which an approval is known outside."""
    sealed = vault.encrypt(client_id.bytes + approval_id.bytes, _STATE)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read_state(vault: Vault, state: str) -> tuple[UUID, UUID]:
    """Client and approval of a word that comes back.

    Raises:
        InvalidError: it is none of ours.
    """
    try:
        sealed = base64.b64decode(state + "=" * (-len(state) % 4), altchars=b"-_", validate=True)
        opened = vault.decrypt(sealed, _STATE)
        return UUID(bytes=opened[:16]), UUID(bytes=opened[16:])
    except (ConfigurationError, binascii.Error, ValueError) as error:
        raise _unknown() from error


def _unknown() -> InvalidError:
    return InvalidError("This approval was not begun here, or was used before.", code="state_invalid")
