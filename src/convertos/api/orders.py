"""`/api/orders`: what was sold, as the shops tell it."""

from collections.abc import Mapping, Sequence
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field

from convertos.api.contract import Answer, Instant, PageAnswer, Shape
from convertos.api.contract_route import resource
from convertos.api.dependencies import NarrowedWork, Paging, Work, may
from convertos.api.ledger import (
    FirstDay,
    IncludeDeleted,
    LastDay,
    Money,
    Search,
    SourceName,
    SourceShape,
    money,
    source_shape,
)
from convertos.attribution.credited import earned_by, explanation_of, sources_of
from convertos.ledger.batch import SEEN_VIA
from convertos.ledger.reading import orders as ledger
from convertos.ledger.reading.model import Order, OrderFilters, OrderSort
from convertos.records import Source, format_amount
from convertos.tenancy.model import Caller
from convertos.tenancy.rights import Right

router = resource("/orders", "Orders")

Reader = Annotated[Caller, may(Right.ORDERS_READ)]


class ItemShape(Shape):
    """A line of an order."""

    external_id: str | None
    product_external_id: str | None
    variant_external_id: str | None
    sku: str | None
    name: str
    quantity: Annotated[str, Field(description="Decimal.", examples=["2"])]
    price: Annotated[str | None, Field(description="Of one piece, as the shop calculated it.")]
    total: Annotated[str | None, Field(description="After discounts, before tax.")]


class RefundShape(Shape):
    """Money given back."""

    external_id: str
    amount: Money
    reason: str | None
    refunded_at: Instant


class OrderShape(Shape):
    """An order."""

    id: UUID
    client_id: UUID
    platform: Annotated[str, Field(examples=["woocommerce"])]
    store_domain: str
    external_id: Annotated[str, Field(description="The shop's own id.")]
    number: Annotated[str | None, Field(description="As the shop's people write it.")]
    status: Annotated[str | None, Field(description="The platform's own word.", examples=["processing"])]
    fulfillment_status: str | None
    currency: Annotated[str, Field(examples=["EUR"])]
    total: Annotated[Money, Field(description="As the shop sold it.")]
    subtotal: str | None
    discount_total: str | None
    shipping_total: str | None
    tax_total: str | None
    refunded_total: Money
    net_total: Annotated[Money, Field(description="`total` − `refundedTotal`.")]
    counted: Annotated[bool, Field(description="Whether it earns revenue.")]
    test: bool
    deleted: bool
    contact_id: UUID | None
    customer_email: str | None
    placed_at: Instant
    paid_at: Instant | None
    cancelled_at: Instant | None
    modified_at: Instant
    payment_method: str | None
    items: list[ItemShape]
    refunds: list[RefundShape]
    source: Annotated[SourceShape | None, Field(description="What earned it, by last touch.")]
    seen_via: Annotated[
        list[str],
        Field(
            description="The ways on which it came: `plugin`, `webhook`, `sync`, `api`.",
            examples=[["webhook"]],
        ),
    ]


class StatusShape(Shape):
    """A status that the order had, and since when."""

    status: str
    changed_at: Instant


class WholeOrderShape(OrderShape):
    """An order with all that is known of it."""

    source_explanation: Annotated[str | None, Field(description="Why it is credited so, in a sentence.")]
    lines: Annotated[
        dict[str, list[dict[str, str]]],
        Field(description="What else the total is made of: `coupons`, `fees`, `taxes`, `shipping`."),
    ]
    past_statuses: Annotated[list[StatusShape], Field(description="Before the present one, oldest first.")]


class OrderAnswer(Answer):
    """One order."""

    order: WholeOrderShape


class OrdersAnswer(PageAnswer):
    """Some orders."""

    orders: list[OrderShape]


def order_shape(order: Order, source: Source | None) -> OrderShape:
    """An order as it is shown."""
    return OrderShape(**_members(order, source))


