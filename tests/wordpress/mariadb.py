"""A MariaDB of its own: on a socket, without a port, without a password, gone afterwards."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.wordpress.unprivileged import give_away, run, serve

_QUICK = (
    "--innodb-buffer-pool-size=48M",
    "--innodb-log-file-size=8M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--skip-log-bin",
    "--skip-networking",
)
"""For data that nobody misses."""


@asynccontextmanager
async def run_mariadb(directory: Path) -> AsyncIterator[Path]:
    """Run a server below a directory; gives its socket."""
    files, socket = directory / "database", directory / "db.sock"
    files.mkdir()
    give_away(directory)
    place = f"--datadir={files}"
    await run(
        "mariadb-install-db",
        "--no-defaults",
        place,
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--skip-name-resolve",
    )
    command = ("mariadbd", "--no-defaults", place, f"--socket={socket}", *_QUICK)
    async with serve(*command, ready=b"ready for connections", log=directory / "mariadb.log"):
        yield socket
