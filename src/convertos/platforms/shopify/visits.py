"""Where an order's buyer came from, as Shopify tells it. Pure.

Twice: at once, with the order's webhook: `landing_site` (path and query only, often null) and
`referring_site`, which are the last visit's (`Order.landingPageUrl` is deprecated in favour of
`customerJourneySummary.lastVisit.landingPage`); and later, when Shopify has assembled the journey (`ready`),
with the time, the source and the earlier visits. Both name the last visit alike, so that it counts once.
A checkout's webhook carries the same visit; it is taken from the order alone.

Source: integrations.md A5 and A6, checked 2026-11.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from convertos.platforms.arrivals import click_ids_of, evidence_of, utm_of
from convertos.platforms.values import identifier, instant, listing, mapping, query_of, text
from convertos.records import Evidence, Touch

LAST_VISIT = "last visit"
_LONGEST_NAME = 100
_MOST_VISITS = 60
_ASSUMED, _ASSEMBLED = 0, 1

# What Shopify concluded, in the words that attribution knows: the type of an origin and its medium.
_TACTICS = {
    "SEO": ("organic", ""),
    "LINK": ("referral", ""),
    "AD": ("ad", "cpc"),
    "RETARGETING": ("ad", "retargeting"),
    "AFFILIATE": ("affiliate", "affiliate"),
    "NEWSLETTER": ("newsletter", "email"),
    "ABANDONED_CART": ("abandoned_cart", "email"),
    "TRANSACTIONAL": ("transactional", "email"),
    "POST": ("post", "social"),
    "MESSAGE": ("message", "message"),
    "NOTIFICATION": ("notification", "push"),
    "LOYALTY": ("loyalty", "loyalty"),
    "STOREFRONT_APP": ("storefront_app", "app"),
}
_NO_SOURCE = frozenset({"", "direct", "unknown"})


def attributes_of(value: Any) -> dict[str, Any]:
    """A cart's attributes by name; a leading underscore only hides one from the buyer."""
    entries = (mapping(entry) for entry in listing(value))
    named = ((text(entry.get("name"), _LONGEST_NAME), entry.get("value")) for entry in entries)
    return {name.lower().removeprefix("_"): value for name, value in named if name}


def visitor_of(attributes: Mapping[str, Any]) -> str | None:
    """The visitor id that our own script put into the cart."""
    return text(attributes.get("convertos_visitor_id"), 100)


def visits_of(body: Mapping[str, Any], placed_at: datetime, received_at: datetime) -> tuple[Touch, ...]:
    """The visits that an order tells of."""
    attributes = attributes_of(body.get("note_attributes"))
    journey = mapping(body.get("customer_journey"))
    if journey.get("ready") is True:
        return _assembled(journey, attributes, placed_at, received_at)
    evidence = _evidence(attributes, text(body.get("landing_site")), text(body.get("referring_site")), {})
    if evidence.is_empty and evidence.landing_page is None:
        return ()
    return (Touch(occurred_at=placed_at, evidence=evidence, name=LAST_VISIT, certainty=_ASSUMED),)


def _assembled(
    journey: Mapping[str, Any], attributes: Mapping[str, Any], placed_at: datetime, received_at: datetime
) -> tuple[Touch, ...]:
    last = mapping(journey.get("lastVisit"))
    moments = listing(mapping(journey.get("moments")).get("nodes"))[:_MOST_VISITS]
    earlier = {
        visit_id: visit
        for visit in map(mapping, [journey.get("firstVisit"), *moments])
        if (visit_id := identifier(visit.get("id"))) and visit_id != identifier(last.get("id"))
    }
    touches = [
        _touch(visit, f"visit {visit_id}", {}, placed_at, received_at) for visit_id, visit in earlier.items()
    ]
    if last or attributes:
        touches.append(_touch(last, LAST_VISIT, attributes, placed_at, received_at))
    return tuple(touch for touch in touches if touch is not None)


def _touch(
    visit: Mapping[str, Any],
    name: str,
    attributes: Mapping[str, Any],
    placed_at: datetime,
    received_at: datetime,
) -> Touch | None:
    occurred_at = instant(visit.get("occurredAt"), received_at) or placed_at
    evidence = _evidence(
        attributes,
        text(visit.get("landingPage")),
        text(visit.get("referrerUrl")),
        _told_utm(visit),
        _origin(visit),
    )
    if not visit and evidence.is_empty:
        return None
    return Touch(occurred_at=min(occurred_at, placed_at), evidence=evidence, name=name, certainty=_ASSEMBLED)


def _evidence(
    attributes: Mapping[str, Any],
    landing_page: str | None,
    referrer: str | None,
    utm: dict[str, str],
    origin: dict[str, str] | None = None,
) -> Evidence:
    """What the storefront noted in the cart outranks what Shopify observed."""
    return evidence_of(
        utm=utm_of(attributes) or utm,
        origin=origin,
        click_ids=click_ids_of(attributes),
        referrer=referrer or text(attributes.get("referrer")),
        landing_page=landing_page or text(attributes.get("landing_page")),
    )


def _told_utm(visit: Mapping[str, Any]) -> dict[str, str]:
    # The landing page's own query holds the same and more (`utm_id`), while it is not cut short.
    told = utm_of(mapping(visit.get("utmParameters")), prefix="")
    return {**told, **utm_of(query_of(text(visit.get("landingPage"))))}


def _origin(visit: Mapping[str, Any]) -> dict[str, str]:
    source = text(visit.get("source"), 200) or ""
    if source.lower() in _NO_SOURCE:
        return {}
    kind, medium = _TACTICS.get(text(visit.get("sourceType"), 50) or "", ("", ""))
    told = {"source": source, "type": kind, "medium": medium}
    return {name: value for name, value in told.items() if value}
