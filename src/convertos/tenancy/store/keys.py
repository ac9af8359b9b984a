"""SQL of API keys."""

from uuid import UUID

from convertos.core.database import Transaction
from convertos.tenancy.model import ApiKey

_COLUMNS = """organization_id, key_id, name, prefix, scopes, client_ids, created_by, created_at, last_used_at,
    revoked_at"""


async def insert_key(transaction: Transaction, key: ApiKey, key_hash: bytes) -> None:
    """Write a new key of the scope's organization."""
    await transaction.execute(
        """
        INSERT INTO api_keys (organization_id, key_id, name, prefix, key_hash, scopes, client_ids, created_by,
                              created_at)
        VALUES (%(organization_id)s, %(key_id)s, %(name)s, %(prefix)s, %(key_hash)s, %(scopes)s, %(client_ids)s,
                %(created_by)s, %(created_at)s)
        """,
        {name: getattr(key, name) for name in key.__struct_fields__} | {"key_hash": key_hash},
    )


async def list_keys(transaction: Transaction, before: UUID | None, limit: int) -> list[ApiKey]:
    """The organization's keys, newest first, revoked ones too."""
    return await transaction.fetch(
        ApiKey,
        f"""
        SELECT {_COLUMNS} FROM api_keys
        WHERE organization_id = %(organization)s AND (%(before)s::uuid IS NULL OR key_id < %(before)s)
        ORDER BY key_id DESC LIMIT %(limit)s
        """,
        {"organization": transaction.scope.organization_id, "before": before, "limit": limit},
    )


async def find_key(transaction: Transaction, key_id: UUID) -> ApiKey | None:
    """One key of the organization."""
    return await transaction.fetch_one(
        ApiKey,
        f"SELECT {_COLUMNS} FROM api_keys WHERE organization_id = %s AND key_id = %s",
        (transaction.scope.organization_id, key_id),
    )


async def revoke_key(transaction: Transaction, key_id: UUID) -> bool:
    """End a key; returns whether it was alive."""
    ended = await transaction.execute(
        """
        UPDATE api_keys SET revoked_at = now()
        WHERE organization_id = %s AND key_id = %s AND revoked_at IS NULL
        """,
        (transaction.scope.organization_id, key_id),
    )
    return ended == 1
