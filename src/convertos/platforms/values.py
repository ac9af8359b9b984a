"""Reads values out of JSON from outside, whatever type they were sent in.

A shop's plugins change types at will (`""` for an absent number, `[]` for an empty object), so a value that
is not what it should be is read as absent; only what an event can't be without is an error.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from convertos.platforms.contract import UnreadableError
from convertos.records import parse_amount

LONGEST_TEXT = 2000
_DEEPEST = 16
_LONGEST_INTEGER = 30
_TOO_LARGE = 10**_LONGEST_INTEGER
_LONGEST_DECIMAL = 60
# A number beyond it is no amount, id or time, and written out it would be longer than the whole body.
_LARGEST_EXPONENT = 40
# Beyond it, browsers read another number.
_LARGEST_EXACT_INTEGER = 1 << 53
_MOST_MEMBERS = 500
_MOST_PARAMETERS = 100
_BOM = b"\xef\xbb\xbf"
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)
_FUTURE_TOLERANCE = timedelta(days=2)
# PostgreSQL's text takes neither NUL nor halves of surrogate pairs.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def _exact(number: str) -> Decimal | None:
    if len(number) > _LONGEST_DECIMAL:
        return None
    try:
        value = Decimal(number)
    except InvalidOperation:
        return None
    return value if abs(value.adjusted()) <= _LARGEST_EXPONENT else None


def _bounded(number: str) -> int | None:
    return int(number) if len(number) <= _LONGEST_INTEGER else None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


_SPACE = re.compile(r"[ \t\r\n]*")
_members = msgspec.json.Decoder(list[msgspec.Raw])
_decoder = msgspec.json.Decoder(float_hook=_exact)
_patient_decoder = json.JSONDecoder(parse_float=_exact, parse_int=_bounded, parse_constant=_refuse)


def decode_json(body: bytes) -> Any:
    """Any JSON, with numbers exact.

    What the fast parser refuses is read by the patient one, which takes half a surrogate pair (a text that
    was cut within an emoji) and reads a number of a thousand digits as absent.

    Raises:
        UnreadableError: it is not JSON in UTF-8.
    """
    body = body.removeprefix(_BOM)
    try:
        return _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError, RecursionError):
        pass
    try:
        return _patient_decoder.decode(body.decode())
    except (ValueError, RecursionError) as error:
        raise UnreadableError("The body is not valid JSON in UTF-8.") from error


def decode_object(body: bytes) -> dict[str, Any]:
    """The JSON object in a body, with numbers exact.

    Raises:
        UnreadableError: it is no JSON object.
    """
    value = decode_json(body)
    if not isinstance(value, dict):
        raise UnreadableError("The body is not a JSON object.")
    return value


def split_array(body: bytes, most: int) -> list[bytes]:
    """The members of a JSON array, each as the bytes that were sent; where there are more than `most`, one more.

    Raises:
        UnreadableError: it is no JSON array.
    """
    body = body.removeprefix(_BOM)
    try:
        members = _members.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _split_patiently(body, most)
    return [bytes(member) for member in members[: most + 1]]


def _split_patiently(body: bytes, most: int) -> list[bytes]:
    members: list[bytes] = []
    try:
        whole = body.decode()
        place = _after_space(whole, 0)
        separator, wanted = whole[place : place + 1], "["
        while separator == wanted and len(members) <= most:
            place = _after_space(whole, place + 1)
            if whole[place : place + 1] == "]" and not members:
                separator = "]"
                break
            _, end = _patient_decoder.raw_decode(whole, place)
            members.append(whole[place:end].encode())
            place = _after_space(whole, end)
            separator, wanted = whole[place : place + 1], ","
    except (ValueError, RecursionError) as error:
        raise UnreadableError("The body is not valid JSON in UTF-8.") from error
    is_whole = separator == "]" and _after_space(whole, place + 1) == len(whole)
    if not (is_whole or len(members) > most):
        raise UnreadableError("The body is not a JSON array.")
    return members


def _after_space(whole: str, place: int) -> int:
    match = _SPACE.match(whole, place)
    return match.end() if match else place


def text(value: Any, longest: int = LONGEST_TEXT) -> str | None:
    """A trimmed, storable text, or `None` where there is nothing to read."""
    if type(value) is not str:
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or abs(value) >= _TOO_LARGE:
            return None
        value = f"{value:f}" if isinstance(value, Decimal) else str(value)
    elif not value.isascii() or "\x00" in value:
        value = _UNSTORABLE.sub(lambda match: "" if match[0] == "\x00" else "\ufffd", value)
    return value.strip()[:longest] or None


def identifier(value: Any) -> str | None:
    """An id as text: `1001`, `"1001"` and `gid://shopify/Order/1001` are the same; 0 and "" are none."""
    if type(value) is int:
        return str(value) if value and abs(value) < _TOO_LARGE else None
    read = text(value, 200)
    if read is None or read == "0":
        return None
    if read.startswith("gid://"):
        return read.split("?", 1)[0].rsplit("/", 1)[-1] or None
    return read


def amount(value: Any) -> Decimal | None:
    """An exact amount, or `None` where there is none."""
    if value is None or value == "":
        return None
    try:
        return parse_amount(value)
    except (ValueError, OverflowError):
        return None


def mapping(value: Any) -> Mapping[str, Any]:
    """A JSON object; PHP sends an empty one as `[]`."""
    return value if isinstance(value, dict) else {}


def listing(value: Any) -> list[Any]:
    """A JSON array; PHP sends one with gaps as an object."""
    if isinstance(value, list):
        return value
    return list(value.values()) if isinstance(value, dict) else []


def instant(value: Any, received_at: datetime) -> datetime | None:
    """A time in UTC: RFC 3339, or without an offset (then it is UTC), or unix seconds.

    What lies before 1995 or more than two days after the receipt is a broken clock and no time: kept, it
    would win over every later change.
    """
    if not value:
        return None
    try:
        if isinstance(value, str):
            read = datetime.fromisoformat(value)
        elif isinstance(value, int | Decimal) and not isinstance(value, bool):
            read = datetime.fromtimestamp(float(value), UTC)
        else:
            return None
        if read.tzinfo is not UTC:
            read = read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return read if _EARLIEST <= read <= received_at + _FUTURE_TOLERANCE else None


def storable(value: Any, depth: int = 0) -> Any:
    """Foreign JSON made safe to keep beside our own: texts cleaned, depth and size bounded."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < _LARGEST_EXACT_INTEGER:
        return value
    if isinstance(value, dict | list) and depth >= _DEEPEST:
        return _as_text(value)
    if isinstance(value, dict):
        members = list(value.items())[:_MOST_MEMBERS]
        return {text(name, 200) or "": storable(member, depth + 1) for name, member in members}
    if isinstance(value, list):
        return [storable(member, depth + 1) for member in value[:_MOST_MEMBERS]]
    return text(value) or ""


def _as_text(value: Any) -> str | None:
    try:
        return text(json.dumps(value, default=str))
    except RecursionError:
        return None


def query_of(address: str | None) -> dict[str, str]:
    """The query parameters of an address, lower-case names; empty for what has none."""
    if not address or "?" not in address:
        return {}
    query = address.partition("?")[2].partition("#")[0]
    found: dict[str, str] = {}
    for pair in query.split("&", _MOST_PARAMETERS)[:_MOST_PARAMETERS]:
        name, _, value = pair.partition("=")
        if value:
            found[_unquoted(name).lower()] = _unquoted(value)
    return found


def _unquoted(value: str) -> str:
    return unquote_plus(value) if "%" in value or "+" in value else value
