"""How what several receipts say about one order becomes one order. Pure.

Each field is a register of its own in which the newest statement wins (`records.Version`); refunds and
touches are sets. So the outcome is the same for any order of arrival and for any number of repeats, also
when a plugin's partial events and a shop's whole objects are mixed.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from convertos.ledger.registers import fold_fields
from convertos.records import OrderItem, OrderLines, OrderRecord, Standing
from convertos.records.version import NEVER, instant_of

STATED_FIELDS = (
    "number",
    "status",
    "standing",
    "fulfillment_status",
    "currency",
    "total",
    "subtotal",
    "discount_total",
    "shipping_total",
    "tax_total",
    "payment_method",
    "placed_at",
    "paid_at",
    "cancelled_at",
    "is_test",
    "checkout_token",
    "lines",
    "items",
)
PERSON_FIELDS = ("customer_external_id", "customer_email", "customer_phone", "visitor_id")
FIELDS = STATED_FIELDS + PERSON_FIELDS
TOLD_ALONE = "0"
"""In place of the version of a list of refunds: there are refunds, but never was a whole list of them."""
_UNCOUNTED = frozenset({Standing.DRAFT, Standing.CANCELLED, Standing.FAILED, Standing.TRASHED})


class RefundState(msgspec.Struct):
    """One refund of an order; a row of `refunds` but for its keys.

    Attributes:
        refunded_at: as stated; where nobody said, the earliest change of the order that shows the refund.
        time_version: the newest statement that told the time, or `NEVER`.
    """

    external_id: str
    amount: Decimal
    reason: str | None
    refunded_at: datetime
    time_version: str
    version: str
    is_withdrawn: bool = False


class OrderRow(msgspec.Struct, kw_only=True):
    """One order's columns in `orders`.

    Attributes:
        field_versions: of fields whose newest statement is not the order's newest one: its version, or
            `NEVER`. Whole objects leave this empty.
        is_counted, counted_at: derived by `settle`.
        refunds_version: the newest whole list of refunds, `TOLD_ALONE`, or `NEVER` while there are none.
    """

    client_id: UUID
    order_id: UUID
    store_id: UUID
    external_id: str
    number: str | None = None
    status: str | None = None
    standing: str = Standing.PENDING
    fulfillment_status: str | None = None
    currency: str = ""
    total: Decimal = Decimal(0)
    subtotal: Decimal | None = None
    discount_total: Decimal | None = None
    shipping_total: Decimal | None = None
    tax_total: Decimal | None = None
    refunded_total: Decimal = Decimal(0)
    payment_method: str | None = None
    contact_id: UUID | None = None
    customer_external_id: str | None = None
    customer_email: str | None = None
    customer_phone: str | None = None
    visitor_id: str | None = None
    checkout_token: str | None = None
    placed_at: datetime
    paid_at: datetime | None = None
    cancelled_at: datetime | None = None
    modified_at: datetime
    is_test: bool = False
    is_deleted: bool = False
    is_counted: bool = False
    counted_at: datetime
    lines: OrderLines | dict[str, Any] | None = None
    items_digest: str | None = None
    touch_ids: list[UUID] | None = None
    seen_via: int = 0
    version: str = NEVER
    field_versions: dict[str, str] | None = None
    refunds_version: str = NEVER


class OrderState(msgspec.Struct, kw_only=True):
    """One order as the ledger knows it, and what is to be written of it.

    Attributes:
        refunds: all that are known, by their external id.
        items: the newest statement of them, where it is one of this batch.
        past_statuses: statuses to be added to the history: version, status, time.
        is_new: whether the order has no row yet.
        is_changed: whether the order or its refunds are to be written.
    """

    row: OrderRow
    refunds: dict[str, RefundState]
    items: tuple[OrderItem, ...] | None = None
    past_statuses: list[tuple[str, str, datetime]]
    is_new: bool
    is_changed: bool = False

    def settle(self) -> None:
        """Derive what follows from the fields."""
        row = self.row
        is_paid = row.paid_at is not None or row.standing == Standing.PAID
        is_out = row.is_deleted or row.is_test or row.standing in _UNCOUNTED
        row.is_counted = is_paid and not is_out
        row.counted_at = row.paid_at or row.placed_at

    @property
    def strongest_identifier(self) -> tuple[str, str] | None:
        """What decides whose order it is: kind and value."""
        row = self.row
        if row.customer_external_id is not None:
            return "customer", f"{row.store_id}:{row.customer_external_id}"
        if row.customer_email is not None:
            return "email", row.customer_email
        return ("phone", row.customer_phone) if row.customer_phone is not None else None


class Statement(msgspec.Struct, frozen=True):
    """A record, with the person's identifiers in their one spelling.

    Attributes:
        touch_ids: of the arrivals that the order recorded itself.
        seen_via: the bit of the door.
    """

    record: OrderRecord
    email: str | None
    phone: str | None
    touch_ids: tuple[UUID, ...]
    seen_via: int

    def fields(self) -> dict[str, Any]:
        """What the record states. A person's identifiers are only ever added, never taken back."""
        record, person = self.record, self.record.person
        stated = {name: value for name in STATED_FIELDS if (value := getattr(record, name)) is not UNSET}
        identifiers = (person.customer_external_id, self.email, self.phone, person.visitor_id)
        stated.update(
            (name, value) for name, value in zip(PERSON_FIELDS, identifiers, strict=True) if value is not None
        )
        return stated


