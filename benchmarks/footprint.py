"""What it costs to have ConvertOS: installing and starting it, starting it again, and its memory while idle."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from benchmarks.figures import Figure, family, resident_bytes
from benchmarks.house import run_house

_ROOT = Path(__file__).parent.parent
_SETTLING_SECONDS = 20
_PATIENCE_SECONDS = 300


def measure(*, is_quick: bool) -> list[Figure]:
    """Memory and a warm start; without `is_quick` also what a newcomer waits for in a fresh copy."""
    with run_house() as house:
        time.sleep(_SETTLING_SECONDS)
        parts = {pid: resident_bytes(pid) for pid in family(house.parent.pid)}
        memory = sum(parts.values()) / 1024**2
        warm = _warm_start(house.environment, house.parent)
    figures = [
        Figure("idle memory of all processes (PSS)", memory, "MB", 350, is_least=False),
        Figure("warm start until /readyz", warm, "s", 3, is_least=False),
    ]
    if not is_quick:
        figures.append(Figure("install and first start", _first_start(), "s", 120, is_least=False))
    return figures


def _warm_start(environment: dict[str, str], running: subprocess.Popen[bytes]) -> float:
    running.send_signal(signal.SIGTERM)
    running.wait(30)
    began = time.monotonic()
    again = subprocess.Popen(
        [".venv/bin/convertos", "up"],
        env=environment,
        cwd=_ROOT,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    return _seconds_until_ready(again, environment["CONVERTOS_PORT"], began)


def _first_start() -> float:
    """`make up` in a copy of what git knows, with nothing made before; packages may come from pip's own cache."""
    with tempfile.TemporaryDirectory(prefix="convertos-bench-") as directory:
        copy = Path(directory, "fresh copy")
        Path(directory).chmod(0o755)
        subprocess.run(["git", "clone", "--quiet", str(_ROOT), str(copy)], check=True)
        environment = {**os.environ, "CONVERTOS_HOME": str(copy / ".convertos"), "CONVERTOS_PORT": "8471"}
        began = time.monotonic()
        make = shutil.which("make") or "make"
        running = subprocess.Popen(
            [make, "--silent", "up"],
            cwd=copy,
            env=environment,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        return _seconds_until_ready(running, environment["CONVERTOS_PORT"], began)


def _seconds_until_ready(process: subprocess.Popen[bytes], port: str, began: float) -> float:
    try:
        while time.monotonic() < began + _PATIENCE_SECONDS:
            if process.poll() is not None:
                raise RuntimeError(f"it ended with {process.returncode} while it was starting")
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").status_code == 200:
                    return time.monotonic() - began
            except httpx.TransportError:
                pass
            time.sleep(0.02)
        raise RuntimeError("it did not become ready")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)
