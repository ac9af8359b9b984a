"""A ConvertOS to measure: `convertos up` in a directory of its own, with one client and its connections."""

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.figures import family

_STARTING_SECONDS = 60


@dataclass
class House:
    """A running installation.

    Attributes:
        parent: the process of `convertos up`.
        key: an API key that may everything.
    """

    home: Path
    port: int
    parent: subprocess.Popen[bytes]
    environment: dict[str, str]
    key: str = ""
    clients: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *arguments: str, stdin: str = "") -> str:
        """Run a command against it; returns what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "convertos", *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def add_client(self, name: str) -> str:
        """A new client; returns its id."""
        made = self.command(
            "client", "create", "--organization", "Bench", "--name", name, "--timezone", "Europe/Athens"
        )
        self.clients.append(made)
        return made

    def add_connection(self, client_id: str, connection_type: str, domain: str) -> dict[str, str]:
        """A new connection with its secret."""
        answer = httpx.post(
            f"{self.address}/api/connections",
            headers={"Authorization": f"Bearer {self.key}"},
            json={"clientId": client_id, "type": connection_type, "name": domain, "domain": domain},
        )
        answer.raise_for_status()
        connection: dict[str, str] = answer.json()["connection"]
        return connection


@contextmanager
def run_house(**settings: str) -> Iterator[House]:
    """Start one, with settings (`webhook_rate_per_minute="…"`), and remove it afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="convertos-bench-"))
    port = free_port()
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("CONVERTOS_")},
        "CONVERTOS_HOME": str(directory / "home"),
        "CONVERTOS_PORT": str(port),
        "CONVERTOS_LOG_LEVEL": "warning",
        **{f"CONVERTOS_{name.upper()}": value for name, value in settings.items()},
    }
    directory.chmod(0o755)
    log = (directory / "log").open("wb")
    parent = subprocess.Popen(
        [sys.executable, "-m", "convertos", "up"],
        env=environment,
        stdout=log,
        stderr=log,
        start_new_session=True,
    )
    house = House(directory / "home", port, parent, environment)
    try:
        _wait_until_ready(house)
        house.command(
            "user", "create", "--organization", "Bench", "--email", "bench@example.com", "--password-stdin",
            stdin="a password for the bench\n",
        )  # fmt: skip
        house.key = house.command("key", "create", "--organization", "Bench", "--name", "bench")
        yield house
    except BaseException:
        sys.stderr.write((directory / "log").read_text()[-4000:])
        raise
    finally:
        parent.send_signal(signal.SIGTERM)
        parent.wait(30)
        log.close()
        shutil.rmtree(directory, ignore_errors=True)


def signal_worker(house: House, number: signal.Signals) -> None:
    """Stop the worker, or let it go on, where its work is another figure."""
    for pid in family(house.parent.pid):
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if b"worker" in command:
            os.kill(pid, number)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(house: House) -> None:
    until = time.monotonic() + _STARTING_SECONDS
    while time.monotonic() < until:
        if house.parent.poll() is not None:
            raise RuntimeError("ConvertOS ended while it was starting")
        try:
            if httpx.get(f"{house.address}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise RuntimeError("ConvertOS did not become ready")


def run(coroutine: object) -> object:
    """Run a coroutine to its end."""
    return asyncio.run(coroutine)  # type: ignore[arg-type]  # any coroutine


def as_json(value: object) -> bytes:
    """Compact JSON."""
    return json.dumps(value, separators=(",", ":")).encode()
