"""SQL of who is calling: look-ups before a tenant is known, as the authentication role.

These are the only functions of the domain that take no tenant scope; what they find becomes one.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from convertos.core.database import Transaction

_CLIENTS = """
    ARRAY(SELECT c.client_id FROM clients c
          WHERE c.organization_id = o.organization_id AND c.status = 'active' ORDER BY c.client_id)
    AS organization_clients"""

_PERSON = f"""
    u.organization_id, u.user_id, u.email, u.name, u.role, u.client_ids, u.is_disabled, {_CLIENTS}"""


class FoundUser(msgspec.Struct, frozen=True, kw_only=True):
    """A person, as whoever authenticates needs to know them."""

    organization_id: UUID
    user_id: UUID
    email: str
    name: str
    role: str
    client_ids: list[UUID] | None
    is_disabled: bool
    organization_clients: list[UUID]


class FoundSession(FoundUser, frozen=True, kw_only=True):
    """A session with its person."""

    token_hash: bytes
    csrf_token: str
    session_created_at: datetime
    session_seen_at: datetime
    expires_at: datetime


class FoundPassword(FoundUser, frozen=True, kw_only=True):
    """A person with the hash of their password."""

    password_hash: str


class FoundKey(msgspec.Struct, frozen=True, kw_only=True):
    """An API key."""

    organization_id: UUID
    key_id: UUID
    name: str
    scopes: list[str]
    client_ids: list[UUID] | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    organization_clients: list[UUID]


class FoundGrant(msgspec.Struct, frozen=True, kw_only=True):
    """What an access token rests on."""

    user_id: UUID | None
    key_id: UUID | None
    refresh_hash: bytes
    expires_at: datetime


async def find_session(transaction: Transaction, token_hash: bytes) -> FoundSession | None:
    """A session by the hash of its token."""
    return await transaction.fetch_one(
        FoundSession,
        f"""
        SELECT s.token_hash, s.csrf_token, s.created_at AS session_created_at, s.last_seen_at AS session_seen_at,
               s.expires_at, {_PERSON}
        FROM sessions s JOIN users u USING (organization_id, user_id) JOIN organizations o USING (organization_id)
        WHERE s.token_hash = %s
        """,
        (token_hash,),
    )


async def find_user(transaction: Transaction, organization_id: UUID, user_id: UUID) -> FoundUser | None:
    """A person by id."""
    return await transaction.fetch_one(
        FoundUser,
        f"""
        SELECT {_PERSON} FROM users u JOIN organizations o USING (organization_id)
        WHERE u.organization_id = %s AND u.user_id = %s
        """,
        (organization_id, user_id),
    )


async def find_password(transaction: Transaction, email: str) -> FoundPassword | None:
    """A person by e-mail address, with the hash of their password."""
    return await transaction.fetch_one(
        FoundPassword,
        f"""
        SELECT {_PERSON}, u.password_hash FROM users u JOIN organizations o USING (organization_id)
        WHERE u.email = %s
        """,
        (email,),
    )


_KEY = f"""
    SELECT k.organization_id, k.key_id, k.name, k.scopes, k.client_ids, k.last_used_at, k.revoked_at, {_CLIENTS}
    FROM api_keys k JOIN organizations o USING (organization_id)"""


async def find_key(transaction: Transaction, key_hash: bytes) -> FoundKey | None:
    """An API key by its hash."""
    return await transaction.fetch_one(FoundKey, f"{_KEY} WHERE k.key_hash = %s", (key_hash,))


async def find_key_by_id(transaction: Transaction, organization_id: UUID, key_id: UUID) -> FoundKey | None:
    """An API key by its id."""
    return await transaction.fetch_one(
        FoundKey, f"{_KEY} WHERE k.organization_id = %s AND k.key_id = %s", (organization_id, key_id)
    )


async def find_grant(transaction: Transaction, organization_id: UUID, grant_id: UUID) -> FoundGrant | None:
    """What an access token rests on."""
    return await transaction.fetch_one(
        FoundGrant,
        """
        SELECT user_id, key_id, refresh_hash, expires_at FROM token_grants WHERE organization_id = %s AND grant_id = %s
        """,
        (organization_id, grant_id),
    )


async def note_session_used(
    transaction: Transaction, session: FoundSession, now: datetime, expires_at: datetime
) -> None:
    """Let a session that is in use live on."""
    await transaction.execute(
        "UPDATE sessions SET last_seen_at = %s, expires_at = %s WHERE token_hash = %s",
        (now, expires_at, session.token_hash),
    )
    await transaction.execute(
        "UPDATE users SET last_seen_at = %s WHERE organization_id = %s AND user_id = %s",
        (now, session.organization_id, session.user_id),
    )


async def note_key_used(transaction: Transaction, key: FoundKey, now: datetime) -> None:
    """Note that a key is in use."""
    await transaction.execute(
        "UPDATE api_keys SET last_used_at = %s WHERE organization_id = %s AND key_id = %s",
        (now, key.organization_id, key.key_id),
    )


async def find_organizations(transaction: Transaction, name_or_id: str) -> list[tuple[UUID, list[UUID]]]:
    """Organizations of a name, or the one with an id, each with its living clients (for the console)."""
    rows = await transaction.tuples(
        f"""
        SELECT o.organization_id, {_CLIENTS} FROM organizations o
        WHERE o.name = %(it)s OR o.organization_id::text = %(it)s ORDER BY o.organization_id LIMIT 2
        """,
        {"it": name_or_id},
    )
    return [(row[0], row[1]) for row in rows]


async def list_organizations(transaction: Transaction) -> list[tuple[UUID, str, list[UUID], bool]]:
    """Every organization, oldest first: id, name, living clients, whether anybody has an account (for the console)."""
    rows = await transaction.tuples(
        f"""
        SELECT o.organization_id, o.name, {_CLIENTS},
               EXISTS (SELECT FROM users u WHERE u.organization_id = o.organization_id)
        FROM organizations o ORDER BY o.organization_id
        """
    )
    return [(row[0], row[1], row[2], row[3]) for row in rows]
