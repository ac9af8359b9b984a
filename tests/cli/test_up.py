"""`convertos up`, and what one asks of it while it runs and afterwards."""

import contextlib
import json
import os
import pty
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.ground import free_port

PROGRAM = [sys.executable, "-m", "convertos"]
PATIENCE_SECONDS = 90.0


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    """A home of its own, below a directory with a space that others may pass."""
    with tempfile.TemporaryDirectory(prefix="convertos test ") as directory:
        Path(directory).chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CONVERTOS_")}
        yield {**kept, "CONVERTOS_HOME": f"{directory}/home", "CONVERTOS_PORT": str(free_port())}


class Up:
    """A running `convertos up`.

    Attributes:
        said: what it has written, all of it once it has ended.
    """

    def __init__(self, environment: dict[str, str], *, on_terminal: bool) -> None:
        self.base_url = f"http://127.0.0.1:{environment['CONVERTOS_PORT']}"
        ours, its = pty.openpty() if on_terminal else os.pipe()
        self._process = subprocess.Popen(
            [*PROGRAM, "up"], env=environment, stdin=subprocess.DEVNULL, stdout=its, stderr=its
        )
        os.close(its)
        self.said = ""
        self._runs = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(ours,))
        self._reader.start()

    def until_it_runs(self) -> None:
        assert self._runs.wait(PATIENCE_SECONDS), self.said
        assert "ConvertOS is running at" in self.said, self.said

    def _read(self, output: int) -> None:
        # A terminal ends with an error instead of an end.
        with contextlib.suppress(OSError), os.fdopen(output, "rb", buffering=0) as stream:
            while read := stream.read(65_536):
                self.said += read.decode()
                if "Stop it with Ctrl-C." in self.said:
                    self._runs.set()
        self._runs.set()

    def end(self, number: signal.Signals) -> int:
        self._process.send_signal(number)
        code = self._process.wait(PATIENCE_SECONDS)
        self._reader.join(PATIENCE_SECONDS)
        return code


@contextlib.contextmanager
def running(environment: dict[str, str], *, on_terminal: bool) -> Iterator[Up]:
    up = Up(environment, on_terminal=on_terminal)
    try:
        up.until_it_runs()
        yield up
    finally:
        up.end(signal.SIGTERM)


def run(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *words], env=environment, capture_output=True, text=True, check=False)


def doctor(environment: dict[str, str]) -> tuple[int, dict[str, bool]]:
    """Its exit code, and whether each subject is well."""
    examined = run(environment, "doctor", "--json")
    return examined.returncode, {each["subject"]: each["is_well"] for each in json.loads(examined.stdout)}


def test_on_a_terminal_it_speaks_to_a_person(environment: dict[str, str]) -> None:
    """The first start prints the address and the set-up link; the log of every part is text."""
    with running(environment, on_terminal=True) as up:
        link = re.search(r"Set it up \(this link works once\): (\S+)", up.said)
        assert link is not None
        assert link[1].startswith(f"{up.base_url}/setup?token=")
        assert httpx.get(f"{up.base_url}/api/clients", timeout=30).status_code == 401
        assert up.end(signal.SIGINT) == 130
    lines = up.said.splitlines()
    assert not [line for line in lines if line.startswith("{")]
    # ... also of web, whose own output is a pipe to the parent.
    assert any("request" in line and "/api/clients" in line for line in lines), up.said


def test_whoever_runs_it_can_ask_how_it_is(environment: dict[str, str]) -> None:
    """Health, readiness, figures and the doctor agree that all is well; a second start says where it runs."""
    with running(environment, on_terminal=False) as up:
        with httpx.Client(base_url=up.base_url, timeout=30) as http:
            assert http.get("/healthz").json() == {"status": "ok"}
            ready = http.get("/readyz")
            assert (ready.status_code, ready.json()["ready"]) == (200, True)
            assert "convertos_receipts_waiting 0.0" in http.get("/metrics").text
        code, well = doctor(environment)
        assert (code, set(well.values())) == (0, {True})
        assert {"schema", "database roles", "worker", "inbox", "data"} <= well.keys()
        second = run(environment, "up")
        assert (second.returncode, "already runs" in second.stderr) == (3, True)
        assert up.end(signal.SIGTERM) == 0
    logged = [line for line in up.said.splitlines() if line.startswith("{")]
    assert {json.loads(line)["process"] for line in logged} >= {"parent", "web"}
    code, well = doctor(environment)
    assert (code, well) == (1, {"installation": False})
