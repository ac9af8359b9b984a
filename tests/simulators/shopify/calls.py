"""A way to the simulated store without sockets: `platforms.remote.Http` and `Keys` as the engine gives them.

A pause turns the clock forward, so nothing takes time.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from convertos.platforms.remote import Call, Credentials, RemoteUnavailableError, Reply
from tests.simulators.shopify.store import Answered, LostAnswerError, Store

_PASSING = frozenset({429, 500, 502, 503, 504})
_MOST_ATTEMPTS = 5


class Clock:
    """A clock that is turned by hand."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def turn(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class DirectHttp:
    """Calls the store in the same process."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store = store
        self.clock = clock
        self.pauses: list[str] = []

    async def send(self, call: Call) -> Reply:
        for attempt in range(1, _MOST_ATTEMPTS + 1):
            is_last = attempt == _MOST_ATTEMPTS or not call.is_repeatable
            asked_at = self.clock()
            self.clock.turn(0.05)
            try:
                answered = self._answer(call)
            except LostAnswerError as error:
                if is_last:
                    raise RemoteUnavailableError("The connection broke.", code="broken") from error
                continue
            if is_last or answered.status not in _PASSING:
                return Reply(answered.status, answered.headers, answered.body, asked_at, 0.05, attempt)
            await self.pause(float(answered.headers.get("retry-after", 1)), "the store asks for it")
        raise AssertionError

    async def lines(self, call: Call) -> AsyncIterator[bytes]:
        try:
            answered = self._answer(call)
        except LostAnswerError as error:
            raise RemoteUnavailableError("The connection broke.", code="broken") from error
        if answered.status != 200:
            raise RemoteUnavailableError("no file", code="status")
        for line in answered.body.split(b"\n"):
            yield line

    async def pause(self, seconds: float, reason: str) -> None:
        self.pauses.append(reason)
        self.clock.turn(seconds)

    def _answer(self, call: Call) -> Answered:
        parts = urlsplit(call.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        return self.store.answer(call.method, path, call.headers, call.body or b"")


class HeldKeys:
    """The keys of one connection, in memory."""

    def __init__(self, credentials: Credentials) -> None:
        self.kept = dict(credentials)

    async def current(self) -> Credentials:
        return self.kept

    async def renew(self, renew: Callable[[Credentials], Awaitable[Credentials]]) -> Credentials:
        self.kept = dict(await renew(self.kept))
        return self.kept
