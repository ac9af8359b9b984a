"""The first hour with ConvertOS, by the commands that the README and the quickstart name."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.support.recordings import FOLDER, recorded_deliveries

_PATIENCE_SECONDS = 90


@dataclass(frozen=True)
class Machine:
    """A machine on which `convertos up` runs."""

    address: str
    environment: dict[str, str]
    parent: subprocess.Popen[str]

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "convertos", *arguments],
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            check=False,
            timeout=_PATIENCE_SECONDS,
        )

    def prints(self, *arguments: str, given: str = "") -> str:
        ended = self.run(*arguments, given=given)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """Started in a home with a space in its name, and stopped by Ctrl-C."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="convertos test ") as directory:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CONVERTOS_")},
            "CONVERTOS_HOME": str(Path(directory, "a home")),
            "CONVERTOS_PORT": str(port),
        }
        parent = subprocess.Popen(
            [sys.executable, "-m", "convertos", "up"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        machine = Machine(f"http://127.0.0.1:{port}", environment, parent)
        try:
            yield machine
        finally:
            if parent.poll() is None:
                parent.kill()
            parent.communicate()


def _words_until_stop_is_told(machine: Machine) -> str:
    assert machine.parent.stdout is not None
    said = []
    for line in machine.parent.stdout:
        said.append(line)
        if "Ctrl-C" in line:
            return "".join(said)
    raise AssertionError(f"it ended with {machine.parent.wait()}: {said}")


@pytest.mark.slow
def test_from_nothing_to_revenue_by_source(machine: Machine) -> None:
    """Start it, make an account, a key, a client and a connection, replay what a shop once sent, ask, stop."""
    said = _words_until_stop_is_told(machine)
    assert f"{machine.address}/dashboard" in said
    link = re.search(r"http\S+/setup\?token=\S+", said)
    assert link is not None
    assert httpx.get(link[0]).status_code == 200

    agency = ("--organization", "My agency")
    person = ("--email", "me@example.com", "--role", "owner", "--password-stdin")
    machine.prints("user", "create", *agency, *person, given="a long password\n")
    key = machine.prints("key", "create", *agency, "--name", "quickstart", "--scopes", "all")
    client = machine.prints("client", "create", *agency, "--name", "Boots", "--timezone", "Europe/Athens")

    with httpx.Client(base_url=machine.address, headers={"Authorization": f"Bearer {key}"}) as http:
        shop = {"clientId": client, "type": "woocommerce", "name": "Boots shop", "domain": "boots.example"}
        connection = http.post("/api/connections", json=shop).raise_for_status().json()["connection"]
        folder = str(FOLDER / "webhooks")
        replayed = machine.prints("replay", folder, "--connection", connection["connectionId"])
        assert int(replayed.split()[0]) == len(recorded_deliveries())
        again = machine.prints("replay", folder, "--connection", connection["connectionId"], "--shuffle", "7")
        assert "200 duplicate" in again

        until = time.monotonic() + _PATIENCE_SECONDS
        while http.get(f"/api/connections/{connection['id']}").json()["connection"]["statistics"]["waiting"]:
            assert time.monotonic() < until
        span = {"clientId": client, "from": "2020-01-01", "to": "2026-12-31"}
        report: dict[str, Any] = {"upToDate": False}
        while not report["upToDate"]:
            report = http.get("/api/analytics/attribution", params={**span, "by": "source"}).json()
            assert time.monotonic() < until
        orders = http.get("/api/orders", params={"clientId": client, "limit": 200}).json()["orders"]
    counted = [order for order in orders if order["counted"] and order["currency"] == report["currency"]]
    assert counted
    assert report["total"]["orders"] == len(counted)

    doctor = machine.run("doctor")
    assert doctor.returncode == 0, doctor.stdout
    second = machine.run("up")
    assert (second.returncode, machine.address in second.stderr) == (3, True)

    machine.parent.send_signal(signal.SIGINT)
    machine.parent.communicate(timeout=_PATIENCE_SECONDS)
    assert machine.parent.returncode == 130
    with pytest.raises(httpx.TransportError):
        httpx.get(f"{machine.address}/healthz")
