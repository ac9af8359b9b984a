"""The types of fields in pushed objects: what is taken, what becomes of it, and how the schema tells it. Pure.

Descriptive texts are cut where they are too long, because no order should be lost for a long name; what decides
(ids, amounts, times, addresses) is taken as it is or refused.
"""

import math
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo, WithJsonSchema

from convertos.core.addresses import normal_email
from convertos.platforms.values import LONGEST_TEXT, instant, text
from convertos.records import parse_amount

LONGEST_ID = 200
_MOST_CUSTOM_FIELDS = 100
_LONGEST_FIELD_NAME = 100
_MOST_ENTRIES = 500


def _identifier(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("It is neither a text nor a whole number.")
    read = text(value)
    if read is not None and len(read) > LONGEST_ID:
        raise ValueError(f"It is longer than {LONGEST_ID} characters.")
    return None if read == "0" else read


def _required_identifier(value: Any) -> str:
    read = _identifier(value)
    if read is None:
        raise ValueError("It is missing.")
    return read


def _amount(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        return parse_amount(value)
    except (ValueError, OverflowError):
        raise ValueError("It is no amount such as 12.50.") from None


def _required_amount(value: Any) -> Decimal:
    read = _amount(value)
    if read is None:
        raise ValueError("It is missing.")
    return read


def _instant(value: Any, info: ValidationInfo) -> datetime | None:
    if value is None or value == "":
        return None
    received_at: datetime = (info.context or {})["received_at"]
    read = instant(value, received_at)
    if read is None:
        raise ValueError("It is no time of RFC 3339 between 1995 and now.")
    return read


def _email(value: Any) -> str | None:
    read = _text(value, LONGEST_TEXT)
    if read is not None and normal_email(read) is None:
        raise ValueError("It is no e-mail address.")
    return read


def _country(value: Any) -> str | None:
    read = _text(value, LONGEST_TEXT)
    if read is not None and not (len(read) == 2 and read.isascii() and read.isalpha()):
        raise ValueError("It is no country of two letters (ISO 3166).")
    return read.upper() if read else None


def _currency(value: Any) -> str | None:
    read = _text(value, LONGEST_TEXT)
    if read is not None and not (len(read) == 3 and read.isascii() and read.isalpha()):
        raise ValueError("It is no currency of three letters (ISO 4217).")
    return read.upper() if read else None


def _text(value: Any, longest: int) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError("It is no text.")
    return text(value, longest)


def _custom_fields(value: Any) -> dict[str, Any]:
    if value is None or value == []:  # PHP's empty object
        return {}
    if not isinstance(value, dict):
        raise ValueError("It is no object of names and values.")
    if len(value) > _MOST_CUSTOM_FIELDS:
        raise ValueError(f"It has more than {_MOST_CUSTOM_FIELDS} fields.")
    return dict(custom_field(name, member) for name, member in value.items())


def custom_field(name: str, value: Any) -> tuple[str, Any]:
    """A field of the sender's own as it is kept.

    Raises:
        ValueError: its name or its value is of no form that is kept.
    """
    return _field_name(name), _field_value(name, value)


def _field_name(name: str) -> str:
    read = text(name)
    if read is None or len(read) > _LONGEST_FIELD_NAME:
        raise ValueError(f"A field's name has 1 to {_LONGEST_FIELD_NAME} characters.")
    return read


def _field_value(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return [_field_value(name, entry) for entry in value[:_MOST_ENTRIES]]
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | Decimal):
        return _json_number(value)
    if not isinstance(value, str):
        raise ValueError(f"{name[:_LONGEST_FIELD_NAME]} is no text, number, boolean or list of them.")
    return text(value) or ""


def _json_number(value: int | Decimal) -> int | float | str:
    """A number as JSON holds it exactly, else its digits as text."""
    whole = int(value)
    if value == whole:
        return whole if abs(whole) < 1 << 53 else str(whole)
    approximate = float(value)
    is_exact = math.isfinite(approximate) and Decimal(repr(approximate)) == value
    return approximate if is_exact else str(value)


def _names(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ValueError("It is no list.")
    entries = (entry.get("name") if isinstance(entry, dict) else entry for entry in value[:_MOST_ENTRIES])
    read = (_text(entry, 200) for entry in entries)
    return tuple(dict.fromkeys(name for name in read if name))


_ID_SCHEMA: dict[str, Any] = {"type": ["string", "integer"], "maxLength": LONGEST_ID}
_AMOUNT_SCHEMA: dict[str, Any] = {
    "type": ["string", "number"],
    "pattern": r"^[+-]?[0-9]{1,15}(\.[0-9]{1,12})?$",
    "examples": ["85.90"],
}
_TIME_SCHEMA: dict[str, Any] = {
    "type": ["string", "integer"],
    "format": "date-time",
    "examples": ["2025-03-01T09:30:00Z"],
}
_NAMES_SCHEMA: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
_CUSTOM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "maxProperties": _MOST_CUSTOM_FIELDS,
    "additionalProperties": {"type": ["string", "number", "boolean", "array", "null"]},
}


def _or_null(schema: dict[str, Any]) -> WithJsonSchema:
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return WithJsonSchema({**schema, "type": [*kinds, "null"]})


def _cut_at(longest: int) -> BeforeValidator:
    return BeforeValidator(lambda value: _text(value, longest))


def _cut_schema(longest: int) -> WithJsonSchema:
    return WithJsonSchema({"type": ["string", "null"], "description": f"Cut after {longest} characters."})


def _object(value: Any) -> Any:
    # PHP writes an empty object as an empty list.
    return {} if value is None or value == [] else value


def _list(value: Any) -> Any:
    return () if value is None else tuple(value) if isinstance(value, list) else value


Text50 = Annotated[str | None, _cut_at(50), _cut_schema(50)]
Text60 = Annotated[str | None, _cut_at(60), _cut_schema(60)]
Text100 = Annotated[str | None, _cut_at(100), _cut_schema(100)]
Text200 = Annotated[str | None, _cut_at(200), _cut_schema(200)]
Text500 = Annotated[str | None, _cut_at(500), _cut_schema(500)]
Text2000 = Annotated[str | None, _cut_at(2000), _cut_schema(2000)]
MAYBE_EMPTY_OBJECT = BeforeValidator(_object)
MAYBE_EMPTY_LIST = BeforeValidator(_list)
Id = Annotated[str, BeforeValidator(_required_identifier), WithJsonSchema(_ID_SCHEMA)]
OptionalId = Annotated[str | None, BeforeValidator(_identifier), _or_null(_ID_SCHEMA)]
RequiredAmount = Annotated[Decimal, BeforeValidator(_required_amount), WithJsonSchema(_AMOUNT_SCHEMA)]
Amount = Annotated[Decimal | None, BeforeValidator(_amount), _or_null(_AMOUNT_SCHEMA)]
Time = Annotated[datetime | None, BeforeValidator(_instant), _or_null(_TIME_SCHEMA)]
Email = Annotated[
    str | None, BeforeValidator(_email), _or_null({"type": "string", "format": "email", "maxLength": 254})
]
Country = Annotated[
    str | None, BeforeValidator(_country), _or_null({"type": "string", "pattern": "^[A-Za-z]{2}$"})
]
Currency = Annotated[
    str | None, BeforeValidator(_currency), _or_null({"type": "string", "pattern": "^[A-Za-z]{3}$"})
]
Names = Annotated[tuple[str, ...], BeforeValidator(_names), _or_null(_NAMES_SCHEMA)]
CustomFields = Annotated[dict[str, Any], BeforeValidator(_custom_fields), _or_null(_CUSTOM_SCHEMA)]
OptionalNames = Annotated[
    tuple[str, ...] | None,
    BeforeValidator(lambda value: None if value is None else _names(value)),
    _or_null(_NAMES_SCHEMA),
]
