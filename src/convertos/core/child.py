"""A child process that the parent keeps: it says when it is ready, and its output is passed on."""

import asyncio
import contextlib
import os
import signal
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from convertos.core.launch import launch_command, signal_if_alive
from convertos.core.logging import get_logger

_READY_DESCRIPTOR = "CONVERTOS_READY_DESCRIPTOR"
_LAST_LINES = 20
_LAST_OUTPUT_SECONDS = 1.0
_STDOUT, _STDERR = 1, 2

_log = get_logger(__name__)


@dataclass(frozen=True)
class Child:
    """What is to be run.

    Attributes:
        name: what people call it.
        argv: the program, by its full path, and its arguments.
        environment: the whole of its environment; None means ours.
        reports_ready: whether it calls `report_ready`; else it counts as ready when it is started.
    """

    name: str
    argv: Sequence[str | Path]
    environment: Mapping[str, str] | None = None
    reports_ready: bool = True


def report_ready() -> None:
    """Tell the parent, if there is one, that this process does its work now."""
    descriptor = os.environ.pop(_READY_DESCRIPTOR, None)
    if descriptor is not None:
        os.write(int(descriptor), b"!")
        os.close(int(descriptor))


class RunningChild:
    """A started child. It ends with this process, at once (on Linux)."""

    def __init__(self, child: Child, process: asyncio.subprocess.Process, readiness: BinaryIO) -> None:
        self.name = child.name
        self.process = process
        self._reports_ready = child.reports_ready
        self._readiness = readiness
        self._lines: deque[bytes] = deque(maxlen=_LAST_LINES)
        self._relays: list[threading.Thread] = []

    @classmethod
    async def start(cls, child: Child) -> Self:
        """Start it, in a session of its own, so that Ctrl-C reaches only us."""
        ours, its = os.pipe()
        outputs = [os.pipe(), os.pipe()]
        environment = os.environ if child.environment is None else child.environment
        readiness = {_READY_DESCRIPTOR: str(its)} if child.reports_ready else {}
        try:
            process = await asyncio.create_subprocess_exec(
                *launch_command(child.argv, death_signal=signal.SIGKILL),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=outputs[0][1],
                stderr=outputs[1][1],
                env={**environment, **readiness},
                pass_fds=[its] if child.reports_ready else [],
                start_new_session=True,
            )
        finally:
            for descriptor in (its, outputs[0][1], outputs[1][1]):
                os.close(descriptor)
        running = cls(child, process, os.fdopen(ours, "rb", buffering=0))
        running._pass_on(outputs[0][0], _STDOUT)
        running._pass_on(outputs[1][0], _STDERR)
        return running

    async def until_ready(self) -> None:
        """Return when it has reported; never, when it ends without. Once only."""
        if not self._reports_ready:
            return
        loop = asyncio.get_running_loop()
        told = asyncio.Event()
        loop.add_reader(self._readiness, told.set)
        try:
            await told.wait()
        finally:
            loop.remove_reader(self._readiness)
        if not self._readiness.read(1):
            await asyncio.Event().wait()

    async def last_words(self) -> str:
        """The last lines that it wrote, once it has ended."""
        for relay in self._relays:
            # A grandchild may hold the pipe open for longer.
            await asyncio.to_thread(relay.join, _LAST_OUTPUT_SECONDS)
        return b"".join(self._lines).decode(errors="replace").rstrip()

    async def stop(self, grace_seconds: float, hurry: asyncio.Event) -> None:
        """Ask it to end, and kill it with all of its group when it has not or when we are in a hurry."""
        if self.process.returncode is None:
            signal_if_alive(self.process.pid, signal.SIGTERM)
            ended = asyncio.create_task(self.process.wait())
            hurried = asyncio.create_task(hurry.wait())
            await asyncio.wait([ended, hurried], timeout=grace_seconds, return_when=asyncio.FIRST_COMPLETED)
            hurried.cancel()
            if not ended.done():
                _log.warning("child_killed", child=self.name, after_seconds=grace_seconds)
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self.process.pid, signal.SIGKILL)
            await ended
        self._readiness.close()

    def _pass_on(self, source: int, target: int) -> None:
        relay = threading.Thread(
            target=_relay, args=(source, target, self._lines), name=f"output of {self.name}", daemon=True
        )
        relay.start()
        self._relays.append(relay)


def _relay(source: int, target: int, lines: deque[bytes]) -> None:
    """Write each line to our own output. In a thread: a blocked terminal must not block the parent."""
    with os.fdopen(source, "rb") as pipe:
        for line in pipe:
            lines.append(line)
            with contextlib.suppress(OSError):  # nobody reads us any more; the child goes on
                os.write(target, line)
