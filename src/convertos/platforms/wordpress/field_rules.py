"""Field mapping: which field of a site's data goes where, and as what. Pure.

A rule looks at what was sent as it was sent, so rules don't see each other's targets and their order is no
matter. Source: docs/reference/plugin-protocol.md, "Field mapping".
"""

import re
from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from convertos.platforms.wordpress.field_values import InconvertibleError, ValueType, converted, is_absent

_DOT = re.compile(r"(?<!\\)\.")
_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
_NAMING = ("key", "name", "id")
_FREE = frozenset({"customFields", "metadata"})
_NOTHING = object()


class MappedObject(StrEnum):
    """What a rule is for."""

    CUSTOMER = "customer"
    ORDER = "order"
    PRODUCT = "product"
    LEAD = "lead"
    CHECKOUT = "checkout"


class FieldRule(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a mapping.

    Attributes:
        source: where the value stands in what the site has.
        target: the field of ours that it becomes.
        required: whether the object is no good without it.
    """

    object: MappedObject
    source: str
    target: str
    type: ValueType = ValueType.TEXT
    required: bool = False


class FieldFault(NamedTuple):
    """A field and what is wrong with it."""

    field: str
    message: str


class Mapped(NamedTuple):
    """What became of an item.

    Attributes:
        errors: why it is no good.
        warnings: what was left out of it.
    """

    item: dict[str, Any]
    errors: list[FieldFault]
    warnings: list[FieldFault]


def names_of(path: str) -> list[str]:
    r"""The names in a path; `\.` is a dot within a name."""
    return [name.replace(r"\.", ".") for name in _DOT.split(path)]


def apply_rules(item: Mapping[str, Any], rules: Sequence[FieldRule]) -> Mapped:
    """The item with the targets of the rules filled in; the item itself stays as it is."""
    mapped = Mapped(dict(item), [], [])
    for rule in rules:
        value = _found(item, names_of(rule.source))
        if not is_absent(value, rule.type):
            try:
                _put(mapped.item, names_of(rule.target), converted(value, rule.type))
            except InconvertibleError as error:
                faults = mapped.errors if rule.required else mapped.warnings
                faults.append(FieldFault(rule.source, str(error)))
        elif rule.required and is_absent(_found(item, names_of(rule.target)), rule.type):
            mapped.errors.append(FieldFault(rule.source, f"It is required, for {rule.target}."))
    return mapped


def _found(value: Any, names: Iterable[str]) -> Any:
    for name in names:
        if isinstance(value, Mapping):
            value = value.get(name, value.get(snake_case(name)))
        elif isinstance(value, list):
            value = _entry(value, name)
        else:
            return None
    return value


def _entry(entries: list[Any], name: str) -> Any:
    if name.isascii() and name.isdigit():
        return entries[int(name)] if len(name) < 6 and int(name) < len(entries) else None
    for entry in entries:
        if isinstance(entry, Mapping) and any(entry.get(naming) == name for naming in _NAMING):
            return entry.get("value")
    return None


def _put(item: MutableMapping[str, Any], names: Sequence[str], value: Any) -> None:
    *groups, last = names
    is_free = False
    for name in groups:
        item = _group(item, name, is_free=is_free)
        is_free = is_free or name in _FREE
    if not is_free:
        item.pop(snake_case(last), None)
    item[last] = value


def _group(item: MutableMapping[str, Any], name: str, *, is_free: bool) -> MutableMapping[str, Any]:
    """A copy of the object at a name, put in its place under the name's own spelling."""
    present = item.get(name, _NOTHING)
    if present is _NOTHING and not is_free:
        present = item.pop(snake_case(name), _NOTHING)
    group = dict(present) if isinstance(present, Mapping) else {}
    item[name] = group
    return group


def snake_case(name: str) -> str:
    """A name's other spelling: `firstName` is `first_name`."""
    return _HUMP.sub(r"_\1", name).lower()
