"""Who may do what: one table for people's roles, and the same words as scopes of API keys.

A key holds rights by name (its scopes), a person holds those of a role. `all` on a key is what an admin may.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum

ALL_SCOPES = "all"


class Right(StrEnum):
    """One thing that somebody may do; also a scope of an API key."""

    CLIENTS_READ = "clients:read"
    CLIENTS_WRITE = "clients:write"
    CONNECTIONS_READ = "connections:read"
    CONNECTIONS_WRITE = "connections:write"
    EVENTS_READ = "events:read"
    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    ORDERS_READ = "orders:read"
    ANALYTICS_READ = "analytics:read"
    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_WRITE = "conversations:write"
    CONVERSIONS_READ = "conversions:read"
    CONVERSIONS_WRITE = "conversions:write"
    WORKSPACES_READ = "workspaces:read"
    WORKSPACES_WRITE = "workspaces:write"
    EXPORTS_WRITE = "exports:write"
    USERS_READ = "users:read"
    USERS_WRITE = "users:write"
    KEYS_READ = "keys:read"
    KEYS_WRITE = "keys:write"
    AUDIT_READ = "audit:read"
    OWNERS_WRITE = "owners:write"


class UserRole(StrEnum):
    """What a person is in an organization."""

    OWNER = "owner"
    ADMIN = "admin"
    ANALYST = "analyst"
    VIEWER = "viewer"


_O, _A, _N, _V = UserRole.OWNER, UserRole.ADMIN, UserRole.ANALYST, UserRole.VIEWER

MEANINGS: Mapping[Right, tuple[str, Collection[UserRole]]] = {
    Right.CLIENTS_READ: ("See clients and their settings", (_O, _A, _N, _V)),
    Right.CLIENTS_WRITE: ("Create, change and erase clients", (_O, _A)),
    Right.CONNECTIONS_READ: ("See connections, their health and their events", (_O, _A, _N, _V)),
    Right.CONNECTIONS_WRITE: ("Create, change, test and delete connections; replay events", (_O, _A)),
    Right.EVENTS_READ: ("See received events with headers and raw payload", (_O, _A)),
    Right.CONTACTS_READ: ("See contacts and leads", (_O, _A, _N, _V)),
    Right.CONTACTS_WRITE: ("Change, merge and erase contacts", (_O, _A)),
    Right.ORDERS_READ: ("See orders, products and checkouts", (_O, _A, _N, _V)),
    Right.ANALYTICS_READ: ("See figures: revenue, sources, journeys", (_O, _A, _N, _V)),
    Right.CONVERSATIONS_READ: ("See chat conversations", (_O, _A, _N, _V)),
    Right.CONVERSATIONS_WRITE: ("Record chat conversations", (_O, _A)),
    Right.CONVERSIONS_READ: ("See conversions that partners reported", (_O, _A, _N, _V)),
    Right.CONVERSIONS_WRITE: ("Report conversions", (_O, _A)),
    Right.WORKSPACES_READ: ("See workspaces and their activity", (_O, _A, _N, _V)),
    Right.WORKSPACES_WRITE: ("Register, change and delete workspaces", (_O, _A)),
    Right.EXPORTS_WRITE: ("Export data as files", (_O, _A, _N)),
    Right.USERS_READ: ("See who has an account", (_O, _A)),
    Right.USERS_WRITE: ("Create, change and disable accounts", (_O, _A)),
    Right.KEYS_READ: ("See which API keys exist", (_O, _A)),
    Right.KEYS_WRITE: ("Create and revoke API keys", (_O, _A)),
    Right.AUDIT_READ: ("Read the audit log", (_O, _A)),
    Right.OWNERS_WRITE: ("Make, change and remove owners", (_O,)),
}
"""Each right in words, and the roles that have it."""

ORGANIZATION_WIDE = frozenset(
    {
        Right.USERS_READ,
        Right.USERS_WRITE,
        Right.KEYS_READ,
        Right.KEYS_WRITE,
        Right.AUDIT_READ,
        Right.OWNERS_WRITE,
    }
)
"""What nobody may who is restricted to some clients: it reaches beyond them."""

KEY_SCOPES = (ALL_SCOPES, *(right.value for right in Right if right is not Right.OWNERS_WRITE))
"""What an API key can be given."""


def rights_of_role(role: UserRole, *, is_restricted: bool = False) -> frozenset[Right]:
    """What a person of a role may do."""
    rights = frozenset(right for right, (_, roles) in MEANINGS.items() if role in roles)
    return rights - ORGANIZATION_WIDE if is_restricted else rights


def rights_of_scopes(scopes: Collection[str], *, is_restricted: bool = False) -> frozenset[Right]:
    """What a key with these scopes may do; a scope that this release does not know gives nothing."""
    if ALL_SCOPES in scopes:
        return rights_of_role(UserRole.ADMIN, is_restricted=is_restricted)
    known = frozenset(Right(scope) for scope in scopes if scope in KEY_SCOPES)
    return known - ORGANIZATION_WIDE if is_restricted else known
