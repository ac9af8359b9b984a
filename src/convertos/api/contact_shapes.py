"""Contacts and what they did, as they are shown."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from convertos.api.checkouts import CheckoutShape, checkout_shape
from convertos.api.contract import Answer, Instant, Line, PageAnswer, Shape
from convertos.api.leads import LeadShape, lead_shape
from convertos.api.ledger import Money, SourceShape, money, source_shape
from convertos.api.orders import OrderShape, order_shape
from convertos.attribution.credited import sources_of
from convertos.core.database import Transaction
from convertos.core.pagination import Page
from convertos.ledger.editing import ContactEdit
from convertos.ledger.merging import HandMerge
from convertos.ledger.reading.model import Contact, ContactType, CurrencyTotals, Happening, RecordedArrival
from convertos.records import format_amount

_LARGEST_WHOLE = 2**53
FieldValue = (
    bool
    | Annotated[int, Field(ge=-_LARGEST_WHOLE, le=_LARGEST_WHOLE)]
    | Annotated[float, Field(allow_inf_nan=False)]
    | Line
    | Annotated[list[Line], Field(max_length=100)]
)
"""What a custom field can hold."""


class ContactChanges(Shape):
    """What is to be another; what is not named stays."""

    first_name: Annotated[Line | None, Field(description="Null for none.")] = None
    last_name: Annotated[Line | None, Field(description="Null for none.")] = None
    email: Annotated[
        Line | None,
        Field(description="As it is shown. Who the contact is known by changes with merges alone."),
    ] = None
    phone: Annotated[Line | None, Field(description="As it is shown.")] = None
    tags: Annotated[list[Line] | None, Field(max_length=100, description="All of them.")] = None
    subscription_status: Literal["unknown", "pending", "subscribed", "unsubscribed"] | None = None
    custom_fields: Annotated[
        dict[Line, FieldValue | None] | None,
        Field(max_length=200, description="These, beside the others; null takes one away."),
    ] = None

    def edit(self) -> ContactEdit:
        """The members that were named; null means something for names alone."""
        named = self.model_dump(exclude_unset=True)
        return ContactEdit(
            **{
                name: value
                for name, value in named.items()
                if value is not None or name in {"first_name", "last_name"}
            }
        )


class MergeRequest(Shape):
    """Who is the same person."""

    other_id: Annotated[UUID, Field(description="The contact that goes into this one.")]


class MergeShape(Shape):
    """Two contacts that somebody put together."""

    id: UUID
    other_id: Annotated[UUID, Field(description="The contact that went into the other.")]
    merged_at: Instant
    merged_by: Annotated[UUID | None, Field(description="A user or a key.")]


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

    merges: Annotated[list[MergeShape], Field(description="By hand; each can be undone.")]
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


def contact_members(contact: Contact) -> dict[str, Any]:
    """The members of a contact's shape."""
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


def merge_shape(merge: HandMerge) -> MergeShape:
    """A merge as it is shown."""
    return MergeShape(
        id=merge.merge_id, other_id=merge.loser_id, merged_at=merge.merged_at, merged_by=merge.merged_by
    )


async def timeline_shapes(work: Transaction, page: Page[Happening]) -> list[HappeningShape]:
    """A part of a timeline as it is shown, each order and lead with what earned it."""
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
