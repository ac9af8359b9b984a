"""What an order's meta data tells of where its buyer came from. Pure.

Two writers: WooCommerce's own order attribution (8.5 and later, the last session only) and FunnelKit.
Source: integrations.md B4 and C3, and the recorded orders, checked 2026-11.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from convertos.platforms.arrivals import evidence_of, utm_of
from convertos.platforms.values import instant, listing, mapping, text
from convertos.records import Touch

PREFIX = "_wc_order_attribution_"
FUNNELKIT_TRACKING = "_wffn_tracking_data"
FUNNELKIT_SOURCE = "_wfacp_source"
# A person typed the address, or staff made the order: WooCommerce knows no source.
_NO_EVIDENCE = frozenset({"typein", "admin"})


def meta_of(meta_data: Any) -> dict[str, Any]:
    """The meta data by key; of a repeated key the last."""
    entries = (mapping(entry) for entry in listing(meta_data))
    return {key: entry.get("value") for entry in entries if isinstance(key := entry.get("key"), str)}


def touches_of(meta: Mapping[str, Any], placed_at: datetime, received_at: datetime) -> tuple[Touch, ...]:
    """The arrivals that the order recorded itself."""
    recorded = (
        _woocommerce_touch(meta, placed_at, received_at),
        _funnelkit_touch(meta, placed_at, received_at),
    )
    touches = tuple(touch for touch in recorded if touch is not None)
    return touches or _checkout_page_touch(meta, placed_at)


def _woocommerce_touch(meta: Mapping[str, Any], placed_at: datetime, received_at: datetime) -> Touch | None:
    source_type = text(meta.get(f"{PREFIX}source_type"), 50) or ""
    if source_type in _NO_EVIDENCE:
        return None
    stated = utm_of(meta, prefix=f"{PREFIX}utm_")
    # Without a type (an import, another plugin) what stands there is what its name says.
    is_utm = source_type in {"utm", ""}
    evidence = evidence_of(
        utm=stated if is_utm else {},
        # For organic and referral visits WooCommerce writes the engine or site where UTM would stand.
        origin={} if is_utm else {**stated, "type": source_type},
        referrer=text(meta.get(f"{PREFIX}referrer")),
        landing_page=text(meta.get(f"{PREFIX}session_entry")),
    )
    if not source_type and evidence.is_empty:
        return None
    started_at = instant(meta.get(f"{PREFIX}session_start_time"), received_at)
    return Touch(occurred_at=min(started_at or placed_at, placed_at), evidence=evidence)


def _funnelkit_touch(meta: Mapping[str, Any], placed_at: datetime, received_at: datetime) -> Touch | None:
    """FunnelKit remembers a visitor's first click; after the thank-you page the order has lost it."""
    tracking = mapping(meta.get(FUNNELKIT_TRACKING))
    evidence = evidence_of(
        utm=utm_of(tracking),
        referrer=text(tracking.get("referrer")),
        landing_page=text(tracking.get("first_landing_url")),
    )
    if evidence.is_empty:
        return None
    clicked_at = instant(tracking.get("first_click"), received_at)
    return Touch(occurred_at=min(clicked_at or placed_at, placed_at), evidence=evidence)


def _checkout_page_touch(meta: Mapping[str, Any], placed_at: datetime) -> tuple[Touch, ...]:
    # The checkout page's own address is where the buyer ended, not began: it counts when nothing else does.
    evidence = evidence_of(utm={}, landing_page=text(meta.get(FUNNELKIT_SOURCE)))
    return () if evidence.is_empty else (Touch(occurred_at=placed_at, evidence=evidence),)
