"""Starts a program that ends with its parent and, where root must not run it, with less than root's rights.

The parent asks `launch_command` for an argv; that argv runs this very file as a script (isolated, without
site-packages, so only the standard library may be imported here), which changes what it is and then
becomes the program by `exec`. Doing it after `exec` of a fresh interpreter and not in a forked child keeps
threads and event loops of the parent out of it.

PostgreSQL refuses to run as root, and a checkout below a closed home directory cannot be reached by anybody
else. Hence a ladder of ways (`Rung`), none of which changes a directory that is not ours.

The parent-death signal belongs to the *thread* that started the child: launch from the main thread only.
Namespaces, capabilities and the parent-death signal are Linux's. Elsewhere only `SAME` and `DROP` exist and
children outlive a parent that was killed with SIGKILL; those systems were not tried.

Source: prctl(2), capabilities(7), user_namespaces(7), mount_namespaces(7), ptrace(2), checked November 2026.
"""

import contextlib
import ctypes
import enum
import json
import os
import signal
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

IS_LINUX: Final[bool] = sys.platform == "linux"
NOBODY_IN_NAMESPACE = 1
"""The id that root gets inside its own user namespace; initdb wants one that /etc/passwd knows."""

_PR_SET_PDEATHSIG = 1
_PR_SET_SECUREBITS = 28
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE = 47, 2
_SECBIT_NO_SETUID_FIXUP = 1 << 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_NOSUID, _MS_NODEV, _MS_BIND, _MS_REC, _MS_PRIVATE = 1 << 1, 1 << 2, 1 << 12, 1 << 14, 1 << 18


class Rung(enum.StrEnum):
    """One way of running a program that refuses root, from the least to the most unusual."""

    SAME = "same"
    """Stay who we are: an ordinary user."""
    DROP = "drop"
    """Become another user: enough where that user can reach the files."""
    MOUNTS = "mounts"
    """Become another user who sees the closed directories as empty but for our own files."""
    CAPABILITY = "capability"
    """Become another user who may pass every closed directory, and could read every file."""
    USERS = "users"
    """Stay root outside, be an ordinary user inside a namespace: the files belong to root."""


class Identity(NamedTuple):
    """Who a program runs as.

    Attributes:
        rung: the way to become it.
        uid: the user outside any namespace, who owns the program's files.
        gid: the group, likewise.
        needs: existing directories that the program must reach; only `MOUNTS` reads it.
    """

    rung: Rung = Rung.SAME
    uid: int = 0
    gid: int = 0
    needs: tuple[str, ...] = ()


def launch_command(
    argv: Sequence[str | Path], *, death_signal: signal.Signals, identity: Identity | None = None
) -> list[str]:
    """The argv by which this process starts `argv` as its child.

    Args:
        argv: the program, by its full path, and its arguments.
        death_signal: what the child gets when this thread's process is gone.
        identity: who it runs as; by default who we are.
    """
    return _command(identity, signal=int(death_signal), argv=[str(part) for part in argv])


def trial_command(argv: Sequence[str | Path], *, identity: Identity, writable: Path) -> list[str]:
    """As `launch_command`, for a short program, after proving that a file can be made in `writable`."""
    return _command(identity, argv=[str(part) for part in argv], writable=str(writable))


def search_command(program: str, directories: Sequence[Path], *, identity: Identity) -> list[str]:
    """The argv that prints `running_in(program, directories)` as JSON, as seen by `identity`."""
    return _command(identity, program=program, directories=[str(path) for path in directories])


def running_in(program: str, directories: Sequence[str | Path]) -> list[int]:
    """The processes called `program` whose working directory is one of these, as far as we may look.

    Directories are compared by device and inode, which holds across mount namespaces.
    """
    wanted = set()
    for directory in directories:
        with contextlib.suppress(OSError):
            wanted.add(_inode(directory))
    found = []
    for pid in _process_ids():
        with contextlib.suppress(OSError):
            if _inode(f"/proc/{pid}/cwd") in wanted and _program_of(pid) == program:
                found.append(pid)
    return found


def is_alive(pid: int) -> bool:
    """Whether the process runs; a zombie, which still answers `kill -0`, does not."""
    if pid <= 0:
        return False
    if IS_LINUX:
        try:
            text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return False
        return text.rpartition(")")[2].split()[0] not in "ZX"
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def signal_if_alive(pid: int, number: signal.Signals) -> None:
    """Send a signal to a process that may just have ended.

    `Popen.send_signal` would first look for the end itself and so take it from asyncio, which then
    reports a wrong exit code.
    """
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _command(identity: Identity | None, **order: Any) -> list[str]:
    identity = identity or Identity()
    order |= identity._asdict() | {"parent": os.getpid()}
    return [sys.executable, "-I", "-S", __file__, json.dumps(order)]


