"""One parent for everything: how it starts, how it ends, and what it says."""

import os
import select
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from convertos.core.launch import is_alive
from convertos.core.supervision import Instance, running_instance
from tests.core.machine import PATIENCE_SECONDS, Machine, answer, servers_of, wait_for_end_of


@pytest.fixture
def home(homes: Callable[[int], Path]) -> Path:
    home = homes(0o755) / "home"
    home.mkdir()
    return home


def events_of(home: Path) -> list[str]:
    """What the children noted, in order, without what every one of them notes first."""
    lines = (home / "events").read_text().splitlines()
    return [line for line in lines if "runs as" not in line]


def processes_of(home: Path) -> list[int]:
    lines = (home / "events").read_text().splitlines()
    return [int(line.split()[-1]) for line in lines if "runs as" in line]


class TestEnd:
    """All of them run, or none does."""

    def test_sigterm_stops_users_before_the_database(self, machine: Machine, home: Path) -> None:
        """Children end in the listed order while the database still runs, then it stops: exit code 0."""
        parent = machine.supervise(
            home, postgres=True, children={"web": "uses-database", "worker": "uses-database"}
        )
        parent.until_it_says("prepared")
        assert answer(home, "select 1") == 1
        parent.until_it_says("all ready")
        servers = servers_of(home)
        code, _, said = parent.told(signal.SIGTERM)
        assert (code, said) == (0, "")
        assert events_of(home) == ["web ends", "worker ends"]
        wait_for_end_of(servers)
        assert running_instance(home) is None

    def test_ctrl_c_reaches_only_the_parent(self, machine: Machine, home: Path) -> None:
        """Children are asked to end in order instead of being interrupted: exit code 130."""
        parent = machine.supervise(home, children={"web": "works", "worker": "works"})
        parent.until_it_says("all ready")
        os.killpg(parent.process.pid, signal.SIGINT)
        assert parent.end()[0] == 130
        assert events_of(home) == ["web ends", "worker ends"]

    def test_ctrl_c_for_one_that_a_script_started(self, machine: Machine, home: Path) -> None:
        """A shell lets what it starts with `&` ignore Ctrl-C; one that is sent to the parent itself is meant."""
        deaf = ["/usr/bin/env", "--ignore-signal=INT"]
        parent = machine.supervise(home, deaf, children={"web": "works"})
        parent.until_it_says("all ready")
        assert parent.told(signal.SIGINT)[0] == 130

    def test_a_stubborn_child_is_killed(self, machine: Machine, home: Path) -> None:
        """Who does not end within the grace is killed, and the others still end in order."""
        parent = machine.supervise(home, children={"web": "stubborn", "worker": "works"}, grace_seconds=0.1)
        parent.until_it_says("all ready")
        assert parent.told(signal.SIGTERM)[0] == 0
        assert events_of(home) == ["worker ends"]
        assert not any(map(is_alive, processes_of(home)))

    def test_a_second_ctrl_c_hurries(self, machine: Machine, home: Path) -> None:
        """Nobody has to wait for the grace."""
        parent = machine.supervise(home, children={"web": "notes-and-stays"}, grace_seconds=3600)
        parent.until_it_says("all ready")
        parent.process.send_signal(signal.SIGINT)
        parent.until_it_says("web stays")
        assert parent.told(signal.SIGINT)[0] == 130
        assert not any(map(is_alive, processes_of(home)))

    def test_sigterm_while_a_child_starts(self, machine: Machine, home: Path) -> None:
        """One need not wait until everything is ready."""
        parent = machine.supervise(home, children={"web": "never-ready"})
        parent.until_it_says("web starts")
        code, out, _ = parent.told(signal.SIGTERM)
        assert (code, "all ready" in out) == (0, False)
        assert not any(map(is_alive, processes_of(home)))

    def test_a_killed_parent_leaves_nobody(self, machine: Machine, home: Path) -> None:
        """After a kill -9 of the parent all others end too, and the next start works."""
        parent = machine.supervise(home, postgres=True, children={"web": "works", "worker": "stubborn"})
        parent.until_it_says("all ready")
        others = [*processes_of(home), *servers_of(home)]
        parent.process.kill()
        wait_for_end_of(others)
        parent = machine.supervise(home, children={"web": "works"})
        parent.until_it_says("all ready")
        assert parent.told(signal.SIGTERM)[0] == 0


