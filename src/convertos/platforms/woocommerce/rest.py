"""Calls to WooCommerce's REST API v3: signed, checked, and every fault in words.

Source: integrations.md B2 and B3, and the recordings in tests/fixtures/woocommerce/rest, checked 2026-11.
"""

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import msgspec

from convertos.core.clock import Clock
from convertos.platforms.contract import UnreadableError
from convertos.platforms.remote import (
    Call,
    Http,
    Keys,
    RemoteError,
    RemoteRefusedError,
    RemoteUnavailableError,
    Reply,
)
from convertos.platforms.values import decode_json, decode_object, mapping, split_array, text
from convertos.platforms.woocommerce.authentication import SECRET_QUERY, Method, sign

API = "/wp-json/wc/v3"
LARGEST_PAGE = 100
"""What the store gives at most (`per_page`)."""

_MOST_TRIES = 4
_MOST_MEMBERS = 1000
_HTML = (b"<", b"\xef\xbb\xbf<")

Query = Sequence[tuple[str, str]]


class Listing(NamedTuple):
    """One page of a list.

    Attributes:
        members: each as the bytes that were sent.
        total: `X-WP-Total`; `None` where the header is missing or nonsense.
    """

    members: Sequence[bytes]
    total: int | None
    reply: Reply


class Rest:
    """One store's API.

    Args:
        address: of the shop, such as `https://shop.example/store`.
        how: the way to authenticate that the last test found.
    """

    def __init__(self, address: str, how: Method, keys: Keys, http: Http, clock: Clock) -> None:
        self.address = address.rstrip("/")
        self.how = how
        self._keys = keys
        self.http = http
        self._clock = clock
        self._ahead = timedelta(0)

    def now(self) -> datetime:
        """The time."""
        return self._clock()

    async def send(
        self,
        method: str,
        path: str,
        purpose: str,
        *,
        query: Query = (),
        content: Mapping[str, Any] | None = None,
    ) -> Reply:
        """One signed call below `/wp-json/wc/v3`; answers of any status."""
        reply = await self._send_once(method, path, purpose, query, content)
        if self._is_clock_off(reply):
            reply = await self._send_once(method, path, purpose, query, content)
        return reply

    async def _send_once(
        self, method: str, path: str, purpose: str, query: Query, content: Mapping[str, Any] | None
    ) -> Reply:
        url = f"{self.address}{API}{path}"
        credentials = await self._keys.current()

        def make() -> Call:
            signed = sign(
                self.how,
                credentials,
                http_method=method,
                url=url,
                query=query,
                unix_seconds=int((self._clock() + self._ahead).timestamp()),
                nonce=secrets.token_hex(16),
            )
            return Call(
                method=method,
                url=url,
                purpose=purpose,
                query=signed.query,
                secret_query=SECRET_QUERY,
                headers={**signed.headers, **({"content-type": "application/json"} if content else {})},
                body=msgspec.json.encode(content) if content else None,
                is_repeatable=method != "POST",
                renew=make,
            )

        return await self.http.send(make())

    def _is_clock_off(self, reply: Reply) -> bool:
        """Whether the store's clock is another than ours; the next call is signed for its own."""
        if self.how is not Method.OAUTH1 or reply.status != 401 or self._ahead:
            return False
        store_clock = _date_of(reply)
        if "timestamp" not in message_of(reply) or store_clock is None:
            return False
        self._ahead = store_clock - self._clock()
        return True

    async def read(self, path: str, purpose: str, *, query: Query = ()) -> dict[str, Any]:
        """One object.

        Raises:
            RemoteError: the store says no, or nonsense; what it says, in words.
        """
        for attempt in range(1, _MOST_TRIES + 1):
            reply = await self.send("GET", path, purpose, query=query)
            if reply.status != 200:
                raise fault_of(reply)
            try:
                return decode_object(reply.body)
            except UnreadableError as error:
                await self._pause_or_give_up(attempt, reply, error)
        raise AssertionError("the last attempt returns or raises")

    async def page(self, path: str, purpose: str, query: Query) -> Listing:
        """One page of a list; what can't be read (a login page, half an answer) is asked for again.

        Raises:
            RemoteError: the store says no, or goes on talking nonsense.
        """
        for attempt in range(1, _MOST_TRIES + 1):
            reply = await self.send("GET", path, purpose, query=query)
            if reply.status != 200:
                raise fault_of(reply)
            try:
                return Listing(split_array(reply.body, _MOST_MEMBERS), _total(reply), reply)
            except UnreadableError as error:
                await self._pause_or_give_up(attempt, reply, error)
        raise AssertionError("the last attempt returns or raises")

    async def write(
        self,
        method: str,
        path: str,
        purpose: str,
        content: Mapping[str, Any] | None = None,
        query: Query = (),
    ) -> dict[str, Any]:
        """Change something; returns the object as it is then.

        Raises:
            RemoteError: the store says no, or nonsense.
        """
        reply = await self.send(method, path, purpose, query=query, content=content)
        if reply.status not in {200, 201}:
            raise fault_of(reply)
        try:
            return decode_object(reply.body)
        except UnreadableError as error:
            raise nonsense_of(reply) from error

    async def _pause_or_give_up(self, attempt: int, reply: Reply, error: Exception) -> None:
        if attempt == _MOST_TRIES:
            raise nonsense_of(reply) from error
        await self.http.pause(2.0**attempt, "The store's answer can't be read; trying again.")


