"""The home directory, and the lock files by which one process owns a part of it and others learn who."""

import contextlib
import fcntl
import json
import os
import stat
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from convertos.core.launch import is_alive

Facts = Mapping[str, str | int]

_PATIENCE_SECONDS = 1.0
_STEP_SECONDS = 0.02


class OwnedElsewhereError(Exception):
    """Another living process holds the lock file.

    Attributes:
        path: the lock file.
        facts: what the owner wrote into it; empty when it had no time to.
    """

    def __init__(self, path: Path, facts: Facts) -> None:
        self.path = path
        self.facts = facts
        super().__init__(f"{path} is held by process {facts.get('pid', 'unknown')}")


class Ownership:
    """The lock, while this process lives or until `release`. The file stays, empty.

    A kill -9 frees it too. The file is never deleted: a second process could then lock a new one.
    """

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, path: Path, facts: Facts) -> Self:
        """Take the lock and write the facts, to which `pid` is added.

        Raises:
            OwnedElsewhereError: another living process has it.
        """
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            _lock(path, descriptor)
            _write(descriptor, json.dumps({"pid": os.getpid(), **facts}))
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, descriptor)

    def release(self) -> None:
        """Give the lock back; a second call does nothing."""
        if self._descriptor is None:
            return
        _write(self._descriptor, "")
        os.close(self._descriptor)
        self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


def make_home(directory: Path) -> None:
    """Make the home directory, or one right below it, where it is missing: owner-only.

    Root's can be passed through by others, since root's database server runs as one of them.
    """
    is_root = os.geteuid() == 0
    directory.mkdir(mode=0o711 if is_root else 0o700, parents=True, exist_ok=True)
    status = directory.stat()
    if is_root and status.st_uid == 0 and not status.st_mode & stat.S_IXOTH:
        directory.chmod(stat.S_IMODE(status.st_mode) | stat.S_IXOTH)


def owner_of(path: Path) -> Facts | None:
    """What the living owner wrote into the lock file; None when nobody holds it.

    Raises:
        PermissionError: the file belongs to somebody else.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not _is_free(descriptor):
            facts = _read(descriptor)
            if _is_of_the_living(facts) or time.monotonic() > deadline:
                return facts
            time.sleep(_STEP_SECONDS)
        return None
    finally:
        os.close(descriptor)


def _lock(path: Path, descriptor: int) -> None:
    # A reader holds a shared lock for an instant, and a new owner's facts come just after its lock:
    # refuse at once only where a living owner is named.
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            facts = _read(descriptor)
            if _is_of_the_living(facts) or time.monotonic() > deadline:
                raise OwnedElsewhereError(path, facts) from None
            time.sleep(_STEP_SECONDS)
        else:
            return


def _is_free(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    fcntl.flock(descriptor, fcntl.LOCK_UN)
    return True


def _is_of_the_living(facts: Facts) -> bool:
    return is_alive(int(facts.get("pid", 0)))


def _read(descriptor: int) -> Facts:
    text = os.pread(descriptor, 4096, 0)
    with contextlib.suppress(ValueError):
        facts = json.loads(text)
        if isinstance(facts, dict):
            return facts
    return {}


def _write(descriptor: int, text: str) -> None:
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, text.encode(), 0)
