"""What Shopify notes about a customer: tags, and whether they want to be written to. Pure.

Since API version 2025-01 webhooks of customers carry neither; the answer to a question does, and a change of
consent has a topic of its own. Nobody is ever taken for subscribed who is not said to be.

Source: integrations.md A5 (`marketingState`) and A6, checked 2026-11.
"""

from collections.abc import Mapping
from typing import Any

from convertos.platforms.values import listing, mapping, text
from convertos.records import Marks

_MOST_TAGS = 500
_STATES = {
    "subscribed": "subscribed",
    "unsubscribed": "unsubscribed",
    "pending": "pending",
    # Never asked, or the address is no good any more.
    "not_subscribed": "unknown",
    "invalid": "unknown",
    "redacted": "unknown",
}


def tags_of(value: Any) -> tuple[str, ...]:
    """Webhooks write tags with commas between them, GraphQL as a list."""
    tags = value.split(",") if isinstance(value, str) else listing(value)
    return tuple(filter(None, (text(tag, 200) for tag in tags[:_MOST_TAGS])))


def marks_of(body: Mapping[str, Any]) -> Marks | None:
    """What a customer's body notes; `None` where it notes nothing."""
    tags = None if body.get("tags") is None else tuple(sorted(set(tags_of(body["tags"]))))
    state = text(mapping(body.get("email_marketing_consent")).get("state"), 50)
    status = _STATES.get(state.lower()) if state else None
    return None if tags is None and status is None else Marks(tags=tags, subscription_status=status)
