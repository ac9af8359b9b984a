"""Stage: journeys. Which new orders have no past: all that led to them is in the batch itself."""

from collections.abc import Iterator
from uuid import UUID

from convertos.ledger.batch import Batch
from convertos.ledger.order_state import OrderRow
from convertos.ledger.store.touches import TouchRow
from convertos.records import FreshJourney, RecordedTouch, Source


def tell(batch: Batch) -> None:
    """Note the journeys of the batch's new orders; the touches have to be written before."""
    for order in batch.new_orders:
        if (journey := _fresh_journey(batch, order)) is not None:
            batch.fresh_journeys.append(journey)
        else:
            batch.orders_to_credit.add((order.client_id, order.order_id))


def _fresh_journey(batch: Batch, order: OrderRow) -> FreshJourney | None:
    """The journey to a new order, where neither its person nor its browser was seen before."""
    client_id, contact_id = order.client_id, order.contact_id
    visitors = {order.visitor_id} if order.visitor_id else set()
    if contact_id is not None:
        if (client_id, contact_id) not in batch.new_contacts:
            return None
        visitors |= batch.visitors_of.get((client_id, contact_id), set())
    if any((client_id, visitor) in batch.visitors_with_past for visitor in visitors):
        return None
    own = frozenset(order.touch_ids or ())
    touches = {row.touch_id: row for row in _touches(batch, client_id, contact_id, visitors)}
    touches.update((touch_id, batch.touches[touch_id]) for touch_id in own)
    recorded = [_recorded(row, is_own=touch_id in own) for touch_id, row in touches.items()]
    return FreshJourney(client_id, order.order_id, "order", order.placed_at, recorded)


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
