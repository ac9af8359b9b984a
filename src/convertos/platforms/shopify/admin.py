"""Asking Shopify's Admin API: the token, the budget of points, and what errors mean.

Every answer says how many points are left and how fast they come back. A question that would cost more than
is left waits first; one that was refused for it (usually with HTTP 200) waits and is asked again.

Source: integrations.md A5 ("Rate limits"), checked 2026-11.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from convertos.core.clock import Clock
from convertos.platforms.remote import (
    Call,
    Credentials,
    Http,
    Keys,
    RemoteError,
    RemoteRefusedError,
    RemoteUnavailableError,
    Reply,
)
from convertos.platforms.shopify import grants
from convertos.platforms.shopify.answers import check_status, decoded
from convertos.platforms.shopify.queries import API_VERSION, question

_MOST_THROTTLES = 30
_SHORTEST_WAIT = 0.05
_LONGEST_WAIT = 60.0


class _Throttle(msgspec.Struct, rename="camel"):
    maximum_available: float = 0
    currently_available: float = 0
    restore_rate: float = 0


class _Cost(msgspec.Struct, rename="camel"):
    requested_query_cost: float = 0
    throttle_status: _Throttle | None = None


class _Extensions(msgspec.Struct):
    cost: _Cost | None = None


class _ErrorExtensions(msgspec.Struct):
    code: str = ""


class _Error(msgspec.Struct):
    message: str = ""
    path: list[Any] | None = None
    extensions: _ErrorExtensions | None = None


class _Envelope(msgspec.Struct):
    data: dict[str, msgspec.Raw] | None = None
    errors: list[_Error] | None = None
    extensions: _Extensions | None = None


class Answer(NamedTuple):
    """The data of an answer by root field, as bytes, and when it was asked for."""

    data: Mapping[str, msgspec.Raw]
    asked_at: datetime


class TooCostlyError(RemoteError):
    """One question costs more than Shopify answers at a time: ask for fewer at once."""

    def __init__(self) -> None:
        super().__init__("One object is larger than Shopify answers at a time.", code="too_costly")


class Admin:
    """One store's Admin API, asked with one connection's keys.

    Args:
        address: `https://{shop}.myshopify.com`.
    """

    def __init__(self, address: str, keys: Keys, http: Http, clock: Clock) -> None:
        self.address = address.rstrip("/")
        self.http = http
        self._keys = keys
        self._clock = clock
        self._costs: dict[str, float] = {}
        self._throttle: tuple[_Throttle, datetime] | None = None

    def now(self) -> datetime:
        """The present instant."""
        return self._clock()

    async def ask(
        self, name: str, variables: Mapping[str, Any], purpose: str, *, is_repeatable: bool = True
    ) -> Answer:
        """Ask a question by its file's name.

        Args:
            is_repeatable: `False` for what makes something new each time.

        Raises:
            RemoteRefusedError: the keys are not good for it.
            RemoteUnavailableError: Shopify can't answer now.
            TooCostlyError: it asks for too much at once.
        """
        for _ in range(_MOST_THROTTLES):
            await self._wait_for_points(self._costs.get(name, 0.0))
            reply = await self._send(name, variables, purpose, is_repeatable=is_repeatable)
            envelope = decoded(reply, _Envelope)
            self._note_cost(name, envelope)
            codes = {_code(error) for error in envelope.errors or ()}
            if "MAX_COST_EXCEEDED" in codes:
                raise TooCostlyError
            if "THROTTLED" not in codes:
                return Answer(_data(envelope), reply.asked_at)
            await self.http.pause(self._seconds_until(self._costs.get(name, 0.0)), _BUDGET)
        raise RemoteUnavailableError(
            "Other apps and we have asked Shopify for too much; it goes on by itself.", code="throttled"
        )

    async def _send(
        self, name: str, variables: Mapping[str, Any], purpose: str, *, is_repeatable: bool
    ) -> Reply:
        token = await self._token(None)
        reply = await self.http.send(self._call(token, name, variables, purpose, is_repeatable=is_repeatable))
        if reply.status == 401:
            # It may have been replaced a moment ago by another process, or ended before its time.
            token = await self._token(token)
            call = self._call(token, name, variables, purpose, is_repeatable=is_repeatable)
            reply = await self.http.send(call)
        check_status(reply)
        return reply

    def _call(
        self, token: str, name: str, variables: Mapping[str, Any], purpose: str, *, is_repeatable: bool
    ) -> Call:
        body = {"query": question(name), "variables": variables}
        return Call(
            method="POST",
            url=f"{self.address}/admin/api/{API_VERSION}/graphql.json",
            purpose=purpose,
            headers={
                "x-shopify-access-token": token,
                "content-type": "application/json",
                "accept": "application/json",
            },
            body=msgspec.json.encode(body),
            is_repeatable=is_repeatable,
        )

    async def _token(self, refused: str | None) -> str:
        """The access token; another one than was refused."""
        credentials = await self._keys.current()
        if self._is_usable(credentials, refused):
            return credentials[grants.ACCESS_TOKEN]

        async def renew(newest: Credentials) -> Credentials:
            if self._is_usable(newest, refused):
                return newest
            reply = await self.http.send(grants.renewal(self.address, newest))
            return grants.granted(newest, reply)

        return (await self._keys.renew(renew))[grants.ACCESS_TOKEN]

    def _is_usable(self, credentials: Credentials, refused: str | None) -> bool:
        is_refused = refused is not None and credentials.get(grants.ACCESS_TOKEN) == refused
        return not is_refused and not grants.is_due(credentials, self._clock())

    def _note_cost(self, name: str, envelope: _Envelope) -> None:
        cost = envelope.extensions.cost if envelope.extensions else None
        if cost is None:
            return
        self._costs[name] = cost.requested_query_cost
        if cost.throttle_status is not None:
            self._throttle = (cost.throttle_status, self._clock())

    async def _wait_for_points(self, cost: float) -> None:
        seconds = self._seconds_until(cost) if self._throttle else 0.0
        if seconds > _SHORTEST_WAIT:
            await self.http.pause(seconds, _BUDGET)

    def _seconds_until(self, cost: float) -> float:
        """How long it takes until so many points are there."""
        if self._throttle is None:
            return 1.0
        throttle, at = self._throttle
        rate = max(throttle.restore_rate, 1.0)
        since = max((self._clock() - at).total_seconds(), 0.0)
        missing = min(cost, throttle.maximum_available) - throttle.currently_available - since * rate
        return min(max(missing / rate, _SHORTEST_WAIT), _LONGEST_WAIT)


_BUDGET = "Shopify's budget of points is used up for the moment"


def _code(error: _Error) -> str:
    return error.extensions.code if error.extensions else ""


def _data(envelope: _Envelope) -> Mapping[str, msgspec.Raw]:
    """The data, unless an error took it away.

    A field that the app may not see is null and told beside the data; that is no reason to lose the rest.
    """
    errors = envelope.errors or ()
    data = envelope.data
    if data is None or any(not error.path or len(error.path) < 2 for error in errors):
        raise _refusal(errors)
    return data


def _refusal(errors: Sequence[_Error]) -> RemoteError:
    codes = {_code(error) for error in errors}
    said = next((error.message[:200] for error in errors if error.message), "")
    if "ACCESS_DENIED" in codes:
        return RemoteRefusedError(
            f"Shopify does not allow the app to read this: {said}",
            code="access_denied",
            advice="Give the app the scopes read_orders, read_customers and read_products in the Dev Dashboard, "
            "release the version, and connect the store again.",
        )
    if "SHOP_INACTIVE" in codes:
        return RemoteRefusedError("The store is closed.", code="shop_inactive")
    return RemoteUnavailableError(
        f"Shopify could not answer: {said}" if said else "Shopify answered without data.", code="no_data"
    )
