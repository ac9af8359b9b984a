"""What events note about a person: tags, whether they want to be written to, fields of the site's own. Pure.

A part that is not of its form is left out: no event is lost for it.

Source: docs/reference/plugin-protocol.md, "Events".
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from convertos.platforms.values import listing, mapping, text
from convertos.platforms.wordpress.pushed_values import custom_field
from convertos.records import Marks

STATUSES = ("unknown", "pending", "subscribed", "unsubscribed")
_MOST_FIELDS = 100
_MOST_TAGS = 500
_LONGEST_TAG = 200


def marks_of(data: Mapping[str, Any]) -> Marks | None:
    """What an event's data notes; `None` where it notes nothing."""
    stated = {name: _either(data, name, other) for name, other in _SPELLINGS}
    if all(value is None for value in stated.values()):
        return None
    return marks_from(
        tags=stated["tags"], status=stated["subscription_status"], fields=mapping(stated["custom_fields"])
    )


_SPELLINGS = (
    ("tags", "tags"),
    ("subscription_status", "subscriptionStatus"),
    ("custom_fields", "customFields"),
)


def _either(data: Mapping[str, Any], name: str, other: str) -> Any:
    return data.get(name, data.get(other))


def marks_from(*, tags: Any, status: Any, fields: Mapping[str, Any]) -> Marks:
    """Marks from values as they were sent."""
    read = None if tags is None else [text(tag, _LONGEST_TAG) for tag in listing(tags)[:_MOST_TAGS]]
    kept: dict[str, Any] = {}
    for name, value in list(fields.items())[:_MOST_FIELDS]:
        with suppress(ValueError):
            kept.update([custom_field(name, value)])
    return Marks(
        tags=None if read is None else tuple(sorted({tag for tag in read if tag})),
        subscription_status=status if status in STATUSES else None,
        custom_fields=kept,
    )
