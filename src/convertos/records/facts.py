"""What has happened, told to whoever comes after. `flow` says which fact starts which work."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that is true from now on. Facts name keys, never contents: whoever reacts reads afresh."""


@dataclass(frozen=True, slots=True)
class OrdersChanged(Fact):
    """Orders were written. `days_at` holds every instant, old and new, at which they count."""

    orders: frozenset[tuple[UUID, UUID]]
    counted_at: frozenset[tuple[UUID, datetime]]


@dataclass(frozen=True, slots=True)
class LeadsChanged(Fact):
    """Leads were written; keys are (client, lead)."""

    leads: frozenset[tuple[UUID, UUID]]
    registered_at: frozenset[tuple[UUID, datetime]]


@dataclass(frozen=True, slots=True)
class JourneysChanged(Fact):
    """What is known of these contacts' arrivals changed; values are the earliest arrival that is new."""

    contacts: dict[tuple[UUID, UUID], datetime]


@dataclass(frozen=True, slots=True)
class ContactsChanged(Fact):
    """Contacts' derived totals changed. `first_orders_at` are the days whose new customers may differ."""

    contacts: frozenset[tuple[UUID, UUID]]
    first_orders_at: frozenset[tuple[UUID, datetime]]


@dataclass(frozen=True, slots=True)
class CreditsChanged(Fact):
    """Orders or leads earned their revenue from another source than before."""

    counted_at: frozenset[tuple[UUID, datetime]]
