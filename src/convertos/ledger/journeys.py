"""Which new orders and leads have no past: all that led to them is in the batch itself."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from convertos.ledger.batch import Batch
from convertos.ledger.store.touches import TouchRow
from convertos.records import FreshJourney, RecordedTouch, Source


def fresh_journey(
    batch: Batch,
    *,
    kind: str,
    client_id: UUID,
    subject_id: UUID,
    contact_id: UUID | None,
    visitor_id: str | None,
    occurred_at: datetime,
    own_touch_ids: Iterable[UUID],
) -> FreshJourney | None:
    """The journey to a new order or lead, where neither its person nor its browser was seen before."""
    visitors = {visitor_id} if visitor_id else set()
    if contact_id is not None:
        if (client_id, contact_id) not in batch.new_contacts:
            return None
        visitors |= batch.visitors_of.get((client_id, contact_id), set())
    if any((client_id, visitor) in batch.visitors_with_past for visitor in visitors):
        return None
    own = frozenset(own_touch_ids)
    touches = {row.touch_id: row for row in _touches(batch, client_id, contact_id, visitors)}
    touches.update((touch_id, batch.touches[touch_id]) for touch_id in own)
    recorded = [_recorded(row, is_own=touch_id in own) for touch_id, row in touches.items()]
    return FreshJourney(client_id, subject_id, kind, occurred_at, recorded)


def _touches(
    batch: Batch, client_id: UUID, contact_id: UUID | None, visitors: set[str]
) -> Iterator[TouchRow]:
    for visitor in visitors:
        yield from batch.touches_by_visitor.get((client_id, visitor), ())
    if contact_id is not None:
        yield from batch.touches_by_contact.get(contact_id, ())


def _recorded(row: TouchRow, *, is_own: bool) -> RecordedTouch:
    source = Source(
        source=row.source,
        medium=row.medium,
        campaign=row.campaign,
        channel=row.channel,
        method=row.method,
        rule=row.rule,
    )
    return RecordedTouch(row.touch_id, row.occurred_at, source, row.landing_page, is_own)
