"""Both spellings of the names that an event's members have: `order_id` and `orderId`. Pure.

Source: api.md, first paragraph. Fields of a site's own (`fields`, `custom_fields`, `metadata`) are not touched.
"""

from collections.abc import Mapping
from typing import Any

from convertos.platforms.values import mapping
from convertos.platforms.wordpress.field_rules import snake_case


def members(value: Any) -> Mapping[str, Any]:
    """A JSON object's members by the names of the contract; what was sent under such a name comes first."""
    values = mapping(value)
    # Nearly all senders spell as the contract does, and asking all names at once costs next to nothing.
    if "".join(values).islower():
        return values
    return {**{snake_case(name): member for name, member in values.items()}, **values}