class TestFailure:
    """Exit code 1, and words that tell what failed."""

    def test_a_child_that_fails(self, machine: Machine, home: Path) -> None:
        """Its name, its exit code and its last words; the others are stopped."""
        parent = machine.supervise(home, children={"web": "fails", "worker": "works"})
        code, out, said = parent.end()
        assert code == 1
        assert "web ended with exit code 1, so everything was stopped" in said
        assert said.count("the port is taken") == 2  # as it came, and as last words
        assert "a line on standard output" in out
        assert not any(map(is_alive, processes_of(home)))

    def test_a_child_that_is_killed(self, machine: Machine, home: Path) -> None:
        """The signal is named."""
        parent = machine.supervise(home, children={"web": "works", "worker": "works"})
        parent.until_it_says("all ready")
        os.kill(processes_of(home)[0], signal.SIGKILL)
        code, _, said = parent.end()
        assert (code, "was killed by SIGKILL" in said) == (1, True)
        assert not any(map(is_alive, processes_of(home)))

    def test_a_program_that_is_missing(self, machine: Machine, home: Path) -> None:
        """A child that can't even be started is named with the reason."""
        parent = machine.supervise(home, children={"web": "works"}, program="/no/such/program")
        code, _, said = parent.end()
        assert (code, "No such file" in said, "web ended" in said) == (1, True, True)

    def test_a_database_that_dies(self, machine: Machine, home: Path) -> None:
        """Nobody goes on without it."""
        parent = machine.supervise(home, postgres=True, children={"web": "works"})
        parent.until_it_says("all ready")
        for pid in servers_of(home)[:1]:
            os.kill(pid, signal.SIGKILL)
        code, _, said = parent.end()
        assert (code, "PostgreSQL was killed by SIGKILL" in said) == (1, True)
        assert events_of(home) == ["web ends"]

    def test_a_database_that_does_not_start(self, machine: Machine, home: Path) -> None:
        """The reason is shown and no child is started."""
        (home / "postgres/data").mkdir(parents=True)
        (home / "postgres/data/PG_VERSION").write_text("14\n")
        code, _, said = machine.supervise(home, postgres=True, children={"web": "works"}).end()
        assert (code, "No PostgreSQL 14" in said, (home / "events").exists()) == (1, True, False)

    def test_a_preparation_that_fails(self, machine: Machine, home: Path) -> None:
        """Its error comes out after the database was stopped; no child is started."""
        parent = machine.supervise(home, postgres=True, children={"web": "works"}, fails_to_prepare=True)
        code, _, said = parent.end()
        assert (code, "RuntimeError: the migration failed" in said) == (1, True)
        assert (home / "events").exists() is False
        wait_for_end_of(servers_of(home))


class TestSecondStart:
    """A home directory has one parent."""

    def test_is_refused_with_the_address_of_the_first(self, machine: Machine, home: Path) -> None:
        """Exit code 3 and a sentence; the first one goes on; the command line can find it."""
        before = datetime.now(UTC)
        parent = machine.supervise(home, children={"web": "works"})
        parent.until_it_says("all ready")
        code, _, said = machine.supervise(home, children={"web": "works"}).end()
        assert code == 3
        assert f"process {parent.process.pid}, http://127.0.0.1:8123" in said
        instance = running_instance(home)
        assert instance is not None
        assert instance.pid == parent.process.pid
        assert before <= instance.started_at <= datetime.now(UTC)
        assert parent.told(signal.SIGTERM)[0] == 0

    def test_one_of_two_at_once_gets_it(self, machine: Machine, home: Path) -> None:
        """The other one is refused, whichever comes first."""
        parents = [machine.supervise(home, children={"web": "works"}) for _ in range(2)]
        refused = select.select([parent.errors for parent in parents], [], [], PATIENCE_SECONDS)[0]
        assert len(refused) == 1
        loser, winner = sorted(parents, key=lambda parent: parent.errors not in refused)
        assert loser.end()[0] == 3
        winner.until_it_says("all ready")
        assert winner.told(signal.SIGTERM)[0] == 0


def test_nobody_runs_in_an_unknown_home(home: Path) -> None:
    """Before the first start there is no instance."""
    assert running_instance(home) is None


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://localhost:8000"),
        ("::", "http://localhost:8000"),
        ("::1", "http://[::1]:8000"),
    ],
)
def test_an_address_that_a_browser_can_open(host: str, address: str) -> None:
    """Whatever the server listens on, the printed address leads there."""
    started_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert Instance(pid=1, host=host, port=8000, started_at=started_at).address == address
