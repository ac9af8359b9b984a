"""What a person is called and how they are reached: the strongest word, then the newest. Pure.

What somebody typed by hand is above an account, an account above an order or a form, and those above what
came with a phone number alone, which a family may share.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

import msgspec

from convertos.ledger.order_state import OrderRow

_ZERO = Decimal(0)
_LONGEST_KEY = 200
"""A name of two hundred letters is searched by its beginning; an index takes no longer texts."""


class Strength(StrEnum):
    """How much a word weighs, as the first sign of its version."""

    CALLER = "0"
    RECORD = "1"
    ACCOUNT = "2"
    HAND = "3"


class Profile(msgspec.Struct, kw_only=True):
    """What is known of a person, or of the persons of one contact together.

    Attributes:
        name_key: case-folded, to search by.
        email_version, phone_version, name_version: the strength and time of the word that holds.
    """

    first_seen_at: datetime
    last_seen_at: datetime
    email: str | None = None
    phone: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    name_key: str | None = None
    email_version: str = ""
    phone_version: str = ""
    name_version: str = ""


class ContactRow(Profile, kw_only=True):
    """A contact's columns, but for those that are derived from its orders and leads."""

    client_id: UUID
    contact_id: UUID

    def take(self, profile: Profile) -> None:
        """Let the columns hold a profile."""
        for name in Profile.__struct_fields__:
            setattr(self, name, getattr(profile, name))

    def profile(self) -> Profile:
        """A copy of what the columns hold."""
        return Profile(**{name: getattr(self, name) for name in Profile.__struct_fields__})


class NewContactRow(ContactRow, kw_only=True):
    """A contact that is new, with what follows from its orders and leads: all of them are in the batch."""

    total_orders: int
    total_spent: Decimal
    spent: dict[str, dict[str, object]]
    first_order_id: UUID | None
    first_order_at: datetime | None
    last_order_at: datetime | None
    lead_count: int


def derive(contact: ContactRow, orders: Iterable[OrderRow], leads: int, currency: str) -> NewContactRow:
    """A new contact with its totals; the same as `store.people.write_contacts` derives in the database.

    Args:
        orders: all orders of the contact there are.
        currency: the client's.
    """
    counted = sorted((order for order in orders if order.is_counted), key=_place_among_orders)
    spent: dict[str, Decimal] = {}
    numbers: dict[str, int] = {}
    for order in counted:
        spent[order.currency] = spent.get(order.currency, _ZERO) + order.total - order.refunded_total
        numbers[order.currency] = numbers.get(order.currency, 0) + 1
    return NewContactRow(
        **{name: getattr(contact, name) for name in ContactRow.__struct_fields__},
        total_orders=len(counted),
        total_spent=spent.get(currency, _ZERO),
        spent={name: {"orders": numbers[name], "spent": f"{spent[name]:f}"} for name in spent},
        first_order_id=counted[0].order_id if counted else None,
        first_order_at=counted[0].counted_at if counted else None,
        last_order_at=counted[-1].counted_at if counted else None,
        lead_count=leads,
    )


def _place_among_orders(order: OrderRow) -> tuple[datetime, str, datetime, str, UUID]:
    # A shop that was moved may have many orders at one instant: their numbers decide, not their ids.
    return order.counted_at, order.currency, order.placed_at, order.external_id, order.store_id


class Appearance(msgspec.Struct, frozen=True):
    """What one record says of a person.

    Attributes:
        said_at: when the record's object changed.
        seen_at: when the person was there.
    """

    strength: Strength
    said_at: datetime
    seen_at: datetime
    email: str | None
    phone: str | None
    first_name: str | None
    last_name: str | None


def new_contact(client_id: UUID, contact_id: UUID, first: Appearance) -> ContactRow:
    """A contact of whom nothing is known yet."""
    return ContactRow(
        client_id=client_id, contact_id=contact_id, first_seen_at=first.seen_at, last_seen_at=first.seen_at
    )


def fold_appearance(profile: Profile, said: Appearance) -> None:
    """Take what a record says into a profile; any order of several gives the same."""
    version = said.strength + said.said_at.isoformat(timespec="microseconds")
    if said.email:
        _take_email(profile, version, said.email)
    if said.phone:
        _take_phone(profile, version, said.phone)
    if said.first_name or said.last_name:
        take_name(profile, version, said.first_name, said.last_name)
    profile.first_seen_at = min(profile.first_seen_at, said.seen_at)
    profile.last_seen_at = max(profile.last_seen_at, said.seen_at)


def absorb(winner: Profile, other: Profile) -> None:
    """Take over what is known of another person who is the same, or goes with this one."""
    if other.email:
        _take_email(winner, other.email_version, other.email)
    if other.phone:
        _take_phone(winner, other.phone_version, other.phone)
    if other.name_version:
        take_name(winner, other.name_version, other.first_name, other.last_name)
    winner.first_seen_at = min(winner.first_seen_at, other.first_seen_at)
    winner.last_seen_at = max(winner.last_seen_at, other.last_seen_at)


def together(own: Profile, others: Iterable[Profile]) -> Profile:
    """What is known of several persons as of one; any order of the others gives the same."""
    whole = msgspec.structs.replace(own)
    for other in others:
        absorb(whole, other)
    return whole


def _take_email(profile: Profile, version: str, email: str) -> None:
    if (version, email) > (profile.email_version, profile.email or ""):
        profile.email, profile.email_version = email, version


def _take_phone(profile: Profile, version: str, phone: str) -> None:
    if (version, phone) > (profile.phone_version, profile.phone or ""):
        profile.phone, profile.phone_version = phone, version


def take_name(profile: Profile, version: str, first: str | None, last: str | None) -> None:
    """Take a name over where its version is above the one that holds."""
    known = profile.name_version, profile.first_name or "", profile.last_name or ""
    if (version, first or "", last or "") > known:
        profile.first_name, profile.last_name, profile.name_version = first, last, version
        profile.name_key = name_key(first, last)


def name_key(first: str | None, last: str | None) -> str | None:
    """A name as it is searched: case-folded, bounded, `None` where there is none."""
    name = " ".join(part for part in (first, last) if part).casefold()
    return name[:_LONGEST_KEY].rstrip() or None
