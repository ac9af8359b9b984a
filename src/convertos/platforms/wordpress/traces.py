"""Who and whence: the parts that any event of the plugin may carry."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from convertos.platforms.arrivals import click_ids_of, evidence_of, utm_of
from convertos.platforms.values import identifier, listing, query_of, text
from convertos.platforms.wordpress.marks import marks_of
from convertos.platforms.wordpress.spelling import members
from convertos.records import Person, Touch

_MOST_TOUCHES = 20
_REFUSED_CONSENT = frozenset({"denied", "false", "no", "0", "revoked"})
_TIME_NAMES = ("occurred_at", "timestamp", "at")
_STEP = timedelta(microseconds=1)
_ORIGIN_NAMES = ("origin_source", "origin_medium", "origin_campaign")


def person_of(data: Mapping[str, Any]) -> Person:
    """The person that an event's data names."""
    first, last = text(data.get("first_name"), 200), text(data.get("last_name"), 200)
    if not first and not last:
        first, _, last = (text(data.get("name"), 400) or "").partition(" ")
    return Person(
        email=text(data.get("email") or data.get("customer_email"), 320),
        phone=text(data.get("phone"), 60),
        customer_external_id=identifier(data.get("customer_id") or data.get("user_id")),
        visitor_id=text(data.get("visitor_id"), 100) if has_consent(data) else None,
        first_name=first or None,
        last_name=(last or "").strip() or None,
        country=text(data.get("country"), 2),
        marks=marks_of(data),
    )


def has_consent(data: Mapping[str, Any]) -> bool:
    """Whether the visitor may be followed: yes, unless the event says that consent was refused."""
    consent = data.get("consent")
    if isinstance(consent, dict):
        consent = consent.get("marketing", consent.get("statistics"))
    return not (consent is False or (isinstance(consent, str) and consent.lower() in _REFUSED_CONSENT))


def touches_of(
    data: Mapping[str, Any], occurred_at: datetime, time: Callable[[Any], datetime | None]
) -> tuple[Touch, ...]:
    """The arrivals that an event tells of: its own, and the list that the site remembered."""
    if not has_consent(data):
        return ()
    visitor = text(data.get("visitor_id"), 100)
    touches = [_touch(data, occurred_at, visitor)]
    told = listing(data.get("touches"))[-_MOST_TOUCHES:]
    for place, entry in enumerate(told):
        remembered = members(entry)
        stated = [remembered[name] for name in _TIME_NAMES if remembered.get(name)]
        # Without a time it is known to be older than the event, and than what stands after it.
        at = time(stated[0]) if stated else occurred_at - _STEP * (len(told) - place)
        if at is not None:
            touches.append(_touch(remembered, at, visitor))
    return tuple(touch for touch in touches if touch is not None)


def _touch(values: Mapping[str, Any], occurred_at: datetime, visitor: str | None) -> Touch | None:
    origin = {
        name.removeprefix("origin_"): value
        for name in _ORIGIN_NAMES
        if (value := text(values.get(name), 500))
    }
    evidence = evidence_of(
        utm=utm_of(values),
        origin=origin,
        click_ids=click_ids_of(values),
        referrer=text(values.get("referrer")),
        landing_page=text(values.get("landing_page")) or _tagged(text(values.get("page_url"))),
    )
    if evidence.is_empty and evidence.landing_page is None:
        return None
    return Touch(occurred_at=occurred_at, evidence=evidence, visitor_id=visitor)


def _tagged(page_url: str | None) -> str | None:
    # The page that an event happened on is where the visit began only if a campaign's parameters are on it.
    query = query_of(page_url)
    return page_url if utm_of(query) or click_ids_of(query) else None
