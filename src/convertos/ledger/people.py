"""Stage: whose record is it? Finds, makes and joins contacts, and what they are called."""

from datetime import UTC, datetime

from convertos.core.addresses import normal_email
from convertos.core.database import Transaction
from convertos.ledger import membership
from convertos.ledger.batch import Batch, Entry
from convertos.ledger.contact_profile import Appearance, Strength, fold_appearance, new_contact
from convertos.ledger.identifiers import Identifier, joining_identifiers, normal_phone
from convertos.ledger.identity import Resolution, Sighting, resolve
from convertos.ledger.store.identifiers import owners_of, write_owners
from convertos.ledger.store.touches import Visit
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


async def find_contacts(transaction: Transaction, batch: Batch) -> None:
    """Give each entry its person and contact, and note what is said of them."""
    people = [
        (index, entry) for index, entry in enumerate(batch.entries) if _person(entry.record) is not None
    ]
    if not people:
        return
    sightings = [_sighting(batch, index, entry) for index, entry in people]
    known = await owners_of(transaction, _identifiers(sightings))
    resolution = resolve(sightings, known, batch.make_id)
    batch.owners = resolution.after(known)
    for place, (index, _) in enumerate(people):
        batch.person_ids[index] = resolution.person_ids[place]
        batch.contact_ids[index] = resolution.contact_ids[place]
    batch.new_contacts = resolution.created.keys() - resolution.receivers
    batch.hidden.update((key, contact) for key, contact in resolution.created.items() if key[1] != contact)
    if resolution.joins:
        await membership.carry_out(transaction, batch, resolution)
    if resolution.owned:
        await write_owners(transaction, resolution.owned)
    await _load_profiles(transaction, batch, resolution)
    for (index, entry), sighting in zip(people, sightings, strict=True):
        _note_appearance(batch, index, entry, sighting)
    await membership.regroup(transaction, batch)
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
    phone = normal_phone(person.phone, person.country, entry.region)
    joining = joining_identifiers(entry.client_id, entry.store_id, person, emails)
    batch.emails[index] = normal_email(person.email)
    batch.phones[index] = phone
    batch.names[index] = joining[0].value if joining else phone or ""
    return Sighting(
        client_id=entry.client_id,
        joining=tuple(joining),
        phone=Identifier(entry.client_id, "phone", phone) if phone else None,
        visitor_id=person.visitor_id,
        seen_at=_seen_at(entry.record),
    )


def _identifiers(sightings: list[Sighting]) -> set[Identifier]:
    found = {identifier for sighting in sightings for identifier in sighting.joining}
    found.update(sighting.phone for sighting in sightings if sighting.phone is not None)
    return found


async def _load_profiles(transaction: Transaction, batch: Batch, resolution: Resolution) -> None:
    wanted = set()
    for entry, person_id, contact_id in zip(batch.entries, batch.person_ids, batch.contact_ids, strict=True):
        if person_id is not None and contact_id is not None:
            wanted.add((entry.client_id, person_id))
            if contact_id != person_id:
                wanted.add((entry.client_id, contact_id))
    await membership.load_contacts(transaction, batch, wanted - resolution.created.keys())


def _note_appearance(batch: Batch, index: int, entry: Entry, sighting: Sighting) -> None:
    person_id, contact_id = batch.person_ids[index], batch.contact_ids[index]
    person = _person(entry.record)
    if person_id is None or contact_id is None or person is None:
        return
    said = Appearance(
        strength=_strength(entry.record, sighting),
        said_at=_said_at(entry.record),
        seen_at=sighting.seen_at,
        email=batch.emails[index],
        phone=batch.phones[index],
        first_name=person.first_name,
        last_name=person.last_name,
    )
    key = (entry.client_id, person_id)
    profile = batch.own.get(key) or batch.contacts.get(key)
    if profile is None:
        profile = batch.contacts[key] = new_contact(entry.client_id, person_id, said)
    fold_appearance(profile, said)
    if person_id != contact_id or key in batch.own:
        batch.regroup.add((entry.client_id, contact_id))


def _strength(record: Record, sighting: Sighting) -> Strength:
    if not sighting.joining:
        return Strength.CALLER
    return Strength.ACCOUNT if isinstance(record, CustomerRecord) else Strength.RECORD


def _note_visitors(batch: Batch, sightings: list[Sighting], resolution: Resolution) -> None:
    for sighting, person_id, contact_id in zip(
        sightings, resolution.person_ids, resolution.contact_ids, strict=True
    ):
        if sighting.visitor_id and person_id is not None and contact_id is not None:
            client_id = sighting.client_id
            batch.visits.add(Visit(client_id, sighting.visitor_id, person_id, contact_id))
            batch.visitors_of.setdefault((client_id, contact_id), set()).add(sighting.visitor_id)
