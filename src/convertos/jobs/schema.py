"""The tables of the job queue, in a schema of their own, brought to the library's present version."""

from importlib.resources import files

import psycopg
from procrastinate.schema import SchemaManager
from psycopg import sql

from convertos.core.database import DatabaseAccess, Role
from convertos.core.logging import get_logger
from convertos.jobs.queue import SCHEMA

_logger = get_logger(__name__)


def _migrations() -> list[str]:
    names = (file.name for file in files("procrastinate.sql").joinpath("migrations").iterdir())
    return sorted(name for name in names if name.endswith(".sql"))


async def migrate_queue(access: DatabaseAccess) -> None:
    """Make the queue's tables, or bring them up to date; safe to run again."""
    connection = await psycopg.AsyncConnection.connect(access.conninfo[Role.OWNER], autocommit=True)
    async with connection, connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(hashtext('convertos queue schema'))")
        schema = sql.Identifier(SCHEMA)
        await connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
        await connection.execute(sql.SQL("SET LOCAL search_path = {}").format(schema))
        await connection.execute("CREATE TABLE IF NOT EXISTS queue_migrations (name text PRIMARY KEY)")
        await _bring_up(connection)
        await _grant(connection, access)


async def _bring_up(connection: psycopg.AsyncConnection[object]) -> None:
    cursor = await connection.execute("SELECT max(name) FROM queue_migrations")
    row = await cursor.fetchone()
    newest = row[0] if row else None  # type: ignore[index]  # rows are tuples
    known = _migrations()
    if newest is None:
        await connection.execute(SchemaManager.get_schema())
    else:
        for name in (name for name in known if name > newest):
            _logger.info("queue migration", migration=name)
            text = files("procrastinate.sql").joinpath("migrations", name).read_text()
            await connection.execute(text)
    await connection.execute("INSERT INTO queue_migrations VALUES (%s) ON CONFLICT DO NOTHING", (known[-1],))


# What each role does there. A refused second job is told by `queueing_lock`: without the right to read it
# the refusal is a crash.
_GRANTS = (
    (Role.APP, "GRANT USAGE ON SCHEMA {schema} TO {role}"),
    (Role.APP, "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"),
    (Role.APP, "GRANT INSERT ON procrastinate_jobs, procrastinate_events TO {role}"),
    (Role.APP, "GRANT SELECT (id, queueing_lock) ON procrastinate_jobs TO {role}"),
    (Role.WORKER, "GRANT USAGE ON SCHEMA {schema} TO {role}"),
    (Role.WORKER, "GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {role}"),
    (Role.WORKER, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}"),
)


async def _grant(connection: psycopg.AsyncConnection[object], access: DatabaseAccess) -> None:
    schema = sql.Identifier(SCHEMA)
    for role, statement in _GRANTS:
        name = sql.Identifier(access.user(role))
        await connection.execute(sql.SQL(statement).format(schema=schema, role=name))
