"""Opens the store behind a connection: its address, its keys, and a way to call it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from convertos.connections.directory import belongs_to
from convertos.connections.model import Connection
from convertos.connections.store import find_any_connection
from convertos.core.clock import Clock, system_clock
from convertos.core.crypto import Vault
from convertos.core.database import Database, Role, TenantScope, Transaction
from convertos.core.errors import ConflictError, NotFoundError
from convertos.core.outgoing import Outgoing
from convertos.platforms import store_platform_of
from convertos.platforms.remote import Credentials, RemoteRefusedError, RemoteStore, StorePlatform
from convertos.sync.store.access import write_entries
from convertos.sync.store.keys import StoredKeys, lock_keys, note_refusal, read_access, replace_keys
from convertos.sync.store_calls import Sleep, StoreCalls

_ATTEMPTS_WHILE_SOMEBODY_WAITS = 2


STORES = "stores"
"""The name in the jobs' context under which they find the way to the stores."""


class OpenStore(NamedTuple):
    """A store that can be called until it is closed."""

    connection: Connection
    platform: StorePlatform
    remote: RemoteStore
    calls: StoreCalls


class FixedKeys:
    """Keys that nobody has kept yet."""

    def __init__(self, credentials: Credentials) -> None:
        self._credentials = credentials

    async def current(self) -> Credentials:
        """As they were given, or last renewed."""
        return self._credentials

    async def renew(self, renew: Callable[[Credentials], Awaitable[Credentials]]) -> Credentials:
        """Replace them for as long as this lives."""
        self._credentials = await renew(self._credentials)
        return self._credentials


class Stores:
    """The way from this process to all stores.

    Args:
        role: under which keys are read: the worker's, or the app's with a caller's scope.
        trust: certificates to trust; the machine's, unless a test brings its own.
    """

    def __init__(
        self,
        database: Database,
        vault: Vault,
        role: Role,
        *,
        allows_private: bool,
        clock: Clock = system_clock,
        sleep: Sleep = asyncio.sleep,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        self.database = database
        self.vault = vault
        self.role = role
        self.clock = clock
        self.sleep = sleep
        self._allows_private = allows_private
        self._trust = trust

    @asynccontextmanager
    async def work(self, scope: TenantScope, *, is_pipelined: bool = False) -> AsyncIterator[Transaction]:
        """A transaction of this process, for a scope."""
        opening = self.database.transaction(scope, self.role, is_pipelined=is_pipelined)
        async with opening as transaction:
            yield transaction

    @asynccontextmanager
    async def visit(
        self, platform: StorePlatform, address: str, credentials: Credentials
    ) -> AsyncIterator[tuple[RemoteStore, StoreCalls, FixedKeys]]:
        """A store that is not connected yet."""
        keys = FixedKeys(credentials)
        async with Outgoing(allows_private=self._allows_private, trust=self._trust) as outgoing:
            calls = StoreCalls(
                outgoing, clock=self.clock, sleep=self.sleep, most_attempts=_ATTEMPTS_WHILE_SOMEBODY_WAITS
            )
            yield platform.open(address, {}, keys, calls), calls, keys

    @asynccontextmanager
    async def open(
        self, scope: TenantScope, client_id: UUID, connection_id: UUID
    ) -> AsyncIterator[OpenStore]:
        """The store of a connection; what was called is in its access log afterwards.

        Raises:
            NotFoundError: there is no such connection.
            ConflictError: it is of a kind whose stores can't be called.
            RemoteRefusedError: it has no keys.
        """
        connection, access = await self._look_up(scope, client_id, connection_id)
        platform = store_platform_of(connection.type)
        if platform is None or access is None:
            raise ConflictError("This connection has no store that can be called.", code="no_store")
        keys = Keyring(self, scope, client_id, connection_id)
        async with Outgoing(allows_private=self._allows_private, trust=self._trust) as outgoing:
            calls = StoreCalls(outgoing, clock=self.clock, sleep=self.sleep)
            remote = platform.open(access.address, access.remembered, keys, calls)
            try:
                yield OpenStore(connection, platform, remote, calls)
            except RemoteRefusedError as error:
                await self._note_refusal(scope, client_id, connection_id, error.message)
                raise
            finally:
                await self._flush(scope, client_id, connection_id, calls)

    async def _look_up(
        self, scope: TenantScope, client_id: UUID, connection_id: UUID
    ) -> tuple[Connection, StoredKeys | None]:
        async with self.work(scope) as transaction:
            connection = await find_any_connection(transaction, client_id, connection_id)
            access = await read_access(transaction, client_id, connection_id)
        if connection is None:
            raise NotFoundError("There is no such connection.")
        return connection, access

    async def _note_refusal(
        self, scope: TenantScope, client_id: UUID, connection_id: UUID, message: str
    ) -> None:
        async with self.work(scope) as transaction:
            await note_refusal(transaction, client_id, connection_id, message)

    async def _flush(
        self, scope: TenantScope, client_id: UUID, connection_id: UUID, calls: StoreCalls
    ) -> None:
        entries = calls.take_entries()
        if entries:
            async with self.work(scope) as transaction:
                await write_entries(transaction, client_id, connection_id, entries)


class Keyring:
    """The keys of one connection, decrypted while somebody needs them."""

    def __init__(self, stores: Stores, scope: TenantScope, client_id: UUID, connection_id: UUID) -> None:
        self._stores = stores
        self._scope = scope
        self._client_id = client_id
        self._connection_id = connection_id
        self._remembered: Credentials | None = None

    async def current(self) -> Credentials:
        """The keys as they were when they were first asked for, or last renewed.

        Raises:
            RemoteRefusedError: there are none.
        """
        if self._remembered is None:
            async with self._stores.work(self._scope) as transaction:
                access = await read_access(transaction, self._client_id, self._connection_id)
            self._remembered = self._opened(access.ciphertext if access else None)
        return self._remembered

    async def renew(self, renew: Callable[[Credentials], Awaitable[Credentials]]) -> Credentials:
        """Replace the keys under the row's lock; committed before anybody uses them."""
        async with self._stores.work(self._scope) as transaction:
            before = self._opened(await lock_keys(transaction, self._client_id, self._connection_id))
            after = await renew(before)
            if after != before:
                ciphertext = sealed_keys(self._stores.vault, self._client_id, self._connection_id, after)
                await replace_keys(transaction, self._client_id, self._connection_id, ciphertext)
        self._remembered = after
        return after

    def _opened(self, ciphertext: bytes | None) -> Credentials:
        if ciphertext is None:
            raise RemoteRefusedError(
                "The keys of this store are gone.", code="no_keys", advice="Connect the store again."
            )
        owner = belongs_to(self._client_id, self._connection_id, "keys")
        return msgspec.json.decode(self._stores.vault.decrypt(ciphertext, owner), type=dict[str, str])


def sealed_keys(vault: Vault, client_id: UUID, connection_id: UUID, credentials: Mapping[str, Any]) -> bytes:
    """Keys as they are kept."""
    return vault.encrypt(msgspec.json.encode(dict(credentials)), belongs_to(client_id, connection_id, "keys"))


def platform_with_stores(connection: Connection) -> StorePlatform:
    """The platform by which a connection's store is called.

    Raises:
        ConflictError: it is of a kind that only comes to us.
    """
    platform = store_platform_of(connection.type)
    if platform is None:
        raise ConflictError(
            f"A {connection.type} connection delivers by itself; there is no store to sync.", code="no_store"
        )
    return platform
