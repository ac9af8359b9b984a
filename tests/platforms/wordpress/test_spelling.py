"""An event means the same in either spelling of its names."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from convertos.platforms import ReceivedEvent, platform_of
from convertos.platforms.contract import Request
from convertos.platforms.wordpress.spelling import members
from convertos.records import CheckoutRecord, LeadRecord, OrderRecord

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def records_of(event_type: str, data: dict[str, Any]) -> Any:
    platform = platform_of("wordpress")
    assert platform is not None
    event = {"event_id": "e", "event_type": event_type, "timestamp": AT.isoformat(), "data": data}
    received = ReceivedEvent(
        event_type=event_type,
        event_id="e",
        body=json.dumps(event).encode(),
        received_at=AT,
        default_currency="EUR",
    )
    return platform.records(received)


def test_an_order_in_camel_case() -> None:
    """Ids, amounts, person, lines, refunds and evidence are all read."""
    data = {
        "orderId": 1001, "orderNumber": "A-1001", "taxTotal": "2.00", "total": "12.00",
        "customerEmail": "ana@shop.example", "firstName": "Ana", "createdAt": "2026-11-19T08:00:00Z",
        "items": [{"productId": 7, "variationId": 8, "quantity": 1}],
        "refund": {"id": 3, "amount": "1.00", "refundedAt": "2026-11-20T09:00:00Z"},
        "utmSource": "google", "utmMedium": "cpc", "landingPage": "https://shop.example/",
        "touches": [{"occurredAt": "2026-11-18T08:00:00Z", "utmSource": "facebook"}],
    }  # fmt: skip
    (order,) = records_of("order.paid", data)
    assert isinstance(order, OrderRecord)
    assert (order.external_id, order.number, str(order.tax_total)) == ("1001", "A-1001", "2.00")
    assert (order.person.email, order.person.first_name) == ("ana@shop.example", "Ana")
    assert order.placed_at == datetime(2026, 11, 19, 8, tzinfo=UTC)
    assert isinstance(order.items, tuple)
    assert (order.items[0].product_external_id, order.items[0].variant_external_id) == ("7", "8")
    assert order.refunds[0].refunded_at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert [touch.evidence.utm["source"] for touch in order.touches] == ["google", "facebook"]


def test_a_lead_and_a_checkout_in_camel_case() -> None:
    """What a form's own fields are called stays as the site calls it."""
    lead_data = {
        "formPlugin": "cf7",
        "formId": 5,
        "pageUrl": "https://a.example/",
        "fields": {"yourName": "A"},
    }
    (lead,) = records_of("lead.created", {**lead_data, "visitorId": "v1", "email": "a@shop.example"})
    assert isinstance(lead, LeadRecord)
    assert (lead.form_plugin, lead.form_id, lead.page_url) == ("cf7", "5", "https://a.example/")
    assert (lead.fields, lead.person.visitor_id) == ({"yourName": "A"}, "v1")
    (checkout,) = records_of("checkout.started", {"checkoutToken": "t", "funnelId": 3, "stepId": 4})
    assert isinstance(checkout, CheckoutRecord)
    assert (checkout.checkout_token, checkout.funnel_id, checkout.step_id) == ("t", "3", "4")


def test_a_name_in_both_spellings() -> None:
    """The contract's own spelling is believed."""
    assert members({"orderId": 1, "order_id": 2})["order_id"] == 2
    assert members({"ScCid": "click"})["ScCid"] == "click"
    assert members([]) == {}


@pytest.mark.parametrize("names", [("eventId", "eventType"), ("event_id", "eventType")])
def test_the_envelope(names: tuple[str, str]) -> None:
    """An event that names itself in camelCase is taken at the door, alone and in a batch."""
    platform = platform_of("wordpress")
    assert platform is not None
    body = json.dumps({names[0]: "e-1", names[1]: "test"}).encode()
    for sent in (body, b"[" + body + b"]"):
        (delivery,) = platform.deliveries(Request("", {}, sent, AT))
        assert not isinstance(delivery, Exception)
        assert (delivery.event_id, delivery.event_type) == ("e-1", "test")
