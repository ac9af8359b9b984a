"""Which contact each record belongs to. Pure; `people` reads and writes around it.

The rule, in the order of strength:

1. The shop's account number and e-mail addresses join: everything that shares one is one person, also
   through others (account 7 with a@x, account 7 with b@x, guest b@x: one person). For good.
2. A phone number joins nobody to anybody, because families share phones. Who gave nothing but a phone is a
   person of their own, the *caller*, who goes with whoever was seen with that phone first: the earliest
   sighting of the phone together with an account or address claims it.
3. A visitor (browser) never finds a person: browsers are shared too. It stitches touches to journeys.
4. What somebody put together by hand stays together (`merging`); the hand outweighs a claim.

A *contact* is what people see: one person, or several of them that a claim or a hand has put together. Its id is
the id of one of its persons. What is said of somebody is kept by person, so that contacts can be taken
apart again.

The outcome depends on what was said, not on the order in which it arrived, but for which of several joined
ids survives: the oldest.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from convertos.core.ids import MakeId, new_id
from convertos.ledger.identifiers import Identifier

Key = tuple[UUID, UUID]
"""(client, contact or person)."""


class Sighting(NamedTuple):
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


class Ownership(NamedTuple):
    """Whom an identifier leads to.

    Attributes:
        contact_id: the contact that is found by it.
        person_id: whose it is; of a phone: who claims it, `None` while only callers were seen with it.
        caller_id: of a phone: the person who is known by it alone.
        claimed_at: of a claimed phone: when the claimant was first seen with it.
        witness: of a claimed phone: what else that sighting carried; decides between claims of one instant.
        is_tied: of a phone: its caller was put together with others by hand, and goes with them.
    """

    contact_id: UUID
    person_id: UUID | None
    caller_id: UUID | None = None
    claimed_at: datetime | None = None
    witness: str | None = None
    is_tied: bool = False


class CallerMove(NamedTuple):
    """Who is known by a phone alone goes from one contact to another."""

    caller_id: UUID
    from_contact: UUID
    to_contact: UUID


@dataclass(slots=True)
class Resolution:
    """What is to be written so that every sighting has its contact.

    Attributes:
        person_ids, contact_ids: for each sighting in order; `None` for who can't be told from anybody.
        created: persons that are new, each with the contact that it belongs to.
        owned: identifiers that are new or lead to somebody else.
        absorbed: persons that turned out to be one: loser to survivor.
        survivors: the contact of each person that absorbed others.
        moved: contacts that turned out to be one: loser to winner, who may lose to another in turn.
        callers: moves of callers, by phone, after the contacts have moved.
    """

    person_ids: list[UUID | None] = field(default_factory=list)
    contact_ids: list[UUID | None] = field(default_factory=list)
    created: dict[Key, UUID] = field(default_factory=dict)
    owned: dict[Identifier, Ownership] = field(default_factory=dict)
    absorbed: dict[Key, UUID] = field(default_factory=dict)
    survivors: dict[Key, UUID] = field(default_factory=dict)
    moved: dict[Key, UUID] = field(default_factory=dict)
    callers: dict[Identifier, CallerMove] = field(default_factory=dict)

    @property
    def joins(self) -> bool:
        """Whether anything that was apart is together now, or the other way round."""
        return bool(self.absorbed or self.moved or self.callers)

    @property
    def receivers(self) -> set[Key]:
        """Contacts to which callers came."""
        return {(phone.client_id, move.to_contact) for phone, move in self.callers.items()}

    def person(self, client_id: UUID, person_id: UUID) -> UUID:
        """Who a person is now."""
        return _end(self.absorbed, client_id, person_id)

    def contact(self, client_id: UUID, contact_id: UUID) -> UUID:
        """Which contact a contact is now."""
        return _end(self.moved, client_id, contact_id)

    def after(self, known: Mapping[Identifier, Ownership]) -> dict[Identifier, Ownership]:
        """Whom the identifiers lead to now."""
        if not (self.absorbed or self.moved):
            return {**known, **self.owned}
        everything = {**known, **self.owned}
        return {identifier: self.now(identifier, owner) for identifier, owner in everything.items()}

    def now(self, identifier: Identifier, owner: Ownership) -> Ownership:
        """Whom an identifier leads to, after what turned out to be one."""
        client_id = identifier.client_id
        return owner._replace(
            contact_id=self.contact(client_id, owner.contact_id),
            person_id=owner.person_id and self.person(client_id, owner.person_id),
        )


def resolve(
    sightings: list[Sighting], known: Mapping[Identifier, Ownership], make_id: MakeId = new_id
) -> Resolution:
    """Decide for each sighting which person and contact it belongs to.

    Args:
        known: whom the sightings' identifiers lead to so far.
    """
    resolution = Resolution()
    settled = _settle_groups(_join(sightings, known), sightings, known, resolution, make_id)
    _settle_claims(sightings, settled, known, resolution)
    _settle_callers(sightings, settled, known, resolution, make_id)
    resolution.person_ids = [None if found is None else found[0] for found in settled]
    resolution.contact_ids = [None if found is None else found[1] for found in settled]
    return resolution


def _end(moved: Mapping[Key, UUID], client_id: UUID, start: UUID) -> UUID:
    while moved and (end := moved.get((client_id, start))) is not None:
        start = end
    return start


class _Groups:
    """Disjoint sets of identifiers and persons (union-find with path halving)."""

    def __init__(self) -> None:
        self.parent: list[int] = []
        self.identifiers: dict[Identifier, int] = {}
        self.persons: dict[UUID, int] = {}
        self.contact_of: dict[UUID, UUID] = {}

    def identifier(self, identifier: Identifier, known: Mapping[Identifier, Ownership]) -> int:
        """The node of an identifier; a known one is in one set with its person."""
        node = self.identifiers.get(identifier)
        if node is None:
            node = self.identifiers[identifier] = self._node()
            owner = known.get(identifier)
            if owner is not None and owner.person_id is not None:
                self.join(node, self._person(owner.person_id))
                self.contact_of[owner.person_id] = owner.contact_id
        return node

    def _person(self, person_id: UUID) -> int:
        node = self.persons.get(person_id)
        if node is None:
            node = self.persons[person_id] = self._node()
        return node

    def _node(self) -> int:
        self.parent.append(len(self.parent))
        return len(self.parent) - 1

    def find(self, node: int) -> int:
        parent = self.parent
        while node != parent[node]:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def join(self, one: int, other: int) -> None:
        self.parent[self.find(one)] = self.find(other)


def _join(sightings: list[Sighting], known: Mapping[Identifier, Ownership]) -> _Groups:
    groups = _Groups()
    for sighting in sightings:
        if sighting.joining:
            first, *others = sighting.joining
            node = groups.identifier(first, known)
            for other in others:
                groups.join(groups.identifier(other, known), node)
    return groups


_Settled = list[tuple[UUID, UUID] | None]
"""For each sighting its (person, contact)."""


def _settle_groups(
    groups: _Groups,
    sightings: list[Sighting],
    known: Mapping[Identifier, Ownership],
    resolution: Resolution,
    make_id: MakeId,
) -> _Settled:
    """One person for each group: the one it has, one of those it has, or a new one."""
    persons: dict[int, list[UUID]] = {}
    for person_id, node in groups.persons.items():
        persons.setdefault(groups.find(node), []).append(person_id)
    chosen: dict[int, tuple[UUID, UUID]] = {}
    for sighting in sightings:
        if not sighting.joining:
            continue
        root = groups.find(groups.identifiers[sighting.joining[0]])
        if root not in chosen:
            chosen[root] = _choose(groups, persons.get(root, ()), sighting.client_id, resolution, make_id)
    if resolution.moved:
        # A later group may have moved what an earlier one chose.
        clients = {groups.find(node): identifier.client_id for identifier, node in groups.identifiers.items()}
        for root, (person_id, contact_id) in chosen.items():
            chosen[root] = person_id, resolution.contact(clients[root], contact_id)
    for identifier, node in groups.identifiers.items():
        if identifier not in known:
            person_id, contact_id = chosen[groups.find(node)]
            resolution.owned[identifier] = Ownership(contact_id, person_id)
    return [
        chosen[groups.find(groups.identifiers[sighting.joining[0]])] if sighting.joining else None
        for sighting in sightings
    ]


def _choose(
    groups: _Groups,
    persons: "list[UUID] | tuple[()]",
    client_id: UUID,
    resolution: Resolution,
    make_id: MakeId,
) -> tuple[UUID, UUID]:
    """The (person, contact) of a group. A contact's id is always that of a living person of it."""
    if not persons:
        person_id = make_id()
        resolution.created[client_id, person_id] = person_id
        return person_id, person_id
    if len(persons) == 1:
        return persons[0], resolution.contact(client_id, groups.contact_of[persons[0]])
    contacts = {resolution.contact(client_id, groups.contact_of[person_id]) for person_id in persons}
    contact = min(contacts)
    survivor = contact if contact in persons else min(persons)
    for loser in contacts - {contact}:
        resolution.moved[client_id, loser] = contact
    for person_id in persons:
        if person_id != survivor:
            resolution.absorbed[client_id, person_id] = survivor
    resolution.survivors[client_id, survivor] = contact
    return survivor, contact


