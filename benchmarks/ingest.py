"""How fast the webhook door takes signed events durably, against the same process doing nothing.

64 connections, each body about 1.5 kB, signed, each event once, `synchronous_commit = on`. The generator (wrk),
the server and PostgreSQL share the machine; the worker is stopped, because its work is another figure.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg

from benchmarks.events import order_event
from benchmarks.figures import Figure
from benchmarks.house import House, run_house, signal_worker
from convertos.core.database import Role
from convertos.core.installation import Installation
from convertos.core.settings import Settings
from convertos.platforms.signing import mac

CONNECTIONS = 64
_BODY_BYTES = 1500
_SCRIPT = Path(__file__).with_name("wrk.lua")


class Load(NamedTuple):
    """What one run of the generator came to; latencies in milliseconds."""

    requests: int
    seconds: float
    errors: int
    p50: float
    p95: float
    p99: float

    @property
    def rate(self) -> float:
        """Answered requests a second."""
        return self.requests / self.seconds


def measure(*, is_quick: bool) -> list[Figure]:
    """Floor and door in turn, three times; the medians are reported."""
    if shutil.which("wrk") is None:
        raise SystemExit("The ingest figure needs wrk (Debian: apt-get install wrk).")
    seconds, rounds = (2, 1) if is_quick else (8, 3)
    with run_house(webhook_rate_per_minute="100000000") as house, tempfile.TemporaryDirectory() as directory:
        connection = house.add_connection(house.add_client("Door"), "wordpress", "door.example")
        signal_worker(house, signal.SIGSTOP)
        port = house.port + 1
        server = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.door_app"],
            env={**house.environment, "CONVERTOS_PORT": str(port)},
        )
        try:
            _wait_for(port)
            floors, doors, first = [], [], 0
            for _ in range(rounds):
                file = Path(directory) / "requests"
                count = 12_000 * seconds
                _write_requests(file, connection["connectionSecret"], first, count)
                first += count
                floors.append(_run(port, "/noop", connection["connectionId"], file, seconds))
                doors.append(_run(port, "/api/webhooks/wordpress", connection["connectionId"], file, seconds))
            kept = _kept(house)
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait(15)
            signal_worker(house, signal.SIGCONT)
    return _figures(floors, doors, kept)


def _figures(floors: list[Load], doors: list[Load], kept: int) -> list[Figure]:
    floor, door = _median(floors), _median(doors)
    acknowledged = sum(load.requests - load.errors for load in doors)
    return [
        Figure("no-op floor of the same process", floor.rate, "req/s"),
        Figure("signed, durable events", door.rate, "req/s"),
        Figure("ratio to the floor", door.rate / floor.rate, "", 0.55),
        Figure("latency p50", door.p50, "ms"),
        Figure("latency p95", door.p95, "ms", 8.0, is_least=False),
        Figure("latency p99", door.p99, "ms"),
        Figure("answers other than 200", sum(load.errors for load in doors), "", 0, is_least=False),
        Figure("acknowledged but not kept", max(0, acknowledged - kept), "", 0, is_least=False),
    ]


def _median(loads: list[Load]) -> Load:
    return sorted(loads, key=lambda load: load.rate)[len(loads) // 2]


def _write_requests(file: Path, secret: str, first: int, count: int) -> None:
    with file.open("wb") as stream:
        for number in range(first, first + count):
            body = order_event(number)
            body = body[:-1] + b', "padding": "' + b"x" * max(0, _BODY_BYTES - len(body) - 16) + b'"}'
            stream.write(mac(secret.encode(), body).hex().encode() + b"\t" + body + b"\n")


def _run(port: int, path: str, connection_id: str, file: Path, seconds: int) -> Load:
    done = subprocess.run(
        [
            "wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "--timeout", "10s",
            "-s", str(_SCRIPT), f"http://127.0.0.1:{port}",
        ],
        env={**os.environ, "REQUESTS": str(file), "REQUEST_PATH": path, "CONNECTION_ID": connection_id},
        capture_output=True,
        text=True,
        check=True,
    )  # fmt: skip
    result = next(line for line in done.stdout.splitlines() if line.startswith("RESULT")).split()
    requests, microseconds, errors = (int(value) for value in result[1:4])
    return Load(requests, microseconds / 1e6, errors, *(float(value) for value in result[4:]))


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server with the floor did not start")


def _kept(house: House) -> int:
    settings = Settings(home=house.home)
    installation = Installation.find(settings)
    with psycopg.connect(installation.access.conninfo[Role.WORKER]) as connection:
        row = connection.execute("SELECT count(*) FROM receipts").fetchone()
        return int(row[0]) if row else 0
