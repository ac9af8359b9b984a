"""Contacts as people and programs read them."""

from collections.abc import Sequence
from uuid import UUID

from convertos.core.database import Transaction
from convertos.core.errors import NotFoundError
from convertos.core.pagination import Page
from convertos.ledger.reading.model import Contact, ContactFilters, ContactSort
from convertos.ledger.reading.pages import read_page
from convertos.ledger.store import contact_lists as store
from convertos.ledger.store.listing import find_rows
from convertos.records import Source


async def list_contacts(
    transaction: Transaction,
    filters: ContactFilters | None = None,
    *,
    sort: ContactSort = ContactSort.LAST_SEEN,
    limit: int,
    cursor: str | None = None,
) -> Page[Contact]:
    """A page of the contacts of all clients in the transaction's scope, with identifiers and sources.

    Raises:
        InvalidError: the cursor is none of this list.
    """
    conditions = await store.conditions(transaction, filters or ContactFilters())
    page = await read_page(
        transaction, Contact, store.CONTACTS, conditions, store.SORTS[sort], limit=limit, cursor=cursor
    )
    await _add_parts(transaction, page.items)
    return page


async def read_contact(transaction: Transaction, contact_id: UUID) -> Contact:
    """One contact; the id of one that was merged leads to the contact that it went into.

    Raises:
        NotFoundError: there is none in the scope.
    """
    present = await store.is_now(transaction, contact_id)
    found = await find_rows(transaction, Contact, store.CONTACTS, [present] if present else [])
    if not found:
        raise NotFoundError("There is no such contact.")
    await _add_parts(transaction, found)
    return found[0]


async def _add_parts(transaction: Transaction, contacts: Sequence[Contact]) -> None:
    if not contacts:
        return
    by_id = {contact.contact_id: contact for contact in contacts}
    for contact in contacts:
        contact.identifiers = []
    for identifier in await store.identifiers_of(transaction, contacts):
        by_id[identifier.contact_id].identifiers.append(identifier)
    for contact_id, is_first, *parts in await store.sources_of(transaction, contacts):
        source = Source(**dict(zip(Source.__struct_fields__, parts, strict=True)))
        if is_first:
            by_id[contact_id].first_source = source
        else:
            by_id[contact_id].last_source = source
