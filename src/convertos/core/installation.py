"""One installation of ConvertOS: its settings, keys and database, found the same way by every process."""

from dataclasses import dataclass
from typing import Self

import psycopg
from psycopg import sql

from convertos.core.crypto import MasterKey, TokenHasher, Vault
from convertos.core.database import DatabaseAccess, Role, migrate
from convertos.core.errors import ConfigurationError
from convertos.core.postgres import PostgresConnection, connection_info
from convertos.core.settings import Settings

DATABASE_NAME = "convertos"
OWNER_NAME = "convertos_owner"
KEY_FILE = "secret.key"


@dataclass(frozen=True, slots=True)
class Installation:
    """What every process needs before it can work.

    Attributes:
        attached: the embedded server's socket, held open while this lives; `None` for an external server.
    """

    settings: Settings
    master_key: MasterKey
    access: DatabaseAccess
    attached: PostgresConnection | None

    @property
    def vault(self) -> Vault:
        """Encrypts and decrypts stored secrets."""
        return Vault(self.master_key)

    @property
    def token_hasher(self) -> TokenHasher:
        """Hashes keys and session tokens."""
        return TokenHasher(self.master_key)

    @classmethod
    def find(cls, settings: Settings) -> Self:
        """The installation that the settings describe.

        Raises:
            ConfigurationError: a key is missing or malformed.
            PostgresError: the embedded database is not running.
        """
        key = _master_key(settings)
        if settings.database_url is not None:
            owner = settings.database_url.get_secret_value()
            access = DatabaseAccess.from_settings(settings, owner, key.derive("database roles"))
            return cls(settings, key, access, None)
        attached = connection_info(settings.home)
        password = key.derive("database owner").hex()
        owner = attached.conninfo(user=OWNER_NAME, password=password, dbname=DATABASE_NAME)
        access = DatabaseAccess.derived(owner, key.derive("database roles"))
        return cls(settings, key, access, attached)

    async def prepare(self) -> list[str]:
        """Bring the database to the present schema; returns the migrations that were applied.

        On the embedded server the database and its owner are made first.
        """
        if self.attached is not None:
            await self._make_database(self.attached)
        applied = await migrate(self.access)
        owner = await psycopg.AsyncConnection.connect(self.access.conninfo[Role.OWNER], autocommit=True)
        async with owner:
            await make_partitions(owner)
        return applied

    async def _make_database(self, attached: PostgresConnection) -> None:
        superuser = await psycopg.AsyncConnection.connect(attached.conninfo(), autocommit=True)
        owner, name = sql.Identifier(OWNER_NAME), sql.Identifier(DATABASE_NAME)
        password = sql.Literal(self.access.password(Role.OWNER))
        async with superuser:
            if not await _exists(superuser, "pg_roles", "rolname", OWNER_NAME):
                await superuser.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(owner))
            await superuser.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(owner, password))
            if not await _exists(superuser, "pg_database", "datname", DATABASE_NAME):
                await superuser.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))


async def make_partitions(connection: psycopg.AsyncConnection[object]) -> None:
    """Make the receipts' partitions for this month and the next two, where they are missing."""
    await connection.execute(
        """
        SELECT make_receipts_partition((now() + make_interval(months => n))::date)
        FROM generate_series(-1, 2) AS n
        """
    )


async def _exists(connection: psycopg.AsyncConnection[object], table: str, column: str, name: str) -> bool:
    query = sql.SQL("SELECT FROM {} WHERE {} = %s").format(sql.Identifier(table), sql.Identifier(column))
    cursor = await connection.execute(query, (name,))
    return await cursor.fetchone() is not None


def _master_key(settings: Settings) -> MasterKey:
    if settings.secret_key is not None:
        return MasterKey.parse(settings.secret_key.get_secret_value())
    if not settings.is_embedded:
        raise ConfigurationError(
            "CONVERTOS_SECRET_KEY is not set. With an external database it has to be given, so that every "
            "machine uses the same one. Make one with: openssl rand -hex 32"
        )
    settings.home.mkdir(parents=True, exist_ok=True)
    return MasterKey.load_or_create(settings.home / KEY_FILE)
