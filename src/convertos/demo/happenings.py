"""What happens in a made-up history, in words that no platform speaks. Amounts are whole cents.

Everything here is a snapshot: an order that changes is another `Order`.
"""

from datetime import datetime
from enum import StrEnum

import msgspec

from convertos.demo.brand import Payment, Product


class Person(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Somebody who does not exist."""

    number: int
    first_name: str
    last_name: str
    email: str
    phone: str | None
    country: str
    state: str
    city: str
    postcode: str
    street: str


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """How a visit began: what the address carried, and where the browser says it came from.

    Attributes:
        utm: without the prefix.
        landing_page: the full address, with its query.
        is_search: whether the referrer is a search engine.
    """

    utm: dict[str, str]
    click_ids: dict[str, str]
    referrer: str
    landing_page: str
    is_search: bool

    @property
    def is_direct(self) -> bool:
        """Whether nothing tells where it came from."""
        return not (self.utm or self.click_ids or self.referrer)


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """One visit.

    Attributes:
        visitor_id: the browser's cookie; `None` where the visitor did not want to be followed.
        count: the how-manieth of this browser it is.
    """

    at: datetime
    visitor_id: str | None
    arrival: Arrival
    count: int


class Item(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One thing that can be put into a cart: a product, or a variant of one.

    Attributes:
        number, variant_number: the shop's ids; 0 for a product without variants.
        price: in cents, as it is shown.
    """

    number: int
    variant_number: int
    sku: str
    product_name: str
    option: str
    variant: str
    price: int

    @property
    def name(self) -> str:
        """As an order's line calls it."""
        return f"{self.product_name} - {self.variant}" if self.variant else self.product_name


class Line(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of an order; without tax, before and after discounts, and the tax of both."""

    number: int
    item: Item
    quantity: int
    subtotal: int
    subtotal_tax: int
    total: int
    total_tax: int


class Refund(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """Money that was given back: `amount` with the tax that is in it."""

    number: int
    at: datetime
    amount: int
    tax: int
    reason: str


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """An order as it was at one moment.

    Attributes:
        number: the shop's id of it.
        account: the buyer's account in the shop; 0 for a guest.
        tax_rate: thousandths of a percent.
        coupon: the code, and by how many percent or cents it works.
        shipping_number, tax_number, coupon_number: the shop's ids of these lines.
        session: the visit in which it was placed.
        touches: the visits that the site remembers of this browser, that one included.
        meta_number: the shop's id of the first thing it noted on the order.
    """

    number: int
    key: str
    person: Person
    email: str
    account: int
    status: str
    currency: str
    lines: tuple[Line, ...]
    shipping: int
    shipping_tax: int
    shipping_number: int
    tax_number: int
    tax_rate: int
    coupon: str
    coupon_percent: int
    coupon_amount: int
    coupon_number: int
    payment: Payment
    session: Visit
    touches: tuple[Visit, ...]
    meta_number: int
    checkout_token: str
    placed_at: datetime
    modified_at: datetime
    paid_at: datetime | None = None
    completed_at: datetime | None = None
    refunds: tuple[Refund, ...] = ()
    is_test: bool = False

    @property
    def subtotal(self) -> int:
        """Goods before discounts and tax."""
        return sum(line.subtotal for line in self.lines)

    @property
    def discount(self) -> int:
        """What coupons took off, without tax."""
        return sum(line.subtotal - line.total for line in self.lines)

    @property
    def discount_tax(self) -> int:
        """The tax that coupons saved."""
        return sum(line.subtotal_tax - line.total_tax for line in self.lines)

    @property
    def cart_tax(self) -> int:
        """The tax on goods."""
        return sum(line.total_tax for line in self.lines)

    @property
    def tax(self) -> int:
        """All tax."""
        return self.cart_tax + self.shipping_tax

    @property
    def total(self) -> int:
        """What the customer pays."""
        return self.subtotal - self.discount + self.shipping + self.tax

    @property
    def refunded(self) -> int:
        """What was given back so far."""
        return sum(refund.amount for refund in self.refunds)


class Change(StrEnum):
    """What happened to an order."""

    PLACED = "placed"
    PAID = "paid"
    FAILED = "failed"
    CANCELLED = "cancelled"
    COMPLETED = "completed"
    REFUNDED = "refunded"


class Stage(StrEnum):
    """How far a checkout got."""

    STARTED = "started"
    ABANDONED = "abandoned"
    COMPLETED = "completed"


class Arrived(msgspec.Struct, frozen=True):
    """A visitor came, and the site may remember it."""

    at: datetime
    visit: Visit


class CheckoutMoved(msgspec.Struct, frozen=True, kw_only=True):
    """A checkout was begun, left or completed."""

    at: datetime
    stage: Stage
    token: str
    person: Person
    visitor_id: str | None
    basket: tuple[tuple[Item, int], ...]
    total: int
    order_number: int = 0


class OrderChanged(msgspec.Struct, frozen=True):
    """An order was placed, or is another now."""

    at: datetime
    change: Change
    order: Order


class AccountMade(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody has an account in the shop now."""

    at: datetime
    account: int
    person: Person
    visitor_id: str | None


class ProductListed(msgspec.Struct, frozen=True, kw_only=True):
    """A product came into the shop, or has other prices.

    Attributes:
        items: its variants, or itself.
    """

    at: datetime
    product: Product
    items: tuple[Item, ...]
    is_new: bool
    listed_at: datetime


class FormSent(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody filled a form in.

    Attributes:
        fields: what the form asked beyond name, e-mail and phone.
    """

    at: datetime
    number: int
    form_plugin: str
    form_id: str
    form_name: str
    page: str
    person: Person
    fields: dict[str, str]
    visitor_id: str | None
    touches: tuple[Visit, ...]


Happening = Arrived | CheckoutMoved | OrderChanged | AccountMade | ProductListed | FormSent
