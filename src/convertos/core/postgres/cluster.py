"""Makes a new, empty database cluster, whole or not at all."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator

from convertos.core.launch import Identity, launch_command, signal_if_alive
from convertos.core.logging import get_logger
from convertos.core.postgres.binaries import Binaries
from convertos.core.postgres.environment import clean_environment
from convertos.core.postgres.errors import PostgresStartError
from convertos.core.postgres.layout import SUPERUSER, Layout

_log = get_logger(__name__)

_BUILTIN_LOCALES_SINCE = 17


async def make_cluster(layout: Layout, binaries: Binaries, identity: Identity) -> None:
    """Run initdb beside the final place and move the result there.

    Raises:
        PostgresStartError: initdb failed; carries its words.
    """
    _log.info("postgres_initializing", directory=str(layout.data), version=binaries.major)
    password = layout.start_cluster(identity.uid, identity.gid)
    with _readable_by(identity, password) as pipe:
        process = await asyncio.create_subprocess_exec(
            *launch_command(_initdb(layout, binaries), death_signal=signal.SIGTERM, identity=identity),
            stdin=pipe,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=clean_environment(),
            start_new_session=True,
        )
    try:
        _, said = await process.communicate()
    except asyncio.CancelledError:
        signal_if_alive(process.pid, signal.SIGTERM)
        await process.wait()
        raise
    if process.returncode != 0:
        words = said.decode(errors="replace").strip()
        raise PostgresStartError(f"initdb could not make a database in {layout.root}: {words}")
    layout.finish_cluster()


@contextlib.contextmanager
def _readable_by(identity: Identity, text: str) -> Iterator[int]:
    """A pipe with a short text in it that the server's user can open by its name in /dev."""
    reading, writing = os.pipe()
    if identity.uid != os.geteuid():
        os.fchown(reading, identity.uid, identity.gid)
    os.write(writing, text.encode("ascii"))
    os.close(writing)
    try:
        yield reading
    finally:
        os.close(reading)


def _initdb(layout: Layout, binaries: Binaries) -> list[str]:
    return [
        str(binaries.program("initdb")),
        f"--pgdata={layout.unfinished_data}",
        f"--username={SUPERUSER}",
        "--pwfile=/dev/stdin",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        *_locale(binaries.major),
        "--data-checksums",
    ]


def _locale(major: int) -> list[str]:
    """Sort by code point with Unicode's letter cases, alike on every system and version."""
    if major >= _BUILTIN_LOCALES_SINCE:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8"]
