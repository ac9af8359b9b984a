"""Strategies for JSON of roughly the right shape, and for what shops' plugins make of it."""

import json
from typing import Any

from hypothesis import strategies as st

from tests.support.hostile import VALUES
from tests.support.wire import EVENT_FIELDS, EVENT_TYPES, OBJECT_FIELDS, TOPICS

_texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from([
        "", " ", "0", "-1", "12.50", "1e5", "1,234.50", "EUR", "eur", "XXX", "processing", "wc-completed", "refunded",
        "2025-03-01T10:00:00", "2025-03-01 10:00:00", "2025-13-41", "ana@shop.example", " ANA@Shop.Example ", "ana@",
        "@", "+30 210 1234567", "0030", "gid://shopify/Order/1", "https://shop.example/?utm_source=x&gclid=y", "?", "#",
        "(none)", "null", "undefined", "denied", "google", "xn--",
    ]),
    st.emails(),
)  # fmt: skip
_numbers = st.one_of(
    st.integers(min_value=-10, max_value=2000),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(allow_nan=False, allow_infinity=False, places=3).map(float),
)
_scalars = st.one_of(st.none(), st.booleans(), _numbers, _texts)
_names = st.one_of(
    st.sampled_from(sorted({*EVENT_FIELDS, *OBJECT_FIELDS, "id", "key", "value"})), st.text(max_size=5)
)
values = st.recursive(
    _scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(_names, inner, max_size=6)),
    max_leaves=12,
)
"""Any JSON value, of the names and texts that mean something to us."""

_lines = st.lists(st.dictionaries(_names, _scalars, max_size=8), max_size=3)


def _members(fields: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(fields), st.one_of(values, _scalars, _lines), max_size=14)


def _written(content: Any) -> bytes:
    # What `json` writes as NaN or a surrogate is part of the game; the door decides about it.
    return json.dumps(content).encode("utf-8", "surrogatepass")


def _with_hostile(event: dict[str, Any], value: str) -> bytes:
    data = {
        "email": "?",
        "name": "?",
        "fields": {"a": "?"},
        "total": "?",
        "order_id": 5,
        "items": ["?", {"price": "?"}],
    }
    return _written({**event, "data": data}).replace(b'"?"', value.encode())


hostile_values = st.sampled_from([value for value in VALUES.values() if len(value) < 200])

events = st.builds(
    lambda number, kind, data, more: {"event_id": f"e{number}", "event_type": kind, **more, "data": data},
    st.integers(min_value=1, max_value=10**9),
    st.sampled_from(EVENT_TYPES),
    st.one_of(_members(EVENT_FIELDS), values),
    st.one_of(st.just({}), st.fixed_dictionaries({"timestamp": _scalars})),
)
"""Events of the plugin whose envelope is right and whose data is anything."""

objects = st.builds(
    lambda number, members: {**members, "id": number},
    st.one_of(st.integers(min_value=1, max_value=9), _scalars),
    st.one_of(
        _members(OBJECT_FIELDS),
        st.fixed_dictionaries(
            {
                "total": st.sampled_from(["1", "20.00", "x", 5]),
                "currency": st.sampled_from(["EUR", "JPY", "kwd", ""]),
            }
        ).flatmap(lambda good: _members(OBJECT_FIELDS).map(lambda members: {**members, **good})),
    ),
)
"""A shop's objects, with some of the members that they have."""

event_bodies = st.one_of(events.map(_written), st.builds(_with_hostile, events, hostile_values))
event_batches = st.lists(event_bodies, max_size=3).map(lambda bodies: b"[" + b",".join(bodies) + b"]")
object_bodies = objects.map(_written)
topics = st.sampled_from(TOPICS)
any_body = st.one_of(values.map(_written), st.binary(max_size=60))
"""A body of any JSON, or of any bytes."""
