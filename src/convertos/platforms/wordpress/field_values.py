"""What a mapped field's value is turned into. Pure.

The plugin does the same in PHP. Source: docs/reference/plugin-protocol.md, "Field mapping".
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from convertos.platforms.values import LONGEST_TEXT, text

_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,12})?")
_MOST_ENTRIES = 500
_WORDS = {
    **dict.fromkeys(("1", "yes", "true", "on", "y"), True),
    **dict.fromkeys(("", "0", "no", "false", "off", "n"), False),
}


class ValueType(StrEnum):
    """What a value is turned into."""

    TEXT = "text"
    NUMBER = "number"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"
    LIST = "list"


class InconvertibleError(ValueError):
    """The value can't be turned into the wanted type; the sentence says what is taken."""


def is_absent(value: Any, kind: ValueType) -> bool:
    """Whether there is nothing to convert: an unticked box is an answer, an empty line is none."""
    if kind is ValueType.BOOLEAN:
        return value is None
    return value is None or value == [] or (isinstance(value, str) and not value.strip())


def converted(value: Any, kind: ValueType) -> Any:
    """The value as the wanted type.

    Raises:
        InconvertibleError: it is not of a form that is taken.
    """
    return _CONVERTERS[kind](value)


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_entries(value))[:LONGEST_TEXT]
    if isinstance(value, bool):
        return str(value).lower()
    read = text(value)
    if read is None:
        raise InconvertibleError("It is no text.")
    return read


def _number(value: Any) -> Decimal:
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value := value.strip()):
            raise InconvertibleError("It is no number such as 12.50.")
        return Decimal(value.replace(",", "."))
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise InconvertibleError("It is no number.")
    return Decimal(value)


def _integer(value: Any) -> int:
    number = _number(value)
    if number != number.to_integral_value():
        raise InconvertibleError("It is no whole number.")
    return int(number)


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower() if isinstance(value, str | int) else None
    if word not in _WORDS:
        raise InconvertibleError("It is neither yes nor no.")
    return _WORDS[word]


def _instant(value: Any) -> datetime:
    try:
        if isinstance(value, str):
            read = datetime.fromisoformat(value.strip())
            return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
        if isinstance(value, int | Decimal) and not isinstance(value, bool):
            return datetime.fromtimestamp(float(value), UTC)
    except (ValueError, OverflowError, OSError):
        pass
    raise InconvertibleError("It is no date or time of RFC 3339.")


def _date(value: Any) -> str:
    return _instant(value).date().isoformat()


def _datetime(value: Any) -> str:
    return _instant(value).isoformat().replace("+00:00", "Z")


def _list(value: Any) -> list[str]:
    return _entries(value if isinstance(value, list) else _text(value).split(","))


def _entries(values: list[Any]) -> list[str]:
    if any(isinstance(value, dict | list) for value in values):
        raise InconvertibleError("It is no list of texts.")
    read = (_text(value) for value in values[:_MOST_ENTRIES] if not is_absent(value, ValueType.TEXT))
    return [entry for entry in read if entry]


_CONVERTERS: Mapping[ValueType, Callable[[Any], Any]] = {
    ValueType.TEXT: _text,
    ValueType.NUMBER: _number,
    ValueType.INTEGER: _integer,
    ValueType.BOOLEAN: _boolean,
    ValueType.DATE: _date,
    ValueType.DATETIME: _datetime,
    ValueType.LIST: _list,
}
