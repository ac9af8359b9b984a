"""Shapes of who is who: organizations' people, keys, sessions, clients, and whoever is calling."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from convertos.core.database import TenantScope
from convertos.core.errors import ForbiddenError, NotFoundError
from convertos.tenancy.rights import Right, UserRole


class ActorKind(StrEnum):
    """What did something: a person, an API key, a workspace, a site, somebody at the console, or ConvertOS."""

    USER = "user"
    KEY = "key"
    WORKSPACE = "workspace"
    CONNECTION = "connection"
    CONSOLE = "console"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever was authenticated: the only source of a `TenantScope` for people and programs.

    Attributes:
        actor_id: the user's, key's or workspace's id; `None` for the console and the system.
        name: for people to read; never logged.
        scope: the organization, and the living clients that the caller may reach.
        is_restricted: whether only some of the organization's clients are reachable.
        role: of a person.
    """

    kind: ActorKind
    actor_id: UUID | None
    name: str
    scope: TenantScope
    rights: frozenset[Right]
    is_restricted: bool = False
    role: UserRole | None = None
    email: str | None = None

    @property
    def organization_id(self) -> UUID:
        """Whose account it is."""
        if self.scope.organization_id is None:
            raise ForbiddenError("Only somebody of an organization can do this.")
        return self.scope.organization_id

    @property
    def label(self) -> str:
        """Tells this caller from all others; holds ids of ours only."""
        return f"{self.kind}:{self.actor_id or self.scope.organization_id}"

    @property
    def person_id(self) -> UUID:
        """The user's id.

        Raises:
            ForbiddenError: the caller is no person.
        """
        if self.kind is not ActorKind.USER or self.actor_id is None:
            raise ForbiddenError("Only a person who signed in can do this.")
        return self.actor_id

    def demand(self, right: Right) -> None:
        """Refuse who lacks a right.

        Raises:
            ForbiddenError: names the right.
        """
        if right not in self.rights:
            raise ForbiddenError(f"This needs the right {right.value}, which you do not have.")

    def demand_client(self, client_id: UUID) -> None:
        """Refuse a client that is out of reach, in the same words as one that does not exist.

        Raises:
            NotFoundError: it is not yours, or not there.
        """
        if client_id not in self.scope:
            raise NotFoundError("There is no such client.")

    def narrowed(self, client_ids: tuple[UUID, ...]) -> TenantScope:
        """The scope for some clients, each of which must be within reach; the whole for none named.

        Raises:
            NotFoundError: one of them is not yours, or not there.
        """
        for client_id in client_ids:
            self.demand_client(client_id)
        return self.scope.narrowed(client_ids) if client_ids else self.scope


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A person with an account.

    Attributes:
        client_ids: the only clients to be seen; `None` for every client of the organization.
    """

    organization_id: UUID
    user_id: UUID
    email: str
    name: str
    role: str
    client_ids: list[UUID] | None
    is_disabled: bool
    created_at: datetime
    last_seen_at: datetime | None


class ApiKey(msgspec.Struct, frozen=True, kw_only=True):
    """A program's key, without the key.

    Attributes:
        prefix: the first characters, to recognise it by.
        client_ids: the only clients to be reached; `None` for every client of the organization.
    """

    organization_id: UUID
    key_id: UUID
    name: str
    prefix: str
    scopes: list[str]
    client_ids: list[UUID] | None
    created_by: UUID | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class Client(msgspec.Struct, frozen=True, kw_only=True):
    """A brand whose data is walled off.

    Attributes:
        currency: the one it reports in (ISO 4217).
        lookback_days: how long before an order a touch can earn credit for it.
        source_aliases: rules of the client that rename sources.
        own_domains: hosts that are the client's own, so no source.
    """

    organization_id: UUID
    client_id: UUID
    name: str
    slug: str
    domain: str | None
    timezone: str
    currency: str
    status: str
    lookback_days: int
    excludes_tax: bool
    excludes_shipping: bool
    high_value_threshold: Decimal
    source_aliases: list[Any]
    own_domains: list[str]
    created_at: datetime


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that somebody changed.

    Attributes:
        actor_name: who, in words, where that is still known.
        details: what was changed; never a secret.
    """

    organization_id: UUID
    entry_id: UUID
    client_id: UUID | None
    actor_kind: str
    actor_id: UUID | None
    actor_name: str | None
    action: str
    subject_kind: str
    subject_id: str | None
    details: dict[str, Any]
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A signed-in browser.

    Attributes:
        token_hash: what the session is stored under; its token is in the browser alone.
        csrf_token: what a form of this session has to send along.
    """

    caller: Caller
    token_hash: bytes = field(repr=False)
    csrf_token: str = field(repr=False)
