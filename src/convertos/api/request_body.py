"""A request's JSON, read strictly and within bounds before anything looks at it.

Source: reliability.md §4 D. Wrong content type 415, too large 413, no JSON 400, unstorable text 422; the
framework's own reader takes NaN, UTF-16 and any depth.
"""

import asyncio
import re
from typing import Any

import msgspec
from starlette.requests import Request

from convertos.api.problems import Problem
from convertos.core.errors import InvalidError
from convertos.core.http import BodyTooLargeError, ClientGoneError, read_body

_JSON = re.compile(r"application/(?:[\w.+-]+\+)?json(?:\s*;.*)?", re.IGNORECASE)
_BOM = b"\xef\xbb\xbf"
_DEEPEST = 64
_SLOW_BYTES = 256 * 1024
_BODY_SECONDS = 30


class ContractRequest(Request):
    """A request whose JSON was read by the house's rules."""

    async def load(self, largest: int, *, is_json: bool) -> None:
        """Read the body; afterwards `body` and `json` only give it out.

        Args:
            is_json: whether the route takes JSON; else the body is only kept within bounds.

        Raises:
            Problem: it is too large, too slow, of another content type, or no JSON.
            InvalidError: a text in it can't be stored.
        """
        try:
            async with asyncio.timeout(_BODY_SECONDS):
                self._body = await read_body(self.scope, self.receive, largest)
        except BodyTooLargeError:
            raise Problem(413, "too_large", f"The body is larger than {largest} bytes.") from None
        except TimeoutError:
            raise Problem(408, "too_slow", "The body came too slowly.") from None
        except ClientGoneError:
            raise Problem(400, "incomplete", "The body is not complete.") from None
        if not self._body or not is_json:
            return
        if not _JSON.fullmatch(self.headers.get("content-type", "")):
            raise Problem(415, "content_type", "Send Content-Type: application/json.")
        is_slow = len(self._body) > _SLOW_BYTES
        self._json = await asyncio.to_thread(decode, self._body) if is_slow else decode(self._body)


def decode(body: bytes) -> Any:
    """The JSON in a body.

    Raises:
        Problem: it is no JSON in UTF-8, or nested too deeply.
        InvalidError: a text in it can't be stored.
    """
    try:
        content = msgspec.json.decode(body.removeprefix(_BOM))
    except RecursionError:
        raise _too_deep() from None
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
        raise Problem(400, "malformed_json", "The body is not valid JSON in UTF-8.") from None
    # PostgreSQL's text can't hold NUL. In JSON it can only be written as an escape.
    if b"\\u0000" in body or body.count(b"[") + body.count(b"{") > _DEEPEST:
        _check(content)
    return content


def _too_deep() -> Problem:
    return Problem(400, "malformed_json", f"The body is nested more than {_DEEPEST} levels deep.")


def _check(content: Any) -> None:
    waiting: list[tuple[Any, tuple[str, ...]]] = [(content, ())]
    while waiting:
        value, place = waiting.pop()
        if len(place) > _DEEPEST:
            raise _too_deep()
        if isinstance(value, dict):
            for key, member in value.items():
                _refuse_nul(key, place)
                waiting.append((member, (*place, key)))
        elif isinstance(value, list):
            waiting.extend((member, (*place, str(index))) for index, member in enumerate(value))
        elif isinstance(value, str):
            _refuse_nul(value, place)


def _refuse_nul(text: str, place: tuple[str, ...]) -> None:
    if "\x00" in text:
        raise InvalidError.field(".".join(place) or "body", "A text may not hold the character U+0000.")
