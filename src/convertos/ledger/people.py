"""Stage: whose record is it? Finds, makes and joins contacts, and what they are called."""

from datetime import UTC, datetime
from uuid import UUID

from convertos.core.addresses import normal_email
from convertos.core.database import Transaction
from convertos.ledger.batch import Batch, Entry
from convertos.ledger.contact_profile import Appearance, absorb, fold_appearance, new_contact
from convertos.ledger.identifiers import Identifier, joining_identifiers, normal_phone
from convertos.ledger.identity import Resolution, Sighting, resolve
from convertos.ledger.store import people as store
from convertos.records import (
    CheckoutRecord,
    CustomerRecord,
    LeadRecord,
    OrderRecord,
    Person,
    PresenceRecord,
    ProductRecord,
    Record,
    TouchRecord,
)

_Key = tuple[UUID, UUID]


async def find_contacts(transaction: Transaction, batch: Batch) -> None:
    """Give each entry its contact, and note what is said of the person."""
    people = [
        (index, entry) for index, entry in enumerate(batch.entries) if _person(entry.record) is not None
    ]
    if not people:
        return
    sightings = [_sighting(batch, index, entry) for index, entry in people]
    batch.owners = await store.owners_of(transaction, _identifiers(sightings))
    resolution = resolve(sightings, batch.owners, batch.make_id)
    batch.owners = {**batch.owners, **resolution.owned}
    for (index, _), contact_id in zip(people, resolution.contact_ids, strict=True):
        batch.contact_ids[index] = contact_id
    batch.new_contacts = resolution.created - {
        (phone.client_id, contact) for phone, pair in resolution.moved_phones.items() for contact in pair
    }
    await _write(transaction, batch, resolution)
    await _load_profiles(transaction, batch, resolution)
    for index, entry in people:
        _note_appearance(batch, index, entry)
    _note_visitors(batch, sightings, resolution)


def _person(record: Record) -> Person | None:
    return None if isinstance(record, ProductRecord | PresenceRecord) else record.person


def _seen_at(record: Record) -> datetime:
    """When the person was there, as far as the record tells."""
    if isinstance(record, OrderRecord):
        return record.placed_at if isinstance(record.placed_at, datetime) else record.version.at
    if isinstance(record, LeadRecord):
        return record.registered_at
    if isinstance(record, CustomerRecord):
        return record.registered_at or record.version.at
    if isinstance(record, CheckoutRecord):
        return record.occurred_at
    if isinstance(record, TouchRecord):
        return record.touch.occurred_at
    return datetime.now(UTC)  # pragma: no cover - records without a person are not asked


def _said_at(record: Record) -> datetime:
    if isinstance(record, OrderRecord | CustomerRecord | CheckoutRecord):
        return record.version.at
    return _seen_at(record)


def _sighting(batch: Batch, index: int, entry: Entry) -> Sighting:
    person = _person(entry.record)
    assert person is not None  # noqa: S101 - only entries with a person come here
    emails = entry.record.emails if isinstance(entry.record, CustomerRecord) else ()
    phone = normal_phone(person.phone, person.country or entry.region)
    batch.emails[index] = normal_email(person.email)
    batch.phones[index] = phone
    return Sighting(
        client_id=entry.client_id,
        joining=tuple(joining_identifiers(entry.client_id, entry.store_id, person, emails)),
        phone=Identifier(entry.client_id, "phone", phone) if phone else None,
        visitor_id=person.visitor_id,
        seen_at=_seen_at(entry.record),
    )


def _identifiers(sightings: list[Sighting]) -> set[Identifier]:
    found = {identifier for sighting in sightings for identifier in sighting.joining}
    found.update(sighting.phone for sighting in sightings if sighting.phone is not None)
    return found


async def _write(transaction: Transaction, batch: Batch, resolution: Resolution) -> None:
    if resolution.merged:
        merged = {key: _final(resolution, key) for key in resolution.merged}
        known = {key: winner for key, winner in merged.items() if key not in resolution.created}
        await merge(transaction, batch, known)
    if resolution.owned:
        await store.write_owners(transaction, resolution.owned)
    if resolution.moved_phones:
        await store.follow_phones(transaction, resolution.moved_phones)
        for phone, (loser, winner) in resolution.moved_phones.items():
            batch.note_journey(phone.client_id, loser)
            batch.note_journey(phone.client_id, winner)


def _final(resolution: Resolution, key: _Key) -> UUID:
    client_id, contact_id = key
    while (winner := resolution.merged.get((client_id, contact_id))) is not None:
        contact_id = winner
    return contact_id


async def merge(transaction: Transaction, batch: Batch, merged: dict[_Key, UUID]) -> None:
    """Join contacts that turned out to be one person: (client, loser) to winner."""
    if not merged:
        return
    rows = await store.contact_rows(
        transaction, {*merged, *((client, w) for (client, _), w in merged.items())}
    )
    await store.move_everything(transaction, merged)
    await store.insert_merges(
        transaction,
        [
            store.MergeRow(
                client_id=client_id,
                merge_id=batch.make_id(),
                winner_id=winner,
                loser_id=loser,
                reason="evidence",
                moved={},
                merged_by=None,
                merged_at=datetime.now(UTC),
            )
            for (client_id, loser), winner in merged.items()
        ],
    )
    for (client_id, loser), winner in sorted(merged.items()):
        batch.note_journey(client_id, winner)
        lost, first_order_at = rows[client_id, loser]
        if first_order_at is not None:
            batch.moments.add((client_id, first_order_at))
        kept, kept_first = rows[client_id, winner]
        absorb(kept, lost)
        batch.contacts[client_id, winner] = kept
        batch.first_orders_before[client_id, winner] = kept_first


async def _load_profiles(transaction: Transaction, batch: Batch, resolution: Resolution) -> None:
    wanted = {
        (entry.client_id, contact_id)
        for entry, contact_id in zip(batch.entries, batch.contact_ids, strict=True)
        if contact_id is not None
    }
    for phone, (loser, winner) in resolution.moved_phones.items():
        wanted.update(((phone.client_id, loser), (phone.client_id, winner)))
    await load_contacts(transaction, batch, wanted - resolution.created)


async def load_contacts(transaction: Transaction, batch: Batch, keys: set[_Key]) -> None:
    """Bring contacts into the batch that will have to be written, because what they derive from changed."""
    rows = await store.contact_rows(transaction, keys - batch.contacts.keys())
    for key, (row, first_order_at) in rows.items():
        batch.contacts[key] = row
        batch.first_orders_before[key] = first_order_at


def _note_appearance(batch: Batch, index: int, entry: Entry) -> None:
    contact_id = batch.contact_ids[index]
    person = _person(entry.record)
    if contact_id is None or person is None:
        return
    said = Appearance(
        is_account=isinstance(entry.record, CustomerRecord),
        said_at=_said_at(entry.record),
        seen_at=_seen_at(entry.record),
        email=batch.emails[index],
        phone=batch.phones[index],
        first_name=person.first_name,
        last_name=person.last_name,
    )
    key = (entry.client_id, contact_id)
    contact = batch.contacts.get(key)
    if contact is None:
        contact = batch.contacts[key] = new_contact(entry.client_id, contact_id, said)
    fold_appearance(contact, said)


def _note_visitors(batch: Batch, sightings: list[Sighting], resolution: Resolution) -> None:
    for sighting, contact_id in zip(sightings, resolution.contact_ids, strict=True):
        if sighting.visitor_id and contact_id is not None:
            batch.visitors_of.setdefault((sighting.client_id, contact_id), set()).add(sighting.visitor_id)
