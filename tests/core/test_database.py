"""What the users of the database notice of its trouble."""

from convertos.core.database import Database, Role
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
