"""Where an order's buyer came from, as Shopify tells it. Pure.

At once, with the order's webhook: `landing_site` (path and query only, often null) and `referring_site`, which
are the last visit's (`Order.landingPageUrl` is deprecated in favour of
`customerJourneySummary.lastVisit.landingPage`), and whatever the storefront put into the cart's attributes.
A checkout's webhook carries the same visit; it is taken from the order, so that it does not count twice.

Source: integrations.md A5 and A6, checked 2026-11.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from convertos.platforms.arrivals import click_ids_of, evidence_of, utm_of
from convertos.platforms.values import listing, mapping, text
from convertos.records import Touch

_LONGEST_NAME = 100


def attributes_of(value: Any) -> dict[str, Any]:
    """A cart's attributes by name; a leading underscore only hides one from the buyer."""
    entries = (mapping(entry) for entry in listing(value))
    named = ((text(entry.get("name"), _LONGEST_NAME), entry.get("value")) for entry in entries)
    return {name.lower().removeprefix("_"): value for name, value in named if name}


def visitor_of(attributes: Mapping[str, Any]) -> str | None:
    """The visitor id that our own script put into the cart."""
    return text(attributes.get("convertos_visitor_id"), 100)


def last_visit(body: Mapping[str, Any], placed_at: datetime) -> tuple[Touch, ...]:
    """The visit in which the order was made, from the order's own body.

    Its time is not told; the order's stands in. What the storefront noted outranks what Shopify did.
    """
    attributes = attributes_of(body.get("note_attributes"))
    landing_page = text(body.get("landing_site")) or text(attributes.get("landing_page"))
    evidence = evidence_of(
        utm=utm_of(attributes),
        click_ids=click_ids_of(attributes),
        referrer=text(body.get("referring_site")) or text(attributes.get("referrer")),
        landing_page=landing_page,
    )
    if evidence.is_empty and evidence.landing_page is None:
        return ()
    return (Touch(occurred_at=placed_at, evidence=evidence),)
