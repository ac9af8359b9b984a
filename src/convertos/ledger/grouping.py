"""Which persons are one contact, by what holds them together. Pure.

A contact is held together by ties (somebody put two persons together by hand) and by claims (whoever is known
by a phone alone goes with who claims it). A tie outweighs a claim: a caller who is tied to somebody goes with
them. Persons who share an account or an address are not held together: they are one person.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple
from uuid import UUID


class Tie(NamedTuple):
    """Two persons were put together by hand."""

    merge_id: UUID
    one: UUID
    other: UUID


class Parting(NamedTuple):
    """What becomes of a contact that is taken apart.

    Attributes:
        contact_of: persons who leave, each with the contact that they belong to now.
        untied: persons to whom nobody is tied any more.
    """

    contact_of: Mapping[UUID, UUID]
    untied: frozenset[UUID]


def part(
    contact_id: UUID,
    persons: Collection[UUID],
    *,
    ties: Collection[Tie],
    claimants: Mapping[UUID, UUID],
    outside: Mapping[UUID, UUID],
    undone: Tie,
) -> Parting:
    """Take one tie away and see who is still together.

    Args:
        persons: of the contact.
        ties: all that hold, the undone one too.
        claimants: of callers: who claims their phone.
        outside: claimants who are in other contacts, each with theirs.
    """
    left = [tie for tie in ties if tie.merge_id != undone.merge_id]
    tied = {person for tie in left for person in (tie.one, tie.other)}
    claims = {caller: by for caller, by in claimants.items() if caller not in tied}
    links = [*((tie.one, tie.other) for tie in left), *claims.items()]
    contact_of: dict[UUID, UUID] = {}
    for group in _groups(persons, links):
        home = _home(group, contact_id, claims, outside, undone)
        contact_of.update((person, home) for person in group if home != contact_id)
    return Parting(contact_of, frozenset(persons) - tied)


def _home(
    group: set[UUID],
    contact_id: UUID,
    claims: Mapping[UUID, UUID],
    outside: Mapping[UUID, UUID],
    undone: Tie,
) -> UUID:
    followed = {claims[person] for person in group if person in claims}
    if len(group) == 1 and followed and (claimant := followed.pop()) in outside:
        return outside[claimant]
    # Whoever goes with somebody else gives no contact its name.
    heads = group - claims.keys() or group
    return next((each for each in (contact_id, undone.other, undone.one) if each in heads), min(heads))


def _groups(persons: Collection[UUID], links: Iterable[tuple[UUID, UUID]]) -> list[set[UUID]]:
    group_of = {person: {person} for person in persons}
    for one, other in links:
        if one in group_of and other in group_of and group_of[one] is not group_of[other]:
            group_of[one] |= group_of[other]
            for person in group_of[other]:
                group_of[person] = group_of[one]
    return list({id(group): group for group in group_of.values()}.values())
