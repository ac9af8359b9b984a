"""Brings a database to the present schema: numbered SQL files, each in one transaction.

A file whose first line is `-- not transactional` runs statement by statement on its own (for
`CREATE INDEX CONCURRENTLY`) and must be safe to run again. In the files `:app`, `:auth`, `:ingest`,
`:worker` and `:owner` stand for the names of the roles.
"""

import asyncio
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from convertos.core.database.access import LOGIN_ROLES, DatabaseAccess, Role
from convertos.core.errors import ConfigurationError, ConvertOSError

_LOCK = 0x436F6E76  # any constant; taken by one migration at a time
_LOCK_WAIT_SECONDS = 0.2
_FILE_NAME = re.compile(r"(\d{4})_([a-z0-9_]+)\.sql")
_NOT_TRANSACTIONAL = "-- not transactional"


class MigrationError(ConvertOSError):
    """A migration could not be applied; the database is as it was before that file."""

    code = "migration_failed"


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered file."""

    number: int
    name: str
    text: str

    @property
    def checksum(self) -> str:
        """Tells whether the file was edited after it was applied."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def is_transactional(self) -> bool:
        """Whether the file runs in one transaction."""
        return not self.text.startswith(_NOT_TRANSACTIONAL)

    @property
    def label(self) -> str:
        """As people call it."""
        return f"{self.number:04d}_{self.name}"


def all_migrations() -> list[Migration]:
    """Every migration that this release brings, in order."""

    def read() -> Iterator[Migration]:
        for file in files("convertos.core.database").joinpath("migrations").iterdir():
            if match := _FILE_NAME.fullmatch(file.name):
                yield Migration(int(match[1]), match[2], file.read_text())

    return sorted(read(), key=lambda migration: migration.number)


async def pending_migrations(connection: psycopg.AsyncConnection[Any]) -> list[Migration]:
    """The migrations that the database has not seen.

    Raises:
        MigrationError: the database was migrated by a later release, or a file was changed afterwards.
    """
    applied = await _applied(connection)
    known = all_migrations()
    unknown = sorted(set(applied) - {migration.number for migration in known})
    if unknown:
        raise MigrationError(
            f"The database was migrated by a later release (migration {unknown[0]:04d} is not known here). "
            "Install that release, or restore a backup from before the upgrade."
        )
    for migration in known:
        if applied.get(migration.number, migration.checksum) != migration.checksum:
            raise MigrationError(
                f"Migration {migration.label} was changed after it had been applied. "
                "Install an unchanged release; schema changes come as new files."
            )
    return [migration for migration in known if migration.number not in applied]


async def migrate(access: DatabaseAccess) -> list[str]:
    """Make the roles where they are ours to make, and apply what is pending.

    Safe to call from several processes at once and after a crash. Returns the labels applied.
    """
    connection = await psycopg.AsyncConnection.connect(access.conninfo[Role.OWNER], autocommit=True)
    async with connection:
        await _lock(connection)
        if access.creates_roles:
            await _make_roles(connection, access)
        await connection.execute(_HISTORY_TABLE)
        pending = await pending_migrations(connection)
        for migration in pending:
            await _apply(connection, migration, access)
        return [migration.label for migration in pending]


_HISTORY_TABLE = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    number int PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


async def _applied(connection: psycopg.AsyncConnection[Any]) -> dict[int, str]:
    cursor = await connection.execute("SELECT to_regclass('schema_migrations')")
    if (await cursor.fetchone()) == (None,):
        return {}
    rows = await connection.execute("SELECT number, checksum FROM schema_migrations")
    return dict(await rows.fetchall())


async def _lock(connection: psycopg.AsyncConnection[Any]) -> None:
    # Polled: the blocking form holds a snapshot, and CREATE INDEX CONCURRENTLY would wait for it for ever.
    while True:
        cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,))
        if (await cursor.fetchone()) == (True,):
            return
        await asyncio.sleep(_LOCK_WAIT_SECONDS)


async def _make_roles(connection: psycopg.AsyncConnection[Any], access: DatabaseAccess) -> None:
    for role in LOGIN_ROLES:
        name = sql.Identifier(access.user(role))
        password = sql.Literal(access.password(role))
        cursor = await connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (access.user(role),))
        is_there = await cursor.fetchone() is not None
        # Only a superuser may touch the powers of a role that exists; `safety` refuses one that has them.
        statement = sql.SQL(
            "ALTER ROLE {} PASSWORD {}"
            if is_there
            else "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD {}"
        )
        try:
            await connection.execute(statement.format(name, password))
        except psycopg.errors.InsufficientPrivilege as error:
            raise ConfigurationError(
                f"The database role {access.user(Role.OWNER)!r} may not create roles. Give it CREATEROLE, or "
                "create the four roles yourself and set CONVERTOS_APP_DATABASE_URL, "
                "CONVERTOS_AUTH_DATABASE_URL, CONVERTOS_INGEST_DATABASE_URL and "
                "CONVERTOS_WORKER_DATABASE_URL."
            ) from error


async def _apply(
    connection: psycopg.AsyncConnection[Any], migration: Migration, access: DatabaseAccess
) -> None:
    text = _with_role_names(migration.text, access)
    record = (migration.number, migration.name, migration.checksum)
    insert = "INSERT INTO schema_migrations (number, name, checksum) VALUES (%s, %s, %s)"
    try:
        if migration.is_transactional:
            async with connection.transaction():
                await connection.execute(text)
                await connection.execute(insert, record)
        else:
            for statement in text.split(";\n"):
                if statement.strip():
                    await connection.execute(statement)
            await connection.execute(insert, record)
    except psycopg.Error as error:
        raise MigrationError(f"Migration {migration.label} failed: {error}") from error


def _with_role_names(text: str, access: DatabaseAccess) -> LiteralString:
    def name(match: re.Match[str]) -> str:
        user = access.user(Role(match[1]))
        return '"' + user.replace('"', '""') + '"'

    # The files are ours; only the roles' names are put in, quoted.
    return re.sub(r"(?<![:\w]):(owner|app|auth|ingest|worker)\b", name, text)
