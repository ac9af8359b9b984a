"""Reports: equal to the orders in every grouping, period, view and filter."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from convertos.analytics.breakdown import break_down
from convertos.analytics.model import Breakdown, Dimension, Step, Sums, View, total_of
from convertos.analytics.overview import look_over
from convertos.analytics.periods import Interval, Period
from convertos.analytics.question import question_of
from convertos.analytics.timeline import draw
from convertos.core.database import Database
from tests.analytics.scenario import NOTABLE_DAYS, History, histories, live_through
from tests.analytics.truth import Event, events_of
from tests.analytics.wishes import NOW, SHORT_WISHES, WISHES, Wish

CENT = Decimal("0.01")
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def sums(events: Iterable[Event], view: View) -> Sums:
    events = list(events)
    refunds = (event.refunds if view is View.ORDER else event.refunds_on_day for event in events)
    return Sums(
        orders=sum(event.orders for event in events),
        revenue=sum((event.revenue for event in events), Decimal(0)),
        refunds=sum(refunds, Decimal(0)),
        new_customers=sum(event.new_customers for event in events),
    )


def within(events: Iterable[Event], period: Period, wish: Wish, currency: str) -> list[Event]:
    """What is asked for of one currency (of leads, where it is empty)."""
    return [
        event
        for event in events
        if period.first <= event.day <= period.last
        and event.currency == currency
        and (not wish.status or event.status in wish.status)
    ]


@few
@given(history=histories(), wish=WISHES)
async def test_rows_add_up_to_the_orders(database: Database, history: History, wish: Wish) -> None:
    """Each row is what its orders come to, and rows and rest are all the orders of the period."""
    shop = await live_through(database, history)
    async with database.transaction(shop.tenant.scope) as transaction:
        question = await question_of(transaction, wish.asked(shop), NOW)
        report = await break_down(transaction, question, wish.by, limit=wish.limit)
    events = await events_of(database, shop)
    assert report.is_up_to_date
    sold_in = {event.currency for period in question.periods for event in events if event.currency}
    assert {breakdown.currency for breakdown in report.breakdowns} <= {"EUR"} | sold_in
    for currency in {"EUR"} | sold_in:
        parts = [within(events, period, wish, currency) for period in question.periods]
        found = [each for each in report.breakdowns if each.currency == currency]
        if not found:
            assert not any(parts)
            continue
        assert_rows_are_true(found[0], parts, wish)
    leads = within(events, question.period, wish, "")
    assert sum(count for _, count in report.leads) == len(leads)


def assert_rows_are_true(breakdown: Breakdown, parts: Sequence[list[Event]], wish: Wish) -> None:
    now, before = parts[0], parts[1] if wish.compare else []
    assert breakdown.total.sums == sums(now, wish.view)
    assert breakdown.total.compared == sums(before, wish.view)
    assert total_of([*(row.sums for row in breakdown.rows), breakdown.rest.sums]) == breakdown.total.sums
    assert len(breakdown.rows) <= wish.limit
    for row in breakdown.rows:
        for part, found in ((now, row.sums), (before, row.compared)):
            own = [event for event in part if (getattr(event, wish.by) or "(not set)") == row.key]
            assert found == sums(own, wish.view)


@few
@given(
    history=histories(), wish=WISHES, interval=st.sampled_from([Interval.DAY, Interval.WEEK, Interval.MONTH])
)
async def test_steps_add_up_to_the_orders(
    database: Database, history: History, wish: Wish, interval: Interval
) -> None:
    """Each step of a timeline is what its days come to; lines and rest are the points; no day is missing."""
    shop = await live_through(database, history)
    async with database.transaction(shop.tenant.scope) as transaction:
        question = await question_of(transaction, wish.asked(shop), NOW)
        report = await draw(transaction, question, interval=interval, by=wish.by, limit=wish.limit)
    events = await events_of(database, shop)
    assert report.steps[0].starts == question.period.first
    assert report.steps[-1].ends == question.period.last
    for timeline in report.timelines:
        assert timeline.points == along(report.steps, events, wish, timeline.currency)
        assert timeline.compared == along(report.compared_steps, events, wish, timeline.currency)
        parts = [line.points for line in timeline.lines] + ([timeline.rest.points] if timeline.rest else [])
        assert [total_of(at) for at in zip(*parts, strict=True)] == (timeline.points if parts else [])
    assert sum(report.leads) == len(within(events, question.period, wish, ""))


def along(steps: Sequence[Step], events: list[Event], wish: Wish, currency: str) -> list[Sums]:
    periods = [Period(step.starts, step.ends or step.starts) for step in steps]
    return [sums(within(events, period, wish, currency), wish.view) for period in periods]


@few
@given(history=histories(), wish=SHORT_WISHES)
async def test_hours_add_up_to_the_orders(database: Database, history: History, wish: Wish) -> None:
    """Each hour that the clock on the wall shows is what happened in it; days of 23 and 25 hours lose nothing."""
    shop = await live_through(database, history)
    async with database.transaction(shop.tenant.scope) as transaction:
        question = await question_of(transaction, wish.asked(shop), NOW)
        report = await draw(transaction, question, interval=Interval.HOUR, by=Dimension.SOURCE)
    events = await events_of(database, shop)
    for timeline in report.timelines:
        own = within(events, question.period, wish, timeline.currency)
        hours = [hour_of(event.at.astimezone(ZoneInfo(shop.timezone))) for event in own]
        assert total_of(timeline.points) == sums(own, wish.view)
        for step, point in zip(report.steps, timeline.points, strict=True):
            assert isinstance(step.starts, datetime)
            shown = hour_of(step.starts)
            assert point == sums((e for e, hour in zip(own, hours, strict=True) if hour == shown), wish.view)


def hour_of(at: datetime) -> tuple[date, int, timedelta | None]:
    return at.date(), at.hour, at.utcoffset()


@few
@given(history=histories(), wish=WISHES)
async def test_figures_equal_the_orders(database: Database, history: History, wish: Wish) -> None:
    """The overview's figures are those of the orders, and each series adds up to its figure."""
    shop = await live_through(database, history)
    async with database.transaction(shop.tenant.scope) as transaction:
        question = await question_of(transaction, wish.asked(shop), NOW)
        overview = await look_over(transaction, question)
    events = await events_of(database, shop)
    now, before = (
        sums(within(events, period, wish, "EUR"), wish.view) for period in (question.periods * 2)[:2]
    )
    figures = overview.figures[0]
    assert figures.currency == "EUR"
    assert figures.revenue.value == now.revenue
    assert figures.revenue.compared == (before.revenue if wish.compare else None)
    assert figures.net_revenue.value == now.revenue - now.refunds
    assert (figures.refunded.value, figures.orders.value) == (now.refunds, now.orders)
    assert figures.new_customers.value == now.new_customers
    average = ((now.revenue - now.refunds) / now.orders).quantize(CENT, ROUND_HALF_UP) if now.orders else None
    assert figures.aov.value == average
    assert sum(value or 0 for value in figures.revenue.series) == now.revenue
    assert overview.leads.value == len(within(events, question.period, wish, ""))


def test_notable_days_are_notable() -> None:
    """The calendars that the histories use hold what they are there for."""
    apia = ZoneInfo("Pacific/Apia")
    days = [datetime(2011, 12, 30, hour, tzinfo=UTC).astimezone(apia).date() for hour in (9, 10)]
    assert days == [date(2011, 12, 29), date(2011, 12, 31)]
    for timezone, hours in {"Atlantic/Azores": 25, "Asia/Beirut": 23, "Europe/Athens": 25}.items():
        zone = ZoneInfo(timezone)
        before = datetime.combine(NOTABLE_DAYS[timezone], time(), UTC) - timedelta(hours=6)
        local = [(before + timedelta(hours=n)).astimezone(zone).date() for n in range(48)]
        assert local.count(NOTABLE_DAYS[timezone]) == hours
