"""SQL that reads orders for people and programs."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from convertos.core.database import Transaction
from convertos.ledger.reading.model import Item, Order, OrderFilters, OrderSort, PastStatus, Refund
from convertos.ledger.store.listing import Condition, Listing, Sort, among, equals, on_days
from convertos.ledger.store.search import contacts_that_fit, orders_with_number

ORDERS = Listing(
    table="orders",
    id_column="order_id",
    columns="""t.client_id, t.order_id, s.platform, s.domain AS store_domain, t.external_id, t.number, t.status,
        t.fulfillment_status, t.currency, t.total, t.subtotal, t.discount_total, t.shipping_total, t.tax_total,
        t.refunded_total, t.payment_method, t.is_counted, t.is_test, t.is_deleted, t.contact_id,
        t.customer_email, nullif(concat_ws(' ', p.first_name, p.last_name), '') AS customer_name, t.placed_at,
        t.paid_at, t.cancelled_at, t.counted_at, t.modified_at, t.lines, t.seen_via""",
    joins="""JOIN stores s ON s.client_id = t.client_id AND s.store_id = t.store_id
        LEFT JOIN contacts p ON p.client_id = t.client_id AND p.contact_id = t.contact_id""",
)
SORTS = {
    OrderSort.NEWEST: Sort("placed_at", datetime),
    OrderSort.OLDEST: Sort("placed_at", datetime, is_descending=False),
    OrderSort.LARGEST: Sort("total", Decimal),
    OrderSort.SMALLEST: Sort("total", Decimal, is_descending=False),
}


async def conditions(transaction: Transaction, filters: OrderFilters) -> list[Condition]:
    """The filters as conditions; a search is looked up first."""
    found = [
        *among("status", filters.status),
        *equals("external_id", filters.external_id),
        *equals("contact_id", filters.contact_id),
        *equals("is_counted", filters.is_counted),
        *on_days("placed_at", filters.first_day, filters.last_day),
    ]
    if not filters.includes_deleted:
        found.append(Condition("NOT t.is_deleted", {}))
    if filters.search is not None:
        contacts = await contacts_that_fit(transaction, filters.search)
        orders = await orders_with_number(transaction, filters.search)
        found.append(
            Condition(
                "t.contact_id = ANY (%(buyers)s) OR t.order_id = ANY (%(numbered)s)",
                {"buyers": contacts, "numbered": orders},
            )
        )
    return found


async def items_of(transaction: Transaction, orders: Sequence[Order]) -> list[Item]:
    """The lines of orders, in their order."""
    return await transaction.fetch(
        Item,
        """
        SELECT order_id, external_id, product_external_id, variant_external_id, sku, name, quantity, price, total
        FROM order_items JOIN unnest(%s::uuid[], %s::uuid[]) AS k (client_id, order_id) USING (client_id, order_id)
        ORDER BY order_id, line
        """,
        _keys(orders),
    )


async def refunds_of(transaction: Transaction, orders: Sequence[Order]) -> list[Refund]:
    """The refunds of orders that hold, oldest first."""
    return await transaction.fetch(
        Refund,
        """
        SELECT order_id, external_id, amount, reason, refunded_at
        FROM refunds JOIN unnest(%s::uuid[], %s::uuid[]) AS k (client_id, order_id) USING (client_id, order_id)
        WHERE NOT is_withdrawn ORDER BY refunded_at, external_id
        """,
        _keys(orders),
    )


def _keys(orders: Sequence[Order]) -> tuple[list[UUID], list[UUID]]:
    return [order.client_id for order in orders], [order.order_id for order in orders]


async def past_statuses(transaction: Transaction, order: Order) -> list[PastStatus]:
    """The statuses that an order had before the one it has, oldest first."""
    return await transaction.fetch(
        PastStatus,
        """
        SELECT status, changed_at FROM order_statuses WHERE client_id = %s AND order_id = %s
        ORDER BY version COLLATE "C"
        """,
        (order.client_id, order.order_id),
    )
