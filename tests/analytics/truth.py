"""What reports must say, calculated from the ledger's rows one by one and by no SQL of analytics."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from convertos.core.database import Database, Role, Transaction
from convertos.records import currency_decimals
from tests.analytics.scenario import Shop

AMOUNTS = ("orders", "revenue", "refunds", "refunds_on_day", "new_customers", "leads")
Amounts = tuple[Any, ...]


class Event(NamedTuple):
    """Something that adds to a day."""

    at: datetime
    day: date
    channel: str
    source: str
    medium: str
    campaign: str
    landing_page: str
    currency: str = ""
    status: str = ""
    orders: int = 0
    revenue: Decimal = Decimal(0)
    refunds: Decimal = Decimal(0)
    refunds_on_day: Decimal = Decimal(0)
    new_customers: int = 0
    leads: int = 0


def _event(at: datetime, shop: Shop, credit: dict[str, Any]) -> Event:
    return Event(
        at,
        at.astimezone(ZoneInfo(shop.timezone)).date(),
        credit["channel"],
        credit["source"],
        credit["medium"],
        credit["campaign"],
        _page(credit["landing_page"]),
    )


async def events_of(database: Database, shop: Shop) -> list[Event]:
    async with database.transaction(role=Role.WORKER) as transaction:
        return [
            *await _order_events(transaction, shop),
            *await _lead_events(transaction, shop),
        ]


async def _rows(transaction: Transaction, table: str, client_id: UUID) -> list[dict[str, Any]]:
    return await transaction.rows(f"SELECT * FROM {table} WHERE client_id = %s", (client_id,))


async def _credits(transaction: Transaction, shop: Shop) -> dict[UUID, dict[str, Any]]:
    rows = await _rows(transaction, "credits", shop.client_id)
    return {row["subject_id"]: row for row in rows if row["model"] == "last_touch"}


def _page(address: str | None) -> str:
    pages = {
        None: "(not set)",
        "https://www.shop.example/a/?utm_source=google#top": "shop.example/a",
        "/b?x=1": "/b",
        "https://shop.example/": "shop.example",
    }
    return pages[address]


async def _order_events(transaction: Transaction, shop: Shop) -> list[Event]:
    earned_by = await _credits(transaction, shop)
    orders = [row for row in await _rows(transaction, "orders", shop.client_id) if row["is_counted"]]
    firsts: dict[UUID, tuple[datetime, UUID]] = {}
    for order in orders:
        if order["contact_id"] is not None:
            place = (order["counted_at"], order["order_id"])
            firsts[order["contact_id"]] = min(place, firsts.get(order["contact_id"], place))
    refunds = defaultdict(list)
    for refund in await _rows(transaction, "refunds", shop.client_id):
        if not refund["is_withdrawn"]:
            refunds[refund["order_id"]].append(
                (refund["refunded_at"], refund["external_id"], refund["amount"])
            )
    events = []
    for order in orders:
        credit, repayments = earned_by[order["order_id"]], sorted(refunds[order["order_id"]])
        about = {"currency": order["currency"], "status": order["status"] or ""}
        revenue = _revenue(order, shop)
        takes_back = _taken_back(order, revenue)
        at = order["counted_at"]
        events.append(
            _event(at, shop, credit)._replace(
                **about,
                orders=1,
                revenue=revenue,
                refunds=takes_back(sum((amount for _, _, amount in repayments), Decimal(0))),
                new_customers=int((at, order["order_id"]) == firsts.get(order["contact_id"])),
            )
        )
        before = Decimal(0)
        for refunded_at, _, amount in repayments:
            part = takes_back(before + amount) - takes_back(before)
            events.append(_event(refunded_at, shop, credit)._replace(**about, refunds_on_day=part))
            before += amount
    return events


def _revenue(order: dict[str, Any], shop: Shop) -> Decimal:
    left_out = Decimal(0)
    if shop.excludes_tax:
        left_out += order["tax_total"] or 0
    if shop.excludes_shipping:
        left_out += order["shipping_total"] or 0
    return max(Decimal(0), Decimal(order["total"]) - left_out)


def _taken_back(order: dict[str, Any], revenue: Decimal) -> Callable[[Decimal], Decimal]:
    total: Decimal = order["total"]
    exponent = revenue.as_tuple().exponent
    assert isinstance(exponent, int)
    step = Decimal(1).scaleb(-max(currency_decimals(order["currency"]), -exponent))

    def take(paid_back: Decimal) -> Decimal:
        if revenue == total:
            return paid_back
        return (paid_back * revenue / total).quantize(step, ROUND_HALF_UP)

    return take


async def _lead_events(transaction: Transaction, shop: Shop) -> list[Event]:
    earned_by = await _credits(transaction, shop)
    return [
        _event(row["registered_at"], shop, earned_by[row["lead_id"]])._replace(leads=1)
        for row in await _rows(transaction, "leads", shop.client_id)
    ]


def added_up(events: Iterable[Event], *names: str) -> dict[tuple[Any, ...], Amounts]:
    """The amounts by some attributes of the events."""
    sums: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0] * len(AMOUNTS))
    for event in events:
        found = sums[tuple(getattr(event, name) for name in names)]
        for place, name in enumerate(AMOUNTS):
            found[place] += getattr(event, name)
    return {key: tuple(amounts) for key, amounts in sums.items()}
