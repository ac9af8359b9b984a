"""`/api/audit`: who changed what."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from convertos.api.contract import Instant, PageAnswer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import Paging, Work, may
from convertos.tenancy.audit import read_audit_log
from convertos.tenancy.model import ActorKind, Caller
from convertos.tenancy.rights import Right

router = resource("/audit", "Audit log")


class EntryShape(Shape):
    """One thing that somebody changed."""

    id: UUID
    occurred_at: Instant
    actor_kind: ActorKind
    actor_id: UUID | None
    actor_name: str | None
    action: Annotated[str, Field(examples=["client.created", "key.revoked"])]
    subject_kind: str
    subject_id: str | None
    client_id: UUID | None
    details: dict[str, Any]


class EntriesAnswer(PageAnswer):
    """A part of the audit log."""

    entries: list[EntryShape]


@router.get("")
async def list_entries(
    _: Annotated[Caller, may(Right.AUDIT_READ)],
    work: Work,
    paging: Paging,
    subject_kind: Annotated[str | None, Query(alias="subjectKind", max_length=60)] = None,
    subject_id: Annotated[str | None, Query(alias="subjectId", max_length=200)] = None,
) -> EntriesAnswer:
    """Read what was changed, newest first; of one thing where it is named."""
    page = await read_audit_log(
        work,
        limit=paging.limit,
        cursor=paging.cursor,
        subject_kind=subject_kind,
        subject_id=subject_id,
    )
    entries = [
        EntryShape(
            id=entry.entry_id,
            occurred_at=entry.occurred_at,
            actor_kind=ActorKind(entry.actor_kind),
            actor_id=entry.actor_id,
            actor_name=entry.actor_name,
            action=entry.action,
            subject_kind=entry.subject_kind,
            subject_id=entry.subject_id,
            client_id=entry.client_id,
            details=entry.details,
        )
        for entry in page.items
    ]
    return EntriesAnswer(entries=entries, next_cursor=page.next_cursor)
