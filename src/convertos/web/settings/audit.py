"""Who changed what."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from convertos.tenancy.audit import read_audit_log
from convertos.tenancy.model import AuditEntry
from convertos.tenancy.rights import Right
from convertos.web.desk import Desk, at
from convertos.web.settings.tabs import PATH, render

router = APIRouter(include_in_schema=False)

_AT_ONCE = 50
_BY = {"console": "Console", "system": "ConvertOS", "workspace": "A workspace"}

Reader = Annotated[Desk, at(Right.AUDIT_READ)]


@router.get(f"{PATH}/audit")
async def audit_log(desk: Reader, cursor: str | None = None) -> Response:
    """What was done in the organization, newest first."""
    async with desk.work() as work:
        page = await read_audit_log(work, limit=_AT_ONCE, cursor=cursor)
    clients: dict[UUID | None, str] = {client.client_id: client.name for client in desk.clients}
    rows = [
        (
            entry,
            actor_of(entry),
            action_in_words(entry.action),
            clients.get(entry.client_id),
            details_of(entry.details),
        )
        for entry in page.items
    ]
    return render(desk, "audit.html", rows=rows, next_cursor=page.next_cursor)


def actor_of(entry: AuditEntry) -> str:
    """Who did it, also where they are gone by now."""
    return entry.actor_name or _BY.get(entry.actor_kind, f"A {entry.actor_kind} that is gone")


def action_in_words(action: str) -> str:
    """`key.revoked` → `Key revoked`."""
    return action.replace(".", " ").replace("_", " ").capitalize()


def details_of(details: Mapping[str, Any]) -> str:
    """What was changed, on one line."""
    return " · ".join(f"{name}: {_value(value)}" for name, value in details.items())


def _value(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
