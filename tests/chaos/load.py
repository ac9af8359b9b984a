"""Senders that never give up (or, some of them, give up at once), at a steady pace."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from random import Random

import httpx

from tests.chaos.commerce import Event, address_of, signed
from tests.chaos.journal import Journal, Standing

_SENDERS = 12
_LARGEST_BATCH = 20
_GIVES_UP = 0.02
"""The share of requests whose sender does not come back after trouble, as WooCommerce does not."""

_REPEATS = 0.04
_RETRY_SECONDS = 0.1
_TIMEOUT_SECONDS = 15.0


class Load:
    """Sends a story's events until it is ended.

    Attributes:
        faults: answers that nobody should get.
        answers: how many of which kind.
    """

    def __init__(
        self, events: Iterator[Event], journal: Journal, base_url: str, *, per_second: float, seed: int
    ) -> None:
        self._events, self._journal, self._base_url = events, journal, base_url
        self._interval = 1 / per_second
        self._random = Random(seed)
        self._next_at = 0.0
        self._is_open = asyncio.Event()
        self._is_open.set()
        self._is_ended = False
        self._most: int | None = None
        self._busy = 0
        self._at_rest = asyncio.Event()
        self._kept_back: Event | None = None
        self.faults: list[str] = []
        self.answers: Counter[str] = Counter()

    async def run(self, most: int | None = None) -> None:
        """Send until `end`, or until so many events are sent."""
        self._most = most
        async with httpx.AsyncClient(base_url=self._base_url, timeout=_TIMEOUT_SECONDS) as http:
            await asyncio.gather(*(self._send_on(http) for _ in range(_SENDERS)))

    async def rest(self) -> None:
        """Begin nothing new; returns when everything that was begun is answered."""
        self._is_open.clear()
        while self._busy:
            self._at_rest.clear()
            await self._at_rest.wait()

    def go_on(self) -> None:
        """End the rest."""
        self._is_open.set()

    def end(self) -> None:
        """Let `run` return, once everything that was begun is answered."""
        self._is_ended = True
        self._is_open.set()

    async def _send_on(self, http: httpx.AsyncClient) -> None:
        while True:
            await self._is_open.wait()
            if self._is_ended or (self._most is not None and len(self._journal.entries) >= self._most):
                return
            self._busy += 1
            try:
                await self._send(http, await self._next_request())
            finally:
                self._busy -= 1
                self._at_rest.set()

    async def _next_request(self) -> Sequence[Event]:
        events = self._take()
        now = asyncio.get_running_loop().time()
        self._next_at = max(self._next_at, now) + self._interval * len(events)
        await asyncio.sleep(self._next_at - now)
        return events

    def _take(self) -> Sequence[Event]:
        """One event, or as many of the same site's as follow each other, for a batch."""
        events = [self._kept_back or next(self._events)]
        self._kept_back = None
        size = self._random.choice((1, 1, 1, _LARGEST_BATCH))
        while len(events) < size and _goes_in_batches(events[0]):
            following = next(self._events)
            if not _goes_in_batches(following) or following.source != events[0].source:
                self._kept_back = following
                break
            events.append(following)
        return events

    async def _send(self, http: httpx.AsyncClient, events: Sequence[Event]) -> None:
        is_impatient = self._random.random() < _GIVES_UP
        self._journal.sending(events)
        while not await self._is_settled(http, events):
            if is_impatient:
                self.answers["given up"] += 1
                return
            await asyncio.sleep(_RETRY_SECONDS)
        if self._random.random() < _REPEATS:
            await self._is_settled(http, events)

    async def _is_settled(self, http: httpx.AsyncClient, events: Sequence[Event]) -> bool:
        body, headers = signed(events)
        try:
            answer = await http.post(address_of(events[0]), content=body, headers=headers)
        except httpx.TransportError as error:
            self.answers[type(error).__name__] += 1
            return False
        self.answers[str(answer.status_code)] += 1
        if answer.status_code == 503:
            if "retry-after" not in answer.headers:
                self.faults.append("A 503 came without Retry-After.")
            return False
        expected = 401 if events[0].fate == "refused" else 200
        if answer.status_code != expected or (expected == 200 and answer.json()["success"] is not True):
            self.faults.append(f"{events[0].event_type}: {answer.status_code} {answer.text[:300]}")
            return True
        standing = Standing.ACKNOWLEDGED if expected == 200 else Standing.REFUSED
        self._journal.learned(events, standing)
        return True


def _goes_in_batches(event: Event) -> bool:
    return event.source.type == "wordpress" and event.fate != "refused"
