"""Applies objects that somebody pushes and waits for: says of each what became of it.

One that the database refuses does not harm its neighbours: the batch is halved until it is found.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

import psycopg

from convertos.core.database import Transaction
from convertos.core.logging import get_logger
from convertos.ledger.apply import apply
from convertos.ledger.batch import Classify, Entry
from convertos.ledger.identifiers import Identifier, joining_identifiers, normal_phone
from convertos.ledger.store import states
from convertos.ledger.store.identifiers import owners_of
from convertos.ledger.store.people import lock_clients
from convertos.ledger.suppression import Suppression
from convertos.records import CustomerRecord, OrderRecord, ProductRecord, Record

_logger = get_logger(__name__)
_PASSING = (psycopg.OperationalError, psycopg.errors.SerializationFailure)

Group = Sequence[Entry]
"""What one object says; its first entry is the object itself: a customer, an order or a product."""


class Change(StrEnum):
    """What became of an object."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    FAILED = "failed"


class Accepted(NamedTuple):
    """What became of one object, and its id: a contact's, an order's or a product's."""

    change: Change
    object_id: UUID | None


_FAILED = Accepted(Change.FAILED, None)
_Known = Mapping[int, tuple[UUID, str]]


async def accept(
    transaction: Transaction, groups: Sequence[Group], classify: Classify, suppression: Suppression
) -> list[Accepted]:
    """Write what the groups say; all are of one client, one store and one kind of object."""
    if not groups:
        return []
    await lock_clients(transaction, {groups[0][0].client_id})
    before = await _known(transaction, groups)
    is_applied = await _apply_isolated(transaction, groups, classify, suppression)
    after = await _known(transaction, groups)
    accepted, seen = [], set()
    for place, applied in enumerate(is_applied):
        if not applied or place not in after:
            accepted.append(_without_id(groups[place]) if applied else _FAILED)
            continue
        object_id, digest = after[place]
        accepted.append(Accepted(_change(before.get(place), digest, is_again=object_id in seen), object_id))
        seen.add(object_id)
    return accepted


def _without_id(group: Group) -> Accepted:
    # A variant may come before its product. Who can't be told from anybody was not written.
    is_variant = isinstance(group[0].record, ProductRecord)
    return Accepted(Change.CREATED, None) if is_variant else _FAILED


def _change(before: tuple[UUID, str] | None, digest: str, *, is_again: bool) -> Change:
    if before is None:
        return Change.UPDATED if is_again else Change.CREATED
    return Change.UNCHANGED if before[1] == digest else Change.UPDATED


async def _apply_isolated(
    transaction: Transaction, groups: Sequence[Group], classify: Classify, suppression: Suppression
) -> list[bool]:
    try:
        async with transaction.savepoint():
            await apply(transaction, [entry for group in groups for entry in group], classify, suppression)
    except _PASSING:
        raise
    except Exception as error:
        if len(groups) == 1:
            _logger.exception("pushed object refused", client_id=str(groups[0][0].client_id), exc_info=error)
            return [False]
        middle = len(groups) // 2
        return [
            *await _apply_isolated(transaction, groups[:middle], classify, suppression),
            *await _apply_isolated(transaction, groups[middle:], classify, suppression),
        ]
    return [True] * len(groups)


async def _known(transaction: Transaction, groups: Sequence[Group]) -> _Known:
    """How the objects stand: place to id and digest; those that are unknown are missing."""
    first = groups[0][0]
    if isinstance(first.record, CustomerRecord):
        return await _known_contacts(transaction, groups)
    ids = [_name(group[0].record) for group in groups]
    read = states.order_states if isinstance(first.record, OrderRecord) else states.product_states
    found = await read(transaction, first.client_id, first.store_id, set(ids))
    return {place: found[each] for place, each in enumerate(ids) if each in found}


def _name(record: Record) -> str:
    if isinstance(record, ProductRecord):
        return record.parent_external_id or record.external_id
    return record.external_id if isinstance(record, OrderRecord) else ""


async def _known_contacts(transaction: Transaction, groups: Sequence[Group]) -> _Known:
    identifiers = [_identifiers(group[0]) for group in groups]
    owners = await owners_of(transaction, {each for some in identifiers for each in some})
    found = [sorted({owners[each].contact_id for each in some if each in owners}) for some in identifiers]
    wanted = {contact for some in found for contact in some}
    digests = await states.contact_digests(transaction, groups[0][0].client_id, wanted)
    return {
        place: (some[0], " ".join(digests.get(contact, "") for contact in some))
        for place, some in enumerate(found)
        if some
    }


def _identifiers(entry: Entry) -> list[Identifier]:
    """What tells whose account it is; a phone where there is nothing better."""
    record = entry.record
    if not isinstance(record, CustomerRecord):
        return []
    found = joining_identifiers(entry.client_id, entry.store_id, record.person, record.emails)
    phone = normal_phone(record.person.phone, record.person.country, entry.region)
    return found or ([Identifier(entry.client_id, "phone", phone)] if phone else [])
