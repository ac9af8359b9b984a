"""SQL of signed-in browsers, and of the grants that access tokens rest on."""

from datetime import datetime
from typing import Any
from uuid import UUID

from convertos.core.database import Transaction


async def insert_session(
    transaction: Transaction,
    *,
    token_hash: bytes,
    user_id: UUID,
    csrf_token: str,
    user_agent: str | None,
    now: datetime,
    expires_at: datetime,
) -> None:
    """Write that somebody of the scope's organization signed in."""
    await transaction.execute(
        """
        INSERT INTO sessions (token_hash, organization_id, user_id, csrf_token, user_agent, created_at,
                              last_seen_at, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
        """,
        (
            token_hash,
            transaction.scope.organization_id,
            user_id,
            csrf_token,
            user_agent,
            now,
            now,
            expires_at,
        ),
    )


async def delete_session(transaction: Transaction, token_hash: bytes) -> bool:
    """Sign one browser out; returns whether it was signed in."""
    ended = await transaction.execute(
        "DELETE FROM sessions WHERE organization_id = %s AND token_hash = %s",
        (transaction.scope.organization_id, token_hash),
    )
    return ended == 1


async def list_sessions(transaction: Transaction, user_id: UUID) -> list[dict[str, Any]]:
    """Where a person is signed in, latest first."""
    return await transaction.rows(
        """
        SELECT token_hash, user_agent, created_at, last_seen_at FROM sessions
        WHERE organization_id = %s AND user_id = %s AND expires_at > now() ORDER BY last_seen_at DESC LIMIT 200
        """,
        (transaction.scope.organization_id, user_id),
    )


async def delete_credentials_of(
    transaction: Transaction, user_id: UUID, keep_session: bytes | None = None
) -> None:
    """Sign a person out everywhere and end their access tokens; one browser may stay."""
    parameters = {
        "organization": transaction.scope.organization_id,
        "user": user_id,
        "kept": keep_session or b"",
    }
    await transaction.execute(
        """
        DELETE FROM sessions
        WHERE organization_id = %(organization)s AND user_id = %(user)s AND token_hash <> %(kept)s
        """,
        parameters,
    )
    await transaction.execute(
        "DELETE FROM token_grants WHERE organization_id = %(organization)s AND user_id = %(user)s", parameters
    )


async def forget_ended_sessions(transaction: Transaction) -> None:
    """Drop what has ended, of all tenants (worker)."""
    await transaction.execute("DELETE FROM sessions WHERE expires_at < now()")
    await transaction.execute("DELETE FROM token_grants WHERE expires_at < now()")
