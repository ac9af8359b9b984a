"""What the users of the database notice of its trouble."""

import asyncio

import pytest

from convertos.core.database import Database, Role, end_frozen
from convertos.core.errors import UnavailableError
from convertos.core.installation import Installation


async def test_connections_that_ended_while_idle_fail_nobody(installation: Installation) -> None:
    """After a restart of the server the next request simply works, on a new connection."""
    sizes = {Role.WORKER: 3, Role.APP: 1}
    async with Database(installation.access, sizes, name="idle ones") as database:
        async with (
            database.transaction(role=Role.WORKER) as first,
            database.transaction(role=Role.WORKER) as second,
            database.transaction(role=Role.WORKER) as third,
        ):
            before = {await each.scalar("SELECT pg_backend_pid()") for each in (first, second, third)}
        async with database.connection(Role.WORKER) as connection:
            for pid in before - {connection.info.backend_pid}:
                # Each waits until the other has gone.
                await connection.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        for _ in range(4):
            async with database.transaction(role=Role.WORKER) as transaction:
                assert await transaction.scalar("SELECT 1") == 1


async def freeze(database: Database, role: Role) -> None:
    """Hold a lock and say nothing, until another gets the lock; then go on."""
    async with database.transaction(role=role) as frozen:
        assert await frozen.scalar("SHOW idle_in_transaction_session_timeout") == "30s"
        await frozen.execute("SELECT pg_advisory_xact_lock(7)")
        await frozen.execute("SET LOCAL idle_in_transaction_session_timeout = 50")
        async with asyncio.timeout(20), database.transaction(role=role) as other:
            await other.execute("SELECT pg_advisory_xact_lock(7)")
        await frozen.scalar("SELECT 1")


@pytest.mark.parametrize("role", [Role.WORKER, Role.INGEST])
async def test_a_frozen_process_does_not_keep_its_locks(installation: Installation, role: Role) -> None:
    """A transaction that says nothing for 30 seconds is ended, and its process hears that it was."""
    async with Database(installation.access, {role: 2}, name="frozen ones") as database:
        with pytest.raises(UnavailableError, match="went away"):
            await freeze(database, role)


async def freeze_in_the_middle(database: Database) -> int:
    """Fall silent within a pipeline, with a lock, until another has seen to it; then go on."""
    async with database.transaction(role=Role.WORKER, is_pipelined=True) as frozen:
        await frozen.send("SELECT pg_advisory_xact_lock(8)")
        async with asyncio.timeout(20):
            async with database.transaction(role=Role.WORKER) as other:
                assert await end_frozen(other) == 0, "nobody was silent for long"
                while await end_frozen(other, seconds=0.01) == 0:
                    pass
                await other.execute("SELECT pg_advisory_xact_lock(8)")
        return int(await frozen.scalar("SELECT 1"))


async def test_nor_in_the_middle_of_a_pipeline(installation: Installation) -> None:
    """PostgreSQL takes such a session for busy; other workers end it."""
    async with Database(installation.access, {Role.WORKER: 2}, name="frozen ones") as database:
        with pytest.raises(UnavailableError, match="went away"):
            await freeze_in_the_middle(database)


async def hold(database: Database, is_held: asyncio.Event, until: asyncio.Event) -> None:
    """Take a lock and keep it, silently."""
    async with database.transaction(role=Role.WORKER) as transaction:
        await transaction.execute("SELECT pg_advisory_xact_lock(9)")
        is_held.set()
        await until.wait()
        await transaction.scalar("SELECT 1")


async def test_nor_does_another_session_of_the_frozen_one_get_them(installation: Installation) -> None:
    """Its second lane, which waits for what the first holds, goes with it."""
    sizes = {Role.WORKER: 2}
    async with (
        Database(installation.access, sizes, name="frozen ones") as frozen,
        Database(installation.access, {Role.WORKER: 1}, name="frozen ones") as living,
    ):
        is_held, is_over = asyncio.Event(), asyncio.Event()
        lanes = [asyncio.create_task(hold(frozen, is_held, is_over))]
        await is_held.wait()
        lanes.append(asyncio.create_task(hold(frozen, asyncio.Event(), is_over)))
        async with asyncio.timeout(20), living.connection(Role.WORKER) as looking:
            query = "SELECT FROM pg_locks WHERE objid = 9 AND locktype = 'advisory' AND NOT granted"
            while (await looking.execute(query)).rowcount == 0:
                pass
        async with living.transaction(role=Role.WORKER) as other:
            assert await end_frozen(other, seconds=0.001) == 2
            await other.execute("SELECT pg_advisory_xact_lock(9)")
        is_over.set()
        results = await asyncio.gather(*lanes, return_exceptions=True)
        assert {type(result) for result in results} == {UnavailableError}
