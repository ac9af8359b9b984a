"""Stage: arrivals, with what is concluded from each, and the browsers that people were seen with.

In two steps: what a touch tells is concluded before the orders, which know their touches by id; whose it is
may follow from the whole of an order, so the touches are written after them.
"""

from datetime import datetime
from hashlib import blake2b
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.ids import derived_id
from convertos.ledger.batch import Batch, Entry
from convertos.ledger.store.touches import (
    TouchRow,
    hold_touches,
    insert_touches,
    past_of_visitors,
    spans_of_visitors,
    write_visitors,
)
from convertos.records import (
    CheckoutRecord,
    LeadRecord,
    OrderRecord,
    PresenceRecord,
    ProductRecord,
    Record,
    Span,
    Touch,
    TouchRecord,
)

_encoder = msgspec.json.Encoder(order="sorted")
_HOLDERS = OrderRecord | LeadRecord | CheckoutRecord
_Contacts = dict[tuple[UUID, str], list[UUID]]


async def conclude(transaction: Transaction, batch: Batch) -> _Contacts:
    """Read the touches of all entries; returns the contacts that were seen with their browsers before."""
    for place, entry in enumerate(batch.entries):
        if touches := _touches(entry.record):
            made = [_row(batch, place, entry, touch) for touch in touches]
            batch.touch_ids[place] = tuple(row.touch_id for row in made)
            for row in made:
                _add(batch, place, row)
    return await _look_up_visitors(transaction, batch)


def _touches(record: Record) -> tuple[Touch, ...]:
    if isinstance(record, TouchRecord):
        return (record.touch,)
    return () if isinstance(record, ProductRecord | PresenceRecord) else record.touches


def _row(batch: Batch, place: int, entry: Entry, touch: Touch) -> TouchRow:
    concluded = batch.classify(entry.client_id, touch.evidence)
    evidence = _encoder.encode(touch.evidence)
    return TouchRow(
        client_id=entry.client_id,
        touch_id=_touch_id(batch, place, entry, touch, evidence),
        contact_id=None,
        # Nothing else will tell whose it is.
        person_id=None if touch.visitor_id or isinstance(entry.record, _HOLDERS) else batch.person_ids[place],
        visitor_id=touch.visitor_id,
        occurred_at=touch.occurred_at,
        version=_version(touch, evidence),
        landing_page=touch.evidence.landing_page,
        evidence=msgspec.Raw(evidence),
        source=concluded.source,
        medium=concluded.medium,
        campaign=concluded.campaign,
        channel=concluded.channel,
        method=concluded.method,
        rule=concluded.rule,
    )


def _touch_id(batch: Batch, place: int, entry: Entry, touch: Touch, evidence: bytes) -> UUID:
    """Equal for the same arrival, however often and on whichever way it is told.

    An arrival is told by its browser, without one by the order, lead or checkout that recorded it, and else
    by the person. One of which more becomes known later has a name for it.
    """
    record = entry.record
    if touch.visitor_id:
        whose = f"visitor:{touch.visitor_id}"
    elif isinstance(record, OrderRecord | LeadRecord):
        whose = f"{type(record).__name__}:{entry.store_id}:{record.external_id}"
    elif isinstance(record, CheckoutRecord):
        whose = f"CheckoutRecord:{entry.store_id}:{record.checkout_token}"
    else:
        whose = f"person:{batch.names[place]}"
    if touch.name is not None:
        return derived_id(str(entry.client_id), whose, "named", touch.name)
    return derived_id(str(entry.client_id), whose, touch.occurred_at.isoformat(), evidence)


def _version(touch: Touch, evidence: bytes) -> str:
    """The place of a statement among all that name the same arrival; equal ones are decided arbitrarily."""
    if touch.name is None:
        return ""
    digest = blake2b(evidence, digest_size=8).hexdigest()
    return f"{touch.certainty}.{touch.occurred_at.isoformat()}.{digest}"


