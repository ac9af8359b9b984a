"""Access tokens for programs that hold no key for long: issued, refreshed, revoked.

A refresh token works once; it is replaced with each use. One that comes back was copied by somebody, and
nobody can tell who is the thief: the grant ends for both.

Source: RFC 9700 §4.14.2 (refresh token rotation).
"""

from datetime import timedelta
from hmac import compare_digest
from typing import NamedTuple
from uuid import UUID

from convertos.core.clock import Clock, system_clock
from convertos.core.crypto import MasterKey, TokenHasher
from convertos.core.database import EVERY_TENANT, Database, Role, TenantScope
from convertos.core.errors import UnauthenticatedError
from convertos.core.ids import new_id
from convertos.tenancy.access_tokens import LIFETIME, AccessClaims, AccessTokens
from convertos.tenancy.audit import record
from convertos.tenancy.authenticate import caller_of_grant
from convertos.tenancy.model import ActorKind, Caller
from convertos.tenancy.store import grants as store
from convertos.tenancy.store.credentials import find_grant
from convertos.tenancy.tokens import is_well_formed, make_token

_REFRESH_PREFIX = "cor"
_GRANT_IDLE = timedelta(days=30)
_REFUSED = "This refresh token is not valid, or was used before. Ask for a new access token."


class IssuedTokens(NamedTuple):
    """What a program is given."""

    access_token: str
    refresh_token: str
    expires_in_seconds: int


class _RefreshToken(NamedTuple):
    secret: str
    organization_id: UUID
    grant_id: UUID

    @classmethod
    def parse(cls, text: str) -> "_RefreshToken":
        try:
            secret, organization, grant = text.split(".")
            found = cls(secret, UUID(organization), UUID(grant))
        except ValueError as error:
            raise UnauthenticatedError(_REFUSED, code="refresh_token_invalid") from error
        if not is_well_formed(secret, _REFRESH_PREFIX):
            raise UnauthenticatedError(_REFUSED, code="refresh_token_invalid")
        return found

    def __str__(self) -> str:
        return f"{self.secret}.{self.organization_id.hex}.{self.grant_id.hex}"


class Grants:
    """Issues access tokens; one for a process."""

    def __init__(self, database: Database, master_key: MasterKey, clock: Clock = system_clock) -> None:
        self._database = database
        self._hasher = TokenHasher(master_key)
        self._access_tokens = AccessTokens(master_key)
        self._clock = clock

    async def issue(self, caller: Caller) -> IssuedTokens:
        """Tokens for somebody who has just authenticated with a key or a password."""
        refresh = _RefreshToken(make_token(_REFRESH_PREFIX), caller.organization_id, new_id())
        async with self._database.transaction(caller.scope) as transaction:
            await store.insert_grant(
                transaction,
                grant_id=refresh.grant_id,
                user_id=caller.actor_id if caller.kind is ActorKind.USER else None,
                key_id=caller.actor_id if caller.kind is ActorKind.KEY else None,
                refresh_hash=self._hasher.hash(refresh.secret),
                expires_at=self._clock() + _GRANT_IDLE,
            )
            await record(transaction, caller, "token.issued", "token", refresh.grant_id)
        return self._issued(refresh)

    async def refresh(self, token: str) -> IssuedTokens:
        """New tokens for old.

        Raises:
            UnauthenticatedError: it is none, was used before, or its owner may no longer.
        """
        old, now = _RefreshToken.parse(token), self._clock()
        async with self._database.transaction(EVERY_TENANT, Role.AUTH) as transaction:
            grant = await find_grant(transaction, old.organization_id, old.grant_id)
            caller = await caller_of_grant(transaction, old.organization_id, grant, now)
        if grant is None or caller is None:
            raise UnauthenticatedError(_REFUSED, code="refresh_token_invalid")
        new = old._replace(secret=make_token(_REFRESH_PREFIX))
        async with self._database.transaction(caller.scope) as transaction:
            is_replaced = await store.replace_refresh_hash(
                transaction,
                old.grant_id,
                old_hash=self._hasher.hash(old.secret),
                new_hash=self._hasher.hash(new.secret),
                expires_at=now + _GRANT_IDLE,
            )
            if not is_replaced:
                await store.delete_grant(transaction, old.grant_id)
                await record(transaction, caller, "token.reused", "token", old.grant_id)
        if not is_replaced:
            raise UnauthenticatedError(_REFUSED, code="refresh_token_reused")
        return self._issued(new)

    async def revoke(self, token: str) -> None:
        """End a grant, and with it every access token that rests on it; says nothing of tokens unknown here."""
        try:
            old = _RefreshToken.parse(token)
        except UnauthenticatedError:
            return
        async with self._database.transaction(EVERY_TENANT, Role.AUTH) as transaction:
            grant = await find_grant(transaction, old.organization_id, old.grant_id)
        if grant is not None and compare_digest(grant.refresh_hash, self._hasher.hash(old.secret)):
            async with self._database.transaction(TenantScope(old.organization_id, ())) as transaction:
                await store.delete_grant(transaction, old.grant_id)

    def _issued(self, refresh: _RefreshToken) -> IssuedTokens:
        claims = AccessClaims(refresh.organization_id, refresh.grant_id)
        access = self._access_tokens.make(claims, self._clock())
        return IssuedTokens(access, str(refresh), int(LIFETIME.total_seconds()))