def _members(order: Order, source: Source | None) -> dict[str, object]:
    currency = order.currency
    same = (
        "client_id", "platform", "store_domain", "external_id", "number", "status", "fulfillment_status",
        "currency", "contact_id", "customer_email", "placed_at", "paid_at", "cancelled_at", "modified_at",
        "payment_method",
    )  # fmt: skip
    amounts = (
        "total", "subtotal", "discount_total", "shipping_total", "tax_total", "refunded_total", "net_total",
    )  # fmt: skip
    return {
        "id": order.order_id,
        **{name: getattr(order, name) for name in same},
        **{name: money(getattr(order, name), currency) for name in amounts},
        "counted": order.is_counted,
        "test": order.is_test,
        "deleted": order.is_deleted,
        "items": [
            ItemShape(
                external_id=item.external_id,
                product_external_id=item.product_external_id,
                variant_external_id=item.variant_external_id,
                sku=item.sku,
                name=item.name,
                quantity=f"{item.quantity.normalize():f}",
                price=money(item.price, currency),
                total=money(item.total, currency),
            )
            for item in order.items
        ],
        "refunds": [
            RefundShape(
                external_id=refund.external_id,
                amount=format_amount(refund.amount, currency),
                reason=refund.reason,
                refunded_at=refund.refunded_at,
            )
            for refund in order.refunds
        ],
        "source": source_shape(source),
        "seen_via": [door for door, bit in SEEN_VIA.items() if order.seen_via & bit],
    }


def order_shapes(orders: Sequence[Order], sources: Mapping[UUID, Source]) -> list[OrderShape]:
    """Orders as they are shown, each with what earned it."""
    return [order_shape(order, sources.get(order.order_id)) for order in orders]


@router.get("")
async def list_orders(
    _: Reader,
    work: NarrowedWork,
    paging: Paging,
    *,
    status: Annotated[
        list[Annotated[str, Field(max_length=100)]] | None,
        Query(max_length=50, description="In the platform's words; repeatable."),
    ] = None,
    external_id: Annotated[
        str | None, Query(alias="externalId", max_length=200, description="The shop's own id.")
    ] = None,
    contact_id: Annotated[UUID | None, Query(alias="contactId", description="Of this contact.")] = None,
    counted: Annotated[bool | None, Query(description="Whether they earn revenue.")] = None,
    first_day: FirstDay = None,
    last_day: LastDay = None,
    source: SourceName = None,
    channel: Annotated[
        str | None, Query(max_length=100, description="Only what this channel brought.")
    ] = None,
    search: Annotated[
        Search,
        Query(max_length=200, description="A part of a name or e-mail address, a phone, or a whole number."),
    ] = None,
    include_deleted: IncludeDeleted = False,
    sort: Annotated[
        OrderSort, Query(description="A minus is for the latest or largest first.")
    ] = OrderSort.NEWEST,
) -> OrdersAnswer:
    """List orders, latest first; `from` and `to` are about when they were placed."""
    filters = OrderFilters(
        status=tuple(status or ()),
        external_id=external_id,
        contact_id=contact_id,
        is_counted=counted,
        first_day=first_day,
        last_day=last_day,
        search=search,
        includes_deleted=include_deleted,
    )
    page = await ledger.list_orders(
        work,
        filters,
        sort=sort,
        limit=paging.limit,
        cursor=paging.cursor,
        also=earned_by("order", source=source, channel=channel),
    )
    sources = await sources_of(work, [order.order_id for order in page.items])
    return OrdersAnswer(orders=order_shapes(page.items, sources), next_cursor=page.next_cursor)


@router.get("/{order_id}")
async def read_order(order_id: UUID, _: Reader, work: Work) -> OrderAnswer:
    """Read one order, also a deleted one: with what earned it and why, and the statuses that it had."""
    order = await ledger.read_order(work, order_id)
    sources = await sources_of(work, [order_id])
    whole = WholeOrderShape(
        **_members(order, sources.get(order_id)),
        source_explanation=await explanation_of(work, order_id),
        lines=order.lines or {},
        past_statuses=[StatusShape.model_validate(past) for past in await ledger.past_statuses(work, order)],
    )
    return OrderAnswer(order=whole)
