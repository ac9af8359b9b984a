"""Lets people correct what is known of a contact: a word typed by hand stands above all that arrives."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from convertos.core.addresses import normal_email
from convertos.core.clock import Clock, system_clock
from convertos.core.database import Transaction
from convertos.core.errors import InvalidError, NotFoundError
from convertos.core.regions import territory_of
from convertos.ledger import membership
from convertos.ledger.batch import Batch
from convertos.ledger.contact_profile import Appearance, Profile, Strength, fold_appearance, take_name
from convertos.ledger.identifiers import normal_phone
from convertos.ledger.store import editing as store
from convertos.ledger.store.parting import Found, find_contact
from convertos.ledger.store.people import lock_clients
from convertos.tenancy.audit import record
from convertos.tenancy.model import Caller

_HAND_MARK = "~"
"""The first sign of a hand's version of a mark: above every year."""


class ContactEdit(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody typed; what is not set stays.

    Attributes:
        first_name, last_name: `None` for none.
        email, phone: as they shall be shown; who a contact is known by changes with what arrives and with
            merges alone.
        tags: all of them.
        custom_fields: these, among others; `None` takes one away.
    """

    first_name: str | None | UnsetType = UNSET
    last_name: str | None | UnsetType = UNSET
    email: str | UnsetType = UNSET
    phone: str | UnsetType = UNSET
    tags: list[str] | UnsetType = UNSET
    subscription_status: str | UnsetType = UNSET
    custom_fields: dict[str, Any] | UnsetType = UNSET

    @property
    def given(self) -> list[str]:
        """The names of what was typed."""
        return [name for name in self.__struct_fields__ if getattr(self, name) is not UNSET]


async def edit_contact(
    transaction: Transaction,
    caller: Caller,
    contact_id: UUID,
    edit: ContactEdit,
    clock: Clock = system_clock,
) -> None:
    """Take over what somebody typed.

    Raises:
        NotFoundError: there is no such contact in the scope.
        InvalidError: the address or the phone is none.
    """
    found = await _find(transaction, contact_id)
    said = _said(edit, territory_of(await store.timezone_of(transaction, found.client_id)))
    await lock_clients(transaction, [found.client_id])
    # It may have been merged or erased while others had the lock.
    found, at = await _find(transaction, contact_id), clock()
    await _take(transaction, found, edit, said, at)
    await _write_marks(transaction, found, edit, _HAND_MARK + at.isoformat(timespec="microseconds"))
    client_id, present_id = found
    # What was typed is about a person and does not belong into the log; that something was typed does.
    await record(
        transaction,
        caller,
        "contact.changed",
        "contact",
        present_id,
        client_id=client_id,
        details={"fields": edit.given},
    )


async def _find(transaction: Transaction, contact_id: UUID) -> Found:
    found = await find_contact(transaction, contact_id)
    if found is None:
        raise NotFoundError("There is no such contact.")
    return found


def _said(edit: ContactEdit, region: str | None) -> Mapping[str, str | None]:
    email = phone = None
    if not isinstance(edit.email, UnsetType) and (email := normal_email(edit.email)) is None:
        raise InvalidError.field("email", "This is no e-mail address.")
    if not isinstance(edit.phone, UnsetType) and (phone := normal_phone(edit.phone, region)) is None:
        raise InvalidError.field("phone", "This is no phone number; write it with its country code.")
    return {"email": email, "phone": phone}


async def _take(
    transaction: Transaction, contact: Found, edit: ContactEdit, said: Mapping[str, str | None], at: datetime
) -> None:
    batch = Batch.by_hand()
    await membership.load_contacts(transaction, batch, [contact])
    whole, profile = batch.contacts[contact], membership.own_profile(batch, contact)
    fold_appearance(
        profile,
        Appearance(
            strength=Strength.HAND,
            said_at=at,
            seen_at=profile.last_seen_at,
            first_name=None,
            last_name=None,
            **said,
        ),
    )
    if {"first_name", "last_name"} & set(edit.given):
        names = _names(edit, whole)
        take_name(profile, Strength.HAND + at.isoformat(timespec="microseconds"), *names)
    if contact in batch.own:
        batch.regroup.add(contact)
    await membership.regroup(transaction, batch)
    await membership.write_contacts(transaction, batch)


def _names(edit: ContactEdit, whole: Profile) -> tuple[str | None, str | None]:
    first = whole.first_name if isinstance(edit.first_name, UnsetType) else edit.first_name
    last = whole.last_name if isinstance(edit.last_name, UnsetType) else edit.last_name
    return first, last


async def _write_marks(transaction: Transaction, contact: Found, edit: ContactEdit, version: str) -> None:
    if not isinstance(edit.tags, UnsetType):
        await store.write_tags(transaction, contact, sorted(set(edit.tags)), version)
    if not isinstance(edit.subscription_status, UnsetType):
        await store.write_subscription(transaction, contact, edit.subscription_status, version)
    if not isinstance(edit.custom_fields, UnsetType):
        await store.write_custom_fields(transaction, contact, edit.custom_fields, version)
