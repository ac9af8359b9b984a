"""What came by a connection: its payload, and processing it again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from fastapi import APIRouter
from starlette.responses import Response

from convertos.connections.change import read_connection
from convertos.ingest.model import ReceiptStatus, ReceivedRow
from convertos.ingest.received import read_whole_event, replay_event, replay_events
from convertos.tenancy.rights import Right
from convertos.web.connections.shown import CONNECTIONS_PATH
from convertos.web.desk import Desk, at

router = APIRouter(include_in_schema=False)

LONGEST_SHOWN = 200_000
_MOODS = {
    ReceiptStatus.PROCESSED.value: "good",
    ReceiptStatus.FAILED.value: "bad",
    ReceiptStatus.WAITING.value: "caution",
}
_REASONS = {
    "unknown_type": "Of a type that changes nothing",
    "test": "A test",
    "not_kept": "Not kept by the rules of privacy",
}

Reader = Annotated[Desk, at(Right.EVENTS_READ)]
Writer = Annotated[Desk, at(Right.CONNECTIONS_WRITE)]


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event of the list."""

    id: UUID
    type: str
    event_id: str
    outcome: str
    mood: str
    note: str
    received_at: datetime
    processed_at: datetime | None
    attempts: int


def event_row(row: ReceivedRow) -> EventRow:
    """An event in words."""
    return EventRow(
        id=row.receipt_id,
        type=row.event_type,
        event_id=row.event_id,
        outcome=row.status,
        mood=_MOODS.get(row.status, ""),
        note=row.error or _reason(row.note or ""),
        received_at=row.received_at,
        processed_at=row.processed_at,
        attempts=row.attempts,
    )


def _reason(note: str) -> str:
    code, colon, detail = note.partition(": ")
    known = _REASONS.get(code)
    if known is None:
        return note.replace("_", " ").capitalize() if note.replace("_", "").isalnum() else note
    return f"{known}: {detail}" if colon and detail else known


@router.get(f"{CONNECTIONS_PATH}/{{connection_id}}/events/{{event_id}}")
async def event(desk: Reader, connection_id: UUID, event_id: UUID) -> Response:
    """One event with its headers and its payload."""
    async with desk.work() as work:
        connection = await read_connection(work, str(connection_id))
        row, headers, body = await read_whole_event(work, connection, event_id)
    payload = _indented(body)
    return desk.render(
        "connections/event.html",
        connection=connection,
        base=f"{CONNECTIONS_PATH}/{connection_id}",
        event=event_row(row),
        headers=sorted(headers.items()),
        payload=payload[:LONGEST_SHOWN],
        is_cut=len(payload) > LONGEST_SHOWN,
    )


def _indented(body: str) -> str:
    """JSON with line breaks, every value as it came; what is none as it is."""
    try:
        return msgspec.json.format(body, indent=2)
    except (msgspec.MsgspecError, RecursionError):
        return body


@router.post(f"{CONNECTIONS_PATH}/{{connection_id}}/events/{{event_id}}/replay")
async def replay(desk: Writer, connection_id: UUID, event_id: UUID) -> Response:
    """Process one event again."""
    async with desk.work() as work:
        connection = await read_connection(work, str(connection_id))
        count = await replay_event(work, desk.caller, connection, event_id)
    words = "The event is processed again." if count else "The event is waiting to be processed already."
    return desk.go(f"{CONNECTIONS_PATH}/{connection_id}", words)


@router.post(f"{CONNECTIONS_PATH}/{{connection_id}}/replay")
async def replay_failed(desk: Writer, connection_id: UUID) -> Response:
    """Process again whatever failed."""
    async with desk.work() as work:
        connection = await read_connection(work, str(connection_id))
        count = await replay_events(work, desk.caller, connection, status=ReceiptStatus.FAILED)
    words = f"{desk.show.things(count, 'event')} that failed {'is' if count == 1 else 'are'} processed again."
    return desk.go(f"{CONNECTIONS_PATH}/{connection_id}", words)
