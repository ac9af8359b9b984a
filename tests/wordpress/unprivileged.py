"""Programs that a test starts: not as root, where the tests run as root, and ended by their own number."""

import asyncio
import os
import pwd
import shutil
import signal
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

from convertos.core.launch import Identity, Rung, launch_command

_NOBODY = "nobody"
_PROGRAMS = "/usr/sbin:/usr/bin:/sbin:/bin"


def identity() -> dict[str, Any]:
    """Who a program runs as: arguments for starting one."""
    if os.geteuid() != 0:
        return {}
    entry = pwd.getpwnam(_NOBODY)
    return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}


def _nobody() -> Identity | None:
    if os.geteuid() != 0:
        return None
    entry = pwd.getpwnam(_NOBODY)
    return Identity(Rung.DROP, entry.pw_uid, entry.pw_gid)


def give_away(directory: Path) -> None:
    """Let the programs have a directory with all that is in it."""
    if os.geteuid() != 0:
        return
    entry = pwd.getpwnam(_NOBODY)
    for path in (directory, *directory.rglob("*")):
        os.chown(path, entry.pw_uid, entry.pw_gid, follow_symlinks=False)


@contextmanager
def directory_of_its_own(name: str) -> Iterator[Path]:
    """A directory with a short path (a socket's may have 107 letters) that the programs can reach."""
    directory = Path(tempfile.mkdtemp(prefix=f"convertos-{name}-"))
    give_away(directory)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


async def run(*command: str, environment: Mapping[str, str] | None = None, given: bytes = b"") -> bytes:
    """Run a program to its end; what it wrote.

    Raises:
        RuntimeError: it failed; with what it wrote.
    """
    process = await asyncio.create_subprocess_exec(
        *command, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=_environment(environment), **identity()
    )
    written, errors = await process.communicate(given)
    if process.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {process.returncode}: {written!r} {errors!r}")
    return written


@asynccontextmanager
async def serve(
    *command: str, ready: bytes, log: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[None]:
    """Run a server until the end of the block, or of this process; begins when it has written that it is ready."""
    program = shutil.which(command[0], path=_PROGRAMS)
    assert program is not None, f"{command[0]} is not installed; scripts/install-test-tools does that"
    process = await asyncio.create_subprocess_exec(
        *launch_command([program, *command[1:]], death_signal=signal.SIGTERM, identity=_nobody()),
        stdout=PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=_environment(environment),
        start_new_session=True,
    )
    is_ready = asyncio.Event()
    reading = asyncio.create_task(_read(process, ready, is_ready, log))
    try:
        async with asyncio.timeout(60):
            await is_ready.wait()
        if process.returncode is not None or reading.done():
            raise RuntimeError(f"{command[0]} did not start; {log} says why")
        yield
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()
        await reading


async def _read(process: Process, ready: bytes, is_ready: asyncio.Event, log: Path) -> None:
    assert process.stdout is not None
    with log.open("ab") as file:
        async for line in process.stdout:
            file.write(line)
            file.flush()
            if ready in line:
                is_ready.set()
    is_ready.set()


def _environment(added: Mapping[str, str] | None) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "C.UTF-8",
        "HOME": "/nonexistent",
        **(added or {}),
    }
