"""Keeps who was erased from coming back: by a replay, a synchronisation, or whatever a shop tells next.

What they were known by is kept as keyed hashes alone. The key is the client's own, made with its first erasure
and kept encrypted, so a copy of the database does not tell whether somebody is on the list.
"""

import hmac
import secrets
from collections.abc import Collection, Iterable, Sequence
from hashlib import sha256
from uuid import UUID

from convertos.core.crypto import Vault
from convertos.core.database import Transaction
from convertos.ledger.anonymity import without_identifiers, without_person
from convertos.ledger.batch import Entry
from convertos.ledger.identifiers import Identifier, joining_identifiers, normal_phone
from convertos.ledger.store import suppression as store
from convertos.records import CustomerRecord, PresenceRecord, ProductRecord

_KEY_BYTES = 32


def _belongs_to(client_id: UUID) -> str:
    return f"{client_id}|suppression|key"


class Suppression:
    """The lists of all clients."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def add(
        self, transaction: Transaction, client_id: UUID, identifiers: Collection[Identifier]
    ) -> None:
        """Let nothing that carries these be known by them again."""
        fresh = self._vault.encrypt(secrets.token_bytes(_KEY_BYTES), _belongs_to(client_id))
        key = self._open(client_id, await store.key_or(transaction, client_id, fresh))
        await store.insert_digests(transaction, client_id, [_digest(key, each) for each in identifiers])

    async def strip(self, transaction: Transaction, entries: Sequence[Entry]) -> Sequence[Entry]:
        """The entries, those of erased people without the person."""
        listed = await self._listed(transaction, entries)
        return [
            _stripped(entry, listed[place]) if place in listed else entry
            for place, entry in enumerate(entries)
        ]

    async def of_erased(self, transaction: Transaction, entries: Sequence[Entry]) -> list[int]:
        """The places of those entries that are about erased people."""
        listed = await self._listed(transaction, entries)
        return [place for place, some in listed.items() if _is_about(_identifiers(entries[place]), some)]

    async def _listed(
        self, transaction: Transaction, entries: Sequence[Entry]
    ) -> dict[int, list[Identifier]]:
        """What entries carry of that which erased people were known by; those that carry nothing are missing."""
        sealed = await store.keys(transaction, {entry.client_id for entry in entries})
        if not sealed:
            return {}
        keys = {client_id: self._open(client_id, ciphertext) for client_id, ciphertext in sealed.items()}
        carried = [_identifiers(entry) if entry.client_id in keys else [] for entry in entries]
        digests = {each: _digest(keys[each.client_id], each) for some in carried for each in some}
        known = await store.known_digests(transaction, digests)
        found = {place: [each for each in some if each in known] for place, some in enumerate(carried)}
        return {place: some for place, some in found.items() if some}

    def _open(self, client_id: UUID, ciphertext: bytes) -> bytes:
        return self._vault.decrypt(ciphertext, _belongs_to(client_id))


def _digest(key: bytes, identifier: Identifier) -> bytes:
    return hmac.digest(key, f"{identifier.kind}:{identifier.value}".encode(), sha256)


def _identifiers(entry: Entry) -> list[Identifier]:
    record = entry.record
    if isinstance(record, ProductRecord | PresenceRecord):
        return []
    emails = record.emails if isinstance(record, CustomerRecord) else ()
    found = joining_identifiers(entry.client_id, entry.store_id, record.person, emails)
    phone = normal_phone(record.person.phone, record.person.country, entry.region)
    if phone:
        found.append(Identifier(entry.client_id, "phone", phone))
    if record.person.visitor_id:
        found.append(Identifier(entry.client_id, "visitor", record.person.visitor_id))
    return found


def _stripped(entry: Entry, suppressed: list[Identifier]) -> Entry:
    if _is_about(_identifiers(entry), suppressed):
        return entry._replace(record=without_person(entry.record))
    return entry._replace(record=without_identifiers(entry.record, suppressed))


def _is_about(carried: Iterable[Identifier], suppressed: Collection[Identifier]) -> bool:
    """Whether a record is about somebody erased, and not about who shares a phone or a browser with them."""
    joining = {each for each in carried if each.kind in {"customer", "email"}}
    return not joining.isdisjoint(suppressed) if joining else True
