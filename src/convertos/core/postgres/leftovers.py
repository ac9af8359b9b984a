"""Ends the processes that a killed server or a killed parent left behind in a data directory.

A postmaster whose parent was killed is already stopping; we wait for it. Backends whose postmaster was
killed may go on for as long as their query does, and no new server starts before they are gone
("shared memory block is still in use"). Call it only while holding the home's lock: then nothing that runs
in the data directory has an owner.
"""

import asyncio
import json
import signal
import subprocess

from convertos.core.launch import (
    IS_LINUX,
    Identity,
    Rung,
    is_alive,
    running_in,
    search_command,
    signal_if_alive,
)
from convertos.core.logging import get_logger
from convertos.core.postgres.errors import PostgresStartError
from convertos.core.postgres.layout import Layout

_log = get_logger(__name__)

_POLL_SECONDS = 0.01
# (signal, who gets it, how long it has): a clean stop may have a checkpoint to write.
_ESCALATION = (
    (signal.SIGINT, 30.0),
    (signal.SIGQUIT, 5.0),
    (signal.SIGKILL, 5.0),
)


async def end_leftovers(layout: Layout, identity: Identity) -> None:
    """Return when no process of an earlier server is left, having ended those that were.

    Raises:
        PostgresStartError: one of them cannot be ended.
    """
    if not IS_LINUX:
        return
    for number, seconds in _ESCALATION:
        left = _search(layout, identity)
        if not left:
            return
        server = layout.read_pid_file()
        if number == signal.SIGINT and (server is None or server.pid not in left):
            continue  # backends without a postmaster understand SIGINT as "cancel the query"
        _log.warning("postgres_leftovers", processes=left, signal=number.name)
        for pid in [server.pid] if server and number == signal.SIGINT else left:
            signal_if_alive(pid, number)
        await _until_gone(left, seconds)
    if left := _search(layout, identity):
        raise PostgresStartError(
            f"Processes of an earlier PostgreSQL in {layout.data} cannot be ended: "
            f"{', '.join(map(str, left))}. Restart the machine or end them by hand."
        )


async def _until_gone(processes: list[int], seconds: float) -> None:
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    while any(map(is_alive, processes)) and clock() < deadline:  # noqa: ASYNC110 -- no children of ours
        await asyncio.sleep(_POLL_SECONDS)


def _search(layout: Layout, identity: Identity) -> list[int]:
    """Servers' processes in our data directories, as the user who may look at them sees them.

    Root without CAP_SYS_PTRACE, as in a container, may not look at another user's processes; it may look
    into a user namespace that it made.
    """
    directories = [layout.data, layout.unfinished_data]
    if identity.rung in (Rung.SAME, Rung.USERS):
        return running_in("postgres", directories)
    command = search_command("postgres", directories, identity=identity)
    found = subprocess.run(command, capture_output=True, check=True).stdout  # noqa: S603 -- our own script
    return [int(pid) for pid in json.loads(found)]
