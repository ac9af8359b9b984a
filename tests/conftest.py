"""The database server, the installation and the running house that all tests share.

One database serves the whole run: each test makes its own organization, and the walls between tenants keep
tests apart as they keep customers apart. Tests that need an untouched database ask for `empty_installation`.
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import psycopg
import pytest
import structlog
from psycopg import sql
from psycopg.conninfo import make_conninfo

from convertos.core.crypto import MasterKey
from convertos.core.database import Database, DatabaseAccess, Role
from convertos.core.ids import new_id
from convertos.core.installation import Installation
from convertos.core.postgres import EmbeddedPostgres, connection_info, find_binaries
from convertos.core.settings import Settings
from convertos.jobs.schema import migrate_queue
from tests.support.house import House, run_house
from tests.support.tenants import Source, Tenant, make_source, make_tenant

_KEY = MasterKey(b"a key that is only good for tests and nothing else")
_OWNER, _OWNER_PASSWORD = "convertos_test_owner", "a password that is only good for tests"


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--postgresql 15` runs the tests on the oldest version that ConvertOS supports."""
    parser.addoption(
        "--postgresql", type=int, default=None, help="the major version of PostgreSQL to test on"
    )


@pytest.fixture(scope="session", autouse=True)
def _short_log_lines() -> None:
    """The usual rendering on a terminal draws a picture of each traceback, which takes half a second."""
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])


@pytest.fixture(scope="session")
async def superuser_conninfo(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> AsyncIterator[str]:
    """A server of its own, or the one that `CONVERTOS_TEST_SUPERUSER_URL` names (another version, say)."""
    if given := os.environ.get("CONVERTOS_TEST_SUPERUSER_URL"):
        yield given
        return
    home = tmp_path_factory.mktemp("postgres")
    for directory in (home, *home.parents):
        if directory.owner() == home.owner() and directory != Path("/"):
            directory.chmod(directory.stat().st_mode | 0o011)
    binaries = find_binaries(pytestconfig.getoption("postgresql"))
    postgres = EmbeddedPostgres(home, {"max_connections": "120"}, binaries=binaries)
    await postgres.start()
    try:
        with connection_info(home) as connection:
            yield connection.conninfo(dbname="postgres")
    finally:
        await postgres.stop()


async def make_database(superuser: str, template: str | None = None) -> Installation:
    """An installation on an empty database of its own."""
    name = f"convertos_test_{new_id().hex[-12:]}"
    async with await psycopg.AsyncConnection.connect(superuser, autocommit=True) as connection:
        cursor = await connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (_OWNER,))
        if await cursor.fetchone() is None:
            role = sql.SQL("CREATE ROLE {} LOGIN CREATEROLE PASSWORD {}")
            await connection.execute(role.format(sql.Identifier(_OWNER), sql.Literal(_OWNER_PASSWORD)))
        statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}")
        await connection.execute(
            statement.format(
                sql.Identifier(name), sql.Identifier(_OWNER), sql.Identifier(template or "template1")
            )
        )
    owner = make_conninfo(superuser, user=_OWNER, password=_OWNER_PASSWORD, dbname=name)
    access = DatabaseAccess.derived(owner, _KEY.derive("database roles"), prefix="convertos_test")
    settings = Settings(
        webhook_rate_per_minute=1_000_000,
        api_rate_per_minute=1_000_000,
        # The stores of tests are simulated on this machine.
        allow_private_hosts=True,
    )
    return Installation(settings, _KEY, access, None)


@pytest.fixture(scope="session")
async def installation(superuser_conninfo: str) -> Installation:
    """The installation that most tests share."""
    made = await make_database(superuser_conninfo)
    await made.prepare()
    await migrate_queue(made.access)
    return made


@pytest.fixture
async def empty_installation(superuser_conninfo: str) -> Installation:
    """An installation whose database is migrated and holds nothing."""
    made = await make_database(superuser_conninfo)
    await made.prepare()
    await migrate_queue(made.access)
    return made


@pytest.fixture
async def unmigrated_installation(superuser_conninfo: str) -> Installation:
    """An installation whose database has no tables yet."""
    return await make_database(superuser_conninfo)


@pytest.fixture(scope="session")
async def house(installation: Installation) -> AsyncIterator[House]:
    """The running house that most tests share."""
    async with run_house(installation) as running:
        yield running


@pytest.fixture(scope="session")
async def database(installation: Installation) -> AsyncIterator[Database]:
    """Connections of every role but the owner's."""
    sizes = {Role.APP: 8, Role.AUTH: 2, Role.INGEST: 4, Role.WORKER: 8}
    async with Database(installation.access, sizes, name="tests") as opened:
        yield opened


@pytest.fixture
async def nothing_waits(database: Database) -> None:
    """No job of another test is left, nor a store of one that is gone by now: `run_jobs` is one's own."""
    leftovers = (
        "jobs.procrastinate_jobs WHERE status = 'todo'",
        "syncs WHERE status IN ('waiting', 'running')",
        "sync_schedules",
        "revisits",
        "remote_webhooks",
        "connection_keys",
    )
    async with database.transaction(role=Role.WORKER) as transaction:
        for leftover in leftovers:
            await transaction.execute(f"DELETE FROM {leftover}")


@pytest.fixture
async def tenant(database: Database) -> Tenant:
    """An organization with a client in Athens that sells in euros."""
    return await make_tenant(database)


@pytest.fixture
async def shop(database: Database, installation: Installation, tenant: Tenant) -> Source:
    """The tenant's WooCommerce connection."""
    return await make_source(database, installation, tenant)


@pytest.fixture
async def site(database: Database, installation: Installation, tenant: Tenant) -> Source:
    """The tenant's WordPress connection."""
    return await make_source(database, installation, tenant, "wordpress")
