"""The records of one application, and what its stages find out for each other."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from convertos.core.ids import MakeId, new_id
from convertos.ledger.contact_profile import ContactRow, Profile
from convertos.ledger.identifiers import Identifier
from convertos.ledger.identity import Key, Ownership
from convertos.ledger.order_state import OrderRow
from convertos.ledger.store.touches import TouchRow, Visit
from convertos.records import (
    EVER,
    AmountsChanged,
    Evidence,
    FreshJourney,
    JourneysChanged,
    Record,
    Source,
    Span,
)

Classify = Callable[[UUID, Evidence], Source]
"""Concludes the source of an arrival at one client's site."""

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


def _nothing_arrives(_client_id: UUID, _evidence: Evidence) -> Source:
    raise LookupError("without records there are no arrivals to conclude a source from")


class Batch:
    """What one application works on.

    Attributes:
        person_ids: for each entry the person of it, or `None`.
        contact_ids: for each entry the contact of its person or, of an order or checkout, of the whole of it.
        names: for each entry the one text that tells its person best.
        emails, phones: for each entry the person's address and number in their one spelling.
        owners: whom the identifiers that were looked up lead to, as it is after this batch.
        contacts: rows of all contacts and persons that have to be written.
        new_contacts: those of them that are new, and own nothing that is not in this batch.
        hidden: new persons that are with others, each with its contact.
        own: what is known of contacts themselves, for those with whom other persons are.
        own_changes: of that, what has to be written; `None` for who is alone again.
        regroup: contacts whose persons are others than before, or have said more.
        orders_of, leads_of: the orders and the number of leads of the new contacts.
        touched_contacts: whose orders changed, so that what they derive has to be made again.
        visits: who was seen with which browser in this batch; `visitors_of` has the browsers of each contact.
        touch_ids: for each entry the ids of the touches that it recorded.
        touches: the batch's touches by their id; `recorded_by` has the place of an entry for each.
        held_touches: touches whose order or checkout has another contact than before.
        visitors_with_past: browsers that recorded touches before this batch.
        lonely_visitors: browsers of orders and leads whose person was never seen with them.
        moments: instants at which what is added up changed.
        journeys: contacts whose arrivals are others than before.
    """

    def __init__(self, entries: Sequence[Entry], classify: Classify, make_id: MakeId) -> None:
        self.entries = entries
        self.classify = classify
        self.make_id = make_id
        self.currencies = {entry.client_id: entry.default_currency for entry in entries}
        self.client_ids = self.currencies.keys()
        self.person_ids: list[UUID | None] = [None] * len(entries)
        self.contact_ids: list[UUID | None] = [None] * len(entries)
        self.names: list[str] = [""] * len(entries)
        self.emails: list[str | None] = [None] * len(entries)
        self.phones: list[str | None] = [None] * len(entries)
        self.touch_ids: list[tuple[UUID, ...]] = [()] * len(entries)
        self.visits: set[Visit] = set()
        self.visitors_of: dict[Key, set[str]] = {}
        self.touches: dict[UUID, TouchRow] = {}
        self.recorded_by: dict[UUID, int] = {}
        self.touches_by_visitor: dict[tuple[UUID, str], list[TouchRow]] = {}
        self.touches_by_contact: dict[UUID, list[TouchRow]] = {}
        self.held_touches: set[tuple[UUID, UUID, UUID]] = set()
        self.visitors_with_past: set[tuple[UUID, str]] = set()
        self.lonely_visitors: set[tuple[UUID, str]] = set()
        self.owners: dict[Identifier, Ownership] = {}
        self.contacts: dict[Key, ContactRow] = {}
        self.new_contacts: set[Key] = set()
        self.hidden: dict[Key, UUID] = {}
        self.own: dict[Key, Profile] = {}
        self.own_changes: dict[Key, Profile | None] = {}
        self.regroup: set[Key] = set()
        self.orders_of: dict[UUID, list[OrderRow]] = {}
        self.leads_of: Counter[UUID] = Counter()
        self.first_orders_before: dict[Key, datetime | None] = {}
        self.touched_contacts: set[Key] = set()
        self.deleted: dict[tuple[UUID, UUID, str, str], bool] = {}
        self.order_ids: dict[int, UUID] = {}
        self.notes: dict[int, str] = {}
        self.moments: set[tuple[UUID, datetime]] = set()
        self.new_orders: list[OrderRow] = []
        self.fresh_journeys: list[FreshJourney] = []
        self.orders_to_credit: set[Key] = set()
        self.leads_to_credit: set[Key] = set()
        self.journeys: dict[Key, Span] = {}
        self.visitor_journeys: dict[tuple[UUID, str], Span] = {}

    @classmethod
    def by_hand(cls, make_id: MakeId = new_id) -> "Batch":
        """A batch for what somebody does to contacts; there are no records in it."""
        return cls((), _nothing_arrives, make_id)

    def facts(self) -> tuple[JourneysChanged, AmountsChanged]:
        """What changed."""
        return (
            JourneysChanged(
                fresh=self.fresh_journeys,
                orders=frozenset(self.orders_to_credit),
                leads=frozenset(self.leads_to_credit),
                contacts=self.journeys,
                visitors=self.visitor_journeys,
            ),
            AmountsChanged(moments=frozenset(self.moments)),
        )

    def note_everything(self, client_id: UUID, contact_id: UUID) -> None:
        """Note that any of a contact's arrivals may be another one than before."""
        self.journeys[client_id, contact_id] = EVER

    def note_arrivals(self, client_id: UUID, contact_id: UUID, span: Span) -> None:
        """Note that a contact's arrivals within a span are others than before."""
        key = (client_id, contact_id)
        if key in self.new_contacts:
            return  # all of its orders and leads are in this batch and will be credited anyway
        known = self.journeys.get(key)
        self.journeys[key] = span if known is None else known.and_also(span)

    def hand_over(self, client_id: UUID, contact_id: UUID, touch_ids: Iterable[UUID]) -> None:
        """Note that an order or checkout that was known before has another contact, and its touches with it."""
        self.held_touches.update((client_id, touch_id, contact_id) for touch_id in touch_ids)
        # They may lie in the database already.
        self.new_contacts.discard((client_id, contact_id))

    def of(self, kind: type[RecordType]) -> Iterator[Found[RecordType]]:
        """The entries whose record is of one kind."""
        for index, entry in enumerate(self.entries):
            if isinstance(entry.record, kind):
                yield Found(index, entry, entry.record)

    def entry_contacts(self) -> dict[int, UUID]:
        """The contact of each entry that has one."""
        return {index: contact for index, contact in enumerate(self.contact_ids) if contact is not None}
