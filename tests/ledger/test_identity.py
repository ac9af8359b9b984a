"""The same people, whatever the order of what was said and however it was cut into batches."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count, pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convertos.ledger.identifiers import Identifier
from convertos.ledger.identity import CallerMove, Ownership, Resolution, Sighting, resolve

CLIENT = UUID(int=1)
START = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass
class World:
    """What a database would hold after several batches: the reference for what `people` writes."""

    owners: dict[Identifier, Ownership] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(100))
    seen: list[tuple[Sighting, UUID | None]] = field(default_factory=list)
    parents: dict[UUID, UUID] = field(default_factory=dict)

    def take(self, batch: list[Sighting]) -> Resolution:
        known = {identifier: self.owners[identifier] for identifier in named(batch) & self.owners.keys()}
        resolution = resolve(batch, known, lambda: UUID(int=next(self.numbers)))
        for (_, loser), winner in resolution.moved.items():
            assert loser != winner
            self.parents[loser] = winner
        self.owners = resolution.after(self.owners)
        for move in resolution.callers.values():
            self.owners = {key: self._moved(owner, move) for key, owner in self.owners.items()}
        self.seen += zip(batch, resolution.person_ids, strict=True)
        return resolution

    @staticmethod
    def _moved(owner: Ownership, move: CallerMove) -> Ownership:
        is_of_caller = owner.caller_id == move.caller_id
        assert not is_of_caller or owner.contact_id == move.to_contact
        return owner

    def contact(self, sighting: Sighting) -> UUID | None:
        identifier = sighting.joining[0] if sighting.joining else sighting.phone
        return None if identifier is None else self.owners[identifier].contact_id


def named(sightings: Iterable[Sighting]) -> set[Identifier]:
    found = {identifier for sighting in sightings for identifier in sighting.joining}
    return found | {sighting.phone for sighting in sightings if sighting.phone is not None}


def one(kind: str, value: str) -> Identifier:
    return Identifier(CLIENT, kind, value)


emails = st.sampled_from(["a@x", "b@x", "c@x", "d@x"]).map(lambda value: one("email", value))
accounts = st.sampled_from(["7", "8", "9"]).map(lambda value: one("customer", value))
phones = st.sampled_from(["+301", "+302"]).map(lambda value: one("phone", value))
sightings = st.builds(
    lambda account, addresses, phone, second: Sighting(
        CLIENT,
        tuple(dict.fromkeys([*account, *addresses])),
        phone,
        None,
        START + timedelta(seconds=second),
    ),
    st.lists(accounts, max_size=1),
    st.lists(emails, max_size=2),
    st.none() | phones,
    st.integers(0, 3),
)
several = st.lists(sightings, max_size=10)


def expected_partition(said: Sequence[Sighting]) -> set[frozenset[int]]:
    """Who is one contact, by the rule's own words and with nothing of its code."""
    groups: list[tuple[set[Identifier], set[int]]] = []
    for index, sighting in enumerate(said):
        if not sighting.joining:
            continue
        touching = [group for group in groups if group[0] & set(sighting.joining)]
        merged = set(sighting.joining), {index}
        for group in touching:
            merged[0].update(group[0])
            merged[1].update(group[1])
            groups.remove(group)
        groups.append(merged)
    callers: dict[Identifier, set[int]] = defaultdict(set)
    for index, sighting in enumerate(said):
        if not sighting.joining and sighting.phone:
            callers[sighting.phone].add(index)
    for phone, calls in callers.items():
        claims = [
            (sighting.seen_at, sighting.joining[0].value, index)
            for index, sighting in enumerate(said)
            if sighting.phone == phone and sighting.joining
        ]
        if claims:
            claimant = min(claims)[2]
            next(group for group in groups if claimant in group[1])[1].update(calls)
        else:
            groups.append((set(), calls))
    return {frozenset(group[1]) for group in groups}


def cut(said: Sequence[Sighting], places: Iterable[int]) -> list[list[Sighting]]:
    bounds = [0, *sorted({place % (len(said) + 1) for place in places}), len(said)]
    return [list(said[start:end]) for start, end in pairwise(bounds)]


