"""One parent for the database and the processes that use it: all of them run, or none does.

The parent starts PostgreSQL, prepares it, starts its children and waits. Whatever ends, ends everything,
in order: the children as they are listed, then PostgreSQL. When the parent is killed, the kernel ends the
others (on Linux).
"""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from convertos.core.child import Child, RunningChild
from convertos.core.errors import ConvertOSError
from convertos.core.logging import get_logger
from convertos.core.ownership import Facts, OwnedElsewhereError, Ownership, make_home, owner_of
from convertos.core.postgres import EmbeddedPostgres

EXIT_STOPPED: Final = 0
EXIT_FAILED: Final = 1
EXIT_ALREADY_RUNS: Final = 3
EXIT_INTERRUPTED: Final = 130

_LOCK = "instance.lock"
_PROGRESS_SECONDS = 5.0
_ANY_ADDRESS = {"", "0.0.0.0", "::"}  # noqa: S104 -- named, not bound

_log = get_logger(__name__)


@dataclass(frozen=True)
class Instance:
    """A running parent, as others see it.

    Attributes:
        pid: the parent's process.
        host: where its children listen.
        port: likewise.
        started_at: when the parent started (UTC).
    """

    pid: int
    host: str
    port: int
    started_at: datetime

    @property
    def address(self) -> str:
        """Where a browser on this machine finds it."""
        host = "localhost" if self.host in _ANY_ADDRESS else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


@dataclass(frozen=True)
class _Verdict:
    """Why everything ends."""

    exit_code: int
    message: str = ""


def running_instance(home: Path) -> Instance | None:
    """The parent that owns this home directory now.

    Raises:
        PermissionError: the directory belongs to another user.
    """
    facts = owner_of(home / _LOCK)
    if not facts:
        return None
    return Instance(
        pid=int(facts["pid"]),
        host=str(facts["host"]),
        port=int(facts["port"]),
        started_at=datetime.fromisoformat(str(facts["started_at"])),
    )


