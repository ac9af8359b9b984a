"""Real homes and parents, and the promise that no process of a test outlives it."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from convertos.core.launch import signal_if_alive
from convertos.core.postgres import EmbeddedPostgres
from tests.core.machine import Machine, servers_of, wait_for_end_of


@pytest.fixture(scope="session")
def bytecode() -> Iterator[Path]:
    """Where the started programs keep compiled modules: half of their time otherwise goes into these."""
    with tempfile.TemporaryDirectory(prefix="convertos-test-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@pytest.fixture
def machine(bytecode: Path, homes: Callable[[int], Path]) -> Iterator[Machine]:
    machine = Machine(bytecode)
    yield machine
    machine.end_all()


@pytest.fixture
def ordinary_machine(machine: Machine) -> Machine:
    """Like `machine`, with a Python that every user can run."""
    if os.geteuid() == 0:
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        reachable = ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for python in (sys.executable, f"/usr/local/bin/{version}", f"/usr/bin/{version}"):
            # setpriv itself may still execute what the user may not
            itself = "import os, sys; os.execv(sys.executable, [sys.executable, '-c', ''])"
            tried = subprocess.run([*reachable, python, "-c", itself], check=False, capture_output=True)
            if tried.returncode == 0:
                machine.python = [python]
                return machine
        pytest.skip(f"no {version} that an ordinary user can run")
    return machine


@pytest.fixture
def homes() -> Iterator[Callable[[int], Path]]:
    """Makes directories that others may pass (0o755) or not (0o700), with a space in their names."""
    made: list[Path] = []

    def make(mode: int) -> Path:
        directory = Path(tempfile.mkdtemp(prefix="convertos test "))
        directory.chmod(mode)
        made.append(directory)
        return directory

    yield make
    for directory in made:
        for home in (directory, *directory.iterdir()):
            left = servers_of(home)
            for pid in left:
                signal_if_alive(pid, signal.SIGKILL)
            wait_for_end_of(left)
        shutil.rmtree(directory)


@pytest.fixture
def home(homes: Callable[[int], Path]) -> Path:
    """A home directory that does not exist yet, below one that only its owner may pass."""
    return homes(0o700) / "its home"


@pytest.fixture(params=[None, 15], ids=["wheel", "15"])
def programs(request: pytest.FixtureRequest) -> list[Path]:
    """The directory of PostgreSQL's programs to use: the default, and Debian 12's."""
    if request.param is None:
        return []
    directory = Path(f"/usr/lib/postgresql/{request.param}/bin")
    if not directory.exists():
        missing = f"no PostgreSQL {request.param} in {directory} (apt install postgresql-{request.param})"
        if os.environ.get(f"CONVERTOS_REQUIRE_PG{request.param}") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    return [directory]


@pytest.fixture(scope="class")
async def server() -> AsyncIterator[Path]:
    """A home whose database runs, for the tests of one class."""
    with tempfile.TemporaryDirectory(prefix="convertos test ") as directory:
        home = Path(directory) / "home"
        postgres = EmbeddedPostgres(home)
        await postgres.start()
        yield home
        await postgres.stop()
