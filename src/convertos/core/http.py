"""The little HTTP that plain ASGI parts need: reading a bounded body, answering JSON and problems."""

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from convertos.core.ids import new_id

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PROBLEM_JSON = "application/problem+json"
_encoder = msgspec.json.Encoder()
_SWALLOWED_BYTES = 16 * 1024 * 1024
_SWALLOW_SECONDS = 5.0


class BodyTooLargeError(Exception):
    """The body is larger than allowed; what came of it was read and dropped."""


class SlowBodyError(Exception):
    """The body came too slowly."""


class ClientGoneError(Exception):
    """The client hung up before its request was complete."""


class Response(NamedTuple):
    """An answer."""

    status: int
    body: bytes
    media_type: str = "application/json"
    headers: Mapping[str, str] = {}


async def read_body(scope: Scope, receive: Receive, largest: int) -> bytes:
    """The whole body, in memory.

    Raises:
        BodyTooLargeError: it has more than `largest` bytes.
        ClientGoneError: the client hung up.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    first: bytes = message.get("body", b"")
    if not message.get("more_body") and len(first) <= largest:
        return first
    stated = _content_length(scope)
    chunks, size = [first], len(first)
    while message.get("more_body"):
        if size > largest or stated > largest:
            await _swallow(receive, size)
            raise BodyTooLargeError
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        chunk = message.get("body", b"")
        size += len(chunk)
        chunks.append(chunk)
    if size > largest:
        raise BodyTooLargeError
    return b"".join(chunks)


def _content_length(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 18 else _SWALLOWED_BYTES
    return 0


async def _swallow(receive: Receive, size: int) -> None:
    # A server that answers before the body is through looks like a broken connection to most senders,
    # and they would not see the 413. Bounded, because an endless body is an attack.
    until = time.monotonic() + _SWALLOW_SECONDS
    while size < _SWALLOWED_BYTES and time.monotonic() < until:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        size += len(message.get("body", b""))
        if not message.get("more_body"):
            return


def is_same_origin(headers: Mapping[str, str], base_url: str) -> bool:
    """Whether a browser sent this from one of our own pages; for requests that change something.

    Browsers set `Sec-Fetch-Site` and `Origin` themselves; a page can't forge them.
    """
    if site := headers.get("sec-fetch-site"):
        return site == "same-origin"
    origin = headers.get("origin", "")
    return origin == base_url or origin.partition("://")[2] == headers.get("host", " ")


def json_response(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(status, _encoder.encode(content), headers=headers or {})


def problem(status: int, code: str, detail: str, **members: object) -> dict[str, object]:
    """Problem details (RFC 9457) with the members that every error of this API has.

    Args:
        code: stable and machine-readable.
        detail: what happened, to what, what to do.
        members: more members, such as `errors` for fields; `instance`, where the occurrence has a name.
    """
    return {
        "type": f"urn:convertos:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "instance": f"urn:uuid:{new_id()}",
        "success": False,
        "code": code,
        **members,
    }


def problem_response(
    status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **members: object
) -> Response:
    """An answer that says what went wrong."""
    content = _encoder.encode(problem(status, code, detail, **members))
    return Response(status, content, PROBLEM_JSON, headers or {})


async def respond(send: Send, response: Response) -> None:
    """Send an answer."""
    headers = [
        (b"content-type", response.media_type.encode()),
        (b"content-length", str(len(response.body)).encode()),
        *((name.encode(), value.encode("latin-1")) for name, value in response.headers.items()),
    ]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})
