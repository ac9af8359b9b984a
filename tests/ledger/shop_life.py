"""What a shop's life can tell: events of the plugin and objects of the shop, of few orders and few people.

Few of everything, so that most examples tell of one thing twice, from two sides, in the same second.
"""

import json
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

from hypothesis import strategies as st

from convertos.platforms import Ignored, ReceivedEvent, platform_of
from convertos.records import Demand, Record

RECEIVED_AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
# Around the night in which Athens' clocks go back, and the same second several times.
_START = datetime(2026, 10, 24, 20, 59, 59, tzinfo=UTC)
_INSTANTS = [_START + timedelta(seconds=seconds) for seconds in (0, 1, 2, 3600, 5 * 3600)] + [
    _START - timedelta(days=1),
    _START - timedelta(days=40),
]


class Told(NamedTuple):
    """One receipt: through which door it came, and what it says."""

    door: str
    platform: str
    event_type: str
    event_id: str
    body: bytes

    def records(self) -> list[Record]:
        platform = platform_of(self.platform)
        assert platform is not None
        found = platform.records(
            ReceivedEvent(
                event_type=self.event_type,
                event_id=self.event_id,
                body=self.body,
                received_at=RECEIVED_AT,
                default_currency="EUR",
            )
        )
        return [] if isinstance(found, Ignored | Demand) else list(found)


def _rfc(at: datetime) -> str:
    return at.isoformat()


