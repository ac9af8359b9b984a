"""A person's timeline as lines for people."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from convertos.attribution.channel import DIRECT
from convertos.ledger.reading.model import Checkout, Happening, Lead, Order, RecordedArrival, Stage
from convertos.records import Evidence
from convertos.web.desk import Desk
from convertos.web.evidence import METHODS, evidence_of, fields_of
from convertos.web.hues import label_of
from convertos.web.orders.standing import standing_of
from convertos.web.parts import TimelineDay, TimelineEntry

_STAGES = {
    Stage.STARTED: ("", "Began a checkout"),
    Stage.ABANDONED: ("caution", "Left a checkout"),
    Stage.COMPLETED: ("", "Completed a checkout"),
}
_SAME_VISIT = timedelta(minutes=1)


def days_of(desk: Desk, happenings: Sequence[Happening]) -> list[TimelineDay]:
    """The lines below a heading for each day, latest first."""
    days: list[TimelineDay] = []
    for happening in _told_once(happenings):
        heading = desk.show.day_heading(desk.show.local(happening.occurred_at).date())
        if not days or days[-1].heading != heading:
            days.append(TimelineDay(heading))
        days[-1].entries.append(_entry(desk, happening))
    return days


def _told_once(happenings: Sequence[Happening]) -> Iterator[Happening]:
    """Without the visits that the page told of and the order again."""
    told: tuple[RecordedArrival, datetime] | None = None
    for happening in happenings:
        arrival = happening.touch
        if arrival is None:
            told = None
        elif told and _is_same(told[0], arrival) and told[1] - happening.occurred_at < _SAME_VISIT:
            continue
        else:
            told = arrival, happening.occurred_at
        yield happening


def _is_same(one: RecordedArrival, other: RecordedArrival) -> bool:
    names = ("source", "medium", "campaign", "landing_page")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _entry(desk: Desk, happening: Happening) -> TimelineEntry:
    time = desk.show.clock(happening.occurred_at)
    if happening.order is not None:
        return _order(desk, happening.order, time)
    if happening.lead is not None:
        return _lead(desk, happening.lead, time)
    if happening.checkout is not None:
        return _checkout(desk, happening.checkout, time)
    return (
        _arrival(happening.touch, time)
        if happening.touch
        else TimelineEntry(icon="pointer", title="Something", time=time)
    )


def _order(desk: Desk, order: Order, time: str) -> TimelineEntry:
    word, mood = standing_of(order)
    parts = [desk.show.money(order.total, order.currency), word]
    if order.refunded_total:
        parts.append(f"{desk.show.money(order.refunded_total, order.currency)} refunded")
    return TimelineEntry(
        icon="shopping-bag",
        title=f"Order #{order.number or order.external_id}",
        text=" · ".join(parts),
        mood=mood,
        link=desk.way_to(f"/dashboard/orders/{order.order_id}"),
        time=time,
    )


def _lead(desk: Desk, lead: Lead, time: str) -> TimelineEntry:
    name = lead.form_name or lead.form_id
    page = [("Page", lead.page_url)] if lead.page_url else []
    return TimelineEntry(
        icon="forms",
        title=f"Filled in {name}" if name else "Filled in a form",
        mood="accent",
        link=desk.way_to(f"/dashboard/leads/{lead.lead_id}"),
        time=time,
        details=[*fields_of(lead.fields), *page],
    )


def _checkout(desk: Desk, checkout: Checkout, time: str) -> TimelineEntry:
    mood, title = _STAGES[checkout.stage]
    is_priced = checkout.total is not None and checkout.currency
    return TimelineEntry(
        icon="shopping-cart",
        title=title,
        text=desk.show.money(checkout.total, checkout.currency) if is_priced and checkout.currency else "",
        mood=mood,
        time=time,
    )


def _arrival(arrival: RecordedArrival, time: str) -> TimelineEntry:
    came = (
        "Visited directly" if arrival.channel == DIRECT.channel else f"Came from {label_of(arrival.source)}"
    )
    parts = [part for part in (arrival.channel, arrival.campaign) if part and part != DIRECT.channel]
    if arrival.landing_page:
        parts.append(urlsplit(arrival.landing_page).path or "/")
    return TimelineEntry(
        icon="pointer", title=came, text=" · ".join(parts), time=time, details=list(_details(arrival))
    )


def _details(arrival: RecordedArrival) -> Iterator[tuple[str, str]]:
    yield "Medium", arrival.medium
    yield "Decided by", METHODS.get(arrival.method, arrival.method)
    yield from evidence_of(msgspec.convert(arrival.evidence, Evidence))
