"""The made-up history is believable, holds together, and is the same for everybody."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convertos.attribution.channel import classify
from convertos.attribution.source_rules import SourceRules
from convertos.demo.brand import BRANDS, brand, forms, populations
from convertos.demo.happenings import Arrived, Change, Happening, Order, OrderChanged
from convertos.demo.history import deliveries, history
from convertos.demo.voices import Told
from convertos.platforms import Ignored, ReceivedEvent, platform_of
from convertos.records import Demand, LeadRecord, OrderRecord, ProductRecord, Record, TouchRecord
from tests.demo.books import START, keep_books, refunded, told

BY_BRAND = pytest.mark.parametrize("key", BRANDS)
# What can follow what; everything else no shop would do.
FOLLOWS = {
    None: {"pending", "on-hold"},
    "pending": {"processing", "failed"},
    "on-hold": {"processing", "cancelled"},
    "failed": {"processing"},
    "processing": {"completed", "refunded"},
    "completed": {"completed", "refunded"},
    "cancelled": set(),
    "refunded": set(),
}


@cache
def story(key: str, days: int = 150) -> list[Happening]:
    end = datetime.combine(START, datetime.min.time(), UTC) + timedelta(days=days)
    happenings = []
    for happening in history(brand(key), seed=7, scale=0.3, starts_on=START):
        if happening.at >= end:
            break
        happenings.append(happening)
    return happenings


def lives(key: str) -> Iterator[list[OrderChanged]]:
    """The changes of each order."""
    changes: dict[int, list[OrderChanged]] = defaultdict(list)
    for happening in story(key):
        if isinstance(happening, OrderChanged):
            changes[happening.order.number].append(happening)
    assert len(changes) > 20
    yield from changes.values()


@BY_BRAND
def test_the_same_seed_tells_the_same_bytes(key: str) -> None:
    """Two people who look at the demo see the same; another seed shows something else."""
    assert told(key) == told(key)
    assert told(key, seed=8) != told(key)


@settings(deadline=None, max_examples=12)
@given(st.integers(1, 60 * 24 * 60), st.sampled_from(BRANDS))
def test_a_longer_history_begins_with_the_shorter(minutes: int, key: str) -> None:
    """Whoever fills again later, at any minute, gets what is there and then some."""
    until = datetime.combine(START, datetime.min.time(), UTC) + timedelta(minutes=minutes)
    shorter = list(deliveries(brand(key), seed=7, scale=0.1, starts_on=START, until=until))
    longer = told(key, days=61)
    assert longer[: len(shorter)] == shorter
    assert all(delivery.at > until for delivery in longer[len(shorter) :])


@BY_BRAND
def test_deliveries_come_in_the_order_of_time_and_are_all_different(key: str) -> None:
    """Nothing arrives before it happened, and no event is told twice."""
    delivered = told(key)
    assert all(first.at <= second.at for first, second in pairwise(delivered))
    events = [
        (delivery.at, json.loads(delivery.body)) for delivery in delivered if delivery.voice == "wordpress"
    ]
    assert len({event["event_id"] for _, event in events}) == len(events)
    late = [at - datetime.fromisoformat(event["timestamp"]) for at, event in events]
    assert timedelta(0) < min(late) <= max(late) < timedelta(minutes=1)


@BY_BRAND
def test_orders_add_up(key: str) -> None:
    """Items, shipping and tax less the discount are the total, in every body of every sender."""
    for delivery in told(key):
        if delivery.event_type.startswith("order."):
            body = json.loads(delivery.body)
            order = body.get("data", body)
            # A shop tells its lines and lets others add them up; the plugin tells their sum.
            lines = order["line_items"] if delivery.voice == "woocommerce" else [order]
            goods = sum(Decimal(line["subtotal"]) for line in lines)
            tax = Decimal(order["total_tax" if delivery.voice == "woocommerce" else "tax_total"])
            parts = goods + Decimal(order["shipping_total"]) + tax - Decimal(order["discount_total"])
            assert Decimal(order["total"]) == parts, delivery.body


@BY_BRAND
def test_orders_live_as_orders_do(key: str) -> None:
    """Every status follows from the one before, in time; paid is paid once; done comes after paid."""
    for changes in lives(key):
        orders = [change.order for change in changes]
        assert all(change.at == change.order.modified_at for change in changes)
        assert all(first.modified_at < second.modified_at for first, second in pairwise(orders))
        statuses = [None, *(order.status for order in orders)]
        assert all(after in FOLLOWS[before] for before, after in pairwise(statuses)), statuses
        paid = {order.paid_at for order in orders} - {None}
        assert len(paid) <= 1
        assert (orders[-1].paid_at is not None) == (Change.PAID in {change.change for change in changes})
        if orders[-1].completed_at and orders[-1].paid_at:
            assert orders[-1].completed_at > orders[-1].paid_at > orders[-1].placed_at


@BY_BRAND
def test_nobody_gets_more_back_than_they_paid(key: str) -> None:
    """Refunds come after the payment, each is more than nothing, together at most the total."""
    refunds = 0
    for changes in lives(key):
        order = changes[-1].order
        refunds += len(order.refunds)
        assert order.refunded <= order.total
        assert (order.refunded == order.total > 0) == (order.status == "refunded")
        for refund in order.refunds:
            assert refund.amount > 0
            assert 0 <= refund.tax <= refund.amount
            assert order.paid_at is not None
            assert refund.at > order.paid_at
    assert refunds or key == "sunnybarrow"


@BY_BRAND
def test_who_buys_has_come_before(key: str) -> None:
    """Each order follows the visit in which it was placed; what the site remembers was told when it happened."""
    visits = {
        (happening.visit.visitor_id, happening.at)
        for happening in story(key)
        if isinstance(happening, Arrived)
    }
    for changes in lives(key):
        order = changes[0].order
        assert order.session.at < order.placed_at
        assert all(visit.at < order.placed_at for visit in order.touches)
        assert {(visit.visitor_id, visit.at) for visit in order.touches} <= visits
        assert order.session.visitor_id is not None or order.touches == ()


@BY_BRAND
def test_people_are_made_up(key: str) -> None:
    """Addresses end in example domains, telephone numbers are those kept for fiction."""
    patterns = {
        country: [re.compile(pattern.replace("+", r"\+").replace("#", r"\d")) for pattern in people.phones]
        for country, people in populations().items()
    }
    people = {order.person.number: order.person for order in orders(key)}
    assert len(people) > 20
    for person in people.values():
        assert person.email.endswith(("@example.com", "@example.org", "@example.net"))
        assert person.phone is None or any(
            pattern.fullmatch(person.phone) for pattern in patterns[person.country]
        )
    assert len({person.email for person in people.values()}) == len(people)


def orders(key: str) -> list[Order]:
    return [changes[-1].order for changes in lives(key)]


@BY_BRAND
def test_every_arrival_is_understood(key: str) -> None:
    """No visit of the demo ends under Unassigned, and each channel that a way is meant for is reached."""
    rules = SourceRules([brand(key).domain])
    channels: set[str] = set()
    for delivery in told(key, days=90):
        if delivery.event_type == "touch.recorded":
            (record,) = read(delivery)
            assert isinstance(record, TouchRecord)
            channels.add(classify(record.touch.evidence, rules).channel)
    assert not {"Unassigned", "Direct"} & channels
    assert {"Paid Social", "Paid Search", "Organic Search", "Email"} <= channels


@BY_BRAND
def test_campaigns_start_and_stop(key: str) -> None:
    """A campaign's visitors come while it runs, and not before or after."""
    for way in brand(key).ways:
        open_days = [number for number in range(550) if way.is_open(START + timedelta(days=number), number)]
        assert open_days, way.campaign
        assert len(open_days) < 550 or not (way.runs or way.since_day)
    assert {way.form for way in brand(key).ways} <= forms().keys()


