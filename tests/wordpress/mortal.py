"""A ConvertOS that can be killed: a process of its own on the tests' database, always on the same port."""

import asyncio
import json
import os
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Self

from convertos.core.failpoints import Step
from convertos.core.installation import Installation

_PATIENCE_SECONDS = 30
PROGRAM = Path(__file__).parent / "programs" / "mortal_server.py"


class MortalServer:
    """Starts, and dies; `async with` ends it at last."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: Process | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.kill()

    async def start(self, dies_at: Step | None = None, times: int = 1) -> None:
        """Start it; returns when it listens."""
        addresses = {role.value: address for role, address in self._installation.access.conninfo.items()}
        key = self._installation.master_key._key.hex()
        given = json.dumps({"conninfo": addresses, "port": self.port, "key": key})
        # The embedded server's socket is addressed through a descriptor, which the program needs as well.
        descriptors = {int(number) for number in re.findall(r"/proc/self/fd/(\d+)", given)}
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        if dies_at is not None:
            environment["CONVERTOS_FAIL_AT"] = f"{dies_at}:{times}"
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(PROGRAM),
            given,
            stdout=PIPE,
            env=environment,
            pass_fds=sorted(descriptors),
        )
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if line == b"ready\n":
                return
        raise RuntimeError("the server ended before it listened")

    async def kill(self) -> None:
        """As `kill -9` does; nothing, where it is dead."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            await self._process.communicate()

    async def end(self) -> int:
        """Wait until it has died; how, as a process's exit code."""
        assert self._process is not None
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await self._process.communicate()
        assert self._process.returncode is not None
        return self._process.returncode
