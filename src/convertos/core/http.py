"""The little HTTP that plain ASGI parts need: reading a bounded body, answering JSON and problems."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from convertos.core.errors import UnavailableError
from convertos.core.ids import new_id

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

PROBLEM_JSON = "application/problem+json"
_encoder = msgspec.json.Encoder()
_ASKS_FIRST = (b"expect", b"100-continue")
_SWALLOWED_BYTES = 16 * 1024 * 1024
_SWALLOW_SECONDS = 5.0


class BodyTooLargeError(Exception):
    """The body is larger than allowed.

    Args:
        is_read: whether all of it came and was dropped, so that the connection can be used again.
    """

    def __init__(self, *, is_read: bool) -> None:
        super().__init__("the body is larger than allowed")
        self.is_read = is_read


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


class BodyBudget:
    """How many bytes of unfinished bodies are held at a time, by all requests together.

    Without it, as many slow senders of large bodies as there are sockets would fill the memory.
    """

    def __init__(self, most: int) -> None:
        self._left = most

    def take(self, size: int) -> None:
        """Count bytes that are held from now on.

        Raises:
            UnavailableError: too many are held already.
        """
        if size > self._left:
            raise UnavailableError("Too many large requests at once. Try again soon.", code="overloaded")
        self._left -= size

    def give_back(self, size: int) -> None:
        """Count bytes that are held no more."""
        self._left += size


_UNBOUNDED = BodyBudget(sys.maxsize)


async def read_body(
    scope: Scope,
    receive: Receive,
    largest: int,
    *,
    seconds: float | None = None,
    budget: BodyBudget | None = None,
) -> bytes:
    """The whole body, in memory.

    Args:
        seconds: how long it may take, however steadily it comes.
        budget: what all unfinished bodies may hold together.

    Raises:
        BodyTooLargeError: it has more than `largest` bytes.
        ClientGoneError: the client hung up.
        SlowBodyError: it is not complete in time.
        UnavailableError: too much is being read at the moment.
    """
    if _ASKS_FIRST in scope["headers"] and _stated_size(scope) > largest:
        # The sender has sent nothing yet that would have to be dropped.
        raise BodyTooLargeError(is_read=False)
    try:
        async with asyncio.timeout(seconds):
            message = await _next(receive)
            body: bytes | None = message.get("body", b"")
            if message.get("more_body"):
                is_over = _stated_size(scope) > largest
                body = None if is_over else await _read_rest(body or b"", receive, largest, budget)
    except TimeoutError as error:
        raise SlowBodyError from error
    if body is None:
        raise BodyTooLargeError(is_read=await _swallow(receive))
    if len(body) > largest:
        raise BodyTooLargeError(is_read=True)
    return body


async def _next(receive: Receive) -> Message:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    return message


def _stated_size(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 18 else 0
    return 0


async def _read_rest(first: bytes, receive: Receive, largest: int, budget: BodyBudget | None) -> bytes | None:
    """The body that began with `first`; `None` as soon as it is too large and has not ended."""
    budget = budget or _UNBOUNDED
    chunks, size, more = [first], len(first), True
    budget.take(size)
    try:
        while more:
            if size > largest:
                return None
            message = await _next(receive)
            chunk = message.get("body", b"")
            budget.take(len(chunk))
            chunks.append(chunk)
            size += len(chunk)
            more = message.get("more_body", False)
        return b"".join(chunks)
    finally:
        budget.give_back(size)


async def _swallow(receive: Receive) -> bool:
    # A server that answers before the body is through looks like a broken connection to most senders,
    # and they would not see the 413. Bounded, because an endless body is an attack.
    size = 0
    with suppress(TimeoutError):
        async with asyncio.timeout(_SWALLOW_SECONDS):
            while size < _SWALLOWED_BYTES:
                message = await _next(receive)
                size += len(message.get("body", b""))
                if not message.get("more_body"):
                    return True
    return False


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