def is_html(reply: Reply) -> bool:
    """Whether a page for people came where data was asked for."""
    return reply.body.lstrip()[:4].startswith(_HTML)


def error_of(reply: Reply) -> Mapping[str, Any]:
    """The store's own error object; empty where there is none."""
    try:
        found = mapping(decode_json(reply.body))
    except UnreadableError:
        return {}
    return found if isinstance(found.get("code"), str) else {}


def message_of(reply: Reply) -> str:
    """The store's own words."""
    return text(error_of(reply).get("message"), 300) or ""


def nonsense_of(reply: Reply) -> RemoteUnavailableError:
    """The fault of an answer that can't be read although its status is good."""
    what = "a web page" if is_html(reply) else "something that is no JSON"
    return RemoteUnavailableError(
        f"The store answered with {what} instead of data.",
        code="not_json",
        advice="Open the store in a browser: a maintenance page, a login wall or a cache may stand in front "
        "of it. Exclude /wp-json/ from it.",
    )


def fault_of(reply: Reply) -> RemoteError:
    """What an answer's status means."""
    message = message_of(reply)
    said = f" It says: {message}" if message else ""
    if reply.status in {401, 403} and error_of(reply):
        return RemoteRefusedError(
            f"The store refuses the keys.{said}",
            code="keys_refused",
            advice="Make new keys in WooCommerce › Settings › Advanced › REST API, and connect again.",
        )
    if reply.status == 429 or reply.status >= 500 or reply.status in {403, 408}:
        return RemoteUnavailableError(
            f"The store answered with status {reply.status}.{said}", code=f"status_{reply.status}"
        )
    if 300 <= reply.status < 400:
        return RemoteError(
            f"The store sends us on to {reply.headers.get('location', 'another address')}.",
            code="redirect",
            advice="Connect the store with the address that it sends to.",
        )
    return RemoteError(f"The store answered with status {reply.status}.{said}", code=f"status_{reply.status}")


def _total(reply: Reply) -> int | None:
    value = reply.headers.get("x-wp-total", "").strip()
    return int(value) if value.isdigit() and len(value) < 12 else None


def store_time(reply: Reply) -> datetime:
    """The store's clock when it answered; ours, where it does not say."""
    return _date_of(reply) or reply.asked_at


def _date_of(reply: Reply) -> datetime | None:
    try:
        read = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
