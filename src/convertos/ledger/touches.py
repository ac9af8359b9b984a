"""Stage: arrivals, with what is concluded from each, and the browsers that people were seen with."""

from datetime import datetime
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.ids import derived_id
from convertos.ledger.batch import Batch, Entry
from convertos.ledger.store.touches import TouchRow, insert_touches, past_of_visitors, write_visitors
from convertos.records import PresenceRecord, ProductRecord, Record, Touch, TouchRecord

_encoder = msgspec.json.Encoder(order="sorted")


async def write(transaction: Transaction, batch: Batch) -> None:
    """Write the touches of all entries, and note whose journeys are others now."""
    for index, entry in enumerate(batch.entries):
        if touches := _touches(entry.record):
            made = [_row(batch, entry, touch, batch.contact_ids[index]) for touch in touches]
            batch.touch_ids[index] = tuple(row.touch_id for row in made)
            for row in made:
                batch.add_touch(row)
    contacts_of = await _look_up_visitors(transaction, batch)
    await _write_visitors(transaction, batch)
    if batch.touches:
        new = await insert_touches(transaction, list(batch.touches.values()))
        _note_journeys(batch, [batch.touches[touch_id] for touch_id in new], contacts_of)


def _touches(record: Record) -> tuple[Touch, ...]:
    if isinstance(record, TouchRecord):
        return (record.touch,)
    return () if isinstance(record, ProductRecord | PresenceRecord) else record.touches


def _row(batch: Batch, entry: Entry, touch: Touch, contact_id: UUID | None) -> TouchRow:
    concluded = batch.classify(entry.client_id, touch.evidence)
    evidence = _encoder.encode(touch.evidence)
    return TouchRow(
        client_id=entry.client_id,
        touch_id=_touch_id(entry, touch, evidence),
        # A visitor's touches belong to everybody who was seen with that browser; only those without one
        # are held by the person.
        contact_id=None if touch.visitor_id else contact_id,
        visitor_id=touch.visitor_id,
        occurred_at=touch.occurred_at,
        landing_page=touch.evidence.landing_page,
        evidence=msgspec.Raw(evidence),
        source=concluded.source,
        medium=concluded.medium,
        campaign=concluded.campaign,
        channel=concluded.channel,
        method=concluded.method,
        rule=concluded.rule,
    )


def _touch_id(entry: Entry, touch: Touch, evidence: bytes) -> UUID:
    """Equal for the same arrival, however often and on whichever way it is told."""
    if touch.visitor_id:
        whose = f"visitor:{touch.visitor_id}"
    else:
        record = entry.record
        external_id = getattr(record, "external_id", None) or getattr(record, "checkout_token", "")
        whose = f"{type(record).__name__}:{entry.store_id}:{external_id}"
    return derived_id(str(entry.client_id), whose, touch.occurred_at.isoformat(), evidence)


async def _look_up_visitors(transaction: Transaction, batch: Batch) -> dict[tuple[UUID, str], list[UUID]]:
    """Note which of the batch's browsers have a past; returns the contacts that were seen with each."""
    visitors = {(key[0], visitor) for key, seen in batch.visitors_of.items() for visitor in seen}
    visitors.update((row.client_id, row.visitor_id) for row in batch.touches.values() if row.visitor_id)
    contacts_of: dict[tuple[UUID, str], list[UUID]] = {}
    if visitors:
        for client_id, visitor_id, has_touches, contact_id in await past_of_visitors(transaction, visitors):
            if has_touches:
                batch.visitors_with_past.add((client_id, visitor_id))
            if contact_id is not None:
                contacts_of.setdefault((client_id, visitor_id), []).append(contact_id)
    return contacts_of


async def _write_visitors(transaction: Transaction, batch: Batch) -> None:
    rows = [(*key, visitor) for key, seen in batch.visitors_of.items() for visitor in seen]
    if not rows:
        return
    for client_id, contact_id, visitor_id in await write_visitors(transaction, rows):
        if (client_id, visitor_id) in batch.visitors_with_past:
            batch.note_journey(client_id, contact_id)


def _note_journeys(
    batch: Batch, new: list[TouchRow], contacts_of: dict[tuple[UUID, str], list[UUID]]
) -> None:
    for row in new:
        if row.contact_id is not None:
            batch.note_journey(row.client_id, row.contact_id, row.occurred_at)
        elif row.visitor_id is not None:
            for contact_id in contacts_of.get((row.client_id, row.visitor_id), ()):
                batch.note_journey(row.client_id, contact_id, row.occurred_at)
    _note_people_of_the_batch(batch, new)


def _note_people_of_the_batch(batch: Batch, new: list[TouchRow]) -> None:
    # Somebody known may have been seen with a browser for the first time in this very batch.
    since: dict[tuple[UUID, str], datetime] = {}
    for row in new:
        if row.visitor_id is not None:
            key = (row.client_id, row.visitor_id)
            since[key] = min(row.occurred_at, since.get(key, row.occurred_at))
    for (client_id, contact_id), visitors in batch.visitors_of.items():
        for visitor_id in visitors:
            if (client_id, visitor_id) in since:
                batch.note_journey(client_id, contact_id, since[client_id, visitor_id])
