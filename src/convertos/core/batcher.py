"""Does together what comes in at the same time, without making anybody wait for a timer.

While one batch is in flight the next one gathers; it starts when the first ends. Under light load a batch
is one item and nothing is delayed; under heavy load the batches grow and the cost of each item falls.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from convertos.core.errors import UnavailableError

_PATIENCE_SECONDS = 4.0
"""Shopify gives up after five. Source: integrations.md A, checked 2026-11."""

_STUCK = "The database takes too long at the moment. Try again soon."

Item = TypeVar("Item")
Result = TypeVar("Result")


class Batcher(Generic[Item, Result]):
    """Calls `work` with what has gathered, and hands each caller its own result.

    Args:
        work: takes up to `largest` items and returns a result for each, in their order. When it raises,
            every caller of that batch gets the error; an `UnavailableError` also everybody who waits, since
            whoever is away for one batch is away for the next, and nobody should find that out twice.
        largest: how many items go together at most.
        capacity: how many may wait; more are refused at once, so that memory stays bounded.
        weigh: what an item weighs, where items differ; `heaviest` and `load` are then the bounds by weight
            of a batch and of all that wait. An item always gets its turn, however heavy it is.
        patience_seconds: how long a batch may take before its callers and all who wait are told that it
            can't be done now. It goes on, nothing new begins beside it, and what it brings nobody hears.
    """

    def __init__(
        self,
        work: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]],
        *,
        largest: int,
        capacity: int,
        weigh: Callable[[Item], int] = lambda _: 0,
        heaviest: int = 0,
        load: int = 0,
        patience_seconds: float = _PATIENCE_SECONDS,
    ) -> None:
        self._work = work
        self._largest = largest
        self._capacity = capacity
        self._weigh = weigh
        self._heaviest = heaviest
        self._load = load
        self._patience_seconds = patience_seconds
        self._is_stuck = False
        self._weight = 0
        self._waiting: deque[tuple[Item, asyncio.Future[Result], int]] = deque()
        self._runner: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        """Add an item to the next batch and wait for its result.

        Raises:
            UnavailableError: too many are waiting already, or it takes too long.
        """
        if self._is_stuck:
            raise UnavailableError(_STUCK)
        weight = self._weigh(item)
        if len(self._waiting) >= self._capacity or (self._waiting and self._weight + weight > self._load):
            raise UnavailableError("Too much is waiting to be stored. Try again soon.", code="overloaded")
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future, weight))
        self._weight += weight
        if self._runner is None:
            self._runner = asyncio.create_task(self._run())
        return await future

    async def drain(self) -> None:
        """Wait until nothing is waiting or in flight."""
        while self._runner is not None:
            await asyncio.shield(self._runner)

    async def _run(self) -> None:
        try:
            while self._waiting:
                await self._settle(self._next_batch())
        finally:
            self._runner = None

    def _next_batch(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        waiting, weight = self._waiting, 0
        batch: list[tuple[Item, asyncio.Future[Result]]] = []
        while waiting and len(batch) < self._largest:
            item, future, following = waiting[0]
            if batch and weight + following > self._heaviest:
                break
            waiting.popleft()
            batch.append((item, future))
            weight += following
        self._weight -= weight
        return batch

    async def _settle(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        begun: set[asyncio.Future[Sequence[Result]]] = {
            asyncio.ensure_future(self._work([item for item, _ in batch]))
        }
        done, late = await asyncio.wait(begun, timeout=self._patience_seconds)
        if late:
            self._refuse_all(batch, UnavailableError(_STUCK))
            await self._wait_out(late)
            return
        (work,) = done
        try:
            results = work.result()
        except UnavailableError as error:
            self._refuse_all(batch, error)
            return
        except Exception as error:  # noqa: BLE001 - every caller of the batch gets it
            _refuse(batch, error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():  # the caller may have gone away meanwhile
                future.set_result(result)

    def _refuse_all(self, batch: list[tuple[Item, asyncio.Future[Result]]], error: Exception) -> None:
        """Tell the callers of the batch, and everybody who waits."""
        _refuse(batch, error)
        while self._waiting:
            _refuse(self._next_batch(), error)

    async def _wait_out(self, late: set[asyncio.Future[Sequence[Result]]]) -> None:
        # It is not cancelled: a database that does not answer does not answer to that either. What comes of it
        # nobody is left to hear.
        self._is_stuck = True
        try:
            await asyncio.gather(*late, return_exceptions=True)
        finally:
            self._is_stuck = False


def _refuse(batch: Sequence[tuple[Item, asyncio.Future[Result]]], error: Exception) -> None:
    for _, future in batch:
        if not future.done():
            future.set_exception(error)
