"""Real processes for tests: parents, and the database servers that they own."""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psycopg
import pytest

import convertos
from convertos.core.launch import running_in
from convertos.core.postgres import connection_info

PROGRAMS = Path(__file__).parent / "programs"
PATIENCE_SECONDS = 60.0


class Parent:
    """A process of ours that keeps others."""

    def __init__(self, argv: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            argv,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        assert self.process.stdout
        assert self.process.stderr
        # Whoever waits for a word in vain gets the end of the output instead.
        self._last_resort = threading.Timer(PATIENCE_SECONDS, self.process.kill)
        self._last_resort.start()
        self.words, self.errors = self.process.stdout, self.process.stderr

    def until_it_says(self, line: str) -> None:
        heard = []
        for said in self.words:
            if said.strip() == line:
                return
            heard.append(said)
        pytest.fail(f"never said {line!r}: {heard} {self.end()}")

    def end(self) -> tuple[int, str, str]:
        """Close its standard input, and return its exit code and what it has said since."""
        out, err = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, out, err

    def told(self, number: signal.Signals) -> tuple[int, str, str]:
        self.process.send_signal(number)
        return self.end()

    def kill_if_alive(self) -> None:
        self._last_resort.cancel()
        with self.process:
            self.process.kill()


class Machine:
    """Starts parents and answers about processes."""

    def __init__(self, bytecode: Path) -> None:
        self._parents: list[Parent] = []
        self.python = [sys.executable]
        places = (
            Path(convertos.__file__).parents[1],
            Path(__file__).parents[2],
            Path(psycopg.__file__).parents[1],
        )
        path = os.pathsep.join(map(str, places))
        self.environment = dict(os.environ, PYTHONPATH=path, PYTHONPYCACHEPREFIX=str(bytecode))
        self.environment.pop("PYTHONDONTWRITEBYTECODE", None)

    def start(self, program: str, *arguments: str | Path, through: list[str] | None = None) -> Parent:
        argv = [*(through or []), *self.python, str(PROGRAMS / program), *map(str, arguments)]
        parent = Parent(argv, self.environment)
        self._parents.append(parent)
        return parent

    def own_postgres(self, *arguments: str | Path, through: list[str] | None = None) -> Parent:
        """A process that owns a running database."""
        parent = self.start("own_postgres.py", *arguments, through=through)
        parent.until_it_says("ready")
        return parent

    def ask(self, home: Path, sql: str, through: list[str] | None = None) -> str:
        """The answer of the database to statements; what went wrong, if somebody else asks in vain."""
        if through is None:
            return str(answer(home, sql))
        code, out, err = self.start("ask_postgres.py", home, sql, through=through).end()
        return out.strip() if code == 0 else err.strip()

    def supervise(self, home: Path, through: list[str] | None = None, **plan: object) -> Parent:
        return self.start("supervise.py", json.dumps({"home": str(home), **plan}), through=through)

    def until_busy(self, home: Path) -> int:
        """The process of the backend that computes for somebody else, once there is one."""
        sql = "select pid from pg_stat_activity where state = 'active' and pid <> pg_backend_pid()"
        while (pid := answer(home, sql)) is None:
            pass
        return int(str(pid))

    def end_all(self) -> None:
        for parent in self._parents:
            parent.kill_if_alive()


def answer(home: Path, sql: str) -> object:
    """The first value of the last statement's answer; None when there is none."""
    with connection_info(home) as way, psycopg.connect(way.conninfo()) as connection:
        answers = connection.execute(sql)
        while answers.nextset():
            pass
        row = answers.fetchone() if answers.description else None
        return row[0] if row else None


def servers_of(home: Path) -> list[int]:
    """Every process of the database of this home."""
    return running_in("postgres", [home / "postgres" / "data", home / "postgres" / "data.new"])


def postmaster_of(home: Path) -> int:
    return int((home / "postgres/data/postmaster.pid").read_text().split()[0])


def wait_for_end_of(processes: list[int]) -> None:
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            descriptor = os.pidfd_open(pid)
            ended, _, _ = select.select([descriptor], [], [], PATIENCE_SECONDS)
            os.close(descriptor)
            assert ended, f"process {pid} is still there"
