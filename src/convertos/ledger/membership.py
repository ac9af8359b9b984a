"""Which persons make one contact: putting them together with all that is theirs, and what they are together."""

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from convertos.core.database import Transaction
from convertos.ledger.batch import Batch
from convertos.ledger.contact_profile import Profile, absorb, derive, together
from convertos.ledger.identity import Key, Resolution
from convertos.ledger.store import joining as store
from convertos.ledger.store import people


async def load_contacts(transaction: Transaction, batch: Batch, keys: Iterable[Key]) -> None:
    """Bring contacts into the batch that will have to be written, because what they derive from changed."""
    for key, known in (await people.contact_rows(transaction, set(keys) - batch.contacts.keys())).items():
        batch.contacts[key] = known.row
        batch.first_orders_before[key] = known.first_order_at
        if known.own is not None:
            batch.own[key] = known.own


async def carry_out(transaction: Transaction, batch: Batch, resolution: Resolution) -> None:
    """Write which persons and contacts turned out to be one, and where callers went."""
    moved = {key: resolution.contact(*key) for key in resolution.moved}
    absorbed = {key: resolution.person(*key) for key in resolution.absorbed}
    await load_contacts(transaction, batch, _concerned(resolution, moved, absorbed))
    if moved:
        await move_contacts(transaction, batch, moved, "evidence")
    if absorbed:
        await _absorb(transaction, batch, resolution, absorbed)
    if resolution.callers:
        await _move_callers(transaction, batch, resolution)


def _concerned(resolution: Resolution, moved: dict[Key, UUID], absorbed: dict[Key, UUID]) -> set[Key]:
    keys = {*moved, *absorbed}
    keys.update((client_id, winner) for (client_id, _), winner in moved.items())
    keys.update((client_id, survivor) for (client_id, _), survivor in absorbed.items())
    for phone, move in resolution.callers.items():
        keys.update((phone.client_id, each) for each in move)
    return keys - resolution.created.keys()


async def move_contacts(
    transaction: Transaction,
    batch: Batch,
    moved: dict[Key, UUID],
    reason: str,
    merged_by: UUID | None = None,
) -> None:
    """Let contacts go into others with all that is theirs: (client, loser) to winner."""
    await store.move_contacts(transaction, moved)
    await store.insert_merges(transaction, _merges(batch, moved, reason, merged_by))
    for (client_id, loser), winner in moved.items():
        batch.note_everything(client_id, winner)
        come_apart(batch, (client_id, loser))
        batch.regroup.add((client_id, winner))


def _merges(
    batch: Batch, moved: dict[Key, UUID], reason: str, merged_by: UUID | None = None
) -> list[store.MergeRow]:
    now = datetime.now(UTC)
    return [
        store.MergeRow(client_id, batch.make_id(), winner, loser, reason, merged_by, now)
        for (client_id, loser), winner in moved.items()
    ]


def come_apart(batch: Batch, contact: Key) -> None:
    """Let the row of a contact that is none any more, but a person among others, tell of itself alone."""
    if (first_order_at := batch.first_orders_before.get(contact)) is not None:
        batch.moments.add((contact[0], first_order_at))
    batch.regroup.discard(contact)
    if (own := batch.own.pop(contact, None)) is not None:
        batch.contacts[contact].take(own)
        batch.own_changes[contact] = None


async def _absorb(
    transaction: Transaction, batch: Batch, resolution: Resolution, absorbed: dict[Key, UUID]
) -> None:
    absorptions = []
    for (client_id, loser), survivor in absorbed.items():
        contact_id = resolution.contact(client_id, resolution.survivors[client_id, survivor])
        absorptions.append(store.Absorption(client_id, contact_id, loser, survivor))
        absorb(own_profile(batch, (client_id, survivor)), own_profile(batch, (client_id, loser)))
        batch.regroup.add((client_id, contact_id))
    await store.absorb_persons(transaction, absorptions)


async def _move_callers(transaction: Transaction, batch: Batch, resolution: Resolution) -> None:
    await store.move_callers(transaction, resolution.callers)
    joined = {}
    for phone, move in resolution.callers.items():
        client_id = phone.client_id
        for contact_id in (move.from_contact, move.to_contact):
            batch.note_everything(client_id, contact_id)
            batch.regroup.add((client_id, contact_id))
        if move.from_contact == move.caller_id:
            joined[client_id, move.caller_id] = move.to_contact
            come_apart(batch, (client_id, move.caller_id))
    await store.insert_merges(transaction, _merges(batch, joined, "evidence"))


def own_profile(batch: Batch, person: Key) -> Profile:
    """What is known of a person alone; the row or, of a contact with others, what is kept beside it."""
    return batch.own.get(person) or batch.contacts[person]


async def regroup(transaction: Transaction, batch: Batch) -> None:
    """Let the contacts whose persons are others, or of whose persons more is known, tell of all together."""
    if not batch.regroup:
        return
    await load_contacts(transaction, batch, batch.regroup - batch.hidden.keys())
    members: dict[Key, list[Profile]] = {}
    for contact_id, row in await store.members_of(transaction, batch.regroup):
        known = batch.contacts.get((row.client_id, row.contact_id), row)
        members.setdefault((row.client_id, contact_id), []).append(known)
    for (client_id, person_id), contact_id in batch.hidden.items():
        members.setdefault((client_id, contact_id), []).append(batch.contacts[client_id, person_id])
    for contact in sorted(batch.regroup):
        _tell_together(batch, contact, members.get(contact, []))


def _tell_together(batch: Batch, contact: Key, members: list[Profile]) -> None:
    row, own = batch.contacts[contact], batch.own.get(contact)
    if members:
        own = own or row.profile()
        batch.own[contact] = batch.own_changes[contact] = own
        row.take(together(own, members))
    elif own is not None:
        row.take(own)
        del batch.own[contact]
        batch.own_changes[contact] = None


async def write_contacts(transaction: Transaction, batch: Batch) -> None:
    """Write the batch's contacts, with what follows from their orders and leads."""
    new, known = [], []
    for key, contact in batch.contacts.items():
        if key in batch.new_contacts:
            orders, leads = batch.orders_of.get(key[1], ()), batch.leads_of[key[1]]
            new.append(derive(contact, orders, leads, batch.currencies[key[0]]))
        else:
            known.append(contact)
    await people.insert_contacts(transaction, new)
    for client_id, contact_id, first_order_at in await people.write_contacts(transaction, known):
        was = batch.first_orders_before.get((client_id, contact_id))
        if was != first_order_at:
            # Another order is now the first of this customer: new customers move from one day to another.
            batch.moments.update((client_id, at) for at in (was, first_order_at) if at is not None)
    if batch.own_changes:
        await store.write_own_profiles(transaction, batch.own_changes)
    if batch.hidden:
        await store.hide_persons(transaction, batch.hidden)