def _add(batch: Batch, place: int, row: TouchRow) -> None:
    known = batch.touches.get(row.touch_id)
    if known is not None:
        if known.version < row.version:
            known.become(row)
        return
    batch.touches[row.touch_id] = row
    batch.recorded_by[row.touch_id] = place
    if row.visitor_id is not None:
        batch.touches_by_visitor.setdefault((row.client_id, row.visitor_id), []).append(row)


def _known_until(batch: Batch, row: TouchRow) -> datetime:
    """The latest instant that the arrival can have been thought to be at."""
    record = batch.entries[batch.recorded_by[row.touch_id]].record
    if row.version and isinstance(record, OrderRecord) and isinstance(record.placed_at, datetime):
        return max(row.occurred_at, record.placed_at)
    return row.occurred_at


async def _look_up_visitors(transaction: Transaction, batch: Batch) -> _Contacts:
    visitors = {(visit.client_id, visit.visitor_id) for visit in batch.visits}
    visitors |= batch.touches_by_visitor.keys()
    contacts_of: _Contacts = {}
    if visitors:
        for past in await past_of_visitors(transaction, visitors):
            key = (past.client_id, past.visitor_id)
            if past.has_touches:
                batch.visitors_with_past.add(key)
            if past.is_lonely:
                batch.lonely_visitors.add(key)
            if past.contact_id is not None:
                contacts_of.setdefault(key, []).append(past.contact_id)
    return contacts_of


async def write(transaction: Transaction, batch: Batch, contacts_of: _Contacts) -> None:
    """Write touches and who was seen with which browser, and note whose journeys are others now.

    Args:
        contacts_of: as `conclude` found them.
    """
    await _write_visitors(transaction, batch)
    if batch.held_touches:
        for client_id, contact_id, first, last in await hold_touches(transaction, batch.held_touches):
            batch.note_arrivals(client_id, contact_id, Span(first, last))
    if not batch.touches:
        return
    for row in batch.touches.values():
        # A visitor's touches belong to everybody who was seen with that browser; only those without one
        # are held by somebody.
        if row.visitor_id is None and (contact := batch.contact_ids[batch.recorded_by[row.touch_id]]):
            row.contact_id = contact
            batch.touches_by_contact.setdefault(contact, []).append(row)
    new = await insert_touches(transaction, list(batch.touches.values()))
    _note_journeys(batch, [batch.touches[touch_id] for touch_id in new], contacts_of)


async def _write_visitors(transaction: Transaction, batch: Batch) -> None:
    if not batch.visits:
        return
    news = await write_visitors(transaction, batch.visits)
    strangers = {(client_id, visitor_id) for client_id, _, visitor_id in news} & batch.visitors_with_past
    if strangers:
        spans = await spans_of_visitors(transaction, strangers)
        for client_id, contact_id, visitor_id in news:
            if (client_id, visitor_id) in strangers:
                batch.note_arrivals(client_id, contact_id, spans[client_id, visitor_id])


def _note_journeys(batch: Batch, new: list[TouchRow], contacts_of: _Contacts) -> None:
    visits: dict[tuple[UUID, str], Span] = {}
    for row in new:
        span = Span(row.occurred_at, _known_until(batch, row))
        if row.contact_id is not None:
            batch.note_arrivals(row.client_id, row.contact_id, span)
        elif row.visitor_id is not None:
            key = (row.client_id, row.visitor_id)
            visits[key] = visits[key].and_also(span) if key in visits else span
    for (client_id, visitor_id), span in visits.items():
        for contact_id in contacts_of.get((client_id, visitor_id), ()):
            batch.note_arrivals(client_id, contact_id, span)
        if (client_id, visitor_id) in batch.lonely_visitors:
            batch.visitor_journeys[client_id, visitor_id] = span
    # Somebody known may have been seen with a browser for the first time in this very batch.
    for visit in batch.visits:
        if (found := visits.get((visit.client_id, visit.visitor_id))) is not None:
            batch.note_arrivals(visit.client_id, visit.contact_id, found)
