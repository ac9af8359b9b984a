"""SQL of orders and what hangs on them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from convertos.core.database import Transaction
from convertos.core.database.rows import insert_rows, update_rows
from convertos.ledger.order_state import OrderRow, OrderState, RefundState
from convertos.records.version import NEVER

OrderKey = tuple[UUID, UUID, str]
"""(client, store, external id)."""

_COLUMNS = ", ".join(OrderRow.__struct_fields__)
_REFUND_COLUMNS = ", ".join(RefundState.__struct_fields__)


async def load_orders(transaction: Transaction, keys: Collection[OrderKey]) -> dict[OrderKey, OrderState]:
    """The orders that are known already, with their refunds."""
    columns = [list(column) for column in zip(*keys, strict=True)]
    rows = await transaction.tuples(
        f"""
        SELECT {_COLUMNS} FROM orders
        JOIN unnest(%b::uuid[], %b::uuid[], %b::text[]) AS k (client_id, store_id, external_id)
            USING (client_id, store_id, external_id)
        """,
        columns,
    )
    names = OrderRow.__struct_fields__
    orders = [OrderRow(**dict(zip(names, row, strict=True))) for row in rows]
    refunds = await _load_refunds(transaction, [order for order in orders if order.refunds_version != NEVER])
    return {
        (row.client_id, row.store_id, row.external_id): OrderState(
            row=row, refunds=refunds.get(row.order_id, {}), past_statuses=[], is_new=False
        )
        for row in orders
    }


async def _load_refunds(
    transaction: Transaction, orders: Sequence[OrderRow]
) -> dict[UUID, dict[str, RefundState]]:
    if not orders:
        return {}
    rows = await transaction.tuples(
        f"""
        SELECT order_id, {_REFUND_COLUMNS} FROM refunds
        JOIN unnest(%b::uuid[], %b::uuid[]) AS k (client_id, order_id) USING (client_id, order_id)
        """,
        [[order.client_id for order in orders], [order.order_id for order in orders]],
    )
    found: dict[UUID, dict[str, RefundState]] = {}
    for order_id, *values in rows:
        refund = RefundState(*values)
        found.setdefault(order_id, {})[refund.external_id] = refund
    return found


class _ItemRow(msgspec.Struct):
    client_id: UUID
    order_id: UUID
    line: int
    external_id: str | None
    product_external_id: str | None
    variant_external_id: str | None
    sku: str | None
    name: str
    quantity: Decimal
    price: Decimal | None
    total: Decimal | None


class _RefundRow(msgspec.Struct):
    client_id: UUID
    order_id: UUID
    external_id: str
    amount: Decimal
    reason: str | None
    refunded_at: datetime
    time_version: str
    version: str
    is_withdrawn: bool


class _StatusRow(msgspec.Struct):
    client_id: UUID
    order_id: UUID
    version: str
    status: str
    changed_at: datetime


async def write_orders(transaction: Transaction, orders: Sequence[OrderState]) -> None:
    """Write orders that changed, with their items and refunds."""
    await insert_rows(transaction, "orders", [order.row for order in orders if order.is_new])
    known = [order.row for order in orders if not order.is_new]
    await update_rows(transaction, "orders", known, ("client_id", "order_id"))
    await _write_items(transaction, [order for order in orders if order.items is not None])
    refunds = [_refund_row(order, refund) for order in orders for refund in order.refunds.values()]
    await insert_rows(
        transaction,
        "refunds",
        refunds,
        """ON CONFLICT (client_id, order_id, external_id) DO UPDATE SET amount = excluded.amount,
           reason = excluded.reason, refunded_at = excluded.refunded_at, version = excluded.version,
           time_version = excluded.time_version, is_withdrawn = excluded.is_withdrawn""",
    )


async def write_statuses(transaction: Transaction, orders: Sequence[OrderState]) -> None:
    """Write statuses that orders had once; one that is known stays as it is."""
    statuses = [
        _StatusRow(order.row.client_id, order.row.order_id, *past)
        for order in orders
        for past in order.past_statuses
    ]
    await insert_rows(transaction, "order_statuses", statuses, "ON CONFLICT DO NOTHING")


async def _write_items(transaction: Transaction, orders: Sequence[OrderState]) -> None:
    known = [order.row for order in orders if not order.is_new]
    if known:
        await transaction.send(
            """
            DELETE FROM order_items i USING unnest(%b::uuid[], %b::uuid[]) AS k (client_id, order_id)
            WHERE i.client_id = k.client_id AND i.order_id = k.order_id
            """,
            [[row.client_id for row in known], [row.order_id for row in known]],
        )
    items = [
        _ItemRow(
            order.row.client_id,
            order.row.order_id,
            line,
            item.external_id,
            item.product_external_id,
            item.variant_external_id,
            item.sku,
            item.name,
            item.quantity,
            item.price,
            item.total,
        )
        for order in orders
        for line, item in enumerate(order.items or ())
    ]
    await insert_rows(transaction, "order_items", items)


def _refund_row(order: OrderState, refund: RefundState) -> _RefundRow:
    return _RefundRow(
        order.row.client_id,
        order.row.order_id,
        refund.external_id,
        refund.amount,
        refund.reason,
        refund.refunded_at,
        refund.time_version,
        refund.version,
        refund.is_withdrawn,
    )


async def deleted_objects(
    transaction: Transaction, keys: Collection[tuple[UUID, UUID, str, str]]
) -> dict[tuple[UUID, UUID, str, str], bool]:
    """Whether some (client, store, kind, external id) are deleted, where anything was told of that.

    A thing is deleted while more distinct deletions than restorations are known.
    """
    if not keys:
        return {}
    columns = [list(column) for column in zip(*keys, strict=True)]
    rows: list[tuple[Any, ...]] = await transaction.tuples(
        """
        SELECT client_id, store_id, kind, external_id,
               count(*) FILTER (WHERE change = 'deleted') > count(*) FILTER (WHERE change = 'restored')
        FROM presence_changes
        JOIN unnest(%b::uuid[], %b::uuid[], %b::text[], %b::text[])
            AS k (client_id, store_id, kind, external_id)
            USING (client_id, store_id, kind, external_id)
        GROUP BY 1, 2, 3, 4
        """,
        columns,
    )
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}