class Supervisor:
    """Runs PostgreSQL and its users until one of them, or somebody else, ends it."""

    def __init__(
        self,
        home: Path,
        postgres: EmbeddedPostgres | None,
        children: Sequence[Child],
        *,
        host: str,
        port: int,
        prepare: Callable[[], Awaitable[None]] | None = None,
        on_ready: Callable[[], None] | None = None,
        grace_seconds: float = 10.0,
    ) -> None:
        """Name what is to run; nothing happens before `run`, which can be called once.

        Args:
            home: the directory that only one parent may own.
            postgres: the database to keep; None where it runs elsewhere.
            children: started together; stopped one after the other, in this order.
            host: where the children listen, for those who ask.
            port: likewise.
            prepare: awaited after the database is ready and before the children start.
            on_ready: called when all children are ready.
            grace_seconds: how long a child may take to end before it is killed.
        """
        self._home = home
        self._postgres = postgres
        self._plan = children
        self._host, self._port = host, port
        self._prepare = prepare
        self._on_ready = on_ready
        self._grace_seconds = grace_seconds
        self._children: list[RunningChild] = []
        self._watches: list[asyncio.Task[None]] = []
        self._outcome: _Verdict | BaseException | None = None
        self._concluded = asyncio.Event()
        self._hurry = asyncio.Event()

    def run(self) -> int:
        """Run until the end, from the main thread, and return the exit code.

        Returns:
            130 after Ctrl-C, 0 after SIGTERM or SIGHUP, 1 when something failed (standard error says
            what), 3 when another parent owns the home directory (standard error says which).

        Raises:
            Exception: what `prepare` or `on_ready` raised, after everything was stopped. A ConvertOSError
                is written to standard error instead, and the exit code is 1.
        """
        try:
            ownership = self._take_home()
        except OwnedElsewhereError:
            return _end(_Verdict(EXIT_ALREADY_RUNS, self._who_runs()))
        except OSError as error:
            words = f"The home directory {self._home} cannot be used ({error.strerror}: {error.filename})."
            return _end(_Verdict(EXIT_FAILED, words))
        with ownership:
            return _end(asyncio.run(self._run()))

    def _take_home(self) -> Ownership:
        make_home(self._home)
        facts: Facts = {"host": self._host, "port": self._port, "started_at": datetime.now(UTC).isoformat()}
        return Ownership.take(self._home / _LOCK, facts)

    def _who_runs(self) -> str:
        instance = running_instance(self._home)
        if instance is None:
            return f"Another ConvertOS is just stopping in {self._home}. Try again."
        return (
            f"ConvertOS already runs in {self._home}: process {instance.pid}, {instance.address}, since "
            f"{instance.started_at:%Y-%m-%d %H:%M} UTC. To stop it: kill {instance.pid}"
        )

    async def _run(self) -> _Verdict:
        with self._signals_obeyed():
            bring_up = self._watch(self._bring_up())
            await self._concluded.wait()
            bring_up.cancel()
            await self._stop(bring_up)
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        return self._outcome or _Verdict(EXIT_STOPPED)

    @contextlib.contextmanager
    def _signals_obeyed(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        codes = {signal.SIGINT: EXIT_INTERRUPTED, signal.SIGTERM: EXIT_STOPPED, signal.SIGHUP: EXIT_STOPPED}
        # nohup(1) has SIGHUP ignored, and means it. A script's `&` has SIGINT ignored, too, and means it of the
        # terminal's Ctrl-C; whoever sends it to this process means this process.
        is_kept = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        obeyed = [number for number in codes if not (is_kept and number == signal.SIGHUP)]
        for number in obeyed:
            loop.add_signal_handler(number, self._obey, _Verdict(codes[number]))
        try:
            yield
        finally:
            for number in obeyed:
                loop.remove_signal_handler(number)

    def _obey(self, verdict: _Verdict) -> None:
        if self._outcome is not None:
            self._hurry.set()
        self._conclude(verdict)

    def _conclude(self, outcome: _Verdict | BaseException) -> None:
        self._outcome = self._outcome or outcome
        self._concluded.set()

    async def _bring_up(self) -> None:
        if self._postgres is not None:
            await self._postgres.start()
            self._watch(self._watch_postgres(self._postgres))
        if self._prepare is not None:
            await self._prepare()
        for plan in self._plan:
            child = await RunningChild.start(plan)
            self._children.append(child)
            self._watch(self._watch_child(child))
        await self._until_ready()
        if self._on_ready is not None:
            self._on_ready()

    async def _until_ready(self) -> None:
        waiting = {asyncio.create_task(child.until_ready(), name=child.name) for child in self._children}
        try:
            while waiting:
                _, waiting = await asyncio.wait(waiting, timeout=_PROGRESS_SECONDS)
                for task in waiting:
                    _log.info("child_still_starting", child=task.get_name())
        finally:
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    def _watch(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        task.add_done_callback(self._blame)
        self._watches.append(task)
        return task

    def _blame(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, ConvertOSError):
            self._conclude(_Verdict(EXIT_FAILED, str(error)))
        elif error is not None:
            self._conclude(error)

    async def _watch_postgres(self, postgres: EmbeddedPostgres) -> None:
        code = await postgres.wait()
        self._conclude(_failed("PostgreSQL", code, "\n".join(postgres.last_words())))

    async def _watch_child(self, child: RunningChild) -> None:
        code = await child.process.wait()
        self._conclude(_failed(child.name, code, await child.last_words()))

    async def _stop(self, bring_up: asyncio.Task[None]) -> None:
        await asyncio.wait([bring_up])
        for child in self._children:
            await child.stop(self._grace_seconds, self._hurry)
        if self._postgres is not None:
            await self._postgres.stop()
        await asyncio.wait(self._watches)


def _failed(name: str, code: int, words: str) -> _Verdict:
    how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    ending = f". Its last words:\n{words}" if words else "."
    return _Verdict(EXIT_FAILED, f"{name} {how}, so everything was stopped{ending}")


def _end(verdict: _Verdict) -> int:
    if verdict.message:
        sys.stderr.write(f"{verdict.message}\n")
    return verdict.exit_code