def new_order(
    client_id: UUID, order_id: UUID, store_id: UUID, record: OrderRecord, default_currency: str
) -> OrderState:
    """An order of which nothing is known yet."""
    at = record.version.at
    row = OrderRow(
        client_id=client_id,
        order_id=order_id,
        store_id=store_id,
        external_id=record.external_id,
        currency=default_currency,
        placed_at=at,
        counted_at=at,
        modified_at=at,
    )
    return OrderState(row=row, refunds={}, past_statuses=[], is_new=True, is_changed=True)


def fold(order: OrderState, statement: Statement) -> None:
    """Take one statement into the order; marks it changed where it is."""
    record, row = statement.record, order.row
    version = record.version.encode()
    _fold_fields(order, statement.fields(), version, record.version.at)
    _fold_refunds(order, record, version)
    touch_ids = sorted({*(row.touch_ids or ()), *statement.touch_ids}) or None
    seen_via = row.seen_via | statement.seen_via
    if touch_ids != row.touch_ids or seen_via != row.seen_via:
        row.touch_ids, row.seen_via, order.is_changed = touch_ids, seen_via, True


def _fold_fields(order: OrderState, stated: dict[str, Any], version: str, at: datetime) -> None:
    row = order.row
    _remember_status(order, stated, version, at)
    known = {**(row.field_versions or {}), **_unknown_identifiers(row)}
    result = fold_fields(FIELDS, stated, version, row.version, known)
    for name in result.taken:
        setattr(order if name == "items" else row, name, stated[name])
    if result.field_versions.get("placed_at") == NEVER and at < row.placed_at:
        # Nobody said when: the earliest trace of the order, whichever came first.
        row.placed_at, order.is_changed = at, True
    if result.taken or result.version != row.version:
        row.version, row.field_versions = result.version, _worth_keeping(result.field_versions) or None
        row.modified_at = max(row.modified_at, at)
        order.is_changed = True


def _unknown_identifiers(row: OrderRow) -> dict[str, str]:
    return {name: NEVER for name in PERSON_FIELDS if getattr(row, name) is None}


def _worth_keeping(field_versions: dict[str, str]) -> dict[str, str]:
    # An identifier that is missing was never stated: its absence says so already.
    return {
        name: version
        for name, version in field_versions.items()
        if version != NEVER or name not in PERSON_FIELDS
    }


def _remember_status(order: OrderState, stated: dict[str, Any], version: str, at: datetime) -> None:
    status, row = stated.get("status"), order.row
    current = (row.field_versions or {}).get("status", row.version)
    if status is None or current in {NEVER, version}:
        return
    if version < current:
        order.past_statuses.append((version, status, at))
    elif row.status is not None:
        order.past_statuses.append((current, row.status, instant_of(current)))


def _fold_refunds(order: OrderState, record: OrderRecord, version: str) -> None:
    if not record.refunds and not record.is_refund_list_complete:
        return
    row = order.row
    for refund in record.refunds:
        known = order.refunds.get(refund.external_id)
        state = RefundState(
            external_id=refund.external_id,
            amount=refund.amount,
            reason=refund.reason,
            refunded_at=refund.refunded_at or record.version.at,
            time_version=version if refund.refunded_at else NEVER,
            version=version,
        )
        state = state if known is None else _newer_refund(known, state)
        if state != known:
            order.refunds[refund.external_id], order.is_changed = state, True
    if record.is_refund_list_complete and version > row.refunds_version:
        row.refunds_version, order.is_changed = version, True
    elif row.refunds_version == NEVER:
        row.refunds_version = TOLD_ALONE
    for entry in order.refunds.values():
        entry.is_withdrawn = entry.version < row.refunds_version
    row.refunded_total = sum(
        (entry.amount for entry in order.refunds.values() if not entry.is_withdrawn), Decimal(0)
    )


def _newer_refund(known: RefundState, stated: RefundState) -> RefundState:
    newer = stated if stated.version > known.version else known
    timed = stated if stated.time_version > known.time_version else known
    is_told = timed.time_version != NEVER
    return RefundState(
        external_id=newer.external_id,
        amount=newer.amount,
        reason=newer.reason,
        refunded_at=timed.refunded_at if is_told else min(known.refunded_at, stated.refunded_at),
        time_version=timed.time_version,
        version=newer.version,
        is_withdrawn=known.is_withdrawn,
    )


def fold_all(order: OrderState, statements: Iterable[Statement]) -> OrderState:
    """Take several statements in; any order of them gives the same."""
    for statement in statements:
        fold(order, statement)
    order.settle()
    return order
