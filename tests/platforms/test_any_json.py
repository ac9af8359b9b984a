"""Whatever JSON comes, it is read, ignored, or unreadable; nothing else ever happens.

Source: reliability.md §4 D, "Fuzz".
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.any_json import any_body, event_bodies, object_bodies, topics
from tests.support.wire import EVENT_TYPES, TOPICS

from convertos.platforms import (
    Delivery,
    Ignored,
    ReceivedEvent,
    RefusedError,
    Request,
    UnreadableError,
    platform_of,
)
from convertos.platforms.woocommerce import WooCommerce
from convertos.platforms.wordpress import WordPress
from convertos.records import Demand, Record

NOW = datetime(2026, 11, 17, 12, 0, tzinfo=UTC)
_headers = st.dictionaries(
    st.sampled_from(
        ["x-wc-webhook-topic", "x-wc-webhook-source", "x-wc-webhook-delivery-id", "x-convertos-connection-id"]
    ),
    st.one_of(topics, st.text(alphabet=st.characters(max_codepoint=255), max_size=60)),
)


def delivered(kind: str, request: Request) -> list[Delivery]:
    """What the door would keep of a request."""
    platform = platform_of(kind)
    assert platform is not None
    try:
        return [each for each in platform.deliveries(request) if isinstance(each, Delivery)]
    except RefusedError:
        return []


def understood(kind: str, event_type: str, body: bytes) -> list[Record]:
    """What the worker would apply of a kept body."""
    platform = platform_of(kind)
    assert platform is not None
    event = ReceivedEvent(
        event_type=event_type, event_id="e", body=body, received_at=NOW, default_currency="EUR"
    )
    try:
        records = platform.records(event)
    except UnreadableError:
        return []
    assert platform.records(event) == records
    return [] if isinstance(records, Ignored | Demand) else list(records)


def leaves(value: Any) -> Iterator[Any]:
    """Everything that a record would write."""
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from leaves(getattr(value, name))
    elif isinstance(value, dict):
        for name, member in value.items():
            yield name
            yield from leaves(member)
    elif isinstance(value, list | tuple | frozenset):
        for member in value:
            yield from leaves(member)
    else:
        yield value


def check_storable(record: Record) -> None:
    """PostgreSQL takes every part of a record, and none is larger than an index or a column allows."""
    for leaf in leaves(record):
        if isinstance(leaf, str):
            leaf.encode()
            assert "\x00" not in leaf
            assert len(leaf) <= 2000
        elif isinstance(leaf, Decimal):
            assert leaf.is_finite()
            assert abs(leaf) < 10**15
            assert leaf.as_tuple().exponent >= -12  # type: ignore[operator]  # it is finite
        elif isinstance(leaf, datetime):
            assert leaf.tzinfo is not None
            assert datetime(1995, 1, 1, tzinfo=UTC) <= leaf <= NOW + timedelta(days=2)


@given(
    body=st.one_of(
        event_bodies,
        any_body,
        st.lists(event_bodies, max_size=3).map(lambda each: b"[" + b",".join(each) + b"]"),
    )
)
@settings(max_examples=300)
def test_the_plugins_door_keeps_or_refuses_any_body(body: bytes) -> None:
    """No body makes the door fail; what it keeps has an id, a type, and its own bytes."""
    for delivery in delivered("wordpress", Request("", {}, body, NOW)):
        assert delivery.key == (delivery.event_id,)
        assert 0 < len(delivery.event_id) <= 200
        assert 0 < len(delivery.event_type) <= 100
        assert delivery.body in body


@given(
    body=st.one_of(object_bodies, any_body),
    headers=_headers,
    segment=st.sampled_from(["", "order-created", "wc_x"]),
)
@settings(max_examples=300)
def test_the_shops_door_keeps_or_refuses_any_body(body: bytes, headers: dict[str, str], segment: str) -> None:
    """The same, whatever the unsigned headers say."""
    request = Request(segment, headers, body, NOW)
    for delivery in delivered("woocommerce", request):
        assert delivery.body == body
        assert delivery.event_type.count(".") == 1
        assert all(isinstance(part, str) for part in delivery.key)
        "".join(delivery.key).encode()
    WooCommerce().locate(request)
    WooCommerce().is_ping(request)
    WordPress().locate(request)


@given(event_type=st.sampled_from(EVENT_TYPES), body=st.one_of(event_bodies, any_body))
@settings(max_examples=500)
def test_any_event_becomes_storable_records_or_none(event_type: str, body: bytes) -> None:
    """The mapping is pure, raises nothing but that it can't read, and makes nothing that can't be stored."""
    for record in understood("wordpress", event_type, body):
        check_storable(record)


@given(topic=st.sampled_from(TOPICS), body=st.one_of(object_bodies, any_body))
@settings(max_examples=500)
def test_any_object_becomes_storable_records_or_none(topic: str, body: bytes) -> None:
    """The same for the shop's objects."""
    for record in understood("woocommerce", topic, body):
        check_storable(record)
