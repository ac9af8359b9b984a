"""The records of one application, and what its stages find out for each other."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from convertos.core.ids import MakeId
from convertos.ledger.contact_profile import ContactRow
from convertos.ledger.identifiers import Identifier
from convertos.ledger.identity import Ownership
from convertos.ledger.order_state import OrderRow
from convertos.ledger.store.touches import TouchRow
from convertos.records import Evidence, FreshJourney, Record, Source

Classify = Callable[[UUID, Evidence], Source]
"""Concludes the source of an arrival at one client's site."""

EVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Before every arrival."""

RecordType = TypeVar("RecordType")


class Entry(NamedTuple):
    """A record and where it came from.

    Attributes:
        seen_via: the bit of the door (`SEEN_VIA`).
        region: the country that phone numbers without a country code are from.
    """

    client_id: UUID
    store_id: UUID
    seen_via: int
    default_currency: str
    region: str | None
    record: Record


SEEN_VIA = {"plugin": 1, "webhook": 2, "sync": 4, "api": 8}
"""Bits of `orders.seen_via` by the door that a receipt came through."""


class Found(NamedTuple, Generic[RecordType]):
    """An entry of one kind of record, with its place in the batch."""

    place: int
    entry: Entry
    record: RecordType


class Batch:
    """What one application works on.

    Attributes:
        contact_ids: for each entry the contact that its person is, or `None`.
        emails, phones: for each entry the person's address and number in their one spelling.
        owners: who owns the identifiers that were looked up, as they are after this batch.
        contacts: rows of all contacts that have to be written, by (client, contact).
        new_contacts: those of them that are new, and own nothing that is not in this batch.
        orders_of, leads_of: the orders and the number of leads of the new contacts.
        touched_contacts: whose orders changed, so that what they derive has to be made again.
        visitors_of: the browsers that each contact was seen with in this batch.
        touch_ids: for each entry the ids of the touches that it recorded.
        touches: the batch's touches by their id.
        visitors_with_past: browsers that recorded touches before this batch.
        moments: instants at which what is added up changed.
    """

    def __init__(self, entries: Sequence[Entry], classify: Classify, make_id: MakeId) -> None:
        self.entries = entries
        self.classify = classify
        self.make_id = make_id
        self.currencies = {entry.client_id: entry.default_currency for entry in entries}
        self.client_ids = self.currencies.keys()
        self.contact_ids: list[UUID | None] = [None] * len(entries)
        self.emails: list[str | None] = [None] * len(entries)
        self.phones: list[str | None] = [None] * len(entries)
        self.touch_ids: list[tuple[UUID, ...]] = [()] * len(entries)
        self.visitors_of: dict[tuple[UUID, UUID], set[str]] = {}
        self.touches: dict[UUID, TouchRow] = {}
        self.touches_by_visitor: dict[tuple[UUID, str], list[TouchRow]] = {}
        self.touches_by_contact: dict[UUID, list[TouchRow]] = {}
        self.visitors_with_past: set[tuple[UUID, str]] = set()
        self.owners: dict[Identifier, Ownership] = {}
        self.contacts: dict[tuple[UUID, UUID], ContactRow] = {}
        self.new_contacts: set[tuple[UUID, UUID]] = set()
        self.orders_of: dict[UUID, list[OrderRow]] = {}
        self.leads_of: Counter[UUID] = Counter()
        self.first_orders_before: dict[tuple[UUID, UUID], datetime | None] = {}
        self.touched_contacts: set[tuple[UUID, UUID]] = set()
        self.deleted: dict[tuple[UUID, UUID, str, str], bool] = {}
        self.order_ids: dict[int, UUID] = {}
        self.notes: dict[int, str] = {}
        self.moments: set[tuple[UUID, datetime]] = set()
        self.fresh_journeys: list[FreshJourney] = []
        self.orders_to_credit: set[tuple[UUID, UUID]] = set()
        self.leads_to_credit: set[tuple[UUID, UUID]] = set()
        self.journeys: dict[tuple[UUID, UUID], datetime] = {}

    def note_journey(self, client_id: UUID, contact_id: UUID, since: datetime = EVER) -> None:
        """Note that a contact's arrivals are others than before, from an instant on."""
        key = (client_id, contact_id)
        if key in self.new_contacts:
            return  # all of its orders and leads are in this batch and will be credited anyway
        self.journeys[key] = min(since, self.journeys.get(key, since))

    def add_touch(self, row: TouchRow) -> None:
        """Take in a touch that one of the entries recorded."""
        if row.touch_id in self.touches:
            return
        self.touches[row.touch_id] = row
        if row.visitor_id is not None:
            self.touches_by_visitor.setdefault((row.client_id, row.visitor_id), []).append(row)
        elif row.contact_id is not None:
            self.touches_by_contact.setdefault(row.contact_id, []).append(row)

    def of(self, kind: type[RecordType]) -> Iterator[Found[RecordType]]:
        """The entries whose record is of one kind."""
        for index, entry in enumerate(self.entries):
            if isinstance(entry.record, kind):
                yield Found(index, entry, entry.record)

    def entry_contacts(self) -> dict[int, UUID]:
        """The contact of each entry that has one."""
        return {index: contact for index, contact in enumerate(self.contact_ids) if contact is not None}
