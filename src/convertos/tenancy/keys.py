"""API keys of an organization's programs: made, listed, revoked."""

from collections.abc import Sequence
from uuid import UUID

from convertos.core.clock import Clock, system_clock
from convertos.core.crypto import TokenHasher
from convertos.core.database import Transaction
from convertos.core.errors import ForbiddenError, InvalidError, NotFoundError
from convertos.core.ids import MakeId, new_id
from convertos.core.pagination import Page, decode_cursor, page_of
from convertos.tenancy.audit import record
from convertos.tenancy.model import ActorKind, ApiKey, Caller
from convertos.tenancy.rights import KEY_SCOPES, rights_of_scopes
from convertos.tenancy.store import keys as store
from convertos.tenancy.tokens import MakeToken, make_token, shown_part


async def make_key(
    transaction: Transaction,
    caller: Caller,
    hasher: TokenHasher,
    *,
    name: str,
    scopes: Sequence[str],
    client_ids: Sequence[UUID] | None = None,
    clock: Clock = system_clock,
    make_id: MakeId = new_id,
    new_token: MakeToken = make_token,
) -> tuple[ApiKey, str]:
    """A new key, and the key itself, which nobody can read again.

    Args:
        client_ids: the only clients that it may reach; `None` for every client of the organization.

    Raises:
        InvalidError: a scope or a client does not exist.
        ForbiddenError: it could do more than whoever makes it.
    """
    _check_grant(caller, scopes, client_ids)
    token = new_token()
    key = ApiKey(
        organization_id=caller.organization_id,
        key_id=make_id(),
        name=name,
        prefix=shown_part(token),
        scopes=sorted(set(scopes)),
        client_ids=sorted(set(client_ids)) if client_ids is not None else None,
        created_by=caller.actor_id if caller.kind is ActorKind.USER else None,
        created_at=clock(),
        last_used_at=None,
        revoked_at=None,
    )
    await store.insert_key(transaction, key, hasher.hash(token))
    reach = [str(client_id) for client_id in key.client_ids] if key.client_ids is not None else "all"
    details = {"name": name, "scopes": key.scopes, "clients": reach}
    await record(transaction, caller, "key.created", "key", key.key_id, details=details)
    return key, token


def _check_grant(caller: Caller, scopes: Sequence[str], client_ids: Sequence[UUID] | None) -> None:
    if not scopes:
        raise InvalidError.field("scopes", "A key needs at least one scope.")
    for scope in scopes:
        if scope not in KEY_SCOPES:
            raise InvalidError.field(
                "scopes", f"There is no scope {scope!r:.60}; use {', '.join(KEY_SCOPES)}."
            )
    if client_ids is not None and not all(client_id in caller.scope for client_id in client_ids):
        raise InvalidError.field("clientIds", "There is no such client.")
    if client_ids is None and caller.is_restricted:
        raise ForbiddenError("You see only some clients, so you can't give access to all.")
    if not rights_of_scopes(scopes) <= caller.rights:
        raise ForbiddenError("A key can't be given rights that you do not have.")


async def list_keys(transaction: Transaction, *, limit: int, cursor: str | None = None) -> Page[ApiKey]:
    """The organization's keys, newest first."""
    position = decode_cursor(cursor, UUID)
    keys = await store.list_keys(transaction, position[0] if position else None, limit + 1)
    return page_of(keys, limit, lambda key: (key.key_id,))


async def revoke_key(transaction: Transaction, caller: Caller, key_id: UUID) -> ApiKey:
    """End a key at once; one that is ended stays so.

    Raises:
        NotFoundError: there is no such key.
    """
    if await store.revoke_key(transaction, key_id):
        await record(transaction, caller, "key.revoked", "key", key_id)
    key = await store.find_key(transaction, key_id)
    if key is None:
        raise NotFoundError("There is no such API key.")
    return key
