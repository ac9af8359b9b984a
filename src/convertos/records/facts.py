"""What has happened, told to whoever comes after. `flow` says which fact starts which work."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

Keys = frozenset[tuple[UUID, UUID]]
"""(client, thing)."""
Moments = frozenset[tuple[UUID, datetime]]
"""(client, instant): when something counts, or counted before."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is true from now on. Facts name keys, never contents: whoever reacts reads afresh."""


@dataclass(frozen=True, slots=True)
class JourneysChanged(Fact):
    """Who gets the credit may be another now.

    Attributes:
        orders: that are new, or belong to somebody else, or have other touches of their own.
        leads: likewise.
        contacts: whose arrivals are others than before; each with the earliest that is news.
    """

    orders: Keys = frozenset()
    leads: Keys = frozenset()
    contacts: Mapping[tuple[UUID, UUID], datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AmountsChanged(Fact):
    """What is added up by day is another now, at these instants."""

    moments: Moments


@dataclass(frozen=True, slots=True)
class ClientCalendarChanged(Fact):
    """A client's days or its meaning of revenue changed: all of its sums have to be made again."""

    client_id: UUID
