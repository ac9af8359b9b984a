"""What the plugin's events mean, where a sender says less than the contract shows, or says it another way."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from convertos.platforms import ReceivedEvent, UnreadableError, platform_of
from convertos.records import OrderRecord, Standing

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def order_of(event_type: str = "order.created", **data: Any) -> OrderRecord:
    platform = platform_of("wordpress")
    assert platform is not None
    event = {
        "event_id": "e",
        "event_type": event_type,
        "timestamp": AT.isoformat(),
        "data": {"order_id": 1} | data,
    }
    received = ReceivedEvent(
        event_type=event_type,
        event_id="e",
        body=json.dumps(event).encode(),
        received_at=AT,
        default_currency="EUR",
    )
    found: Any = platform.records(received)
    (order,) = found
    assert isinstance(order, OrderRecord)
    return order


class TestTouches:
    """Arrivals that the site remembered."""

    def test_without_a_time_they_are_older_than_the_event_in_their_order(self) -> None:
        """The evidence is not lost, and the last of them is the last touch."""
        order = order_of(touches=[{"utm_source": "facebook"}, {"utm_source": "google"}])
        found = sorted(order.touches, key=lambda touch: touch.occurred_at)
        assert [touch.evidence.utm["source"] for touch in found] == ["facebook", "google"]
        assert all(touch.occurred_at < AT for touch in found)

    def test_with_a_time_that_is_none_they_are_left_out(self) -> None:
        """A broken clock says nothing about the order of things."""
        assert (
            order_of(touches=[{"utm_source": "facebook", "occurred_at": "9999-01-01T00:00:00Z"}]).touches
            == ()
        )


@pytest.mark.parametrize(
    ("status", "standing"),
    [
        ("paid", Standing.PAID),
        ("Completed", Standing.PAID),
        ("wc-processing", Standing.PAID),
        ("canceled", Standing.CANCELLED),
        ("cancelled", Standing.CANCELLED),
        ("on-hold", Standing.PENDING),
        ("sent-to-factory", Standing.PENDING),
    ],
)
def test_what_a_status_means(status: str, standing: Standing) -> None:
    """Also in the words of senders that are no WooCommerce."""
    assert order_of(status=status).standing == standing


@pytest.mark.parametrize(
    ("sent", "is_test"), [(True, True), (1, True), ("1", True), ("yes", True), (0, False)]
)
def test_a_test_order(sent: object, *, is_test: bool) -> None:
    """However a sender says yes: a test order never earns revenue."""
    assert order_of(test=sent).is_test is is_test


class TestMoneyThatCanNotBeRead:
    """An order of unknown worth is shown as failed, not counted as nothing."""

    @pytest.mark.parametrize("total", ["1,234.50", "12,50 EUR", True, [1], 10**40])
    def test_total(self, total: object) -> None:
        """The event names what it stumbled over."""
        with pytest.raises(UnreadableError, match="total"):
            order_of(total=total)

    def test_refund(self) -> None:
        """Money given back isn't forgotten either."""
        with pytest.raises(UnreadableError, match="refund"):
            order_of("order.refunded", refund={"id": 1, "amount": "ten"})

    @pytest.mark.parametrize("total", [None, ""])
    def test_none_is_told(self, total: object) -> None:
        """An event that leaves the total out says nothing about it."""
        assert order_of(total=total).external_id == "1"
