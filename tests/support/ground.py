"""A directory with a whole ConvertOS in it: PostgreSQL, web and worker, each of which can be killed."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

from convertos.core.database import Database, Role
from convertos.core.failpoints import Step
from convertos.core.installation import Installation
from convertos.core.launch import launch_command, signal_if_alive
from convertos.core.postgres import EmbeddedPostgres
from convertos.core.settings import Settings
from convertos.jobs.schema import migrate_queue
from tests.core.machine import servers_of, wait_for_end_of

WEB, WORKER, SECOND_WORKER = "web", "worker", "worker-2"
_PATIENCE_SECONDS = 60.0
_POOLS = {Role.WORKER: 4}


class Ground:
    """Starts, kills and stops the processes.

    Attributes:
        logs: what web and worker wrote, and PostgreSQL's own log.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.base_url = f"http://127.0.0.1:{self.port}"
        self.settings = Settings(home=home, port=self.port, webhook_rate_per_minute=10_000_000)
        self.installation: Installation
        self.database: Database
        self._postgres = EmbeddedPostgres(home)
        self._processes: dict[str, asyncio.subprocess.Process] = {}

    @property
    def logs(self) -> Sequence[Path]:
        return [
            *self.home.glob("*.log"),
            *self.home.glob("postgres/*.log"),
            *self.home.glob("postgres/log/*"),
        ]

    async def build(self) -> None:
        """Start everything for the first time."""
        await self._postgres.start()
        self.installation = Installation.find(self.settings)
        await self.installation.prepare()
        await migrate_queue(self.installation.access)
        self.database = Database(self.installation.access, _POOLS, name="chaos")
        await self.database.__aenter__()
        await asyncio.gather(self.start(WEB), self.start(WORKER))

    async def clear(self) -> None:
        """End everything."""
        for name in list(self._processes):
            await self.kill(name)
        await self.database.__aexit__(None, None, None)
        await self._postgres.stop()

    async def start(self, name: str, fail_at: tuple[Step, int] | None = None) -> None:
        """Start the web server or the worker, to die at a step or not; returns when it does its work."""
        environment = self.settings.for_children() | {
            "CONVERTOS_LOG_FORMAT": "json",
            "CONVERTOS_WEBHOOK_RATE_PER_MINUTE": str(self.settings.webhook_rate_per_minute),
        }
        if fail_at is not None:
            environment["CONVERTOS_FAIL_AT"] = f"{fail_at[0]}:{fail_at[1]}"
        command = name.partition("-")[0]
        ready, its_end = os.pipe()
        environment["CONVERTOS_READY_DESCRIPTOR"] = str(its_end)
        with (self.home / f"{name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *launch_command([sys.executable, "-m", "convertos", command], death_signal=signal.SIGKILL),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                pass_fds=[its_end],
                start_new_session=True,
            )
        self._processes[name] = process
        os.close(its_end)
        with os.fdopen(ready, "rb", buffering=0) as pipe:
            # Nothing comes when it ends, or dies of its step, before it is ready.
            await asyncio.wait_for(asyncio.to_thread(pipe.read, 1), _PATIENCE_SECONDS)

    async def until_dead(self, name: str) -> int:
        """Wait for the end of a process that is to die; returns its exit code (-9 after a SIGKILL)."""
        return await asyncio.wait_for(self._processes[name].wait(), _PATIENCE_SECONDS)

    def is_alive(self, name: str) -> bool:
        return self._processes[name].returncode is None

    async def kill(self, name: str) -> None:
        """As `kill -9` does."""
        signal_if_alive(self._processes[name].pid, signal.SIGKILL)
        await self.until_dead(name)

    def freeze(self, name: str) -> None:
        """Stop it in the middle of whatever it does, as a suspended machine or a lost network does."""
        signal_if_alive(self._processes[name].pid, signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """Let it go on, as if no time had passed."""
        signal_if_alive(self._processes[name].pid, signal.SIGCONT)

    async def stop(self, name: str) -> tuple[int, float]:
        """Ask it to end; returns its exit code and how long it took."""
        clock = asyncio.get_running_loop().time
        began = clock()
        signal_if_alive(self._processes[name].pid, signal.SIGTERM)
        return await self.until_dead(name), clock() - began

    async def kill_postgres(self) -> None:
        """As `kill -9` of the postmaster and of each of its children does."""
        servers = servers_of(self.home)
        for pid in servers:
            signal_if_alive(pid, signal.SIGKILL)
        await asyncio.to_thread(wait_for_end_of, servers)
        await self._postgres.stop()

    def freeze_postgres(self) -> list[int]:
        """Stop each of its processes in the middle of whatever it does; returns which."""
        servers = servers_of(self.home)
        for pid in servers:
            signal_if_alive(pid, signal.SIGSTOP)
        return servers

    def thaw_postgres(self, servers: Sequence[int]) -> None:
        """Let it go on."""
        for pid in servers:
            signal_if_alive(pid, signal.SIGCONT)

    async def stop_postgres(self) -> None:
        """As an administrator does for a restart: connections are ended, a checkpoint is written."""
        await self._postgres.stop()

    async def start_postgres(self) -> None:
        """Start it on its old files; returns when it takes connections."""
        self._postgres = EmbeddedPostgres(self.home)
        await self._postgres.start()


def free_port() -> int:
    """A loopback port that nobody listens on at the moment."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def make_home(directory: Path) -> Path:
    """A home below a directory whose ancestors the database's user may pass."""
    for ancestor in (directory, *directory.parents):
        if ancestor != Path("/") and ancestor.stat().st_uid == os.geteuid():
            ancestor.chmod(ancestor.stat().st_mode | 0o011)
    home = directory / "home"
    home.mkdir()
    return home
