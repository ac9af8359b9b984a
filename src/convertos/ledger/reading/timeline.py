"""What a contact did, one thing after the other."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from convertos.core.database import Transaction
from convertos.core.pagination import Page, decode_cursor, page_of
from convertos.ledger.reading.model import Checkout, Contact, Happening, Lead, Order, RecordedArrival
from convertos.ledger.store import activity_lists, contact_lists, order_lists
from convertos.ledger.store.listing import Listing, find_rows

_KINDS: dict[str, tuple[type[Any], Listing]] = {
    "order": (Order, order_lists.ORDERS),
    "lead": (Lead, activity_lists.LEADS),
    "checkout": (Checkout, activity_lists.CHECKOUTS),
    "touch": (RecordedArrival, activity_lists.ARRIVALS),
}


async def read_timeline(
    transaction: Transaction, contact: Contact, *, limit: int, cursor: str | None = None
) -> Page[Happening]:
    """A part of a contact's arrivals, leads, checkouts and orders, latest first.

    Arrivals are those of every browser that the contact was seen with. Orders come without items.

    Raises:
        InvalidError: the cursor is none of this list.
    """
    before = decode_cursor(cursor, datetime, UUID)
    rows = await contact_lists.happenings(transaction, contact, before, limit + 1)
    page = page_of(rows, limit, lambda row: (row[2], row[1]))
    things = await _things(transaction, page.items)
    return Page(
        [
            Happening(occurred_at=at, id=each, **{kind: things[kind, each]})
            for kind, each, at in page.items
            if (kind, each) in things
        ],
        page.next_cursor,
    )


async def _things(
    transaction: Transaction, rows: Sequence[tuple[str, UUID, datetime]]
) -> dict[tuple[str, UUID], Any]:
    found = {}
    for kind, (shape, listing) in _KINDS.items():
        ids = [each for other, each, _ in rows if other == kind]
        for thing in await find_rows(transaction, shape, listing, ids):
            found[kind, getattr(thing, listing.id_column)] = thing
    return found