def _settle_claims(
    sightings: list[Sighting],
    settled: _Settled,
    known: Mapping[Identifier, Ownership],
    resolution: Resolution,
) -> None:
    """Who was seen with a phone and more claims it; the earliest sighting wins, then the lowest witness."""
    claims: dict[Identifier, tuple[datetime, str, tuple[UUID, UUID]]] = {}
    for sighting, found in zip(sightings, settled, strict=True):
        phone = sighting.phone
        if phone is None or found is None:
            continue
        claim = sighting.seen_at, sighting.joining[0].value, found
        other = claims.get(phone)
        if other is None or claim[:2] < other[:2]:
            claims[phone] = claim
    for phone, (at, witness, (person_id, contact_id)) in claims.items():
        owner = known.get(phone)
        if owner is None:
            resolution.owned[phone] = Ownership(contact_id, person_id, None, at, witness)
        elif owner.claimed_at is None or (at, witness) < (owner.claimed_at, owner.witness or ""):
            _claim(resolution, phone, owner, Ownership(contact_id, person_id, None, at, witness))


def _claim(resolution: Resolution, phone: Identifier, owner: Ownership, claim: Ownership) -> None:
    before = resolution.contact(phone.client_id, owner.contact_id)
    contact_id = before if owner.is_tied else claim.contact_id
    resolution.owned[phone] = claim._replace(
        contact_id=contact_id, caller_id=owner.caller_id, is_tied=owner.is_tied
    )
    if owner.caller_id is not None and before != contact_id:
        resolution.callers[phone] = CallerMove(owner.caller_id, before, contact_id)


def _settle_callers(
    sightings: list[Sighting],
    settled: _Settled,
    known: Mapping[Identifier, Ownership],
    resolution: Resolution,
    make_id: MakeId,
) -> None:
    """Who gave a phone and nothing better is its caller."""
    for index, sighting in enumerate(sightings):
        phone = sighting.phone
        if phone is None or settled[index] is not None:
            continue
        owner = resolution.owned.get(phone) or known.get(phone)
        if owner is None:
            caller_id = make_id()
            owner = resolution.owned[phone] = Ownership(caller_id, None, caller_id)
            resolution.created[phone.client_id, caller_id] = caller_id
        elif owner.caller_id is None:
            caller_id = make_id()
            owner = resolution.owned[phone] = resolution.now(phone, owner)._replace(caller_id=caller_id)
            resolution.created[phone.client_id, caller_id] = owner.contact_id
        if owner.caller_id is not None:
            settled[index] = owner.caller_id, resolution.contact(phone.client_id, owner.contact_id)
