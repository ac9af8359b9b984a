"""Two entries of one person: put together by hand, and taken apart again."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from convertos.core.errors import ConflictError, InvalidError
from convertos.ledger.merging import merge_contacts, undo_merge
from convertos.ledger.reading.contacts import list_contacts, read_contact
from convertos.ledger.reading.model import ContactFilters
from convertos.tenancy.rights import Right
from convertos.web.contacts.listing import CONTACTS_PATH, LONGEST_SEARCH, title_of
from convertos.web.desk import Desk, at
from convertos.web.forms import Form

router = APIRouter(include_in_schema=False)

_AT_ONCE = 20

Writer = Annotated[Desk, at(Right.CONTACTS_WRITE)]


@router.get(f"{CONTACTS_PATH}/{{contact_id}}/merge")
async def choose(
    desk: Writer, contact_id: UUID, search: Annotated[str, Query(max_length=LONGEST_SEARCH)] = ""
) -> Response:
    """Who the other entry is."""
    return await _choose(desk, contact_id, search.strip(), Form())


async def _choose(desk: Desk, contact_id: UUID, search: str, form: Form, status: int = 200) -> Response:
    async with desk.client_work() as work:
        contact = await read_contact(work, contact_id)
        found = (
            (await list_contacts(work, ContactFilters(search=search), limit=_AT_ONCE)).items if search else []
        )
    rows = [(title_of(other), other) for other in found if other.contact_id != contact.contact_id]
    return desk.render(
        "contacts/merge.html",
        status=status,
        contact=contact,
        title=title_of(contact),
        rows=rows,
        search=search,
        form=form,
    )


@router.post(f"{CONTACTS_PATH}/{{contact_id}}/merge")
async def merge(desk: Writer, contact_id: UUID) -> Response:
    """Let both be one from now on."""
    try:
        other_id = UUID(desk.form.text("otherId"))
    except ValueError:
        error = InvalidError("Choose the other entry.")
        return await _choose(desk, contact_id, "", desk.form.refused(error), 422)
    try:
        async with desk.client_work() as work:
            winner = await merge_contacts(work, desk.caller, contact_id, other_id)
    except ConflictError as error:
        return await _choose(desk, contact_id, "", desk.form.refused(error), 409)
    return desk.go(f"{CONTACTS_PATH}/{winner}", "Both are one contact now. You can undo it below.")


@router.post(f"{CONTACTS_PATH}/{{contact_id}}/merges/{{merge_id}}/undo")
async def undo(desk: Writer, contact_id: UUID, merge_id: UUID) -> Response:
    """Let them be two again."""
    try:
        async with desk.client_work() as work:
            await undo_merge(work, desk.caller, contact_id, merge_id)
    except ConflictError as error:
        return desk.go(f"{CONTACTS_PATH}/{contact_id}", error.message, "bad")
    return desk.go(f"{CONTACTS_PATH}/{contact_id}", "They are two contacts again, as if never merged.")
