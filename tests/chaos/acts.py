"""The faults, each with what has to happen after it. An act leaves everything running."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from random import Random
from uuid import uuid4

import httpx
import psycopg

from convertos.core.database import Role
from convertos.core.errors import UnavailableError
from convertos.core.failpoints import Step
from tests.chaos.commerce import Event, signed
from tests.support.ground import SECOND_WORKER, WEB, WORKER, Ground
from tests.support.tenants import Source

WEB_STEPS = (
    Step.DELIVERY_READ,
    Step.DELIVERY_VERIFIED,
    Step.RECEIPTS_WRITTEN,
    Step.RECEIPTS_COMMITTED,
    Step.ANSWER_READY,
)
WORKER_STEPS = (
    Step.BATCH_CLAIMED,
    Step.BATCH_WRITTEN,
    Step.BATCH_COMMITTED,
    Step.SUMS_WRITTEN,
    Step.SUMS_COMMITTED,
)
_MOST_PASSES = 25
_AWAKE_SECONDS = 5.0
_FROZEN_SECONDS = 40.0
"""Longer than a lease, and than a transaction may say nothing until somebody looks."""

_STOP_SECONDS = 10.0
_ANSWER_SECONDS = 5.0
_TERMINATIONS = 15
_PER_SECOND = 5
_WORKER_KILLS = 3
_PROBES = 3
_POLL_SECONDS = 0.05
_OF_OTHERS = (
    "pid <> pg_backend_pid() AND backend_type = 'client backend' AND application_name NOT LIKE 'chaos%%'"
)

Act = Callable[[], Awaitable[None]]


class Acts:
    """Makes one fault after the other.

    Attributes:
        done: how often which fault was made.
        slowest: the longest that something took, in seconds, by what it was.
        breaches: what happened that may not.
    """

    def __init__(self, ground: Ground, probe: Source, seed: int, *, is_long: bool = True) -> None:
        self._ground, self._probe, self._random = ground, probe, Random(seed)
        self._is_long = is_long
        self.done: Counter[str] = Counter()
        self.slowest: dict[str, float] = {}
        self.breaches: list[str] = []
        self.probes: list[Event] = []

    def deck(self) -> list[Act]:
        """Every fault once, in an order of its own each time."""
        web, worker = list(WEB_STEPS), list(WORKER_STEPS)
        self._random.shuffle(web)
        self._random.shuffle(worker)
        deck: list[Act] = [self._steps(*pair) for pair in zip(web, worker, strict=True)]
        deck += [
            self._kill_postgres,
            self._freeze_postgres,
            self._restart_postgres,
            self._terminate_connections,
            self._deafen_worker,
            self._stop_politely,
            self._kill_everything,
            self._kill_worker_again_and_again,
        ]
        if self._is_long:
            deck.append(self._freeze_worker)
        self._random.shuffle(deck)
        return deck

    def _steps(self, web: Step, worker: Step) -> Act:
        passes = self._random.randint(1, _MOST_PASSES), self._random.randint(1, _MOST_PASSES)

        async def die_at_steps() -> None:
            await asyncio.gather(self._die_at(WEB, web, passes[0]), self._die_at(WORKER, worker, passes[1]))

        return die_at_steps

    async def _die_at(self, name: str, step: Step, passes: int) -> None:
        """A1, A2: the process is replaced by one that dies at the step."""
        await self._ground.kill(name)
        await self._ground.start(name, fail_at=(step, passes))
        try:
            code = await self._ground.until_dead(name)
        except TimeoutError:
            self.breaches.append(f"The step {step} was never reached.")
            await self._ground.kill(name)
        else:
            self._note(step)
            if code != -signal.SIGKILL:
                self.breaches.append(f"{name} ended with exit code {code} instead of dying at {step}.")
        await self._ground.start(name)

    async def _kill_worker_again_and_again(self) -> None:
        """A2: nothing gets stuck when a worker never lives for long."""
        for _ in range(_WORKER_KILLS):
            await asyncio.sleep(2)
            await self._ground.kill(WORKER)
            await self._ground.start(WORKER)
            self._note("worker killed")

    async def _freeze_worker(self) -> None:
        """What a frozen worker holds, others have after 30 s; when it goes on, its work counts for nothing."""
        await asyncio.sleep(self._random.uniform(1, 2))
        self._ground.freeze(SECOND_WORKER)
        self._note("worker frozen")
        await self._expect_recovery("worker frozen", patience=_FROZEN_SECONDS)
        await asyncio.sleep(_FROZEN_SECONDS)
        self._ground.thaw(SECOND_WORKER)
        await self._expect_recovery("worker thawed")
        if not self._ground.is_alive(SECOND_WORKER):
            self.breaches.append("A worker that was frozen for a while has ended.")
            await self._ground.start(SECOND_WORKER)

    async def _kill_postgres(self) -> None:
        """A3: no acknowledgement while it is away; web and worker go on without a restart."""
        await self._ground.kill_postgres()
        self._note("postgres killed")
        await self._expect_unavailable()
        await self._ground.start_postgres()
        await self._expect_recovery("postgres killed")

    async def _freeze_postgres(self) -> None:
        """A10: while it does not answer, senders are told so in time; nothing piles up."""
        servers = self._ground.freeze_postgres()
        self._note("postgres frozen")
        try:
            await self._expect_unavailable()
        finally:
            self._ground.thaw_postgres(servers)
        await self._expect_recovery("postgres frozen")

    async def _restart_postgres(self) -> None:
        """A4."""
        await self._ground.stop_postgres()
        self._note("postgres restarted")
        await self._ground.start_postgres()
        await self._expect_recovery("postgres restarted")

    async def _terminate_connections(self) -> None:
        """A4: connections of all processes are ended, a random one each time."""
        async with self._superuser() as superuser:
            for _ in range(_TERMINATIONS):
                await superuser.execute(
                    f"""
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE {_OF_OTHERS} ORDER BY random() LIMIT 1
                    """,
                    (),
                )
                self._note("connection terminated")
                await asyncio.sleep(1 / _PER_SECOND)
        await self._expect_recovery("connections terminated")

    async def _deafen_worker(self) -> None:
        """A4: without its notifications the worker still looks by itself."""
        async with self._superuser() as superuser:
            await superuser.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN convertos%'"
            )
        self._note("listener terminated")
        await self._expect_recovery("listener terminated")

    async def _stop_politely(self) -> None:
        """A6: both end by themselves within ten seconds; what was admitted is done."""
        for name, (code, seconds) in zip(
            (WEB, WORKER),
            await asyncio.gather(self._ground.stop(WEB), self._ground.stop(WORKER)),
            strict=True,
        ):
            self._note(f"{name} stopped")
            self._time(f"{name} stops", seconds)
            if code != 0 or seconds > _STOP_SECONDS:
                self.breaches.append(f"A6: {name} ended with exit code {code} after {seconds:.1f} s.")
        await asyncio.gather(self._ground.start(WEB), self._ground.start(WORKER))

    async def _kill_everything(self) -> None:
        """As when the power fails (but for what the disk's own cache would lose)."""
        names = (WEB, WORKER, SECOND_WORKER)
        await asyncio.gather(*map(self._ground.kill, names), self._ground.kill_postgres())
        self._note("everything killed")
        await self._ground.start_postgres()
        await asyncio.gather(*map(self._ground.start, names))
        await self._expect_recovery("everything killed")

    async def _expect_unavailable(self) -> None:
        async with httpx.AsyncClient(base_url=self._ground.base_url, timeout=_ANSWER_SECONDS) as http:
            for _ in range(_PROBES):
                status = await self._send_probe(http)
                if status != 503:
                    self.breaches.append(f"A3: an event was answered {status} while PostgreSQL was away.")

    async def _expect_recovery(self, after: str, patience: float = 2 * _AWAKE_SECONDS) -> None:
        """Within five seconds an event is taken, and processed soon after."""
        clock = asyncio.get_running_loop().time
        began = clock()
        async with httpx.AsyncClient(base_url=self._ground.base_url, timeout=_ANSWER_SECONDS) as http:
            while await self._send_probe(http) != 200:
                if clock() - began > 2 * _AWAKE_SECONDS:
                    self.breaches.append(f"A3: no event was taken {clock() - began:.1f} s after: {after}.")
                    return
                await asyncio.sleep(_POLL_SECONDS)
        taken = clock() - began
        while not await self._is_processed(self.probes[-1]):
            if clock() - began > patience:
                self.breaches.append(f"A4: nothing was processed {clock() - began:.1f} s after: {after}.")
                return
            await asyncio.sleep(_POLL_SECONDS)
        self._time(f"taken after {after}", taken)
        self._time(f"processed after {after}", clock() - began)
        if taken > _AWAKE_SECONDS:
            self.breaches.append(f"A3: an event was taken only {taken:.1f} s after: {after}.")

    async def _send_probe(self, http: httpx.AsyncClient) -> int:
        """Send an event of a client that is nobody else's; returns the status."""
        name = str(uuid4())
        stamp = datetime.now(UTC).isoformat()
        body = (
            f'{{"event_id":"{name}","event_type":"lead.created","timestamp":"{stamp}","data":{{}}}}'.encode()
        )
        event = Event(name, self._probe, "lead.created", body, "processed")
        content, headers = signed([event])
        try:
            answer = await http.post("/api/webhooks/wordpress", content=content, headers=headers)
        except httpx.TransportError:
            return 0
        if answer.status_code == 200:
            self.probes.append(event)
        return answer.status_code

    async def _is_processed(self, probe: Event) -> bool:
        try:
            async with self._ground.database.transaction(role=Role.WORKER) as transaction:
                found = await transaction.scalar(
                    """
                    SELECT outcome FROM receipt_keys JOIN receipts USING (client_id, receipt_id)
                    WHERE client_id = %s AND event_id = %s
                    """,
                    (self._probe.client_id, probe.name),
                )
        except (UnavailableError, psycopg.OperationalError):
            return False
        return found is not None

    @asynccontextmanager
    async def _superuser(self) -> AsyncIterator[psycopg.AsyncConnection[object]]:
        attached = self._ground.installation.attached
        assert attached is not None
        connection = await psycopg.AsyncConnection.connect(
            attached.conninfo(), autocommit=True, application_name="chaos itself"
        )
        async with connection:
            yield connection

    def _note(self, fault: str) -> None:
        self.done[fault] += 1

    def _time(self, what: str, seconds: float) -> None:
        self.slowest[what] = max(seconds, self.slowest.get(what, 0.0))


def names_of_faults() -> Sequence[str]:
    """Every fault that a whole deck makes."""
    return (
        *WEB_STEPS,
        *WORKER_STEPS,
        "postgres killed",
        "postgres frozen",
        "postgres restarted",
        "connection terminated",
        "listener terminated",
        "web stopped",
        "worker stopped",
        "everything killed",
        "worker killed",
    )
