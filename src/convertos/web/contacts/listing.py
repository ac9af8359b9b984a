"""`/dashboard/contacts`: people by who they are and what they bought."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from convertos.ledger.reading.contacts import list_contacts
from convertos.ledger.reading.model import Contact, ContactFilters, ContactSort, ContactType
from convertos.tenancy.rights import Right
from convertos.web.desk import Desk, at

router = APIRouter(include_in_schema=False)

CONTACTS_PATH = "/dashboard/contacts"
AT_ONCE = 50
LONGEST_SEARCH = 200

KINDS = (("", "Everybody"), (ContactType.CUSTOMER.value, "Customers"), (ContactType.LEAD.value, "Leads"))
SORTS = (
    ("", "Last seen first"),
    (ContactSort.LONGEST_UNSEEN.value, "Longest unseen first"),
    (ContactSort.MOST_SPENT.value, "Most spent first"),
    (ContactSort.LEAST_SPENT.value, "Least spent first"),
)
NOBODY = "Somebody without a name"

Reader = Annotated[Desk, at(Right.CONTACTS_READ)]


def title_of(contact: Contact) -> str:
    """What somebody is called."""
    return contact.name or contact.email or contact.phone or NOBODY


@router.get(CONTACTS_PATH)
async def contacts(
    desk: Reader,
    search: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    type: str = "",  # noqa: A002 - the address's word, as in the API
    sort: str = "",
    cursor: str | None = None,
) -> Response:
    """People by what they are like."""
    if desk.client is None:
        return desk.render("overview/no_client.html", title="Contacts")
    wanted, source = search.strip(), desk.filters.get("source")
    filters = ContactFilters(
        contact_type=ContactType(type) if type in list(ContactType) else None,
        search=wanted or None,
        source=source,
    )
    async with desk.client_work() as work:
        page = await list_contacts(
            work,
            filters,
            sort=ContactSort(sort) if sort in list(ContactSort) else ContactSort.LAST_SEEN,
            limit=AT_ONCE,
            cursor=cursor,
        )
    return desk.render(
        "contacts/list.html",
        rows=[(title_of(contact), contact) for contact in page.items],
        next_cursor=page.next_cursor,
        search=wanted,
        kind=type,
        kinds=KINDS,
        sort=sort,
        sorts=SORTS,
        source=source,
    )
