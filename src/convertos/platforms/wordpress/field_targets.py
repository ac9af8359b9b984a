"""What a field mapping may fill in: the fields of each object. Pure.

Source: docs/reference/plugin-protocol.md, "Field mapping".
"""

from collections.abc import Mapping
from functools import cache

from convertos.platforms.wordpress.field_rules import MappedObject, names_of
from convertos.platforms.wordpress.pushed_objects import PushedKind, item_schema

_FREE = {"customFields", "metadata"}
_LONGEST_NAME = 100
_PERSON = ("email", "phone", "firstName", "lastName", "name", "country", "tags", "subscriptionStatus")
_EVENTS: Mapping[MappedObject, frozenset[str]] = {
    MappedObject.LEAD: frozenset({*_PERSON, "customFields", "formName"}),
    MappedObject.CHECKOUT: frozenset({*_PERSON, "customFields", "funnelId", "stepId"}),
}


def is_target(kind: MappedObject, target: str) -> bool:
    """Whether a rule for this kind of object may fill in this field."""
    head, *rest = names_of(target)
    if head in _FREE:
        return head in _fields(kind) and len(rest) == 1 and 0 < len(rest[0]) <= _LONGEST_NAME
    if rest:
        return kind is MappedObject.ORDER and head == "customer" and rest in _buyer_fields()
    return head in _fields(kind)


@cache
def _fields(kind: MappedObject) -> frozenset[str]:
    return _EVENTS.get(kind) or frozenset(item_schema(PushedKind(kind.value))["properties"])


@cache
def _buyer_fields() -> list[list[str]]:
    return [[name] for name in item_schema(PushedKind.ORDER)["properties"]["customer"]["properties"]]
