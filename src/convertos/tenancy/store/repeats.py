"""SQL of requests that were answered before; each caller of an organization has its own keys."""

from typing import Any

from convertos.core.database import Transaction

KEPT_HOURS = 24


async def forget_old_repeat(transaction: Transaction, caller: str, key: str) -> None:
    """Drop what was answered more than a day ago."""
    await transaction.execute(
        """
        DELETE FROM idempotency_keys WHERE organization_id = %s AND caller = %s AND key = %s
            AND created_at < now() - make_interval(hours => %s)
        """,
        (transaction.scope.organization_id, caller, key, KEPT_HOURS),
    )


async def claim_repeat(
    transaction: Transaction, caller: str, key: str, request_hash: bytes, wait_seconds: int
) -> bool:
    """Take a key; returns whether it was free. Waits for a transaction that holds it."""
    await transaction.execute("SELECT set_config('lock_timeout', %s, true)", (f"{wait_seconds}s",))
    claimed = await transaction.execute(
        """
        INSERT INTO idempotency_keys (organization_id, caller, key, request_hash) VALUES (%s, %s, %s, %s)
        ON CONFLICT (organization_id, caller, key) DO NOTHING
        """,
        (transaction.scope.organization_id, caller, key, request_hash),
    )
    await transaction.execute("SELECT set_config('lock_timeout', '0', true)")
    return claimed == 1


async def find_repeat(transaction: Transaction, caller: str, key: str) -> dict[str, Any] | None:
    """What was answered under a key."""
    rows = await transaction.rows(
        """
        SELECT request_hash, status, media_type, body FROM idempotency_keys
        WHERE organization_id = %s AND caller = %s AND key = %s
        """,
        (transaction.scope.organization_id, caller, key),
    )
    return rows[0] if rows else None


async def keep_repeat(
    transaction: Transaction, caller: str, key: str, *, status: int, media_type: str | None, body: bytes
) -> None:
    """Write what is answered under a key that this transaction took."""
    await transaction.execute(
        """
        UPDATE idempotency_keys SET status = %s, media_type = %s, body = %s
        WHERE organization_id = %s AND caller = %s AND key = %s
        """,
        (status, media_type, body, transaction.scope.organization_id, caller, key),
    )


async def forget_old_repeats(transaction: Transaction) -> int:
    """Drop everything that was answered more than a day ago, of all tenants (worker)."""
    return await transaction.execute(
        "DELETE FROM idempotency_keys WHERE created_at < now() - make_interval(hours => %s)", (KEPT_HOURS,)
    )
