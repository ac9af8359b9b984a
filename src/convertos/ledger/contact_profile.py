"""What a contact is called and how it is reached: the newest word, an account's above an order's. Pure."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from uuid import UUID

import msgspec

from convertos.ledger.order_state import OrderRow

_ACCOUNT, _OTHER = "1", "0"
_ZERO = Decimal(0)


class ContactRow(msgspec.Struct, kw_only=True):
    """A contact's columns, but for those that are derived from its orders and leads."""

    client_id: UUID
    contact_id: UUID
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
    counted = sorted((order.counted_at, order.order_id, order) for order in orders if order.is_counted)
    spent: dict[str, Decimal] = {}
    numbers: dict[str, int] = {}
    for _, _, order in counted:
        spent[order.currency] = spent.get(order.currency, _ZERO) + order.total - order.refunded_total
        numbers[order.currency] = numbers.get(order.currency, 0) + 1
    return NewContactRow(
        **{name: getattr(contact, name) for name in ContactRow.__struct_fields__},
        total_orders=len(counted),
        total_spent=spent.get(currency, _ZERO),
        spent={name: {"orders": numbers[name], "spent": str(spent[name])} for name in spent},
        first_order_id=counted[0][1] if counted else None,
        first_order_at=counted[0][0] if counted else None,
        last_order_at=counted[-1][0] if counted else None,
        lead_count=leads,
    )


class Appearance(msgspec.Struct, frozen=True):
    """What one record says of a person.

    Attributes:
        is_account: whether it is the person's account in a shop: what stands there outweighs what was
            typed into one order.
        said_at: when the record's object changed.
        seen_at: when the person was there.
    """

    is_account: bool
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


def fold_appearance(contact: ContactRow, said: Appearance) -> None:
    """Take what a record says into the contact; any order of several gives the same."""
    version = (_ACCOUNT if said.is_account else _OTHER) + said.said_at.isoformat(timespec="microseconds")
    if said.email and (version, said.email) > (contact.email_version, contact.email or ""):
        contact.email, contact.email_version = said.email, version
    if said.phone and (version, said.phone) > (contact.phone_version, contact.phone or ""):
        contact.phone, contact.phone_version = said.phone, version
    name = (said.first_name or "", said.last_name or "")
    known = (contact.first_name or "", contact.last_name or "")
    if any(name) and (version, name) > (contact.name_version, known):
        contact.first_name, contact.last_name = said.first_name, said.last_name
        contact.name_version = version
        contact.name_key = " ".join(part for part in name if part).casefold()
    contact.first_seen_at = min(contact.first_seen_at, said.seen_at)
    contact.last_seen_at = max(contact.last_seen_at, said.seen_at)


def absorb(winner: ContactRow, loser: ContactRow) -> None:
    """Take over what was known of a contact that turned out to be the same person."""
    if (loser.email_version, loser.email or "") > (winner.email_version, winner.email or ""):
        winner.email, winner.email_version = loser.email, loser.email_version
    if (loser.phone_version, loser.phone or "") > (winner.phone_version, winner.phone or ""):
        winner.phone, winner.phone_version = loser.phone, loser.phone_version
    if (loser.name_version, loser.name_key or "") > (winner.name_version, winner.name_key or ""):
        winner.first_name, winner.last_name = loser.first_name, loser.last_name
        winner.name_version, winner.name_key = loser.name_version, loser.name_key
    winner.first_seen_at = min(winner.first_seen_at, loser.first_seen_at)
    winner.last_seen_at = max(winner.last_seen_at, loser.last_seen_at)
