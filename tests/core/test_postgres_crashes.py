"""The embedded database after everything that SIGKILL and old files can do to it."""

import os
import signal
import subprocess
from pathlib import Path

from convertos.core.launch import signal_if_alive
from tests.core.machine import Machine, postmaster_of, servers_of, wait_for_end_of

COUNT = "insert into kept values (1); select 1"


def crash_parent(machine: Machine, home: Path) -> None:
    parent = machine.own_postgres(home)
    machine.ask(home, COUNT)
    servers = servers_of(home)
    parent.process.kill()
    wait_for_end_of(servers)


def crash_server_under_a_query(machine: Machine, home: Path) -> None:
    parent = machine.own_postgres(home)
    machine.ask(home, COUNT)
    machine.start("ask_postgres.py", home, "select count(*) from generate_series(1, 1e12)")
    backend = machine.until_busy(home)
    os.kill(postmaster_of(home), signal.SIGKILL)
    parent.end()
    assert backend in servers_of(home)


def crash_everything(machine: Machine, home: Path) -> None:
    parent = machine.own_postgres(home)
    machine.ask(home, COUNT)
    servers = servers_of(home)
    for pid in [parent.process.pid, *servers]:
        signal_if_alive(pid, signal.SIGKILL)
    wait_for_end_of(servers)


def test_starts_again_with_what_was_committed(machine: Machine, home: Path, programs: list[Path]) -> None:
    """Whoever is killed, the next start needs no hand and nothing is lost."""
    parent = machine.own_postgres(home, *programs)
    machine.ask(home, "create table kept as select 0 as n; select 1")
    parent.end()
    for crash in (crash_parent, crash_server_under_a_query, crash_everything):
        crash(machine, home)
    machine.own_postgres(home)
    assert machine.ask(home, "select sum(n) from kept") == "3"


def test_is_not_stopped_by_old_files(machine: Machine, home: Path) -> None:
    """A pid file with the id of somebody else's process, an empty one, half a database: all no obstacle."""
    parent = machine.own_postgres(home)
    owner = (home / "postgres/data").stat().st_uid
    parent.end()
    with subprocess.Popen(["cat"], user=owner, stdin=subprocess.PIPE) as stranger:
        for content in (f"{stranger.pid}\n{home}/postgres/data\n", ""):
            for name in ("data/postmaster.pid", "run/.s.PGSQL.5432.lock"):
                (home / "postgres" / name).write_text(content)
                os.chown(home / "postgres" / name, owner, -1)
            (home / "postgres/data.new/base").mkdir(parents=True)
            parent = machine.own_postgres(home)
            assert machine.ask(home, "select 1") == "1"
            assert parent.end()[0] == 0
        assert stranger.poll() is None


def test_serves_one_of_two_that_start_at_once(machine: Machine, home: Path) -> None:
    """One gets the database, the other one a sentence with the process that has it."""
    parents = [machine.start("own_postgres.py", home) for _ in range(2)]
    ended = [parent.end() for parent in parents]
    assert sorted(code for code, _, _ in ended) == [0, 1]
    refused = next(said for code, _, said in ended if code == 1)
    winner = next(parent for parent in parents if parent.process.returncode == 0)
    assert f"in use by process {winner.process.pid}" in refused
