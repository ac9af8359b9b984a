"""`/api/contacts`: people, as far as a client knows them."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request

from convertos.api.contact_shapes import (
    ContactAnswer,
    ContactChanges,
    ContactsAnswer,
    ContactShape,
    MergeRequest,
    TimelineAnswer,
    WholeContactShape,
    contact_members,
    merge_shape,
    timeline_shapes,
)
from convertos.api.contract import Answer
from convertos.api.contract_route import resource
from convertos.api.dependencies import NarrowedWork, Paging, Work, installation_of, may
from convertos.api.ledger import Search
from convertos.api.problem_answers import problems
from convertos.core.database import Transaction
from convertos.core.pagination import DEFAULT_LIMIT
from convertos.ledger import merging
from convertos.ledger.editing import edit_contact
from convertos.ledger.reading import contacts as ledger
from convertos.ledger.reading.model import ContactFilters, ContactSort, ContactType
from convertos.ledger.reading.timeline import read_timeline
from convertos.ledger.suppression import Suppression
from convertos.privacy import erase
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/contacts", "Contacts")

Reader = Annotated[Caller, may(Right.CONTACTS_READ)]
Writer = Annotated[Caller, may(Right.CONTACTS_WRITE)]


async def _whole(work: Transaction, contact_id: UUID) -> ContactAnswer:
    contact = await ledger.read_contact(work, contact_id)
    page = await read_timeline(work, contact, limit=DEFAULT_LIMIT)
    merges = await merging.hand_merges(work, contact.contact_id)
    whole = WholeContactShape(
        **contact_members(contact),
        merges=[merge_shape(merge) for merge in merges],
        timeline=await timeline_shapes(work, page),
        timeline_next_cursor=page.next_cursor,
    )
    return ContactAnswer(contact=whole)


@router.get("")
async def list_contacts(
    _: Reader,
    work: NarrowedWork,
    paging: Paging,
    *,
    contact_type: Annotated[ContactType | None, Query(alias="type")] = None,
    search: Annotated[
        Search,
        Query(
            max_length=200, description="A part of a name or e-mail address, a phone, or an order's number."
        ),
    ] = None,
    source: Annotated[
        str | None,
        Query(max_length=300, description="Only who ever came from this source.", examples=["facebook"]),
    ] = None,
    min_spent: Annotated[
        Decimal | None,
        Query(alias="minSpent", ge=-(10**12), le=10**12, description="In the client's currency."),
    ] = None,
    sort: Annotated[
        ContactSort, Query(description="A minus is for the latest or largest first.")
    ] = ContactSort.LAST_SEEN,
) -> ContactsAnswer:
    """List contacts, those who were seen last first."""
    filters = ContactFilters(contact_type=contact_type, search=search, source=source, min_spent=min_spent)
    page = await ledger.list_contacts(work, filters, sort=sort, limit=paging.limit, cursor=paging.cursor)
    contacts = [ContactShape(**contact_members(contact)) for contact in page.items]
    return ContactsAnswer(contacts=contacts, next_cursor=page.next_cursor)


@router.get("/{contact_id}")
async def read_contact(contact_id: UUID, _: Reader, work: Work) -> ContactAnswer:
    """Read one contact with the latest of what it did; the id of a merged one leads to where it went."""
    return await _whole(work, contact_id)


@router.get("/{contact_id}/timeline")
async def read_contact_timeline(contact_id: UUID, _: Reader, work: Work, paging: Paging) -> TimelineAnswer:
    """Read more of what a contact did: arrivals, leads, checkouts and orders, latest first."""
    contact = await ledger.read_contact(work, contact_id)
    page = await read_timeline(work, contact, limit=paging.limit, cursor=paging.cursor)
    return TimelineAnswer(timeline=await timeline_shapes(work, page), next_cursor=page.next_cursor)


@router.patch("/{contact_id}")
async def change_contact(
    contact_id: UUID, changes: ContactChanges, caller: Writer, work: Work
) -> ContactAnswer:
    """Correct a contact. What is typed here stands above all that arrives, until it is typed again."""
    await edit_contact(work, caller, contact_id, changes.edit())
    return await _whole(work, contact_id)


@router.post("/{contact_id}/merge", responses=problems(409))
async def merge_contact(contact_id: UUID, merge: MergeRequest, caller: Writer, work: Work) -> ContactAnswer:
    """Let two contacts be one, with all that is theirs; it can be undone without a trace."""
    return await _whole(work, await merging.merge_contacts(work, caller, contact_id, merge.other_id))


@router.delete("/{contact_id}/merges/{merge_id}", responses=problems(409))
async def undo_contact_merge(contact_id: UUID, merge_id: UUID, caller: Writer, work: Work) -> ContactAnswer:
    """Take apart what was merged by hand: everything is where it would be without the merge."""
    await merging.undo_merge(work, caller, contact_id, merge_id)
    return await _whole(work, contact_id)


@router.delete("/{contact_id}")
async def erase_contact(contact_id: UUID, caller: Writer, work: Work, request: Request) -> Answer:
    """Erase a contact for good: their orders still count, who they were is gone and does not come back."""
    await erase.erase_contact(work, caller, contact_id, Suppression(installation_of(request).vault))
    return Answer()
