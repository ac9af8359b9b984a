"""SQL of the grants that access tokens rest on."""

from datetime import datetime
from uuid import UUID

from convertos.core.database import Transaction


async def insert_grant(
    transaction: Transaction,
    *,
    grant_id: UUID,
    user_id: UUID | None,
    key_id: UUID | None,
    refresh_hash: bytes,
    expires_at: datetime,
) -> None:
    """Write a new grant of somebody of the scope's organization."""
    await transaction.execute(
        """
        INSERT INTO token_grants (organization_id, grant_id, user_id, key_id, refresh_hash, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s)
        """,
        (transaction.scope.organization_id, grant_id, user_id, key_id, refresh_hash, expires_at),
    )


async def replace_refresh_hash(
    transaction: Transaction, grant_id: UUID, *, old_hash: bytes, new_hash: bytes, expires_at: datetime
) -> bool:
    """Put a new refresh token in the place of the old; returns `False` where the old is not the present one."""
    replaced = await transaction.execute(
        """
        UPDATE token_grants SET refresh_hash = %s, refreshed_at = now(), expires_at = %s
        WHERE organization_id = %s AND grant_id = %s AND refresh_hash = %s
        """,
        (new_hash, expires_at, transaction.scope.organization_id, grant_id, old_hash),
    )
    return replaced == 1


async def delete_grant(transaction: Transaction, grant_id: UUID) -> None:
    """End a grant."""
    await transaction.execute(
        "DELETE FROM token_grants WHERE organization_id = %s AND grant_id = %s",
        (transaction.scope.organization_id, grant_id),
    )
