"""Runs PostgreSQL as a child of this process, on a home directory that nobody else uses."""

import asyncio
import signal
import threading
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from convertos.core.launch import Identity, launch_command, signal_if_alive
from convertos.core.logging import get_logger
from convertos.core.ownership import OwnedElsewhereError, Ownership, make_home
from convertos.core.postgres.binaries import Binaries, find_binaries
from convertos.core.postgres.cluster import make_cluster
from convertos.core.postgres.environment import clean_environment
from convertos.core.postgres.errors import HomeInUseError, PostgresStartError
from convertos.core.postgres.identity import choose_identity
from convertos.core.postgres.layout import Layout
from convertos.core.postgres.leftovers import end_leftovers
from convertos.core.postgres.server_settings import server_arguments

_log = get_logger(__name__)

_POLL_SECONDS = 0.01
_PROGRESS_SECONDS = 5.0
# A fast stop writes a checkpoint; an immediate one leaves that to the next start.
_STOP = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0))


class EmbeddedPostgres:
    """The database server of one home directory.

    It ends with this process, also after a kill -9 (on Linux). Not for several threads.
    """

    def __init__(
        self,
        home: Path,
        settings: Mapping[str, str] = MappingProxyType({}),
        *,
        binaries: Binaries | None = None,
    ) -> None:
        """Name a server; nothing happens before `start`.

        Args:
            home: the directory below which all its files are; made when missing.
            settings: PostgreSQL's settings that differ from ours, such as `{"shared_buffers": "1GB"}`.
            binaries: which PostgreSQL; by default the one that `find_binaries` finds.
        """
        self._layout = Layout(home)
        self._settings = settings
        self._binaries = binaries
        self._ownership: Ownership | None = None
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Return when the server accepts connections; makes the database at the first start.

        Recovery after a crash takes as long as it takes: it is logged, never cut short. Call it from the
        main thread, since the server ends when the thread that started it does.

        Raises:
            HomeInUseError: another living process owns the home directory.
            NoBinariesError: there is no PostgreSQL, or none of this database's version.
            PostgresStartError: it does not start.
        """
        if threading.current_thread() is not threading.main_thread():
            raise PostgresStartError("PostgreSQL must be started from the main thread, whose end ends it.")
        self._take_home()
        try:
            await self._bring_up()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Stop the server, fast and then less politely, and give the home directory back."""
        process, self._process = self._process, None
        if process is not None:
            for number, seconds in _STOP:
                if process.returncode is None:
                    signal_if_alive(process.pid, number)
                    await _wait_at_most(process, seconds)
        if self._ownership is not None:
            self._ownership.release()
            self._ownership = None

    async def wait(self) -> int:
        """Return the exit code when the server has ended, by whomever.

        Raises:
            RuntimeError: it was not started.
        """
        if self._process is None:
            raise RuntimeError("PostgreSQL was not started")
        return await self._process.wait()

    def last_words(self) -> list[str]:
        """The last lines of the server's log."""
        return self._layout.last_words()

    def _take_home(self) -> None:
        try:
            make_home(self._layout.home)
            self._ownership = Ownership.take(self._layout.lock, {})
        except OwnedElsewhereError as error:
            raise HomeInUseError(
                f"The database in {self._layout.home} is in use by process "
                f"{error.facts.get('pid', 'unknown')}. Stop that one first, or choose another home directory."
            ) from error
        except OSError as error:
            raise PostgresStartError(
                f"The home directory {self._layout.home} cannot be used ({error.strerror}: "
                f"{error.filename}). Run as the user whom it belongs to, or set CONVERTOS_HOME to a "
                "directory of yours."
            ) from error

    async def _bring_up(self) -> None:
        layout = self._layout
        binaries = self._binaries or find_binaries(layout.major_version())
        identity = choose_identity(layout, binaries)
        if layout.pid_file.exists() or layout.unfinished_data.exists():
            await end_leftovers(layout, identity)
        layout.forget_the_killed()
        if layout.major_version() is None:
            await make_cluster(layout, binaries, identity)
        self._process = await self._spawn(binaries, identity)
        await self._until_ready(self._process)
        _log.info("postgres_ready", version=binaries.major, runs_as=identity.rung.value)

    async def _spawn(self, binaries: Binaries, identity: Identity) -> asyncio.subprocess.Process:
        server = str(binaries.program("postgres"))
        command = [server, "-D", str(self._layout.data), *server_arguments(self._settings)]
        with self._layout.open_start_log() as log:
            return await asyncio.create_subprocess_exec(
                *launch_command(command, death_signal=signal.SIGINT, identity=identity),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=clean_environment(),
                start_new_session=True,
            )

    async def _until_ready(self, process: asyncio.subprocess.Process) -> None:
        clock = asyncio.get_running_loop().time
        began = reported = clock()
        while (server := self._layout.read_pid_file()) is None or server != (process.pid, "ready"):
            if process.returncode is not None:
                words = "\n".join(self._layout.last_words()) or f"exit code {process.returncode}"
                raise PostgresStartError(f"PostgreSQL did not start in {self._layout.root}:\n{words}")
            if clock() - reported >= _PROGRESS_SECONDS:
                reported = clock()
                words = " ".join(self._layout.last_words(1))
                _log.info("postgres_starting", seconds=round(reported - began), last_words=words)
            await asyncio.sleep(_POLL_SECONDS)


async def _wait_at_most(process: asyncio.subprocess.Process, seconds: float) -> None:
    try:
        await asyncio.wait_for(process.wait(), seconds)
    except TimeoutError:
        _log.warning("postgres_slow_to_stop", seconds=seconds)
