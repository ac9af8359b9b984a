"""What recorded orders of a real shop tell of their origin.

Source: recordings of WooCommerce 10.9.1 (order attribution) and FunnelKit Funnel Builder 3.16.
"""

import pytest

from convertos.attribution import SourceRules, classify
from convertos.records import Evidence

SHOP = SourceRules(own_domains=["http://127.0.0.1:8090"])


@pytest.mark.parametrize(
    ("order", "evidence", "expected"),
    [
        (
            51,
            Evidence(
                utm={
                    "source": "google", "medium": "cpc", "campaign": "spring_sale",
                    "content": "ad-17", "id": "c-99", "term": "espresso cups",
                },
                click_ids={"gclid": "TeSter-123"},
                referrer="https://www.google.com/",
                landing_page="http://127.0.0.1:8090/?utm_source=google&utm_medium=cpc&gclid=TeSter-123",
            ),
            ("google", "cpc", "spring_sale", "Paid Search", "utm"),
        ),
        (
            54,
            Evidence(
                origin={"source": "bing", "medium": "organic", "type": "organic"},
                referrer="https://www.bing.com/",
                landing_page="http://127.0.0.1:8090/",
            ),
            ("bing", "organic", "", "Organic Search", "origin"),
        ),
        (
            55,
            Evidence(origin={"source": "(direct)", "medium": "(none)", "type": "typein"}),
            ("(direct)", "(none)", "", "Direct", "direct"),
        ),
        (
            65,
            Evidence(origin={"type": "admin"}),
            ("(direct)", "(none)", "", "Direct", "direct"),
        ),
        (
            871,
            Evidence(
                utm={
                    "source": "facebook", "medium": "paid_social",
                    "campaign": "retarget_q4", "content": "carousel-2",
                },
                click_ids={"fbclid": "IwLabTest"},
                referrer="https://l.facebook.com/",
                landing_page="http://127.0.0.1:8090/shop/?utm_source=facebook&utm_medium=paid_social"
                "&utm_campaign=retarget_q4&fbclid=IwLabTest",
            ),
            ("facebook", "paid_social", "retarget_q4", "Paid Social", "utm"),
        ),
        (
            4203,
            Evidence(
                utm={"source": "google"},
                landing_page="http://127.0.0.1:8090/checkouts/lab-fk-checkout/?utm_source=google",
            ),
            ("google", "(not set)", "", "Organic Search", "utm"),
        ),
    ],
)  # fmt: skip
def test_recorded_origins(order: int, evidence: Evidence, expected: tuple[str, ...]) -> None:
    """A real order shows the source that its shop recorded."""
    touch = classify(evidence, SHOP)
    assert (touch.source, touch.medium, touch.campaign, touch.channel, touch.method) == expected, order


def test_walking_in_the_shop_is_direct() -> None:
    """The checkout page's own referrer points nowhere."""
    assert classify(Evidence(referrer="http://127.0.0.1:8090/cart/"), SHOP).channel == "Direct"
