"""SQL of approvals that merchants were sent for."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from psycopg.types.json import Jsonb

from convertos.core.database import Transaction


class Approval(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was sent to a store to let us in.

    Attributes:
        requested_by: kind and id of whoever began it.
        ciphertext: what the way back needs.
    """

    client_id: UUID
    approval_id: UUID
    organization_id: UUID
    platform: str
    address: str
    requested_by: dict[str, Any]
    ciphertext: bytes | None
    status: str
    expires_at: datetime


async def insert_approval(transaction: Transaction, approval: Approval) -> None:
    """Remember a new one, and forget the client's old ones."""
    await transaction.execute(
        """
        DELETE FROM store_approvals
        WHERE client_id = %s AND expires_at < %s::timestamptz - interval '2 days'
        """,
        (approval.client_id, approval.expires_at),
    )
    await transaction.execute(
        """
        INSERT INTO store_approvals (client_id, approval_id, organization_id, platform, address, requested_by,
                                     ciphertext, expires_at)
        VALUES (%s, %s, %s, %s, %s, %s, %b, %s)
        """,
        (
            approval.client_id,
            approval.approval_id,
            approval.organization_id,
            approval.platform,
            approval.address,
            Jsonb(approval.requested_by),
            approval.ciphertext,
            approval.expires_at,
        ),
    )


async def find_approval(transaction: Transaction, client_id: UUID, approval_id: UUID) -> Approval | None:
    """One that was begun, whatever became of it."""
    return await transaction.fetch_one(
        Approval,
        """
        SELECT client_id, approval_id, organization_id, platform, address, requested_by, ciphertext, status,
               expires_at
        FROM store_approvals WHERE client_id = %s AND approval_id = %s
        """,
        (client_id, approval_id),
    )


async def take_approval(transaction: Transaction, client_id: UUID, approval_id: UUID) -> bool:
    """Let it count once: whether it still waited."""
    taken = await transaction.execute(
        """
        UPDATE store_approvals SET status = 'received', ciphertext = NULL
        WHERE client_id = %s AND approval_id = %s AND status = 'waiting'
        """,
        (client_id, approval_id),
    )
    return taken == 1


async def receive_keys(
    transaction: Transaction, client_id: UUID, approval_id: UUID, ciphertext: bytes, now: datetime
) -> bool:
    """Keep the keys that a store sent; whether the approval still waited for them."""
    taken = await transaction.execute(
        """
        UPDATE store_approvals SET status = 'received', ciphertext = %b
        WHERE client_id = %s AND approval_id = %s AND status = 'waiting' AND expires_at > %s
        """,
        (ciphertext, client_id, approval_id, now),
    )
    return taken == 1


async def outcome_of(
    transaction: Transaction, client_id: UUID, approval_id: UUID
) -> tuple[str, str | None, UUID | None] | None:
    """Status, error and connection of an approval of the scope's clients."""
    rows = await transaction.tuples(
        """
        SELECT status, error, connection_id FROM store_approvals
        WHERE client_id = ANY (%s) AND client_id = %s AND approval_id = %s
        """,
        (list(transaction.scope.client_ids), client_id, approval_id),
    )
    return (rows[0][0], rows[0][1], rows[0][2]) if rows else None


async def end_approval(
    transaction: Transaction,
    client_id: UUID,
    approval_id: UUID,
    *,
    connection_id: UUID | None = None,
    error: str | None = None,
) -> None:
    """Note what it led to."""
    await transaction.execute(
        """
        UPDATE store_approvals SET status = %s, connection_id = %s, error = %s, ciphertext = NULL
        WHERE client_id = %s AND approval_id = %s
        """,
        ("refused" if error else "done", connection_id, error, client_id, approval_id),
    )
