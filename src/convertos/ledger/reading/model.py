"""The shapes in which the ledger is read, and what its lists can be asked for."""

from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from convertos.records import Source, currency_decimals


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """A line of an order."""

    order_id: UUID
    external_id: str | None
    product_external_id: str | None
    variant_external_id: str | None
    sku: str | None
    name: str
    quantity: Decimal
    price: Decimal | None
    total: Decimal | None


class Refund(msgspec.Struct, frozen=True, kw_only=True):
    """Money given back for an order."""

    order_id: UUID
    external_id: str
    amount: Decimal
    reason: str | None
    refunded_at: datetime


class PastStatus(msgspec.Struct, frozen=True, kw_only=True):
    """A status that an order had, and since when."""

    status: str
    changed_at: datetime


class Order(msgspec.Struct, kw_only=True):
    """An order.

    Attributes:
        status: the platform's own word.
        is_counted: whether it earns revenue; `counted_at` is then the instant at which.
        seen_via: by which doors it came: bits of `ledger.batch.SEEN_VIA`.
        customer_name: of its contact, as far as known.
        items: empty in lists that were asked for without them.
    """

    client_id: UUID
    order_id: UUID
    platform: str
    store_domain: str
    external_id: str
    number: str | None
    status: str | None
    fulfillment_status: str | None
    currency: str
    total: Decimal
    subtotal: Decimal | None
    discount_total: Decimal | None
    shipping_total: Decimal | None
    tax_total: Decimal | None
    refunded_total: Decimal
    payment_method: str | None
    is_counted: bool
    is_test: bool
    is_deleted: bool
    contact_id: UUID | None
    customer_email: str | None
    customer_name: str | None
    placed_at: datetime
    paid_at: datetime | None
    cancelled_at: datetime | None
    counted_at: datetime
    modified_at: datetime
    lines: dict[str, list[dict[str, str]]] | None
    seen_via: int
    items: list[Item] = []
    refunds: list[Refund] = []

    @property
    def net_total(self) -> Decimal:
        """What is left after refunds."""
        return self.total - self.refunded_total


class OrderFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Which orders are asked for; what is not given lets all of them.

    Attributes:
        status: the platform's own words, any of them.
        first_day, last_day: on which they were placed, in the client's time zone, both included.
        search: the beginning of an e-mail address, a name, a phone, or an order's number.
    """

    status: tuple[str, ...] = ()
    external_id: str | None = None
    contact_id: UUID | None = None
    is_counted: bool | None = None
    first_day: date | None = None
    last_day: date | None = None
    search: str | None = None
    includes_deleted: bool = False


class OrderSort(StrEnum):
    """In what order orders are listed; a minus is for the largest or latest first."""

    NEWEST = "-placedAt"
    OLDEST = "placedAt"
    LARGEST = "-total"
    SMALLEST = "total"


class ContactType(StrEnum):
    """Whether somebody has bought: a customer has at least one counted order."""

    LEAD = "lead"
    CUSTOMER = "customer"


class ContactIdentifier(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that a contact is known by.

    Attributes:
        type: `email`, `phone`, `customer` (the number of an account in `store_domain`) or `visitor` (a browser).
    """

    contact_id: UUID
    type: str
    value: str
    store_domain: str | None


