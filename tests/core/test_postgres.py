"""The embedded database as its owner and its users in other processes meet it."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from convertos.core.postgres import (
    EmbeddedPostgres,
    HomeInUseError,
    NoBinariesError,
    PostgresStartError,
    PostgresUnreachableError,
    connection_info,
    find_binaries,
    read_binaries,
)
from tests.core.machine import answer, postmaster_of, servers_of, wait_for_end_of

Homes = Callable[[int], Path]


class TestOneServer:
    """What everybody gets from a server that just runs."""

    async def test_keeps_what_was_written(self, home: Path, programs: list[Path]) -> None:
        """What was committed is there after a stop and a start, made by the same version."""
        binaries = read_binaries(programs[0]) if programs else find_binaries()
        postgres = EmbeddedPostgres(home, binaries=binaries)
        await postgres.start()
        try:
            assert answer(home, "create table kept as select 'ÄÖ' as word") is None
        finally:
            await postgres.stop()
        wait_for_end_of(servers_of(home))  # 15 does not wait for its own logger
        # without being told which version: the files say it
        postgres = EmbeddedPostgres(home)
        await postgres.start()
        try:
            assert answer(home, "select lower(word) from kept") == "äö"
            assert str(answer(home, "show server_version")).startswith(f"{binaries.major}.")
            found = answer(
                home,
                "select array[pg_encoding_to_char(encoding), current_setting('data_checksums')]"
                " from pg_database where datname = current_database()",
            )
            assert found == ["UTF8", "on"]
            sorting = "select string_agg(w, '' order by w) from unnest('{a,B,ä,b}'::text[]) w"
            assert answer(home, sorting) == "Babä"
        finally:
            await postgres.stop()

    async def test_never_loses_an_acknowledged_commit(self, server: Path) -> None:
        """The settings on which durability stands are on."""
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            assert answer(server, f"show {setting}") == "on"

    async def test_is_reached_by_its_socket_only(self, server: Path) -> None:
        """No network address is listened on, so no other machine can try."""
        assert answer(server, "show listen_addresses") == ""

    async def test_asks_for_the_password(self, server: Path) -> None:
        """Whoever reaches the socket needs the superuser's password as well."""
        with connection_info(server) as way, pytest.raises(psycopg.OperationalError, match="password"):
            await psycopg.AsyncConnection.connect(way.conninfo(user="postgres", password="guess"))

    async def test_lets_nobody_else_read_its_files(self, server: Path) -> None:
        """Every file of the database is its owner's only, and the password is not even the server's."""
        paths = list((server / "postgres").rglob("*"))
        open_to_others = {path for path in paths if path.stat().st_mode & 0o077 and not path.is_socket()}
        assert open_to_others == set()
        assert server.joinpath("postgres").stat().st_mode & 0o066 == 0
        assert server.joinpath("postgres/superuser-password").stat().st_uid == os.geteuid()

    async def test_knows_no_secret_of_ours(self, server: Path) -> None:
        """Our environment, where keys may be, does not reach the server's processes."""
        assert environment_of(postmaster_of(server)) <= {
            *("PATH", "LC_ALL", "TZ", "LD_LIBRARY_PATH", "TMPDIR"),
            *("PGLOCALEDIR", "PGSYSCONFDIR"),  # set by PostgreSQL
        }

    async def test_logs_no_personal_data(self, server: Path) -> None:
        """Neither a failing statement nor the values it broke a rule with are written to the log."""
        answer(server, "create table people (email text primary key)")
        answer(server, "insert into people values ('ada@example.com')")
        for statement in ("insert into people values ('ada@example.com')", "selekt 'ada@example.com'"):
            with pytest.raises(psycopg.Error):
                answer(server, statement)
        logged = "".join(path.read_text() for path in (server / "postgres/log").iterdir())
        assert "duplicate key" in logged
        assert "ada@" not in logged

    async def test_belongs_to_one_process(self, server: Path) -> None:
        """A second start is refused with the owner's process id, and the first server goes on."""
        with pytest.raises(HomeInUseError, match=str(os.getpid())):
            await EmbeddedPostgres(server).start()
        assert answer(server, "select 1") == 1

    async def test_is_told_to_others_by_a_descriptor(self, server: Path) -> None:
        """A connection string holds while its object lives, and not longer."""
        way = connection_info(server)
        conninfo = way.conninfo(dbname="template1")
        async with await psycopg.AsyncConnection.connect(conninfo) as connection:
            assert connection.info.dbname == "template1"
        way.close()
        with pytest.raises(psycopg.OperationalError):
            await psycopg.AsyncConnection.connect(conninfo)


def environment_of(pid: int) -> set[str]:
    entries = Path(f"/proc/{pid}/environ").read_text().split("\0")
    return {entry.partition("=")[0] for entry in entries if entry}


async def test_takes_other_settings(homes: Homes) -> None:
    """A benchmark can raise a setting; the others stay."""
    home = homes(0o700) / ("a very long path " * 12)
    postgres = EmbeddedPostgres(home, {"shared_buffers": "160MB", "application_name": "it's = fine"})
    await postgres.start()
    try:
        assert answer(home, "show shared_buffers") == "160MB"
        assert answer(home, "show jit") == "off"
    finally:
        await postgres.stop()


async def test_says_what_postgres_said_when_it_does_not_start(home: Path) -> None:
    """A wrong setting is named, and the home directory is free for the next try."""
    with pytest.raises(PostgresStartError, match="shared_bufers"):
        await EmbeddedPostgres(home, {"shared_bufers": "1GB"}).start()
    postgres = EmbeddedPostgres(home)
    await postgres.start()
    await postgres.stop()


async def test_refuses_a_database_of_a_version_that_is_not_installed(home: Path) -> None:
    """Files of another version are left alone; the sentence says which is missing."""
    (home / "postgres/data").mkdir(parents=True)
    (home / "postgres/data/PG_VERSION").write_text("14\n")
    with pytest.raises(NoBinariesError, match="No PostgreSQL 14, which this database is of"):
        await EmbeddedPostgres(home).start()


async def test_must_be_started_from_the_main_thread(home: Path) -> None:
    """A server that would end with some other thread is not started at all."""
    refusals = []

    def start() -> None:
        with pytest.raises(PostgresStartError, match="main thread") as refusal:
            asyncio.run(EmbeddedPostgres(home).start())
        refusals.append(refusal)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert len(refusals) == 1


class TestWithoutServer:
    """Whoever looks for a database that does not run is told why and what to do."""

    async def test_never_started(self, home: Path) -> None:
        """Nothing is there yet."""
        with pytest.raises(PostgresUnreachableError, match=r"No database runs .*\(convertos up\)"):
            connection_info(home)

    async def test_cancelled_killed_and_stopped(self, home: Path) -> None:
        """A start that is cancelled leaves nothing; a killed server is noticed by its owner and others."""
        postgres = EmbeddedPostgres(home)
        start = asyncio.create_task(postgres.start())
        await asyncio.sleep(0)  # initdb is under way
        start.cancel()
        with pytest.raises(asyncio.CancelledError):
            await start
        assert servers_of(home) == []

        await postgres.start()
        killed = servers_of(home)
        os.kill(postmaster_of(home), signal.SIGKILL)
        assert await postgres.wait() == -signal.SIGKILL
        wait_for_end_of(killed)
        with pytest.raises(PostgresUnreachableError, match="was killed"):
            connection_info(home)

        await postgres.stop()
        await postgres.start()
        assert answer(home, "select 1") == 1
        await postgres.stop()
        with pytest.raises(PostgresUnreachableError, match="No database runs"):
            connection_info(home)