@given(several, st.randoms(use_true_random=False), st.lists(st.integers(0, 10), max_size=5))
def test_the_same_people_in_any_order_and_any_batches(
    said: list[Sighting], random: Any, places: list[int]
) -> None:
    """The rule of `identity`, read twice, parts people alike."""
    order = list(range(len(said)))
    random.shuffle(order)
    world = World()
    for batch in cut([said[index] for index in order], places):
        world.take(batch)
    groups: dict[UUID, set[int]] = defaultdict(set)
    for index, sighting in enumerate(said):
        if (contact := world.contact(sighting)) is not None:
            groups[contact].add(index)
    assert {frozenset(group) for group in groups.values()} == expected_partition(said)


@given(several, st.lists(st.integers(0, 10), max_size=5))
def test_merges_lead_to_an_end(said: list[Sighting], places: list[int]) -> None:
    """Following the loser of each merge to its winner never goes in a circle, and ends at a living contact."""
    world = World()
    for batch in cut(said, places):
        world.take(batch)
    living = {owner.contact_id for owner in world.owners.values()}
    for start in world.parents:
        seen, contact = {start}, start
        while contact in world.parents:
            contact = world.parents[contact]
            assert contact not in seen
            seen.add(contact)
        assert contact in living


@given(several, st.lists(st.integers(0, 10), max_size=5))
def test_an_answer_is_what_is_kept(said: list[Sighting], places: list[int]) -> None:
    """What a batch is told of its sightings' contacts is what the identifiers lead to afterwards."""
    world = World()
    for batch in cut(said, places):
        resolution = world.take(batch)
        for sighting, contact in zip(batch, resolution.contact_ids, strict=True):
            assert contact == world.contact(sighting)


@given(several, st.lists(st.integers(0, 10), max_size=5))
def test_a_contact_is_named_after_one_of_its_persons(said: list[Sighting], places: list[int]) -> None:
    """Its id is that of a person who lives, so that it can be taken apart again."""
    world = World()
    for batch in cut(said, places):
        world.take(batch)
    persons = {owner.person_id for owner in world.owners.values() if owner.person_id}
    callers = {owner.caller_id for owner in world.owners.values() if owner.caller_id}
    assert {owner.contact_id for owner in world.owners.values()} <= persons | callers


@given(several)
def test_what_was_said_before_changes_nobody(said: list[Sighting]) -> None:
    """The same sightings again: nobody is made, joined or moved, and nothing has to be written."""
    world = World()
    world.take(said)
    again = world.take(said)
    assert (again.created, again.owned, again.joins) == ({}, {}, False)


def sighting(*identifiers: Identifier, phone: str | None = None, second: int = 0) -> Sighting:
    number = one("phone", phone) if phone else None
    return Sighting(CLIENT, identifiers, number, None, START + timedelta(seconds=second))


def test_an_account_joins_its_addresses() -> None:
    """Account 7 with a@x, account 7 with b@x and the guest b@x are one person, through each other."""
    world = World()
    for each in (
        sighting(one("email", "b@x")),
        sighting(one("customer", "7"), one("email", "a@x")),
        sighting(one("customer", "7"), one("email", "b@x")),
    ):
        world.take([each])
    assert len({owner.contact_id for owner in world.owners.values()}) == 1
    assert min(world.parents.values()) == UUID(int=100), "the oldest id survives"


@pytest.mark.parametrize("order", [1, -1])
def test_a_phone_joins_nobody(order: int) -> None:
    """Two of a family with one phone stay two; who gave the phone alone goes with whom it was seen with first."""
    said = [
        sighting(one("email", "a@x"), phone="+301", second=2),
        sighting(phone="+301", second=3),
        sighting(one("email", "b@x"), phone="+301", second=1),
    ]
    world = World()
    for each in said[::order]:
        world.take([each])
    contacts = [world.contact(each) for each in said]
    assert contacts[0] != contacts[2]
    assert contacts[1] == contacts[2]
