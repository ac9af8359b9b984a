"""The audit log: who changed what, written with the change itself and never altered."""

from typing import Any
from uuid import UUID

from convertos.core.clock import system_clock
from convertos.core.database import Transaction
from convertos.core.ids import new_id
from convertos.core.pagination import Page, decode_cursor, page_of
from convertos.tenancy.model import AuditEntry, Caller
from convertos.tenancy.store import audit as store


async def record(
    transaction: Transaction,
    caller: Caller,
    action: str,
    subject_kind: str,
    subject_id: object,
    *,
    client_id: UUID | None = None,
    details: dict[str, Any] | None = None,
) -> None:
    """Write that the caller did something, in the transaction that does it.

    Args:
        action: what, in the past: `client.created`, `key.revoked`.
        subject_kind: what it was done to: `client`, `key`, `connection`.
        subject_id: which one.
        details: what changed, small; never a secret, and never a customer's personal data.
    """
    entry = AuditEntry(
        organization_id=caller.organization_id,
        entry_id=new_id(),
        client_id=client_id,
        actor_kind=caller.kind.value,
        actor_id=caller.actor_id,
        actor_name=None,
        action=action,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        details=details or {},
        occurred_at=system_clock(),
    )
    await store.insert_entry(transaction, entry)


async def read_audit_log(
    transaction: Transaction,
    *,
    limit: int,
    cursor: str | None = None,
    subject_kind: str | None = None,
    subject_id: str | None = None,
) -> Page[AuditEntry]:
    """What was done in the organization, newest first."""
    position = decode_cursor(cursor, UUID)
    entries = await store.list_entries(
        transaction,
        before=position[0] if position else None,
        limit=limit + 1,
        subject_kind=subject_kind,
        subject_id=subject_id,
    )
    return page_of(entries, limit, lambda entry: (entry.entry_id,))
