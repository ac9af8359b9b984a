"""How fast one worker turns kept events into orders, and how long after its acknowledgement an order is there.

The events lie in the inbox before the clock starts: new orders (two thirds of them from new people), then a
later change of each. CPU is that of the worker's process and of all of PostgreSQL, sums of days included.
"""

import asyncio
import signal
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

from benchmarks.events import order_event
from benchmarks.figures import Figure, cpu_seconds, family, percentile
from benchmarks.house import House, run_house, signal_worker
from convertos.core.database import EVERY_TENANT, Database, Role
from convertos.core.installation import Installation
from convertos.core.settings import Settings
from convertos.ingest.keep import new_receipt
from convertos.ingest.store import NewReceipt, keep_receipts
from convertos.platforms import Delivery

_RATE = 1_000
_TICK_SECONDS = 0.02


class Door(NamedTuple):
    """The way into the inbox, beside the web server."""

    database: Database
    client_id: UUID
    connection_id: UUID

    def receipts(self, numbers: Sequence[int], *, is_update: bool = False) -> list[NewReceipt]:
        """Events of these numbers as they are kept."""
        now = datetime.now(UTC)
        kind = "order.updated" if is_update else "order.created"
        return [
            new_receipt(
                Delivery(
                    (kind, str(number)),
                    kind,
                    f"{kind}-{number}",
                    order_event(number, is_update=is_update, now=now),
                ),
                client_id=self.client_id,
                connection_id=self.connection_id,
                door="plugin",
                headers=b"{}",
                received_at=now,
            )
            for number in numbers
        ]

    async def keep(self, receipts: Sequence[NewReceipt]) -> None:
        """Commit them."""
        async with self.database.transaction(EVERY_TENANT, Role.INGEST) as transaction:
            await keep_receipts(transaction, receipts)

    async def fill(self, numbers: Sequence[int], *, is_update: bool = False) -> None:
        """Put many events into the inbox."""
        for start in range(0, len(numbers), 1000):
            await self.keep(self.receipts(numbers[start : start + 1000], is_update=is_update))

    async def drained(self) -> None:
        """Wait until every event is done."""
        # Counting them all would cost more than the worker does.
        is_waiting = True
        while is_waiting:
            await asyncio.sleep(0.1)
            async with self.database.transaction(role=Role.WORKER) as transaction:
                is_waiting = await transaction.scalar("SELECT EXISTS (SELECT FROM inbox WHERE NOT is_parked)")
        async with self.database.transaction(role=Role.WORKER) as transaction:
            if error := await transaction.scalar("SELECT min(error) FROM inbox"):
                raise RuntimeError(f"an event could not be processed: {error}")

    async def done(self, keys: Sequence[UUID]) -> set[UUID]:
        """Which of these are done."""
        async with self.database.transaction(role=Role.WORKER) as transaction:
            rows = await transaction.tuples(
                """
                SELECT key FROM receipt_keys
                WHERE client_id = %s AND connection_id = %s AND key = ANY (%s) AND outcome IS NOT NULL
                """,
                (self.client_id, self.connection_id, list(keys)),
            )
        return {row[0] for row in rows}


def measure(*, is_quick: bool) -> list[Figure]:
    """New orders, their changes, then a steady stream."""
    count, seconds = (10_000, 3) if is_quick else (60_000, 15)
    with run_house() as house:
        client_id = house.add_client("Processing")
        house.add_connection(client_id, "wordpress", "processing.example")
        return asyncio.run(_measure(house, UUID(client_id), count, seconds))


async def _measure(house: House, client_id: UUID, count: int, seconds: int) -> list[Figure]:
    installation = Installation.find(Settings(home=house.home))
    sizes = {Role.INGEST: 2, Role.WORKER: 2}
    async with Database(installation.access, sizes, name="benchmark") as database:
        async with database.transaction(role=Role.WORKER) as transaction:
            connection_id = await transaction.scalar(
                "SELECT connection_id FROM connections WHERE client_id = %s", (client_id,)
            )
        door = Door(database, client_id, connection_id)
        # The first batch meets cold code and empty plans.
        await _drain(house, door, range(5_000_000, 5_002_000))
        new = await _drain(house, door, range(count))
        updated = await _drain(house, door, range(count), is_update=True)
        lags = await _stream(door, count, seconds)
    return [
        *_figures("new order events", new, 15_000),
        *_figures("update events", updated, 8_000),
        Figure(f"lag at {_RATE:,} events/s, median", percentile(lags, 0.5) * 1000, "ms"),
        Figure(f"lag at {_RATE:,} events/s, p99", percentile(lags, 0.99) * 1000, "ms", 300, is_least=False),
    ]


class Drained(NamedTuple):
    """What it took to empty the inbox."""

    events: int
    seconds: float
    python_seconds: float
    postgres_seconds: float


def _figures(name: str, drained: Drained, target: float) -> list[Figure]:
    return [
        Figure(name, drained.events / drained.seconds, "events/s", target),
        Figure("  CPU of Python for each", drained.python_seconds / drained.events * 1e6, "µs"),
        Figure("  CPU of PostgreSQL for each", drained.postgres_seconds / drained.events * 1e6, "µs"),
    ]


async def _drain(house: House, door: Door, numbers: Sequence[int], *, is_update: bool = False) -> Drained:
    signal_worker(house, signal.SIGSTOP)
    await door.fill(numbers, is_update=is_update)
    python, postgres = _processes(house)
    before = cpu_seconds(python), cpu_seconds(postgres)
    started = time.perf_counter()
    signal_worker(house, signal.SIGCONT)
    await door.drained()
    seconds = time.perf_counter() - started
    return Drained(len(numbers), seconds, cpu_seconds(python) - before[0], cpu_seconds(postgres) - before[1])


def _processes(house: House) -> tuple[list[int], list[int]]:
    """The worker, and the processes of PostgreSQL."""
    commands = {pid: Path(f"/proc/{pid}/cmdline").read_bytes() for pid in family(house.parent.pid)}
    workers = [pid for pid, command in commands.items() if b"worker" in command.split(b"\0")]
    return workers, [pid for pid, command in commands.items() if b"postgres" in command]


async def _stream(door: Door, first: int, seconds: int) -> list[float]:
    """Commit events at a steady rate; gives how long after its commit the last one of each commit was done."""
    each = int(_RATE * _TICK_SECONDS)
    batches = [
        door.receipts(range(start, start + each)) for start in range(first, first + _RATE * seconds, each)
    ]
    acknowledged: dict[UUID, float] = {}
    lags: list[float] = []
    watching = asyncio.create_task(_watch(door, acknowledged, lags, len(batches)))
    begun = time.perf_counter()
    for number, batch in enumerate(batches):
        await asyncio.sleep(max(0.0, begun + number * _TICK_SECONDS - time.perf_counter()))
        await door.keep(batch)
        acknowledged[batch[-1].key] = time.perf_counter()
    await watching
    return lags


async def _watch(door: Door, acknowledged: dict[UUID, float], lags: list[float], count: int) -> None:
    while len(lags) < count:
        done = await door.done(list(acknowledged))
        lags.extend(time.perf_counter() - acknowledged.pop(key) for key in done)
        await asyncio.sleep(0.01)


if __name__ == "__main__":
    import sys

    from benchmarks.figures import describe_machine, print_figures

    print(describe_machine())
    print_figures("Processing", measure(is_quick="--quick" in sys.argv))