class CurrencyTotals(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody bought in one currency, refunds taken off."""

    currency: str
    orders: int
    spent: Decimal

    @property
    def average(self) -> Decimal | None:
        """Net revenue for each counted order, to the currency's decimals."""
        if not self.orders:
            return None
        step = Decimal(1).scaleb(-currency_decimals(self.currency))
        return (self.spent / self.orders).quantize(step, ROUND_HALF_UP)


class Contact(msgspec.Struct, kw_only=True):
    """A person, as far as one client knows.

    Attributes:
        currency: the client's, in which `total_spent` is.
        total_orders: the counted ones, in any currency.
        spent: by currency: `{"orders": 2, "spent": "20.00"}`.
        first_source, last_source: of the first arrival, and of the last that was not direct (or the last).
    """

    client_id: UUID
    contact_id: UUID
    email: str | None
    phone: str | None
    first_name: str | None
    last_name: str | None
    currency: str
    total_orders: int
    total_spent: Decimal
    spent: dict[str, dict[str, Any]]
    lead_count: int
    first_seen_at: datetime
    last_seen_at: datetime
    first_order_at: datetime | None
    last_order_at: datetime | None
    tags: list[str]
    subscription_status: str
    custom_fields: dict[str, Any]
    identifiers: list[ContactIdentifier] = []
    first_source: Source | None = None
    last_source: Source | None = None

    @property
    def name(self) -> str | None:
        """First and last name, as far as known."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or None

    @property
    def contact_type(self) -> ContactType:
        """Whether somebody has bought."""
        return ContactType.CUSTOMER if self.total_orders else ContactType.LEAD

    @property
    def totals(self) -> CurrencyTotals:
        """What was bought in the client's currency."""
        found = self.spent.get(self.currency, {})
        return CurrencyTotals(currency=self.currency, orders=found.get("orders", 0), spent=self.total_spent)

    @property
    def other_totals(self) -> list[CurrencyTotals]:
        """What was bought in other currencies, sorted by their names."""
        return [
            CurrencyTotals(currency=currency, orders=found["orders"], spent=Decimal(found["spent"]))
            for currency, found in sorted(self.spent.items())
            if currency != self.currency
        ]


class ContactFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Which contacts are asked for; what is not given lets all of them.

    Attributes:
        search: a part of a name or e-mail address, the beginning of a phone, or an order's number.
        source: of one of their arrivals, in its canonical name.
        min_spent: in the client's currency.
    """

    contact_type: ContactType | None = None
    search: str | None = None
    source: str | None = None
    min_spent: Decimal | None = None


class ContactSort(StrEnum):
    """In what order contacts are listed; a minus is for the largest or latest first."""

    LAST_SEEN = "-lastSeenAt"
    LONGEST_UNSEEN = "lastSeenAt"
    MOST_SPENT = "-totalSpent"
    LEAST_SPENT = "totalSpent"


class Lead(msgspec.Struct, kw_only=True):
    """A form that somebody filled in."""

    client_id: UUID
    lead_id: UUID
    contact_id: UUID | None
    platform: str
    store_domain: str
    form_plugin: str | None
    form_id: str | None
    form_name: str | None
    email: str | None
    name: str | None
    phone: str | None
    fields: dict[str, Any]
    page_url: str | None
    registered_at: datetime


class LeadFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Which leads are asked for; what is not given lets all of them.

    Attributes:
        search: a part of a name or e-mail address.
    """

    contact_id: UUID | None = None
    form_id: str | None = None
    first_day: date | None = None
    last_day: date | None = None
    search: str | None = None


class Checkout(msgspec.Struct, kw_only=True):
    """A checkout: begun, and perhaps abandoned or completed.

    Attributes:
        order_id: ours, of the order that it became, where that is known.
    """

    client_id: UUID
    checkout_id: UUID
    contact_id: UUID | None
    platform: str
    store_domain: str
    checkout_token: str
    funnel_id: str | None
    step_id: str | None
    email: str | None
    total: Decimal | None
    currency: str | None
    started_at: datetime | None
    abandoned_at: datetime | None
    completed_at: datetime | None
    occurred_at: datetime
    order_id: UUID | None

    @property
    def stage(self) -> "Stage":
        """How far it came; a checkout that was completed after it was abandoned is completed."""
        if self.completed_at is not None:
            return Stage.COMPLETED
        return Stage.STARTED if self.abandoned_at is None else Stage.ABANDONED


class Stage(StrEnum):
    """How far a checkout came, in the words of the events that tell of it."""

    STARTED = "checkout.started"
    ABANDONED = "checkout.abandoned"
    COMPLETED = "checkout.completed"


class CheckoutFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Which checkouts are asked for; what is not given lets all of them.

    Attributes:
        search: a part of an e-mail address, or a whole token.
    """

    contact_id: UUID | None = None
    stage: Stage | None = None
    first_day: date | None = None
    last_day: date | None = None
    search: str | None = None


class Variant(msgspec.Struct, frozen=True, kw_only=True):
    """One form in which a product is sold."""

    store_id: UUID
    product_external_id: str
    external_id: str
    sku: str | None
    name: str | None
    price: Decimal | None


class Product(msgspec.Struct, kw_only=True):
    """What a shop sells."""

    client_id: UUID
    product_id: UUID
    store_id: UUID
    platform: str
    store_domain: str
    external_id: str
    sku: str | None
    name: str
    status: str
    price: Decimal | None
    currency: str | None
    categories: list[str]
    tags: list[str]
    metadata: dict[str, Any]
    modified_at: datetime
    is_deleted: bool
    variants: list[Variant] = []


class ProductFilters(msgspec.Struct, frozen=True, kw_only=True):
    """Which products are asked for; what is not given lets all of them.

    Attributes:
        search: a part of a name, or a whole SKU.
    """

    status: str | None = None
    external_id: str | None = None
    search: str | None = None
    includes_deleted: bool = False


class RecordedArrival(msgspec.Struct, frozen=True, kw_only=True):
    """A touch, as it was recorded and as it was understood."""

    client_id: UUID
    touch_id: UUID
    occurred_at: datetime
    landing_page: str | None
    evidence: dict[str, Any]
    source: str
    medium: str
    campaign: str
    channel: str
    method: str


class Happening(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of a contact's timeline; exactly one of the things that it may be is there."""

    occurred_at: datetime
    id: UUID
    touch: RecordedArrival | None = None
    lead: Lead | None = None
    checkout: Checkout | None = None
    order: Order | None = None
