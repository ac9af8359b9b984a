"""Stage: arrivals, with what is concluded from each."""

from datetime import datetime
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.ids import derived_id
from convertos.ledger.batch import Batch, Entry
from convertos.ledger.store.people import contacts_of_visitors
from convertos.ledger.store.touches import TouchRow, insert_touches, known_touches
from convertos.records import PresenceRecord, ProductRecord, Record, Touch, TouchRecord

_encoder = msgspec.json.Encoder(order="sorted")


async def write(transaction: Transaction, batch: Batch) -> None:
    """Write the touches of all entries, and note whose journeys are others now."""
    rows: dict[UUID, TouchRow] = {}
    for index, entry in enumerate(batch.entries):
        touches = _touches(entry.record)
        if touches:
            made = [_row(batch, entry, touch, batch.contact_ids[index]) for touch in touches]
            batch.touch_ids[index] = tuple(row.touch_id for row in made)
            rows.update((row.touch_id, row) for row in made)
    if not rows:
        return
    ordered = [rows[touch_id] for touch_id in sorted(rows)]
    await _note_journeys(transaction, batch, ordered)
    await insert_touches(transaction, ordered)


def _touches(record: Record) -> tuple[Touch, ...]:
    if isinstance(record, TouchRecord):
        return (record.touch,)
    return () if isinstance(record, ProductRecord | PresenceRecord) else record.touches


def _row(batch: Batch, entry: Entry, touch: Touch, contact_id: UUID | None) -> TouchRow:
    concluded = batch.classify(entry.client_id, touch.evidence)
    return TouchRow(
        client_id=entry.client_id,
        touch_id=_touch_id(entry, touch),
        # A visitor's touches belong to everybody who was seen with that browser; only those without one
        # are held by the person.
        contact_id=None if touch.visitor_id else contact_id,
        visitor_id=touch.visitor_id,
        occurred_at=touch.occurred_at,
        landing_page=touch.evidence.landing_page,
        evidence=touch.evidence,
        source=concluded.source,
        medium=concluded.medium,
        campaign=concluded.campaign,
        channel=concluded.channel,
        method=concluded.method,
        rule=concluded.rule,
    )


def _touch_id(entry: Entry, touch: Touch) -> UUID:
    """Equal for the same arrival, however often and on whichever way it is told."""
    if touch.visitor_id:
        whose = f"visitor:{touch.visitor_id}"
    else:
        record = entry.record
        external_id = getattr(record, "external_id", None) or getattr(record, "checkout_token", "")
        whose = f"{type(record).__name__}:{entry.store_id}:{external_id}"
    at = touch.occurred_at.isoformat()
    return derived_id(str(entry.client_id), whose, at, _encoder.encode(touch.evidence))


async def _note_journeys(transaction: Transaction, batch: Batch, rows: list[TouchRow]) -> None:
    known = await known_touches(transaction, rows)
    visits: dict[tuple[UUID, str], datetime] = {}
    for row in rows:
        if (row.client_id, row.touch_id) in known:
            continue
        if row.contact_id is not None:
            batch.note_journey(row.client_id, row.contact_id, row.occurred_at)
        if row.visitor_id is not None:
            key = (row.client_id, row.visitor_id)
            visits[key] = min(row.occurred_at, visits.get(key, row.occurred_at))
    if visits:
        for client_id, visitor_id, contact_id in await contacts_of_visitors(transaction, visits):
            batch.note_journey(client_id, contact_id, visits[client_id, visitor_id])
