"""A client's own names for sources, as lines that people write: `fbads = facebook`, `our-blog = blog (social)`."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from convertos.attribution.source_rules import ClientSource
from convertos.attribution.source_tables import Category
from convertos.core.errors import InvalidError

_LINE = re.compile(
    r"(?P<alias>[^=()]{1,200}?)\s*=\s*(?P<source>[^=()]{1,200}?)(?:\s*\((?P<category>[a-z ]+)\))?"
)
_MOST = 500


def read_aliases(lines: Sequence[str]) -> list[dict[str, Any]]:
    """The lines as they are stored.

    Raises:
        InvalidError: one of them makes no sense.
    """
    if len(lines) > _MOST:
        raise InvalidError.field("source_aliases", f"At most {_MOST} lines.")
    return [_read(line) for line in lines]


def _read(line: str) -> dict[str, Any]:
    match, categories = _LINE.fullmatch(line), [category.value for category in Category]
    if match is None:
        raise InvalidError.field("source_aliases", f"“{line[:80]}” is not of the form: name = source")
    if match["category"] and match["category"] not in categories:
        known = ", ".join(categories)
        raise InvalidError.field("source_aliases", f"“{match['category']}” is no kind of place; use {known}.")
    found = {name: value.strip() for name, value in match.groupdict().items() if value}
    return dict(found)


def aliases_as_text(stored: Sequence[Any]) -> str:
    """What is stored as lines."""
    aliases = msgspec.convert(stored, list[ClientSource])
    return "\n".join(
        f"{each.alias} = {each.source}" + (f" ({each.category})" if each.category else "") for each in aliases
    )