def _gmt(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S")


instants = st.sampled_from(_INSTANTS)
order_ids = st.sampled_from(["1001", "1002", "1003"])
emails = st.sampled_from(
    ["Maria@Shop.example", "maria@shop.example ", "kostas@bücher.example", "eleni@x.example"]
)
phones = st.sampled_from(["+30 210 123 4567", "2101234567", "+306900000001"])
accounts = st.sampled_from(["7", "8"])
names = st.sampled_from(["Μαρία", "maria", "Kostas", "Ελένη"])
amounts = st.sampled_from(["10.00", "10.5", "0", "4500", "3.333", "99.99"])
currencies = st.sampled_from(["EUR", "EUR", "JPY", "KWD"])
visitors = st.sampled_from(["v1", "v2", "v3"])
statuses = st.sampled_from(
    ["pending", "processing", "completed", "cancelled", "failed", "checkout-draft", "refunded"]
)
sources = st.sampled_from(
    [{}, {"utm_source": "facebook", "utm_medium": "cpc"}, {"utm_source": "newsletter"}, {"gclid": "x1"}]
)
items = st.lists(
    st.fixed_dictionaries(
        {"id": st.sampled_from([1, 2]), "name": st.sampled_from(["Cup", "Plate"]), "total": amounts}
    ),
    max_size=2,
)
refunds = st.fixed_dictionaries(
    {"id": st.sampled_from([91, 92]), "amount": st.sampled_from(["1.00", "2.50", "0"])},
    optional={"reason": st.just("broken"), "refunded_at": instants.map(_rfc)},
)
refund_lists = st.lists(refunds, max_size=2, unique_by=lambda refund: refund["id"])


@st.composite
def _of(draw: Any, choices: dict[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    """Some of the members; each is there or not."""
    return {name: draw(values) for name, values in choices.items() if draw(st.booleans())}


person = _of(
    {
        "email": emails,
        "phone": phones,
        "customer_id": accounts,
        "visitor_id": visitors,
        "first_name": names,
        "last_name": names,
    }
)
arrivals = st.builds(
    lambda source, page: {**source, **({"landing_page": f"https://shop.example/{page}"} if page else {})},
    sources,
    st.sampled_from(["", "a", "b"]),
)


@st.composite
def plugin_events(draw: Any) -> Told:
    event_type = draw(
        st.sampled_from(
            [
                "order.created", "order.paid", "order.refunded", "order.updated", "order.cancelled",
                "lead.created", "checkout.started", "checkout.abandoned", "checkout.completed",
                "touch.recorded", "customer.registered",
            ]
        )
    )  # fmt: skip
    data = {**draw(person), **draw(arrivals)}
    at = draw(instants)
    if event_type.startswith("order."):
        data |= {"order_id": draw(order_ids)}
        data |= draw(
            _of(
                {
                    "status": statuses,
                    "total": amounts,
                    "currency": currencies,
                    "tax_total": amounts,
                    "created_at": instants.map(_rfc),
                    "modified_at": instants.map(_rfc),
                    "paid_at": instants.map(_rfc),
                    "items": items,
                    "refund": refunds,
                    "test": st.booleans(),
                    "touches": st.lists(
                        st.builds(lambda source, at: {**source, "at": _rfc(at)}, sources, instants),
                        max_size=2,
                    ),
                }
            )
        )
        if draw(st.booleans()):
            data["refunds"] = draw(refund_lists)
    elif event_type.startswith("checkout."):
        data |= {"checkout_token": draw(st.sampled_from(["t1", "t2"]))}
        data |= draw(_of({"total": amounts, "currency": currencies, "items": items, "order_id": order_ids}))
    elif event_type == "customer.registered":
        data |= draw(person.filter(lambda said: said.keys() & {"email", "phone", "customer_id"}))
    elif event_type == "touch.recorded":
        data |= {"utm_source": draw(st.sampled_from(["google", "facebook"]))}
    # Two events are two: an id that stands for both would be a duplicate at the door.
    event_id = f"event-{blake2b(repr((event_type, at, data)).encode(), digest_size=8).hexdigest()}"
    envelope = {"event_id": event_id, "event_type": event_type, "timestamp": _rfc(at), "data": data}
    return Told("plugin", "wordpress", event_type, event_id, json.dumps(envelope).encode())


@st.composite
def shop_objects(draw: Any) -> Told:
    """Orders and accounts as the shop tells them by webhook, and as a sync or another tool hands them in."""
    door = draw(st.sampled_from(["webhook", "webhook", "sync", "api"]))
    if draw(st.integers(0, 3)):
        order: Told = draw(_shop_orders(door))
        return order
    account = draw(accounts)
    body = {
        "id": int(account),
        "date_created_gmt": _gmt(draw(instants)),
        "date_modified_gmt": _gmt(draw(instants)),
        "email": draw(emails),
        "first_name": draw(names),
        "last_name": draw(names),
        "role": "customer",
        "billing": draw(_of({"email": emails, "phone": phones, "country": st.just("GR")})),
    }
    return Told(door, "woocommerce", "customer.updated", f"c{account}", json.dumps(body).encode())


@st.composite
def _shop_orders(draw: Any, door: str) -> Told:
    order_id = draw(order_ids)
    status = draw(statuses)
    paid = draw(st.none() | instants)
    body = {
        "id": int(order_id),
        "number": order_id,
        "status": status,
        "currency": draw(currencies),
        "total": draw(amounts),
        "total_tax": draw(amounts),
        "date_created_gmt": _gmt(draw(instants)),
        "date_modified_gmt": _gmt(draw(instants)),
        "date_paid_gmt": None if paid is None else _gmt(paid),
        "customer_id": int(draw(st.sampled_from(["0", "7", "8"]))),
        "billing": draw(_of({"email": emails, "phone": phones, "first_name": names, "last_name": names})),
        "line_items": draw(items),
        "refunds": [{"id": each["id"], "total": f"-{each['amount']}"} for each in draw(refund_lists)],
        "meta_data": draw(
            st.sampled_from(
                [
                    [],
                    [
                        {"key": "_wc_order_attribution_source_type", "value": "utm"},
                        {"key": "_wc_order_attribution_utm_source", "value": "google"},
                        {"key": "_wc_order_attribution_utm_medium", "value": "cpc"},
                    ],
                    [
                        {"key": "_wc_order_attribution_source_type", "value": "organic"},
                        {"key": "_wc_order_attribution_utm_source", "value": "bing"},
                        {"key": "_wc_order_attribution_session_start_time", "value": "2026-10-20 10:00:00"},
                    ],
                ]
            )
        ),
    }
    event_type = draw(st.sampled_from(["order.created", "order.updated", "order.restored"]))
    event_id = f"delivery-{draw(st.integers(0, 3))}"
    return Told(door, "woocommerce", event_type, event_id, json.dumps(body).encode())


@st.composite
def shop_deletions(draw: Any) -> Told:
    """Deletions, also those that WooCommerce fires across: a product's id under another topic."""
    kind = draw(st.sampled_from(["order", "order", "customer", "product", "coupon"]))
    external_id = draw(accounts if kind == "customer" else order_ids)
    body = json.dumps({"id": int(external_id)}).encode()
    return Told("webhook", "woocommerce", f"{kind}.deleted", f"gone-{draw(st.integers(0, 2))}", body)


told = st.one_of(plugin_events(), shop_objects(), plugin_events(), shop_objects(), shop_deletions())
lives = st.lists(told, min_size=1, max_size=12)
