"""SQL of the audit log."""

from uuid import UUID

from psycopg.types.json import Jsonb

from convertos.core.database import Transaction
from convertos.tenancy.model import AuditEntry


async def insert_entry(transaction: Transaction, entry: AuditEntry) -> None:
    """Write what was done."""
    await transaction.execute(
        """
        INSERT INTO audit_log (organization_id, entry_id, client_id, actor_kind, actor_id, action, subject_kind,
                               subject_id, details)
        VALUES (%(organization_id)s, %(entry_id)s, %(client_id)s, %(actor_kind)s, %(actor_id)s, %(action)s,
                %(subject_kind)s, %(subject_id)s, %(details)s)
        """,
        {name: getattr(entry, name) for name in entry.__struct_fields__} | {"details": Jsonb(entry.details)},
    )


async def list_entries(
    transaction: Transaction,
    *,
    before: UUID | None,
    limit: int,
    subject_kind: str | None = None,
    subject_id: str | None = None,
) -> list[AuditEntry]:
    """What was done in the organization, newest first."""
    return await transaction.fetch(
        AuditEntry,
        """
        SELECT a.organization_id, a.entry_id, a.client_id, a.actor_kind, a.actor_id,
               coalesce(u.name, k.name) AS actor_name, a.action, a.subject_kind, a.subject_id, a.details,
               a.occurred_at
        FROM audit_log a
        LEFT JOIN users u ON u.organization_id = a.organization_id AND u.user_id = a.actor_id
        LEFT JOIN api_keys k ON k.organization_id = a.organization_id AND k.key_id = a.actor_id
        WHERE a.organization_id = %(organization)s
          AND (%(before)s::uuid IS NULL OR a.entry_id < %(before)s)
          AND (%(subject_kind)s::text IS NULL OR a.subject_kind = %(subject_kind)s)
          AND (%(subject_id)s::text IS NULL OR a.subject_id = %(subject_id)s)
        ORDER BY a.entry_id DESC LIMIT %(limit)s
        """,
        {
            "organization": transaction.scope.organization_id,
            "before": before,
            "limit": limit,
            "subject_kind": subject_kind,
            "subject_id": subject_id,
        },
    )