def test_the_year_has_its_shape() -> None:
    """Over eighteen months: growth, a loud November, a quiet summer, returning customers, some refunds."""
    starts_on = date(2025, 5, 21)
    shop = brand("quillfink")
    end = datetime(2026, 11, 21, tzinfo=UTC)
    final: dict[int, Order] = {}
    for happening in history(shop, seed=1, scale=0.35, starts_on=starts_on):
        if happening.at >= end:
            break
        if isinstance(happening, OrderChanged):
            final[happening.order.number] = happening.order
    paid = [order for order in final.values() if order.paid_at]
    months = Counter(order.placed_at.strftime("%Y-%m") for order in paid)
    assert months["2025-12"] > 1.35 * months["2025-09"]
    assert months["2026-07"] < months["2026-05"]
    assert months["2026-10"] > 1.1 * months["2025-10"]
    buyers = Counter(order.person.number for order in paid)
    assert 0.25 < sum(count > 1 for count in buyers.values()) / len(buyers) < 0.45
    assert 0.01 < sum(order.refunded for order in paid) / sum(order.total for order in paid) < 0.05
    assert {"failed", "cancelled", "refunded", "on-hold", "completed", "processing"} <= {
        order.status for order in final.values()
    }
    assert 0.2 < sum(order.account == 0 for order in paid) / len(paid) < 0.6


@BY_BRAND
def test_the_platforms_read_every_delivery(key: str) -> None:
    """What is made up for a platform is what the platform's own code understands, without a remark."""
    kinds = {type(record) for delivery in told(key) for record in read(delivery)}
    assert {OrderRecord, TouchRecord, LeadRecord, ProductRecord} <= kinds


def read(delivery: Told) -> Sequence[Record]:
    platform = platform_of(delivery.voice)
    assert platform is not None
    event = ReceivedEvent(
        event_type=delivery.event_type,
        event_id="1",
        body=delivery.body,
        received_at=delivery.at,
        default_currency="EUR",
    )
    records = platform.records(event)
    assert not isinstance(records, Ignored | Demand)
    assert records
    return records


def test_two_voices_tell_the_same_of_one_order() -> None:
    """The plugin's and the shop's first words about an order agree in every amount, item and time."""
    spoken: dict[str, dict[str, OrderRecord]] = defaultdict(dict)
    for delivery in told("quillfink"):
        if delivery.event_type == "order.created":
            (record,) = read(delivery)
            assert isinstance(record, OrderRecord)
            spoken[record.external_id][delivery.voice] = record
    both = [voices for voices in spoken.values() if len(voices) == 2]
    assert len(both) > 20
    for voices in both:
        shop, plugin = voices["woocommerce"], voices["wordpress"]
        for name in ("number", "status", "currency", "total", "subtotal", "discount_total", "shipping_total",
                     "tax_total", "placed_at", "payment_method", "items"):  # fmt: skip
            assert getattr(shop, name) == getattr(plugin, name), name


@BY_BRAND
def test_the_books_are_not_empty(key: str) -> None:
    """Even a small demo has something of everything to look at."""
    books = keep_books(told(key, days=120, scale=0.2))
    assert len(books.counted()) > 10
    assert books.leads
    assert any(refunded(order) for order in books.counted()) or key == "sunnybarrow"
