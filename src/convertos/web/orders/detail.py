"""`/dashboard/orders/{id}`: one order, and why its source has the credit."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from starlette.responses import Response

from convertos.attribution.credited import decision_of
from convertos.core.database import Transaction
from convertos.core.errors import NotFoundError
from convertos.ledger.batch import SEEN_VIA
from convertos.ledger.reading.contacts import read_contact
from convertos.ledger.reading.model import Contact, Order, PastStatus
from convertos.ledger.reading.orders import past_statuses, read_order
from convertos.tenancy.rights import Right
from convertos.web.desk import Desk, at
from convertos.web.evidence import why
from convertos.web.orders.listing import ORDERS_PATH
from convertos.web.orders.standing import standing_of

router = APIRouter(include_in_schema=False)

_DOORS = {"plugin": "WordPress plugin", "webhook": "Shop's webhook", "sync": "Synchronisation", "api": "API"}
_PLATFORMS = {"woocommerce": "WooCommerce", "wordpress": "WordPress", "shopify": "Shopify"}

Reader = Annotated[Desk, at(Right.ORDERS_READ)]


@router.get(f"{ORDERS_PATH}/{{order_id}}")
async def order(desk: Reader, order_id: UUID) -> Response:
    """Items and sums, refunds, history, the buyer, and the reason of its credit."""
    async with desk.client_work() as work:
        found = await read_order(work, order_id)
        decision = await decision_of(work, order_id)
        buyer = await _buyer(desk, work, found)
        past = await past_statuses(work, found)
    return desk.render(
        "orders/detail.html",
        order=found,
        standing=standing_of(found),
        sums=list(_sums(desk, found)),
        turns=_turns(found, past),
        why=why(desk, decision),
        buyer=buyer,
        facts=list(_facts(desk, found)),
    )


async def _buyer(desk: Desk, work: Transaction, order: Order) -> Contact | None:
    if order.contact_id is None or not desk.may(Right.CONTACTS_READ):
        return None
    try:
        return await read_contact(work, order.contact_id)
    except NotFoundError:
        return None


def _sums(desk: Desk, order: Order) -> Iterator[tuple[str, str, str]]:
    """Label, amount and class of each line below the items."""
    money = desk.show.money
    parts = (
        ("Subtotal", order.subtotal),
        ("Discount", -order.discount_total if order.discount_total else None),
        ("Shipping", order.shipping_total),
        ("Tax", order.tax_total),
    )
    for label, amount in parts:
        if amount is not None:
            yield label, money(amount, order.currency), ""
    yield "Total", money(order.total, order.currency), "sum-total"
    if order.refunded_total:
        yield "Refunded", money(-order.refunded_total, order.currency), ""
        yield "Net", money(order.net_total, order.currency), "sum-total"


def _turns(order: Order, past: Sequence[PastStatus]) -> list[tuple[str, datetime | None]]:
    """Each status and since when, the present one first; shops say the same one again with every change."""
    turns = [next(same) for _, same in groupby(past, lambda each: each.status)]
    known = [(turn.status, turn.changed_at) for turn in reversed(turns)]
    present = standing_of(order).word
    return [*known] if known and known[0][0] == present else [(present, None), *known]


def _facts(desk: Desk, order: Order) -> Iterator[tuple[str, object]]:
    show = desk.show
    yield "Placed", show.at(order.placed_at)
    if order.paid_at:
        yield "Paid", show.at(order.paid_at)
    if order.cancelled_at:
        yield "Cancelled", show.at(order.cancelled_at)
    yield "Changed", show.at(order.modified_at)
    yield "Shop", f"{order.store_domain} · {_PLATFORMS.get(order.platform, order.platform)}"
    yield "Id in the shop", order.external_id
    if order.payment_method:
        yield "Payment", order.payment_method
    if order.fulfillment_status:
        yield "Fulfilment", order.fulfillment_status
    for kind, lines in (order.lines or {}).items():
        words = [each.get("code") or each.get("name") or each.get("title") for each in lines]
        if text := ", ".join(word for word in words if word):
            yield kind.capitalize(), text
    yield "Came by", ", ".join(_DOORS[door] for door, bit in SEEN_VIA.items() if order.seen_via & bit)
