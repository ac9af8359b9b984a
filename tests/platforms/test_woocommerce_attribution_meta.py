"""What an order's attribution meta says of where its buyer came from."""

from datetime import UTC, datetime

import pytest

from convertos.platforms.woocommerce.attribution_meta import PREFIX, touches_of

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)


def meta(**values: str) -> dict[str, str]:
    return {f"{PREFIX}{name}": value for name, value in values.items()}


def test_a_campaign() -> None:
    """What the shop calls utm is a campaign."""
    (touch,) = touches_of(meta(source_type="utm", utm_source="google", utm_medium="cpc"), AT, AT)
    assert (touch.evidence.utm, touch.evidence.origin) == ({"source": "google", "medium": "cpc"}, {})


def test_an_organic_visit() -> None:
    """The engine stands where a campaign's source would, and is the shop's own conclusion."""
    (touch,) = touches_of(meta(source_type="organic", utm_source="bing"), AT, AT)
    assert (touch.evidence.utm, touch.evidence.origin) == ({}, {"source": "bing", "type": "organic"})


def test_a_campaign_without_a_type() -> None:
    """Meta that an import or another plugin wrote is believed by its names."""
    (touch,) = touches_of(meta(utm_source="google", utm_medium="cpc"), AT, AT)
    assert touch.evidence.utm == {"source": "google", "medium": "cpc"}


@pytest.mark.parametrize("source_type", ["typein", "admin"])
def test_nobody_was_sent(source_type: str) -> None:
    """A typed address and an order that staff made are no evidence."""
    assert touches_of(meta(source_type=source_type, utm_source="(direct)"), AT, AT) == ()


def test_nothing_is_told() -> None:
    """Meta that points nowhere is no arrival."""
    assert touches_of(meta(device_type="Desktop", session_pages="3"), AT, AT) == ()
