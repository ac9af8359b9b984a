"""Which contact each record belongs to. Pure; `people` reads and writes around it.

The rule, in the order of strength:

1. The shop's account number and e-mail addresses join: everything that shares one is one contact, also
   through others (account 7 with a@x, account 7 with b@x, guest b@x: one contact).
2. A phone number joins nobody to anybody, because families share phones. It finds the contact of a record
   that has neither account nor address. Where several contacts have been seen with it, it is the one that
   was seen with it first.
3. A visitor (browser) never finds a contact: browsers are shared too. It stitches touches to journeys.

The outcome depends on what was said, not on the order in which it arrived, but for which of several joined
ids survives: the oldest.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from convertos.core.ids import MakeId, new_id
from convertos.ledger.identifiers import Identifier


@dataclass(frozen=True, slots=True)
class Sighting:
    """One record's person: the identifiers it carries, in their one spelling.

    Attributes:
        joining: account number and addresses; empty for who gave none.
        seen_at: when the person was there.
    """

    client_id: UUID
    joining: tuple[Identifier, ...]
    phone: Identifier | None
    visitor_id: str | None
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Ownership:
    """Who an identifier belongs to.

    Attributes:
        evidenced_at: the earliest time at which the owner was seen with it.
        is_anchored: whether the owner has a joining identifier (`False`: known by phone alone).
    """

    contact_id: UUID
    evidenced_at: datetime
    is_anchored: bool


@dataclass(slots=True)
class Resolution:
    """What is to be written so that every sighting has its contact.

    Attributes:
        contact_ids: for each sighting in order; `None` for who can't be told from anybody.
        created: contacts that are new.
        owned: identifiers that are new or change hands.
        merged: loser to winner; a winner is never a loser.
        moved_phones: phone to (from, to): who was known by it alone follows it.
    """

    contact_ids: list[UUID | None] = field(default_factory=list)
    created: set[tuple[UUID, UUID]] = field(default_factory=set)
    owned: dict[Identifier, Ownership] = field(default_factory=dict)
    merged: dict[tuple[UUID, UUID], UUID] = field(default_factory=dict)
    moved_phones: dict[Identifier, tuple[UUID, UUID]] = field(default_factory=dict)


def resolve(
    sightings: list[Sighting], known: Mapping[Identifier, Ownership], make_id: MakeId = new_id
) -> Resolution:
    """Decide for each sighting which contact it belongs to.

    Args:
        known: who owns the sightings' identifiers now.
    """
    resolution = Resolution()
    groups = _join(sightings, known)
    contact_of = _settle_groups(groups, sightings, known, resolution, make_id)
    _settle_phones(sightings, known, contact_of, resolution, make_id)
    resolution.contact_ids = [
        None if (contact := contact_of[index]) is None else _winner(resolution, sighting.client_id, contact)
        for index, sighting in enumerate(sightings)
    ]
    return resolution


class _Groups:
    """Disjoint sets of identifiers (union-find with path halving)."""

    def __init__(self) -> None:
        self.parent: dict[object, object] = {}

    def find(self, node: object) -> object:
        parent = self.parent
        root = parent.setdefault(node, node)
        while root is not parent[root]:
            parent[root] = parent[parent[root]]
            root = parent[root]
        return root

    def join(self, one: object, other: object) -> None:
        self.parent[self.find(one)] = self.find(other)


def _join(sightings: Iterable[Sighting], known: Mapping[Identifier, Ownership]) -> _Groups:
    groups = _Groups()
    for sighting in sightings:
        if not sighting.joining:
            continue
        first = sighting.joining[0]
        for identifier in sighting.joining:
            groups.join(identifier, first)
            if (owner := known.get(identifier)) is not None:
                groups.join(identifier, owner.contact_id)
    return groups


def _settle_groups(
    groups: _Groups,
    sightings: list[Sighting],
    known: Mapping[Identifier, Ownership],
    resolution: Resolution,
    make_id: MakeId,
) -> list[UUID | None]:
    """One contact for each group: the oldest of those it has, or a new one."""
    owners: dict[object, set[UUID]] = {}
    for sighting in sightings:
        for identifier in sighting.joining:
            contacts = owners.setdefault(groups.find(identifier), set())
            if (owner := known.get(identifier)) is not None:
                contacts.add(owner.contact_id)
    chosen: dict[object, UUID] = {}
    contact_of: list[UUID | None] = []
    for sighting in sightings:
        if not sighting.joining:
            contact_of.append(None)
            continue
        group = groups.find(sighting.joining[0])
        contact = chosen.get(group)
        if contact is None:
            contact = chosen[group] = _choose(owners[group], sighting.client_id, resolution, make_id)
        contact_of.append(contact)
        for identifier in sighting.joining:
            _own(resolution, known, identifier, Ownership(contact, sighting.seen_at, is_anchored=True))
    return contact_of


def _choose(existing: set[UUID], client_id: UUID, resolution: Resolution, make_id: MakeId) -> UUID:
    if not existing:
        contact = make_id()
        resolution.created.add((client_id, contact))
        return contact
    winner = min(existing)
    for loser in existing - {winner}:
        resolution.merged[client_id, loser] = winner
    return winner


def _own(
    resolution: Resolution,
    known: Mapping[Identifier, Ownership],
    identifier: Identifier,
    claimed: Ownership,
) -> None:
    current = resolution.owned.get(identifier) or known.get(identifier)
    if current is None or current.contact_id != claimed.contact_id:
        resolution.owned[identifier] = claimed


def _settle_phones(
    sightings: list[Sighting],
    known: Mapping[Identifier, Ownership],
    contact_of: list[UUID | None],
    resolution: Resolution,
    make_id: MakeId,
) -> None:
    """Those with a contact claim their phones, the earliest sighting wins; then the rest look them up."""
    by_time = sorted(range(len(sightings)), key=lambda index: sightings[index].seen_at)
    for index in by_time:
        sighting, contact = sightings[index], contact_of[index]
        if sighting.phone is not None and contact is not None:
            claim = Ownership(contact, sighting.seen_at, is_anchored=True)
            _claim_phone(resolution, known, sighting.phone, claim)
    for index in by_time:
        sighting = sightings[index]
        if sighting.phone is None or contact_of[index] is not None:
            continue
        owner = resolution.owned.get(sighting.phone) or known.get(sighting.phone)
        if owner is None:
            contact = make_id()
            resolution.created.add((sighting.client_id, contact))
            owner = Ownership(contact, sighting.seen_at, is_anchored=False)
            resolution.owned[sighting.phone] = owner
        contact_of[index] = owner.contact_id


def _claim_phone(
    resolution: Resolution, known: Mapping[Identifier, Ownership], phone: Identifier, claim: Ownership
) -> None:
    owner = resolution.owned.get(phone) or known.get(phone)
    if owner is None:
        resolution.owned[phone] = claim
        return
    current = _winner(resolution, phone.client_id, owner.contact_id)
    if not owner.is_anchored and current != claim.contact_id:
        # Who was known by phone alone turns out to be this person.
        resolution.merged[phone.client_id, current] = claim.contact_id
        resolution.owned[phone] = claim
    elif claim.evidenced_at < owner.evidenced_at:
        if current != claim.contact_id:
            resolution.moved_phones[phone] = (current, claim.contact_id)
        resolution.owned[phone] = claim


def _winner(resolution: Resolution, client_id: UUID, contact: UUID) -> UUID:
    while (winner := resolution.merged.get((client_id, contact))) is not None:
        contact = winner
    return contact
