"""What a receipt says, in the house's own words.

A record may know only a part of its object (a plugin's `order.paid` knows the status and little else):
`UNSET` means "not said", `None` means "said to be empty".
"""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

import msgspec
from msgspec import UNSET, UnsetType

from convertos.records.person import Person
from convertos.records.touch import Touch
from convertos.records.version import Version


class Standing(StrEnum):
    """What a platform's own status word means for the ledger.

    `PAID` covers everything after payment (processing, completed, refunded): what was paid back is told
    by the refunds, not by the standing.
    """

    DRAFT = "draft"
    PENDING = "pending"
    PAID = "paid"
    CANCELLED = "cancelled"
    FAILED = "failed"
    TRASHED = "trashed"


class ObjectKind(StrEnum):
    """The kinds of object a shop can delete and restore."""

    CUSTOMER = "customer"
    ORDER = "order"
    PRODUCT = "product"
    COUPON = "coupon"


class PresenceChange(StrEnum):
    """Whether an object went away or came back."""

    DELETED = "deleted"
    RESTORED = "restored"


class CheckoutStage(StrEnum):
    """How far a checkout came."""

    STARTED = "started"
    ABANDONED = "abandoned"
    COMPLETED = "completed"


class OrderItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of an order.

    Attributes:
        price: for one piece, as the shop calculated it; may have more decimals than the currency.
        total: for the line, after discounts, before tax.
    """

    external_id: str | None = None
    product_external_id: str | None = None
    variant_external_id: str | None = None
    sku: str | None = None
    name: str = ""
    quantity: Decimal = Decimal(1)
    price: Decimal | None = None
    total: Decimal | None = None


class OrderLines(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an order's total is made of beside its items, each as a list of flat mappings."""

    coupons: list[dict[str, str]] = []
    fees: list[dict[str, str]] = []
    taxes: list[dict[str, str]] = []
    shipping: list[dict[str, str]] = []


class RefundRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Money given back for an order.

    Attributes:
        amount: positive.
        refunded_at: when, where the record knows; a shop's order object lists refunds without their time.
    """

    external_id: str
    amount: Decimal
    reason: str | None = None
    refunded_at: datetime | None = None


class OrderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What one receipt says about one order.

    Attributes:
        status: the platform's own word; `standing` is what it means.
        refunds: the refunds that the record names.
        is_refund_list_complete: whether an order's refund that is not named here does not exist (any more).
        touches: the arrivals that the order itself recorded.
    """

    external_id: str
    version: Version
    person: Person
    number: str | UnsetType = UNSET
    status: str | UnsetType = UNSET
    standing: Standing | UnsetType = UNSET
    fulfillment_status: str | None | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    total: Decimal | UnsetType = UNSET
    subtotal: Decimal | None | UnsetType = UNSET
    discount_total: Decimal | None | UnsetType = UNSET
    shipping_total: Decimal | None | UnsetType = UNSET
    tax_total: Decimal | None | UnsetType = UNSET
    payment_method: str | None | UnsetType = UNSET
    placed_at: datetime | UnsetType = UNSET
    paid_at: datetime | None | UnsetType = UNSET
    cancelled_at: datetime | None | UnsetType = UNSET
    is_test: bool | UnsetType = UNSET
    items: tuple[OrderItem, ...] | UnsetType = UNSET
    lines: OrderLines | UnsetType = UNSET
    refunds: tuple[RefundRecord, ...] = ()
    is_refund_list_complete: bool = False
    touches: tuple[Touch, ...] = ()
    checkout_token: str | None | UnsetType = UNSET


class CustomerRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What one receipt says about one account in a shop.

    Attributes:
        external_id: the account's number; `None` where a site registers people without one.
        emails: every address of the account, the login address first.
    """

    external_id: str | None
    version: Version
    person: Person
    emails: tuple[str, ...] = ()
    role: str | None = None
    registered_at: datetime | None = None
    touches: tuple[Touch, ...] = ()


class LeadRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A form that was filled in.

    Attributes:
        external_id: what tells this submission from another one of the same connection.
    """

    external_id: str
    person: Person
    registered_at: datetime
    form_plugin: str | None = None
    form_id: str | None = None
    form_name: str | None = None
    fields: dict[str, object] = {}
    page_url: str | None = None
    touches: tuple[Touch, ...] = ()


class CheckoutRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout that was started, abandoned or completed.

    Attributes:
        checkout_token: what the three share; one checkout has one token.
    """

    checkout_token: str
    stage: CheckoutStage
    occurred_at: datetime
    person: Person
    version: Version
    funnel_id: str | None = None
    step_id: str | None = None
    total: Decimal | None = None
    currency: str | None = None
    items: tuple[OrderItem, ...] = ()
    order_external_id: str | None = None
    touches: tuple[Touch, ...] = ()


class ProductVariant(msgspec.Struct, frozen=True, kw_only=True):
    """One form in which a product is sold."""

    external_id: str
    sku: str | None = None
    name: str | None = None
    price: Decimal | None = None


class ProductRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What one receipt says about one product, or about one variant of it.

    Attributes:
        parent_external_id: set when the record is a variant's own; then it only changes that variant.
        variants: the variants that the record describes; `None` when it does not say.
    """

    external_id: str
    version: Version
    parent_external_id: str | None = None
    sku: str | None = None
    name: str = ""
    status: str = ""
    price: Decimal | None = None
    currency: str | None = None
    categories: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    variants: tuple[ProductVariant, ...] | None = None
    metadata: dict[str, object] = {}


class TouchRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An arrival that was recorded by itself, before anybody bought or signed up."""

    person: Person
    touch: Touch


class PresenceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """An object was deleted in its shop, or restored.

    Attributes:
        evidence_id: what tells this deletion from another one of the same object; the object is deleted
            while more distinct deletions than restorations are known.
    """

    kind: ObjectKind
    external_id: str
    change: PresenceChange
    evidence_id: str


Record = (
    OrderRecord | CustomerRecord | LeadRecord | CheckoutRecord | ProductRecord | TouchRecord | PresenceRecord
)


def restated(record: Record, at: datetime) -> Record:
    """The record as the newest statement at an instant, whatever its own stamp says."""
    if isinstance(record, OrderRecord | CustomerRecord | ProductRecord) and record.version.at < at:
        return msgspec.structs.replace(record, version=record.version._replace(at=at))
    return record
