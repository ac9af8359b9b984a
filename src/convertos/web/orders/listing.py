"""`/dashboard/orders`: the orders of the chosen days, or whatever is searched for."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from convertos.attribution.credited import earned_by, sources_of
from convertos.ledger.reading.model import Order, OrderFilters, OrderSort
from convertos.ledger.reading.orders import list_orders
from convertos.tenancy.rights import Right
from convertos.web.desk import Desk, at
from convertos.web.orders.standing import Standing, standing_of

router = APIRouter(include_in_schema=False)

ORDERS_PATH = "/dashboard/orders"
AT_ONCE = 50
LONGEST_SEARCH = 200

STATUSES = (
    ("", "Any status"),
    ("counted", "Earns revenue"),
    ("uncounted", "Earns nothing"),
    ("pending", "Pending"),
    ("on-hold", "On hold"),
    ("processing", "Processing"),
    ("completed", "Completed"),
    ("refunded", "Refunded"),
    ("cancelled", "Cancelled"),
    ("failed", "Failed"),
)
_COUNTED = {"counted": True, "uncounted": False}
SORTS = (
    ("", "Newest first"),
    (OrderSort.OLDEST.value, "Oldest first"),
    (OrderSort.LARGEST.value, "Largest first"),
    (OrderSort.SMALLEST.value, "Smallest first"),
)

Reader = Annotated[Desk, at(Right.ORDERS_READ)]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list."""

    order: Order
    standing: Standing
    source: str | None


@router.get(ORDERS_PATH)
async def orders(
    desk: Reader,
    search: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    status: str = "",
    sort: str = "",
    cursor: str | None = None,
) -> Response:
    """Orders by what they are like; a search looks through all days."""
    if desk.client is None:
        return desk.render("overview/no_client.html", title="Orders")
    wanted = search.strip()
    async with desk.client_work() as work:
        page = await list_orders(
            work,
            _filters(desk, wanted, status),
            sort=OrderSort(sort) if sort in list(OrderSort) else OrderSort.NEWEST,
            limit=AT_ONCE,
            cursor=cursor,
            also=earned_by("order", **desk.filters),
            has_parts=False,
        )
        sources = await sources_of(work, [order.order_id for order in page.items])
    rows = [
        Row(order, standing_of(order), found.source if (found := sources.get(order.order_id)) else None)
        for order in page.items
    ]
    return desk.render(
        "orders/list.html",
        rows=rows,
        next_cursor=page.next_cursor,
        search=wanted,
        chosen=status,
        statuses=STATUSES,
        sort=sort,
        sorts=SORTS,
    )


def _filters(desk: Desk, search: str, status: str) -> OrderFilters:
    is_word = status in dict(STATUSES) and status not in _COUNTED and status != ""
    period = None if search else desk.range.period
    return OrderFilters(
        status=(status,) if is_word else (),
        is_counted=_COUNTED.get(status),
        first_day=period.first if period else None,
        last_day=period.last if period else None,
        search=search or None,
    )
