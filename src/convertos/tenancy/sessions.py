"""Browsers that are signed in: opened, listed, ended."""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from convertos.core.crypto import TokenHasher
from convertos.core.database import Transaction
from convertos.tenancy.audit import record
from convertos.tenancy.model import Caller
from convertos.tenancy.store import sessions as store

SESSION_COOKIE = "convertos_session"
"""The cookie that holds a session's token."""

SESSION_IDLE = timedelta(days=14)
SESSION_LONGEST = timedelta(days=90)
_TOKEN_BYTES = 32
_LONGEST_AGENT = 300


class NewSession(NamedTuple):
    """A session as its browser is given it.

    Attributes:
        token: for the cookie; nobody can read it again.
        csrf_token: for forms of this session.
        expires_at: the longest that it can live.
    """

    token: str
    csrf_token: str
    expires_at: datetime


class BrowserSession(NamedTuple):
    """Where somebody is signed in."""

    user_agent: str | None
    created_at: datetime
    last_seen_at: datetime
    is_this: bool


def session_end(created_at: datetime, now: datetime) -> datetime:
    """Until when a session lives that is in use now."""
    return min(now + SESSION_IDLE, created_at + SESSION_LONGEST)


async def open_session(
    transaction: Transaction, hasher: TokenHasher, user_id: UUID, now: datetime, user_agent: str | None
) -> NewSession:
    """Sign a browser in for somebody who has just proved who they are."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    csrf_token = secrets.token_urlsafe(_TOKEN_BYTES)
    printable = "".join(filter(str.isprintable, user_agent or ""))[:_LONGEST_AGENT]
    await store.insert_session(
        transaction,
        token_hash=hasher.hash(token),
        user_id=user_id,
        csrf_token=csrf_token,
        user_agent=printable or None,
        now=now,
        expires_at=session_end(now, now),
    )
    return NewSession(token, csrf_token, now + SESSION_LONGEST)


async def list_sessions(transaction: Transaction, caller: Caller, this: bytes | None) -> list[BrowserSession]:
    """Where the caller is signed in, latest first.

    Args:
        this: the browser that asks (token hash).
    """
    rows = await store.list_sessions(transaction, caller.person_id)
    return [
        BrowserSession(row["user_agent"], row["created_at"], row["last_seen_at"], row["token_hash"] == this)
        for row in rows
    ]


async def sign_out(transaction: Transaction, caller: Caller, token_hash: bytes) -> None:
    """End one session."""
    if await store.delete_session(transaction, token_hash):
        await record(transaction, caller, "user.signed_out", "user", caller.actor_id)


async def sign_out_everywhere(
    transaction: Transaction, caller: Caller, keep_session: bytes | None = None
) -> None:
    """End every session and access token of the caller; one browser may stay."""
    await store.delete_credentials_of(transaction, caller.person_id, keep_session)
    await record(transaction, caller, "user.signed_out_everywhere", "user", caller.person_id)
