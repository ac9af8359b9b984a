"""Calls to one store: repeated where that helps, paused where the store asks for it, each written down."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from convertos.core.clock import Clock, system_clock
from convertos.core.ids import new_id
from convertos.core.outgoing import Outgoing, OutgoingAnswer, UnreachableError
from convertos.platforms.remote import Call, RemoteUnavailableError, Reply
from convertos.sync.model import AccessEntry

Sleep = Callable[[float], Awaitable[None]]
TellPause = Callable[[str | None], Awaitable[None]]

MOST_ATTEMPTS = 5
LONGEST_PAUSE_SECONDS = 300.0
"""A store that asks for more is left alone, and the run goes on when that time is over."""

_FIRST_PAUSE_SECONDS = 1.0
_PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
_POINTLESS = frozenset({"address", "dns", "private_address", "tls", "too_large"})
_TOO_MANY_REQUESTS = 429
_LONGEST_PATH = 500


async def _say_nothing(reason: str | None) -> None:
    """Nobody is watching."""


class StoreCalls:
    """`platforms.remote.Http` for one connection.

    Args:
        sleep: how to wait; a test does not.
        most_attempts: how often a call is sent that may be repeated; few where somebody waits for it.
        tell_pause: told what a pause is for before it, and `None` after it.
    """

    def __init__(
        self,
        outgoing: Outgoing,
        *,
        clock: Clock = system_clock,
        sleep: Sleep = asyncio.sleep,
        tell_pause: TellPause = _say_nothing,
        most_attempts: int = MOST_ATTEMPTS,
    ) -> None:
        self._outgoing = outgoing
        self._clock = clock
        self._sleep = sleep
        self._tell_pause = tell_pause
        self._most_attempts = most_attempts
        self._entries: list[AccessEntry] = []

    def take_entries(self) -> list[AccessEntry]:
        """The calls since the last time, to be kept."""
        entries, self._entries = self._entries, []
        return entries

    def watch_pauses(self, tell: TellPause) -> None:
        """From now on tell somebody what is waited for."""
        self._tell_pause = tell

    async def send(self, call: Call) -> Reply:
        """Send and read the whole answer; see `Http.send`."""
        for attempt in range(1, self._most_attempts + 1):
            is_last = attempt == self._most_attempts or not call.is_repeatable
            if attempt > 1 and call.renew is not None:
                call = call.renew()
            try:
                reply = await self._attempt(call, attempt)
            except UnreachableError as error:
                if is_last or error.code in _POINTLESS:
                    raise RemoteUnavailableError(error.message, code=error.code) from error
                await self.pause(_backoff(attempt), "The store can't be reached; trying again.")
                continue
            if is_last or reply.status not in _PASSING_STATUSES:
                return reply
            await self.pause(*self._asked_pause(reply, attempt))
        raise AssertionError("the last attempt returns or raises")

    async def lines(self, call: Call) -> AsyncIterator[bytes]:
        """The lines of a large answer; see `Http.lines`."""
        called_at, started = self._clock(), time.monotonic()
        size, status, fault = 0, None, None
        try:
            async with self._outgoing.lines(call.method, call.url, headers=call.headers) as (status, lines):
                if status != 200:
                    raise RemoteUnavailableError(
                        f"The store's file answered with status {status}.", code="status"
                    )
                async for line in lines:
                    size += len(line) + 1
                    yield line
        except UnreachableError as error:
            fault = error.message
            raise RemoteUnavailableError(error.message, code=error.code) from error
        finally:
            self._note(call, called_at, started, status=status, error=fault, attempt=1, size=size)

    async def pause(self, seconds: float, reason: str) -> None:
        """Wait, and let people see why."""
        await self._tell_pause(reason)
        try:
            await self._sleep(seconds)
        finally:
            await self._tell_pause(None)

    async def _attempt(self, call: Call, attempt: int) -> Reply:
        asked_at, started = self._clock(), time.monotonic()
        try:
            answer = await self._outgoing.call(
                call.method,
                call.url,
                query=call.query,
                headers=call.headers,
                body=call.body,
                largest=call.largest,
            )
        except UnreachableError as error:
            self._note(call, asked_at, started, status=None, error=error.message, attempt=attempt, size=0)
            raise
        self._note(
            call, asked_at, started, status=answer.status, error=None, attempt=attempt, size=len(answer.body)
        )
        return _reply(answer, asked_at, time.monotonic() - started, attempt)

    def _asked_pause(self, reply: Reply, attempt: int) -> tuple[float, str]:
        asked = _retry_after(reply.headers, self._clock())
        seconds = asked if asked is not None else _backoff(attempt)
        if seconds > LONGEST_PAUSE_SECONDS:
            raise RemoteUnavailableError(
                f"The store asks to be left alone for {seconds:.0f} s.",
                code="slow_down",
                retry_after_seconds=seconds,
            )
        if reply.status == _TOO_MANY_REQUESTS:
            return seconds, "The store asked us to slow down."
        return seconds, f"The store answered with an error ({reply.status}); trying again."

    def _note(
        self,
        call: Call,
        called_at: datetime,
        started: float,
        *,
        status: int | None,
        error: str | None,
        attempt: int,
        size: int,
    ) -> None:
        parts = urlsplit(call.url)
        entry = AccessEntry(
            call_id=new_id(),
            called_at=called_at,
            method=call.method,
            host=parts.netloc,
            path=_shown_path(call, parts.path),
            purpose=call.purpose,
            status=status,
            error=error,
            attempt=attempt,
            bytes=size,
            milliseconds=round((time.monotonic() - started) * 1000),
        )
        self._entries.append(entry)


def _reply(answer: OutgoingAnswer, asked_at: datetime, seconds: float, attempt: int) -> Reply:
    return Reply(answer.status, answer.headers, answer.body, asked_at, seconds, attempt)


def _shown_path(call: Call, path: str) -> str:
    shown = [(name, value) for name, value in call.query if name not in call.secret_query]
    return (f"{path}?{urlencode(shown, safe=':,/')}" if shown else path)[:_LONGEST_PATH]


def _backoff(attempt: int) -> float:
    """One, two, four … seconds, and up to half of it more, so that many do not come back together."""
    return float(_FIRST_PAUSE_SECONDS * 2 ** (attempt - 1) * random.uniform(1.0, 1.5))  # noqa: S311 - no secret


def _retry_after(headers: Mapping[str, Any], now: datetime) -> float | None:
    """Seconds from `Retry-After`, which is a number or a date (RFC 9110 §10.2.3)."""
    value = str(headers.get("retry-after", "")).strip()
    if not value:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        at = parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())
