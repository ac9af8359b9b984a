"""`/dashboard/contacts/{id}`: one person, and everything that they did."""

from collections.abc import Iterator
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from convertos.ledger.merging import hand_merges
from convertos.ledger.reading.contacts import read_contact
from convertos.ledger.reading.model import Contact
from convertos.ledger.reading.timeline import read_timeline
from convertos.tenancy.rights import Right
from convertos.web.contacts.happenings import days_of
from convertos.web.contacts.listing import CONTACTS_PATH, title_of
from convertos.web.desk import Desk, at

router = APIRouter(include_in_schema=False)

AT_ONCE = 50
_IDENTIFIERS = {"email": "E-mail", "phone": "Phone", "customer": "Account", "visitor": "Browser"}

Reader = Annotated[Desk, at(Right.CONTACTS_READ)]


@router.get(f"{CONTACTS_PATH}/{{contact_id}}")
async def contact(desk: Reader, contact_id: UUID, cursor: str | None = None) -> Response:
    """Totals, the timeline, and what the person is known by."""
    async with desk.client_work() as work:
        found = await read_contact(work, contact_id)
        page = await read_timeline(work, found, limit=AT_ONCE, cursor=cursor)
        merges = await hand_merges(work, found.contact_id)
    return desk.render(
        "contacts/detail.html",
        contact=found,
        title=title_of(found),
        totals=list(_totals(desk, found)),
        facts=list(_facts(desk, found)),
        identifiers=list(_identifiers(found)),
        merges=merges,
        days=days_of(desk, page.items),
        next_cursor=page.next_cursor,
    )


def _totals(desk: Desk, found: Contact) -> Iterator[tuple[str, str, str, list[str]]]:
    """Label, figure, how it is calculated, and the same in other currencies."""
    show, totals, others = desk.show, found.totals, found.other_totals
    yield (
        "Spent",
        show.money(totals.spent, totals.currency),
        "Net of refunds, orders that count",
        [f"+ {show.money(each.spent, each.currency)}" for each in others],
    )
    yield "Orders", show.count(found.total_orders), "Orders that count", []
    yield (
        "Average order",
        show.money(totals.average, totals.currency),
        "Spent ÷ orders",
        [show.money(each.average, each.currency) for each in others],
    )
    yield "Forms", show.count(found.lead_count), "Forms that were filled in", []


def _facts(desk: Desk, found: Contact) -> Iterator[tuple[str, object]]:
    show = desk.show
    yield "Kind", str(found.contact_type.value).capitalize()
    if found.email:
        yield "E-mail", found.email
    if found.phone:
        yield "Phone", found.phone
    yield "First seen", show.when(found.first_seen_at)
    yield "Last seen", show.when(found.last_seen_at)
    if found.first_order_at:
        yield "First order", show.when(found.first_order_at)
    if found.last_order_at and found.total_orders > 1:
        yield "Last order", show.when(found.last_order_at)
    if found.subscription_status != "unknown":
        yield "Newsletter", found.subscription_status
    if found.tags:
        yield "Tags", ", ".join(found.tags)
    for name, value in sorted(found.custom_fields.items()):
        yield name, ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _identifiers(found: Contact) -> Iterator[tuple[str, str]]:
    for each in found.identifiers:
        place = f" in {each.store_domain}" if each.store_domain else ""
        yield _IDENTIFIERS.get(each.type, each.type.capitalize()), f"{each.value}{place}"
