"""Refuses to work on a database server whose answers could not be trusted.

Source: reliability.md A7 and E. A superuser or a table's owner passes by row-level security; without
fsync a crash loses what was acknowledged.
"""

from typing import Any

import psycopg

from convertos.core.database.access import Role
from convertos.core.errors import ConfigurationError

OLDEST_VERSION = 150000
_MUST_BE_ON = ("fsync", "full_page_writes")
_LOSSY_COMMIT = "off"


async def refuse_unsafe_server(connection: psycopg.AsyncConnection[Any], role: Role) -> None:
    """Check the role that a process works as, and what the server promises.

    Raises:
        ConfigurationError: says which role or setting, and what to change.
    """
    if connection.info.server_version < OLDEST_VERSION:
        raise ConfigurationError(
            f"PostgreSQL {connection.info.server_version // 10000} is too old; ConvertOS needs 15 or later."
        )
    await _refuse_powerful_role(connection, role)
    await _refuse_lossy_server(connection)


async def _refuse_powerful_role(connection: psycopg.AsyncConnection[Any], role: Role) -> None:
    cursor = await connection.execute(
        """
        SELECT rolname, rolsuper, rolbypassrls,
               EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                       WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
                         AND pg_has_role(current_user, c.relowner, 'MEMBER')) AS owns_tables,
               EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid) AS has_other_roles
        FROM pg_roles r WHERE rolname = current_user
        """
    )
    found = await cursor.fetchone()
    if found is None:
        raise ConfigurationError("The database does not know the role that ConvertOS connected as.")
    name, *faults = found
    words = ("is a superuser", "bypasses row-level security", "owns tables", "may become another role")
    for is_fault, word in zip(faults, words, strict=True):
        if is_fault and role is not Role.OWNER:
            raise ConfigurationError(
                f"The database role {name!r} {word}, so tenants would not be walled off from each other. "
                f"Give the {role} role its own login without this right (convertos migrate makes one)."
            )


async def _refuse_lossy_server(connection: psycopg.AsyncConnection[Any]) -> None:
    cursor = await connection.execute(
        "SELECT name, setting FROM pg_settings WHERE name = ANY(%s)",
        ([*_MUST_BE_ON, "synchronous_commit"],),
    )
    for name, setting in await cursor.fetchall():
        is_lossy = setting == _LOSSY_COMMIT if name == "synchronous_commit" else setting != "on"
        if is_lossy:
            raise ConfigurationError(
                f"PostgreSQL runs with {name} = {setting}: a crash would lose events that a shop was told "
                f"are saved. Set {name} = on and restart it."
            )
