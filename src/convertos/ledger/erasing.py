"""Forgets a person: what they bought still counts, who they were is gone, and nothing brings it back."""

from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.errors import NotFoundError
from convertos.ledger.anonymity import anonymous_evidence
from convertos.ledger.store import erasure as store
from convertos.ledger.store.parting import Found, find_contact
from convertos.ledger.store.people import lock_clients
from convertos.ledger.suppression import Suppression
from convertos.records import Evidence
from convertos.tenancy.audit import record
from convertos.tenancy.model import Caller

_encoder = msgspec.json.Encoder(order="sorted")


async def erase_contact(
    transaction: Transaction, caller: Caller, contact_id: UUID, suppression: Suppression
) -> UUID:
    """Erase a contact from the tables for good; returns its client.

    Orders, leads and their sources stay as figures without a person, so no sum changes.

    Raises:
        NotFoundError: there is no such contact in the scope.
    """
    found = await _find(transaction, contact_id)
    await lock_clients(transaction, [found.client_id])
    found = await _find(transaction, contact_id)
    known_by = await store.identifiers_of(transaction, found)
    await suppression.add(transaction, found.client_id, known_by)
    visitors = [each.value for each in known_by if each.kind == "visitor"]
    arrivals = [
        _bare(touch_id, msgspec.convert(evidence, Evidence))
        for touch_id, evidence in await store.arrivals_of(transaction, found)
    ]
    await store.write_arrivals(transaction, found, arrivals, visitors)
    await store.forget(transaction, found)
    client_id, present_id = found
    await record(transaction, caller, "contact.erased", "contact", present_id, client_id=client_id)
    return client_id


async def _find(transaction: Transaction, contact_id: UUID) -> Found:
    found = await find_contact(transaction, contact_id)
    if found is None:
        raise NotFoundError("There is no such contact.")
    return found


def _bare(touch_id: UUID, evidence: Evidence) -> store.ToldArrival:
    bare = anonymous_evidence(evidence)
    return store.ToldArrival(touch_id, msgspec.Raw(_encoder.encode(bare)), bare.landing_page)
