"""Where the embedded database keeps its files below a home directory."""

import contextlib
import os
import secrets
import shutil
from collections import deque
from pathlib import Path
from typing import BinaryIO, NamedTuple

from convertos.core.ownership import make_home

SUPERUSER = "postgres"
PORT = 5432
"""Only the socket's file name carries it; the server listens on no network address."""


class PidFile(NamedTuple):
    """What a server says about itself in `postmaster.pid`.

    Attributes:
        pid: its process.
        status: `starting`, `ready` or `stopping`; empty when it had no time to say.
    """

    pid: int
    status: str


class Layout:
    """The files of one home directory.

    `postgres` is ours; `data`, `run` and `log` in it belong to the server's user, who may be less trusted
    than we: what root opens there must not be a link.
    """

    def __init__(self, home: Path) -> None:
        self.home = Path(os.path.realpath(home))
        self.lock = self.home / "postgres.lock"
        self.root = self.home / "postgres"
        self.start_log = self.root / "start.log"
        self.password_file = self.root / "superuser-password"
        self.data = self.root / "data"
        self.unfinished_data = self.root / "data.new"
        self.run = self.root / "run"
        self.log = self.root / "log"
        self.pid_file = self.data / "postmaster.pid"

    def make_directories(self, uid: int, gid: int) -> None:
        """Make what is missing and give what is the server's to its user."""
        make_home(self.root)
        for directory in (self.run, self.log):
            _make_directory(directory, uid, gid)

    def start_cluster(self, uid: int, gid: int) -> str:
        """Make an empty directory for a new database, and return the superuser's new password."""
        password = secrets.token_urlsafe(32)
        self.password_file.unlink(missing_ok=True)
        with open(self.password_file, "x", encoding="ascii", opener=_private) as file:
            file.write(password)
            os.fsync(file.fileno())
        _make_directory(self.unfinished_data, uid, gid)
        return password

    def finish_cluster(self) -> None:
        """Put the new database in its place, for good."""
        self.unfinished_data.rename(self.data)
        descriptor = os.open(self.root, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)

    def major_version(self) -> int | None:
        """The version whose files these are; None before the first start."""
        with contextlib.suppress(FileNotFoundError):
            return int((self.data / "PG_VERSION").read_text(encoding="ascii"))
        return None

    def owner(self) -> tuple[int, int] | None:
        """The user and group of an existing database."""
        if not self.data.exists():
            return None
        status = self.data.stat()
        return status.st_uid, status.st_gid

    def read_pid_file(self) -> PidFile | None:
        """The running or crashed server's own words; None where there is no server."""
        with contextlib.suppress(FileNotFoundError):
            lines = self.pid_file.read_text(encoding="utf-8", errors="replace").splitlines()
            pid = int(lines[0]) if lines and lines[0].isdecimal() else 0
            return PidFile(pid, lines[7].strip() if len(lines) > 7 else "")
        return None

    def forget_the_killed(self) -> None:
        """Delete what a killed server left, which could stop a new one for ever, or a killed initdb."""
        shutil.rmtree(self.unfinished_data, ignore_errors=True)
        self.pid_file.unlink(missing_ok=True)
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (self.run / name).unlink(missing_ok=True)

    def open_start_log(self) -> BinaryIO:
        """An empty log for what the server says before it opens its own."""
        self.start_log.unlink(missing_ok=True)
        return open(self.start_log, "xb", opener=_private)

    def last_words(self, count: int = 6) -> list[str]:
        """The newest log's last lines."""
        logs = [path for path in (self.start_log, *self.log.glob("*.log")) if _size(path)]
        if not logs:
            return []
        newest = max(logs, key=lambda path: path.lstat().st_mtime_ns)
        with open(newest, encoding="utf-8", errors="replace", opener=_private) as lines:
            return [line.rstrip() for line in deque(lines, count)]


def _size(path: Path) -> int:
    return path.lstat().st_size if path.exists() else 0


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)


def _make_directory(path: Path, uid: int, gid: int) -> None:
    path.mkdir(mode=0o700, exist_ok=True)
    if os.geteuid() == 0:
        os.chown(path, uid, gid, follow_symlinks=False)
