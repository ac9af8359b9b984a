"""Who is calling: a session's token, an API key or an access token becomes a `Caller`, or is refused.

Every look-up asks the database, so that what was revoked, disabled or erased a moment ago is refused now.
"""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from uuid import UUID

from convertos.core.clock import Clock, system_clock
from convertos.core.crypto import MasterKey, TokenHasher
from convertos.core.database import EVERY_TENANT, Database, Role, TenantScope, Transaction
from convertos.core.errors import UnauthenticatedError
from convertos.tenancy.access_tokens import AccessTokens
from convertos.tenancy.model import ActorKind, Caller, OpenSession
from convertos.tenancy.rights import UserRole, rights_of_role, rights_of_scopes
from convertos.tenancy.sessions import session_end
from convertos.tenancy.store import credentials as store
from convertos.tenancy.store.credentials import FoundGrant, FoundKey, FoundUser
from convertos.tenancy.tokens import is_well_formed

_NOTE_EVERY = timedelta(minutes=1)
"""How exact "last used" is; each note is a write."""

_NOBODY = "Sign in, or send a valid API key or access token."


class Authenticator:
    """Finds out who is calling; one for a process."""

    def __init__(self, database: Database, master_key: MasterKey, clock: Clock = system_clock) -> None:
        self._database = database
        self._hasher = TokenHasher(master_key)
        self._access_tokens = AccessTokens(master_key)
        self._clock = clock

    async def session(self, token: str) -> OpenSession:
        """Whoever signed in with this browser.

        Raises:
            UnauthenticatedError: the session ended, or never was.
        """
        token_hash, now = self._hasher.hash(token), self._clock()
        async with self._database.transaction(EVERY_TENANT, Role.AUTH) as transaction:
            found = await store.find_session(transaction, token_hash)
        if found is None or found.is_disabled or now >= found.expires_at:
            raise UnauthenticatedError("Your session has ended. Sign in again.")
        if now - found.session_seen_at >= _NOTE_EVERY:
            expires_at = session_end(found.session_created_at, now)
            async with self._note() as transaction:
                await store.note_session_used(transaction, found, now, expires_at)
        return OpenSession(caller_of_user(found), token_hash, found.csrf_token)

    async def bearer(self, token: str) -> Caller:
        """The program that sends this API key or access token.

        Raises:
            UnauthenticatedError: it is no such thing, or no longer.
        """
        if is_well_formed(token):
            return await self._key(token)
        return await self._access_token(token)

    async def _key(self, key: str) -> Caller:
        async with self._database.transaction(EVERY_TENANT, Role.AUTH) as transaction:
            found = await store.find_key(transaction, self._hasher.hash(key))
        if found is None or found.revoked_at is not None:
            raise UnauthenticatedError(_NOBODY)
        now = self._clock()
        if found.last_used_at is None or now - found.last_used_at >= _NOTE_EVERY:
            async with self._note() as transaction:
                await store.note_key_used(transaction, found, now)
        return caller_of_key(found)

    async def again(self, kind: ActorKind, organization_id: UUID, actor_id: UUID) -> Caller:
        """Who began something a while ago, as they are now.

        Raises:
            UnauthenticatedError: they are no more, or may no longer sign in.
        """
        async with self._database.transaction(EVERY_TENANT, Role.AUTH) as transaction:
            if kind is ActorKind.USER:
                user = await store.find_user(transaction, organization_id, actor_id)
                if user is not None and not user.is_disabled:
                    return caller_of_user(user)
            elif kind is ActorKind.KEY:
                key = await store.find_key_by_id(transaction, organization_id, actor_id)
                if key is not None and key.revoked_at is None:
                    return caller_of_key(key)
        raise UnauthenticatedError("Whoever began this may not go on with it. Begin again.")

    def _note(self) -> AbstractAsyncContextManager[Transaction]:
        return self._database.transaction(EVERY_TENANT, Role.AUTH, is_durable=False)

    async def _access_token(self, token: str) -> Caller:
        now = self._clock()
        claims = self._access_tokens.read(token, now)
        async with self._database.transaction(EVERY_TENANT, Role.AUTH) as transaction:
            grant = await store.find_grant(transaction, claims.organization_id, claims.grant_id)
            caller = await caller_of_grant(transaction, claims.organization_id, grant, now)
        if caller is None:
            raise UnauthenticatedError("This access token was revoked.")
        return caller


async def caller_of_grant(
    transaction: Transaction, organization_id: UUID, grant: FoundGrant | None, now: datetime
) -> Caller | None:
    """Whom a grant stands for, as they are now; `None` where it, they or their key are no more."""
    if grant is None or now >= grant.expires_at:
        return None
    if grant.key_id is not None:
        key = await store.find_key_by_id(transaction, organization_id, grant.key_id)
        return caller_of_key(key) if key is not None and key.revoked_at is None else None
    user_id = grant.user_id
    user = await store.find_user(transaction, organization_id, user_id) if user_id is not None else None
    return caller_of_user(user) if user is not None and not user.is_disabled else None


def _scope(
    organization_id: UUID, organization_clients: Sequence[UUID], client_ids: Sequence[UUID] | None
) -> TenantScope:
    scope = TenantScope(organization_id, tuple(organization_clients))
    return scope if client_ids is None else scope.narrowed(tuple(client_ids))


def caller_of_user(user: FoundUser) -> Caller:
    """A person as a caller."""
    is_restricted, role = user.client_ids is not None, UserRole(user.role)
    return Caller(
        kind=ActorKind.USER,
        actor_id=user.user_id,
        name=user.name,
        scope=_scope(user.organization_id, user.organization_clients, user.client_ids),
        rights=rights_of_role(role, is_restricted=is_restricted),
        is_restricted=is_restricted,
        role=role,
        email=user.email,
    )


def caller_of_key(key: FoundKey) -> Caller:
    """A program as a caller."""
    is_restricted = key.client_ids is not None
    return Caller(
        kind=ActorKind.KEY,
        actor_id=key.key_id,
        name=key.name,
        scope=_scope(key.organization_id, key.organization_clients, key.client_ids),
        rights=rights_of_scopes(key.scopes, is_restricted=is_restricted),
        is_restricted=is_restricted,
    )
