"""Both spellings of every name: what is shown as `clientId` is also taken as `client_id`, and the other way round."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

_HUMP = re.compile(r"(?<=[a-z0-9])([A-Z])")
_UNDERSCORE = re.compile(r"_+([a-z0-9])")


def snake(name: str) -> str:
    """`clientId` → `client_id`."""
    return _HUMP.sub(lambda match: f"_{match[1]}", name).lower()


def camel(name: str) -> str:
    """`client_id` → `clientId`."""
    return _UNDERSCORE.sub(lambda match: match[1].upper(), name)


def other_spellings(names: Collection[str]) -> dict[str, str]:
    """The spellings that these names are taken in too, each with the name it stands for."""
    found = {other: name for name in names for other in (snake(name), camel(name)) if other != name}
    return {other: name for other, name in found.items() if other not in names}


def respelled(query: bytes, spellings: Mapping[str, str]) -> bytes:
    """A query string in which names are spelled as the route declares them; else untouched."""
    if b"?" + query == b"?" or not spellings:
        return query
    # Bytes that are no UTF-8 become U+FFFD here, as the framework reads them too.
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    if not any(name in spellings for name, _ in pairs):
        return query
    return urlencode([(spellings.get(name, name), value) for name, value in pairs]).encode()


def field_path(place: Sequence[Any], body: Any, query: bytes = b"") -> str:
    """Where an error is, as the request spelled it: `items.0.storeUrl`.

    Args:
        place: as pydantic tells it; its first element says body, query, header or cookie.
        body: the JSON that was sent.
        query: the query string that was sent.
    """
    kind, *names = place
    if kind == "query" and names:
        sent = {name for name, _ in parse_qsl(query.decode("latin-1"), keep_blank_values=True)}
        names[0] = _as_sent(str(names[0]), sent)
    if kind != "body":
        return ".".join(map(str, names)) or str(kind)
    parts, node = [], body
    for name in names:
        if isinstance(node, dict):
            key = _as_sent(str(name), node)
            node = node.get(key)
            parts.append(key)
        else:
            node = (
                node[name] if isinstance(node, list) and isinstance(name, int) and name < len(node) else None
            )
            parts.append(str(name))
    return ".".join(parts) or "body"


def _as_sent(name: str, sent: Collection[str]) -> str:
    return next((spelling for spelling in (name, snake(name), camel(name)) if spelling in sent), name)
