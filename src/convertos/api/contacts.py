"""`/api/contacts`: people, as far as a client knows them."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import Field

from convertos.api.checkouts import CheckoutShape, checkout_shape
from convertos.api.contract import Answer, Instant, PageAnswer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import NarrowedWork, Paging, Work, may
from convertos.api.leads import LeadShape, lead_shape
from convertos.api.ledger import Money, Search, SourceShape, money, source_shape
from convertos.api.orders import OrderShape, order_shape
from convertos.attribution.credited import sources_of
from convertos.core.database import Transaction
from convertos.core.pagination import DEFAULT_LIMIT, Page
from convertos.ledger.reading import contacts as ledger
from convertos.ledger.reading.model import (
    Contact,
    ContactFilters,
    ContactSort,
    ContactType,
    CurrencyTotals,
    Happening,
    RecordedArrival,
)
from convertos.ledger.reading.timeline import read_timeline
from convertos.records import format_amount
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/contacts", "Contacts")

Reader = Annotated[Caller, may(Right.CONTACTS_READ)]


class IdentifierShape(Shape):
    """What a contact is known by."""

    type: Annotated[
        str, Field(description="`email`, `phone`, `customer` (an account in a shop) or `visitor`.")
    ]
    value: str
    store_domain: Annotated[str | None, Field(description="Of a `customer`: in which shop.")]


class TotalsShape(Shape):
    """What somebody bought in one currency."""

    currency: str
    total_orders: int
    total_spent: Money
    average_order_value: Annotated[str | None, Field(description="Null without orders.")]


class ContactShape(Shape):
    """A person."""

    id: UUID
    client_id: UUID
    email: str | None
    phone: Annotated[str | None, Field(description="E.164.", examples=["+302101234567"])]
    first_name: str | None
    last_name: str | None
    name: str | None
    contact_type: Annotated[ContactType, Field(description="A customer has a counted order.")]
    total_orders: Annotated[int, Field(description="Counted ones, in any currency.")]
    total_spent: Annotated[Money, Field(description="Net of refunds, in `currency`.")]
    currency: Annotated[str, Field(description="The client's.", examples=["EUR"])]
    average_order_value: Annotated[str | None, Field(description="Of the orders in `currency`.")]
    other_currencies: list[TotalsShape]
    lead_count: int
    first_source: Annotated[SourceShape | None, Field(description="Of the first recorded arrival.")]
    last_source: Annotated[
        SourceShape | None, Field(description="Of the last arrival that was not direct, or the last.")
    ]
    first_seen_at: Instant
    last_seen_at: Instant
    first_order_at: Instant | None
    last_order_at: Instant | None
    identifiers: list[IdentifierShape]
    tags: list[str]
    subscription_status: Annotated[str, Field(examples=["subscribed"])]
    custom_fields: dict[str, Any]
    custom_metadata: Annotated[
        dict[str, Any], Field(default_factory=dict, description="What partners reported.")
    ]
    sent_from_workspace: str | None = None
    converted_from_workspace: str | None = None
    conversion_status: str | None = None
    converted_at: Instant | None = None
    converted_by: str | None = None
    conversion_count: int = 0
    lifetime_value: Annotated[Money, Field(description="`totalSpent` and conversions that name no order.")]


class TouchShape(Shape):
    """An arrival."""

    source: SourceShape
    landing_page: str | None
    referrer: str | None


class HappeningShape(Shape):
    """One entry of a timeline; what it is about stands under its type."""

    id: UUID
    type: Annotated[str, Field(description="`touch`, `lead`, `checkout` or `order`.")]
    occurred_at: Instant
    touch: TouchShape | None = None
    lead: LeadShape | None = None
    checkout: CheckoutShape | None = None
    order: Annotated[OrderShape | None, Field(description="Without items and refunds.")] = None


class WholeContactShape(ContactShape):
    """A person, and what they did."""

    timeline: Annotated[list[HappeningShape], Field(description="The latest first.")]
    timeline_next_cursor: Annotated[
        str | None, Field(description="For `GET /contacts/{id}/timeline`; null where this is all.")
    ]


class ContactAnswer(Answer):
    """One contact."""

    contact: WholeContactShape


class ContactsAnswer(PageAnswer):
    """Some contacts."""

    contacts: list[ContactShape]


class TimelineAnswer(PageAnswer):
    """A part of what a contact did."""

    timeline: list[HappeningShape]


def _totals(totals: CurrencyTotals) -> TotalsShape:
    return TotalsShape(
        currency=totals.currency,
        total_orders=totals.orders,
        total_spent=format_amount(totals.spent, totals.currency),
        average_order_value=money(totals.average, totals.currency),
    )


def _members(contact: Contact) -> dict[str, Any]:
    same = (
        "client_id", "email", "phone", "first_name", "last_name", "name", "contact_type", "total_orders",
        "currency", "lead_count", "first_seen_at", "last_seen_at", "first_order_at", "last_order_at", "tags",
        "subscription_status", "custom_fields",
    )  # fmt: skip
    spent = money(contact.total_spent, contact.currency)
    return {
        "id": contact.contact_id,
        **{name: getattr(contact, name) for name in same},
        "total_spent": spent,
        "average_order_value": money(contact.totals.average, contact.currency),
        "other_currencies": [_totals(totals) for totals in contact.other_totals],
        "first_source": source_shape(contact.first_source),
        "last_source": source_shape(contact.last_source),
        "identifiers": [IdentifierShape.model_validate(each) for each in contact.identifiers],
        "lifetime_value": spent,
    }


def _touch(touch: RecordedArrival) -> TouchShape:
    return TouchShape(
        source=SourceShape.model_validate(touch),
        landing_page=touch.landing_page,
        referrer=touch.evidence.get("referrer"),
    )


async def _timeline(work: Transaction, page: Page[Happening]) -> list[HappeningShape]:
    sources = await sources_of(work, [each.id for each in page.items if each.order or each.lead])
    shapes = []
    for each in page.items:
        shape = HappeningShape(id=each.id, type="touch", occurred_at=each.occurred_at)
        if each.touch is not None:
            shape.touch = _touch(each.touch)
        elif each.lead is not None:
            shape.type, shape.lead = "lead", lead_shape(each.lead, sources.get(each.id))
        elif each.checkout is not None:
            shape.type, shape.checkout = "checkout", checkout_shape(each.checkout)
        elif each.order is not None:
            shape.type, shape.order = "order", order_shape(each.order, sources.get(each.id))
        shapes.append(shape)
    return shapes


async def _whole(work: Transaction, contact_id: UUID) -> ContactAnswer:
    contact = await ledger.read_contact(work, contact_id)
    page = await read_timeline(work, contact, limit=DEFAULT_LIMIT)
    whole = WholeContactShape(
        **_members(contact),
        timeline=await _timeline(work, page),
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
    contacts = [ContactShape(**_members(contact)) for contact in page.items]
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
    return TimelineAnswer(timeline=await _timeline(work, page), next_cursor=page.next_cursor)
