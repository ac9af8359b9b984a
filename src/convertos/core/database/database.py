"""Pools by role, and the transactions that run on them."""

import asyncio
import select
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any, Self
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout

from convertos.core.database.access import DatabaseAccess, Role
from convertos.core.database.safety import refuse_unsafe_server
from convertos.core.database.scope import EVERY_TENANT, TenantScope
from convertos.core.database.transaction import Transaction
from convertos.core.errors import UnavailableError
from convertos.core.ids import new_id

_WAIT_SECONDS = 3.0
"""Shopify gives up after five seconds, so a pool that is empty for three is reported as such."""

_RECONNECT_SECONDS = 2.0
"""For how long a lost connection is tried anew before the next caller tries himself.

The pool waits twice as long after each failure: without an end to it, a database that was away for minutes
would be noticed minutes after it is back."""

_START_SECONDS = 30.0

_MOST_IDLE_SECONDS = 30
"""For how long a transaction of those who work for all tenants may say nothing (see also `frozen`)."""

_FOR_ALL_TENANTS = frozenset({Role.INGEST, Role.WORKER})

_SET_SCOPE = "SELECT set_config('app.clients', %s, true), set_config('app.organization', %s, true)"


async def _refuse_dead(connection: psycopg.AsyncConnection[Any]) -> None:
    """Keeps a connection that ended while nobody used it from failing its next user.

    An idle server says nothing, so only a connection at which something can be read (its end, mostly) is
    asked: a look costs microseconds, a question a round trip.
    """
    if not hasattr(select, "poll"):  # Windows
        return
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        await AsyncConnectionPool.check_connection(connection)


def _options(role: Role) -> str:
    options = "-c search_path=public,jobs"
    if role in _FOR_ALL_TENANTS:
        options += f" -c idle_in_transaction_session_timeout={_MOST_IDLE_SECONDS}s"
    return options


def _array(client_ids: Iterable[UUID]) -> str:
    return "{" + ",".join(map(str, client_ids)) + "}"


class Database:
    """The database as one process sees it: a pool for each role that the process needs.

    Use as `async with Database(access, sizes)`. `sizes` maps a role to its largest number of connections.
    """

    def __init__(self, access: DatabaseAccess, sizes: dict[Role, int], *, name: str = "convertos") -> None:
        self._access = access
        process = new_id().hex[-8:]  # tells the sessions of this process from those of its likes
        self._pools = {
            role: AsyncConnectionPool(
                access.conninfo[role],
                min_size=1,
                max_size=size,
                open=False,
                timeout=_WAIT_SECONDS,
                reconnect_timeout=_RECONNECT_SECONDS,
                check=_refuse_dead,
                max_waiting=500,
                kwargs={
                    "autocommit": True,
                    "application_name": f"{name} {role} {process}",
                    "options": _options(role),
                },
                name=f"{name}-{role}",
            )
            for role, size in sizes.items()
        }

    async def __aenter__(self) -> Self:
        for pool in self._pools.values():
            await pool.open()
        give_up_at = asyncio.get_running_loop().time() + _START_SECONDS
        try:
            for role in self._pools:
                await self._examine_server(role, give_up_at)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def _examine_server(self, role: Role, give_up_at: float) -> None:
        while True:
            try:
                async with self.connection(role) as connection:
                    return await refuse_unsafe_server(connection, role)
            except UnavailableError:
                if asyncio.get_running_loop().time() > give_up_at:
                    raise

    async def __aexit__(self, *_: object) -> None:
        for pool in self._pools.values():
            await pool.close(timeout=5)

    def conninfo(self, role: Role) -> str:
        """Where a role connects: for a connection that listens all its life."""
        return self._access.conninfo[role]

    @asynccontextmanager
    async def connection(self, role: Role) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
        """A bare connection in autocommit mode.

        Raises:
            UnavailableError: the database is away, or all connections are busy.
        """
        pool = self._pools[role]
        try:
            connection = await pool.getconn()
        except (PoolTimeout, PoolClosed, psycopg.OperationalError) as error:
            raise UnavailableError("The database can't be reached at the moment. Try again soon.") from error
        try:
            yield connection
        except psycopg.Error as error:
            if connection.closed or isinstance(error, psycopg.errors.AdminShutdown):
                raise UnavailableError("The database went away. Try again soon.") from error
            raise
        finally:
            await pool.putconn(connection)

    @asynccontextmanager
    async def transaction(
        self,
        scope: TenantScope = EVERY_TENANT,
        role: Role = Role.APP,
        *,
        is_durable: bool = True,
        is_pipelined: bool = False,
    ) -> AsyncIterator[Transaction]:
        """A transaction in which only the scope's rows exist.

        Args:
            is_durable: `False` where losing the last moments in a crash costs nothing but work done
                again (a claim); never for what somebody was told is saved.
            is_pipelined: whether `send` does not wait.
        """
        async with self.connection(role) as connection, connection.transaction():
            if role is Role.APP:
                organization = str(scope.organization_id) if scope.organization_id else ""
                await connection.execute(_SET_SCOPE, (_array(scope.client_ids), organization))
            if not is_durable:
                await connection.execute(sql.SQL("SET LOCAL synchronous_commit = off"))
            if is_pipelined:
                async with connection.pipeline() as pipeline:
                    yield Transaction(connection, scope, pipeline)
            else:
                yield Transaction(connection, scope)
