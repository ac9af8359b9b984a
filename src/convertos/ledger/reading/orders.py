"""Orders as people and programs read them."""

from collections.abc import Sequence
from uuid import UUID

from convertos.core.database import Transaction
from convertos.core.errors import NotFoundError
from convertos.core.pagination import Page
from convertos.ledger.reading.model import Order, OrderFilters, OrderSort, PastStatus
from convertos.ledger.reading.pages import read_page
from convertos.ledger.store import order_lists as store
from convertos.ledger.store.listing import Condition, find_rows


async def list_orders(
    transaction: Transaction,
    filters: OrderFilters | None = None,
    *,
    sort: OrderSort = OrderSort.NEWEST,
    limit: int,
    cursor: str | None = None,
    also: Sequence[Condition] = (),
    has_parts: bool = True,
) -> Page[Order]:
    """A page of the orders of all clients in the transaction's scope.

    Args:
        also: what another domain knows of orders, such as `attribution.credited.earned_by`.
        has_parts: whether each comes with its items and refunds.

    Raises:
        InvalidError: the cursor is none of this list.
    """
    conditions = [*await store.conditions(transaction, filters or OrderFilters()), *also]
    page = await read_page(
        transaction, Order, store.ORDERS, conditions, store.SORTS[sort], limit=limit, cursor=cursor
    )
    if has_parts:
        await _add_parts(transaction, page.items)
    return page


async def read_order(transaction: Transaction, order_id: UUID) -> Order:
    """One order with its items and refunds, also a deleted one.

    Raises:
        NotFoundError: there is none in the scope.
    """
    found = await find_orders(transaction, [order_id])
    if not found:
        raise NotFoundError("There is no such order.")
    await _add_parts(transaction, found)
    return found[0]


async def find_orders(transaction: Transaction, order_ids: Sequence[UUID]) -> list[Order]:
    """Some orders, without items and refunds and in no particular order."""
    return await find_rows(transaction, Order, store.ORDERS, order_ids)


async def past_statuses(transaction: Transaction, order: Order) -> list[PastStatus]:
    """The statuses that an order is known to have had before its present one, oldest first."""
    return await store.past_statuses(transaction, order)


async def _add_parts(transaction: Transaction, orders: Sequence[Order]) -> None:
    if not orders:
        return
    by_id = {order.order_id: order for order in orders}
    for order in orders:
        order.items, order.refunds = [], []
    for item in await store.items_of(transaction, orders):
        by_id[item.order_id].items.append(item)
    for refund in await store.refunds_of(transaction, orders):
        by_id[refund.order_id].refunds.append(refund)
