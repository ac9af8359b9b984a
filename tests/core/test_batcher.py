"""What goes together, and who is told when it does not go."""

import asyncio
from collections.abc import Sequence

import pytest

from convertos.core.batcher import Batcher
from convertos.core.errors import UnavailableError


class Desk:
    """Work that ends when it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self._ends: asyncio.Queue[Exception | None] = asyncio.Queue()

    async def work(self, items: Sequence[int]) -> Sequence[int]:
        self.batches.append(list(items))
        if error := await self._ends.get():
            raise error
        return [item * 10 for item in items]

    def end(self, error: Exception | None = None) -> None:
        self._ends.put_nowait(error)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def batcher(desk: Desk) -> Batcher[int, int]:
    return Batcher(desk.work, largest=3, capacity=5)


async def submit(batcher: Batcher[int, int], *items: int) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(batcher.submit(item)) for item in items]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return tasks


async def test_what_comes_meanwhile_goes_together(desk: Desk, batcher: Batcher[int, int]) -> None:
    """The first goes alone at once; what arrives until it is done forms batches of at most three."""
    tasks = await submit(batcher, 1)
    tasks += await submit(batcher, 2, 3, 4, 5)
    for _ in range(3):
        desk.end()
    assert await asyncio.gather(*tasks) == [10, 20, 30, 40, 50]
    assert desk.batches == [[1], [2, 3, 4], [5]]


async def test_an_error_is_for_its_own_batch(desk: Desk, batcher: Batcher[int, int]) -> None:
    """Those that wait get their own try."""
    tasks = await submit(batcher, 1)
    tasks += await submit(batcher, 2)
    desk.end(ValueError("no"))
    desk.end()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(results[0]), results[1]] == [ValueError, 20]


async def test_who_is_away_is_away_for_all_who_wait(desk: Desk, batcher: Batcher[int, int]) -> None:
    """Nobody waits for a second time-out; who comes later is tried anew."""
    tasks = await submit(batcher, 1)
    tasks += await submit(batcher, 2, 3, 4, 5)
    desk.end(UnavailableError("away"))
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result) for result in results} == {UnavailableError}
    assert desk.batches == [[1]]
    (later,) = await submit(batcher, 6)
    desk.end()
    assert await later == 60


async def test_more_than_may_wait_is_refused(desk: Desk, batcher: Batcher[int, int]) -> None:
    """At once, and without harm to the others."""
    tasks = await submit(batcher, 1)
    tasks += await submit(batcher, 2, 3, 4, 5, 6)
    with pytest.raises(UnavailableError):
        await batcher.submit(7)
    for _ in range(3):
        desk.end()
    assert await asyncio.gather(*tasks) == [10, 20, 30, 40, 50, 60]


async def test_who_waits_too_long_is_told_so(desk: Desk) -> None:
    """Nobody waits for a batch that hangs; while it does, newcomers are told at once; then all is as before."""
    batcher: Batcher[int, int] = Batcher(desk.work, largest=3, capacity=5, patience_seconds=0.05)
    tasks = await submit(batcher, 1)
    tasks += await submit(batcher, 2, 3)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result) for result in results} == {UnavailableError}
    with pytest.raises(UnavailableError):
        await batcher.submit(4)
    draining = asyncio.create_task(batcher.drain())
    desk.end(ValueError("nobody hears this"))
    await draining
    desk.end()
    assert await batcher.submit(5) == 50
    assert desk.batches == [[1], [5]]
