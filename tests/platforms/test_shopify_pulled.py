"""What was asked for by GraphQL says the same as the webhook."""

from datetime import UTC, datetime
from typing import Any

import msgspec
from tests.support.shopify import RECEIVED_AT, example, pulled_order, received

from convertos.platforms import Ignored
from convertos.platforms.shopify.mapping import records_of
from convertos.records import CustomerRecord, Demand, OrderRecord, ProductRecord, Record


def only(topic: str, content: dict[str, Any]) -> Record:
    records = records_of(received(topic, content))
    assert not isinstance(records, Ignored | Demand)
    (record,) = records
    return record


def test_an_order_is_the_same_on_both_ways() -> None:
    """Amounts, lines, refunds and buyer are equal; only what one of the two can't tell differs."""
    refunded = {**example("orders_create"), "refunds": [example("refunds_create")]}
    webhook, pulled = only("orders/updated", refunded), only("orders/pulled", pulled_order())
    assert isinstance(webhook, OrderRecord)
    assert isinstance(pulled, OrderRecord)
    different = {
        name for name in OrderRecord.__struct_fields__ if getattr(webhook, name) != getattr(pulled, name)
    }
    assert different == {"version", "touches", "lines", "checkout_token"}
    assert pulled.checkout_token is msgspec.UNSET


def test_what_was_asked_for_later_in_one_second_is_newer() -> None:
    """Shopify stamps changes to the second; the answer to a question is as new as the question."""
    record = only("orders/pulled", pulled_order(updatedAt="2026-11-26T11:59:59Z"))
    assert isinstance(record, OrderRecord)
    assert record.version.at == RECEIVED_AT.replace(hour=11, minute=59, second=59, microsecond=999_999)


def test_lines_beyond_the_first_page_belong_to_the_order() -> None:
    """A long order is asked for in pieces and read as one."""
    order = pulled_order()
    order["moreLineItems"] = {"nodes": [{**order["lineItems"]["nodes"][0], "id": "gid://shopify/LineItem/2"}]}
    record = only("orders/pulled", order)
    assert isinstance(record, OrderRecord)
    assert isinstance(record.items, tuple)
    assert [item.external_id for item in record.items] == ["16000000000001", "2"]


class TestJourney:
    def test_the_visits_are_touches(self) -> None:
        """First and last visit with their times, sources and campaigns."""
        record = only("orders/pulled", pulled_order())
        assert isinstance(record, OrderRecord)
        first, last = record.touches
        assert first.occurred_at == datetime(2026, 11, 12, 18, 20, tzinfo=UTC)
        assert first.evidence.origin == {"source": "Google", "type": "organic"}
        assert last.occurred_at == datetime(2026, 11, 18, 8, 50, tzinfo=UTC)
        assert last.evidence.utm == {"source": "facebook", "medium": "paid_social", "campaign": "autumn_sale"}
        assert last.evidence.click_ids == {"fbclid": "IwAR0exampleclick"}
        assert (first.name, last.name) == ("visit 101", "last visit")

    def test_every_moment_counts_once(self) -> None:
        """The first and the last visit are among the moments, too."""
        order = pulled_order()
        journey = order["customerJourneySummary"]
        between = {
            **journey["firstVisit"],
            "id": "gid://shopify/CustomerVisit/7",
            "occurredAt": "2026-11-15T10:00:00Z",
        }
        journey["moments"] = {"nodes": [journey["firstVisit"], between, journey["lastVisit"]]}
        record = only("orders/pulled", order)
        assert isinstance(record, OrderRecord)
        assert sorted(touch.name or "" for touch in record.touches) == ["last visit", "visit 101", "visit 7"]

    def test_a_journey_that_is_not_assembled_yet_says_nothing(self) -> None:
        """Right after the order `ready` is false; what stands there is not believed."""
        order = pulled_order()
        order["customerJourneySummary"]["ready"] = False
        order["customAttributes"] = []
        record = only("orders/pulled", order)
        assert isinstance(record, OrderRecord)
        assert record.touches == ()

    def test_a_visit_never_follows_its_order(self) -> None:
        """Clocks differ; a touch precedes what it led to."""
        order = pulled_order()
        order["customerJourneySummary"]["lastVisit"]["occurredAt"] = "2026-11-18T09:10:00Z"
        record = only("orders/pulled", order)
        assert isinstance(record, OrderRecord)
        assert max(touch.occurred_at for touch in record.touches) == record.placed_at

    def test_typing_the_address_is_no_origin(self) -> None:
        """Shopify's `direct` and `unknown` are no evidence."""
        order = pulled_order()
        order["customerJourneySummary"]["firstVisit"] |= {"source": "direct", "sourceType": None}
        record = only("orders/pulled", order)
        assert isinstance(record, OrderRecord)
        assert record.touches[0].evidence.origin == {}


def test_customers_and_products_are_the_same_on_both_ways() -> None:
    """But for the version, and what only one of the two tells."""
    customer = {
        "legacyResourceId": "8801337420017",
        "firstName": "Ilse",
        "lastName": "Harms",
        "createdAt": "2026-11-02T08:14:03Z",
        "updatedAt": "2026-11-18T09:02:44Z",
        "defaultEmailAddress": {"emailAddress": "ilse.harms@example.org"},
        "defaultPhoneNumber": None,
        "defaultAddress": {"countryCodeV2": "DE"},
    }
    product = {
        "legacyResourceId": "9100000000010",
        "title": "Wool throw",
        "handle": "wool-throw",
        "status": "ACTIVE",
        "vendor": "Nordlicht",
        "productType": "Home",
        "tags": ["home", "wool"],
        "createdAt": "2026-09-01T06:00:00Z",
        "updatedAt": "2026-11-01T07:00:00Z",
        "variants": {
            "nodes": [
                {"id": "gid://shopify/ProductVariant/47000000000021", "title": "Sand", "sku": "WT-SAND",
                 "price": "45.00"}
            ]
        },
    }  # fmt: skip
    for topic, name, asked, node, kind in (
        ("customers/update", "customers_create", "customers/pulled", customer, CustomerRecord),
        ("products/update", "products_create", "products/pulled", product, ProductRecord),
    ):
        told, pulled = only(topic, example(name)), only(asked, node)
        different = [
            field for field in kind.__struct_fields__ if getattr(told, field) != getattr(pulled, field)
        ]
        assert different == ["version"]