def _process_ids() -> Iterator[int]:
    with contextlib.suppress(OSError):
        yield from (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdecimal())


def _inode(path: str | Path) -> tuple[int, int]:
    status = Path(path).stat()
    return status.st_dev, status.st_ino


def _program_of(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").rstrip("\n")


def _libc(name: str, *arguments: object) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        error = ctypes.get_errno()
        raise OSError(error, f"{name}: {os.strerror(error)}")


def _prctl(option: int, *arguments: int) -> None:
    padded = (*arguments, 0, 0, 0, 0)[:4]
    _libc("prctl", option, *(ctypes.c_ulong(argument) for argument in padded))


def _mount(source: str, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    encoded = [None if text is None else os.fsencode(text) for text in (source, target, kind, options)]
    _libc("mount", *encoded[:3], ctypes.c_ulong(flags), encoded[3])


def _become(identity: Identity) -> None:
    if identity.rung is Rung.SAME:
        return
    os.chdir("/")  # ours may be one that the other user cannot reach
    if identity.rung is Rung.USERS:
        _enter_user_namespace()
        return
    if identity.rung is Rung.MOUNTS:
        _hide_closed_directories(identity)
    if identity.rung is Rung.CAPABILITY:
        # Without it the change of user empties the effective set, and access(2) would then say
        # "no" to initdb where open(2) says "yes".
        _prctl(_PR_SET_SECUREBITS, _SECBIT_NO_SETUID_FIXUP)
    os.setgroups([])
    os.setresgid(identity.gid, identity.gid, identity.gid)
    os.setresuid(identity.uid, identity.uid, identity.uid)
    if identity.rung is Rung.CAPABILITY:
        _keep_only(_CAP_DAC_OVERRIDE)


def _enter_user_namespace() -> None:
    uid, gid = os.getuid(), os.getgid()
    _libc("unshare", _CLONE_NEWUSER)
    inside = NOBODY_IN_NAMESPACE
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{inside} {uid} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{inside} {gid} 1", encoding="ascii")


def _hide_closed_directories(identity: Identity) -> None:
    _libc("unshare", _CLONE_NEWNS)
    _mount("none", "/", None, _MS_REC | _MS_PRIVATE)
    behind = {path: closed for path in identity.needs if (closed := _first_closed(path, identity))}
    # Opened in the new namespace and before the cover: a bind mount from another namespace is refused.
    originals = {path: os.open(path, os.O_PATH | os.O_DIRECTORY) for path in behind}
    os.umask(0o022)
    for closed in sorted(set(behind.values())):
        _mount("tmpfs", closed, "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=0755,size=64k")
    for path, descriptor in originals.items():
        Path(path).mkdir(parents=True, exist_ok=True)
        _mount(f"/proc/self/fd/{descriptor}", path, None, _MS_BIND | _MS_REC)
        os.close(descriptor)


def _first_closed(path: str, identity: Identity) -> str | None:
    """The topmost directory above `path` that the identity may not pass."""
    for ancestor in reversed(Path(path).parents):
        status = ancestor.stat()
        if status.st_uid == identity.uid:
            passable = status.st_mode & stat.S_IXUSR
        elif status.st_gid == identity.gid:
            passable = status.st_mode & stat.S_IXGRP
        else:
            passable = status.st_mode & stat.S_IXOTH
        if not passable:
            return str(ancestor)
    return None


def _keep_only(capability: int) -> None:
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    bit = 1 << capability
    # effective, permitted, inheritable; then the same for capabilities above 31
    sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    _libc("capset", header, sets)
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability)


def _end_with_parent(death_signal: int, parent: int) -> None:
    # After the change of user, which clears it.
    _prctl(_PR_SET_PDEATHSIG, death_signal)
    if os.getppid() != parent:
        raise SystemExit("the parent has gone")


def _prove_writable(directory: str) -> None:
    proof = Path(directory) / f".proof-{os.getpid()}"
    proof.touch(mode=0o600, exist_ok=False)
    proof.unlink()


def _obey(order: dict[str, Any]) -> None:
    identity = Identity(Rung(order["rung"]), order["uid"], order["gid"], tuple(order["needs"]))
    _become(identity)
    if IS_LINUX:
        _end_with_parent(order.get("signal", signal.SIGKILL), order["parent"])
    if "directories" in order:
        sys.stdout.write(json.dumps(running_in(order["program"], order["directories"])))
        return
    if "writable" in order:
        _prove_writable(order["writable"])
    os.execv(order["argv"][0], order["argv"])  # noqa: S606 -- becoming the program is the purpose


if __name__ == "__main__":
    try:
        _obey(json.loads(sys.argv[1]))
    except OSError as error:
        sys.exit(f"{error.strerror or error}" + (f": {error.filename}" if error.filename else ""))
