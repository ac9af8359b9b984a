"""How other processes of the same user reach the embedded database."""

import os
import shutil
import tempfile
import weakref
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from psycopg.conninfo import make_conninfo

from convertos.core.launch import IS_LINUX, is_alive
from convertos.core.postgres.errors import PostgresUnreachableError
from convertos.core.postgres.layout import PORT, SUPERUSER, Layout


class PostgresConnection:
    """The way to a running server's socket, good for this process and while this object lives.

    On Linux the socket's directory is held open and named by its descriptor, so that its path may be of any
    length and a server that is started anew is still reached. Elsewhere a private link stands for it
    (this was not tried).

    Attributes:
        superuser: the name of the database's superuser.
        superuser_password: None where this user may not read it, or where it was deleted.
        descriptor: on Linux, what a child process must inherit to use a conninfo of ours.
    """

    def __init__(self, socket_directory: Path, superuser_password: str | None) -> None:
        self.superuser = SUPERUSER
        self.superuser_password = superuser_password
        self.descriptor: int | None = None
        if IS_LINUX:
            self.descriptor = os.open(socket_directory, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            self._host = f"/proc/self/fd/{self.descriptor}"
            self._let_go: Callable[[], object] = weakref.finalize(self, os.close, self.descriptor)
        else:
            private = tempfile.mkdtemp(prefix="convertos-")
            self._host = f"{private}/run"
            Path(self._host).symlink_to(socket_directory)
            self._let_go = weakref.finalize(self, shutil.rmtree, private, True)

    def conninfo(
        self, *, user: str | None = None, password: str | None = None, dbname: str = "postgres"
    ) -> str:
        """A libpq connection string; without a user, the superuser's."""
        if user is None:
            user, password = self.superuser, self.superuser_password
        return make_conninfo("", host=self._host, port=PORT, user=user, password=password, dbname=dbname)

    def close(self) -> None:
        """Let go of the directory; connections that are open stay open."""
        self._let_go()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def connection_info(home: Path) -> PostgresConnection:
    """The way to the server that runs for this home directory.

    Raises:
        PostgresUnreachableError: none accepts connections, or not from this user; says what to do.
    """
    layout = Layout(home)
    try:
        _check_running(layout)
        return PostgresConnection(layout.run, _read_password(layout))
    except PermissionError as error:
        raise PostgresUnreachableError(
            f"The database in {layout.home} belongs to another user ({error.filename} is closed to us). "
            "Run this as the user who started ConvertOS, or as root."
        ) from error


def _check_running(layout: Layout) -> None:
    server = layout.read_pid_file()
    if server is None:
        raise PostgresUnreachableError(
            f"No database runs for {layout.home}. Start ConvertOS first (convertos up), or set "
            "CONVERTOS_HOME to the directory of the one that runs."
        )
    if not is_alive(server.pid):
        raise PostgresUnreachableError(
            f"The database of {layout.home} was killed and does not run. Start ConvertOS again "
            "(convertos up): it recovers by itself."
        )
    if server.status != "ready":
        raise PostgresUnreachableError(
            f"The database of {layout.home} is {server.status or 'starting'}. Try again shortly."
        )


def _read_password(layout: Layout) -> str | None:
    try:
        return layout.password_file.read_text(encoding="ascii")
    except (FileNotFoundError, PermissionError):
        return None
