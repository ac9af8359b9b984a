"""What the database itself promises about the walls between tenants, read from its catalog.

Source: reliability.md §4 E. A table that a later migration adds is covered by itself.
"""

from collections.abc import AsyncIterator, Sequence
from typing import Any

import psycopg
import pytest

from convertos.core.database import Database, Role
from convertos.core.database.access import LOGIN_ROLES
from convertos.core.installation import Installation

TENANT_COLUMNS = ("client_id", "organization_id")

KEYS_BEFORE_A_TENANT_IS_KNOWN = {
    "organizations.organizations_pkey": "it is the tenant",
    "clients.clients_pkey": "it is the tenant",
    "users.users_email_key": "who signs in is looked up by address",
    "sessions.sessions_pkey": "who is calling is looked up by the hash of a random token",
    "api_keys.api_keys_key_hash_key": "who is calling is looked up by the hash of a random key",
    "connections.connections_public_id_key": "a delivery names its connection by a random id",
    "connections.connections_api_key_hash_key": "a plugin is looked up by the hash of a random key",
}
"""Unique keys that do not start with the tenant, and why that tells nobody anything."""

WALLED_BY_ORGANIZATION = {
    "audit_log": "an entry may name a client, and is for whoever runs the organization",
    "clients": "they are what a scope is made of",
}
"""Tables with a client's id that belong to the organization all the same."""

INDEXES_FOR_UPKEEP = {
    "idempotency_keys.idempotency_keys_by_age": "the worker drops old ones of all tenants",
}

DEFINER_FUNCTIONS = {
    "make_receipts_partition": "only the owner may create tables; takes a month, within bounds",
    "drop_receipts_before": "only the owner may drop tables; takes a day, at least a month ago",
}


@pytest.fixture
async def catalog(installation: Installation) -> AsyncIterator[psycopg.AsyncConnection[Any]]:
    connection = await psycopg.AsyncConnection.connect(
        installation.access.conninfo[Role.OWNER], autocommit=True
    )
    async with connection:
        yield connection


async def rows(
    catalog: psycopg.AsyncConnection[Any], query: str, parameters: Sequence[Any] = ()
) -> list[Any]:
    cursor = await catalog.execute(query, parameters)
    return await cursor.fetchall()


TENANT_TABLES = """
    SELECT c.oid, c.relname, min(a.attname) AS tenant
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND a.attname IN ('client_id', 'organization_id') AND NOT a.attisdropped
    GROUP BY c.oid, c.relname
"""


async def test_there_are_tenant_tables(catalog: psycopg.AsyncConnection[Any]) -> None:
    """The tests below look at something."""
    found = {name for _, name, _ in await rows(catalog, TENANT_TABLES)}
    assert {"orders", "receipts", "users", "connections", "idempotency_keys", "token_grants"} <= found


async def test_row_level_security_is_on_and_forced(catalog: psycopg.AsyncConnection[Any]) -> None:
    """No table of a tenant is open, not even to its owner."""
    query = f"""
        SELECT t.relname FROM ({TENANT_TABLES}) t JOIN pg_class c USING (oid)
        WHERE NOT (c.relrowsecurity AND c.relforcerowsecurity)
    """
    assert await rows(catalog, query) == []


async def test_the_app_role_s_policies_name_its_tenant(
    catalog: psycopg.AsyncConnection[Any], installation: Installation
) -> None:
    """People and programs read and write only inside their wall, on every table that they may touch."""
    query = f"""
        SELECT t.relname, t.tenant, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
        FROM ({TENANT_TABLES}) t
        LEFT JOIN pg_policy p ON p.polrelid = t.oid
            AND p.polroles && ARRAY(SELECT oid FROM pg_roles WHERE rolname = %s OR rolname = 'public')
    """
    for table, tenant, using, with_check in await rows(catalog, query, (installation.access.user(Role.APP),)):
        is_client_s = tenant == "client_id" and table not in WALLED_BY_ORGANIZATION
        assert using is not None, table
        assert ("app_clients" if is_client_s else "app_organization") in using, table
        assert with_check == using, table


async def test_no_policy_lets_everybody_in(
    catalog: psycopg.AsyncConnection[Any], installation: Installation
) -> None:
    """Only the roles that serve all tenants see all rows; a policy for PUBLIC would be everybody's."""
    query = """
        SELECT c.relname, p.polname FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
        WHERE 0 = ANY (p.polroles)
           OR (pg_get_expr(p.polqual, p.polrelid) = 'true'
               AND (SELECT oid FROM pg_roles WHERE rolname = %s) = ANY (p.polroles))
    """
    assert await rows(catalog, query, (installation.access.user(Role.APP),)) == []


async def test_keys_start_with_the_tenant(catalog: psycopg.AsyncConnection[Any]) -> None:
    """No unique key tells one tenant what another has, but those that are looked up before a tenant is known."""
    query = f"""
        SELECT t.relname || '.' || i.relname
        FROM ({TENANT_TABLES}) t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
        WHERE x.indisunique AND a.attname NOT IN ('client_id', 'organization_id')
    """
    found = {name for (name,) in await rows(catalog, query)}
    assert found - KEYS_BEFORE_A_TENANT_IS_KNOWN.keys() == set()


async def test_indexes_start_with_the_tenant(catalog: psycopg.AsyncConnection[Any]) -> None:
    """One tenant's reads never walk through another's rows, and the tables can be spread by client."""
    query = f"""
        SELECT t.relname || '.' || i.relname
        FROM ({TENANT_TABLES}) t JOIN pg_index x ON x.indrelid = t.oid JOIN pg_class i ON i.oid = x.indexrelid
        LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = x.indkey[0]
        WHERE NOT x.indisunique AND coalesce(a.attname, '') NOT IN ('client_id', 'organization_id')
    """
    found = {name for (name,) in await rows(catalog, query)}
    assert found - INDEXES_FOR_UPKEEP.keys() == set()


async def test_references_stay_within_the_tenant(catalog: psycopg.AsyncConnection[Any]) -> None:
    """A row can't point to another tenant's: row-level security would not stop that, the key does."""
    query = f"""
        SELECT t.relname, r.conname
        FROM ({TENANT_TABLES}) t JOIN pg_constraint r ON r.conrelid = t.oid AND r.contype = 'f'
        JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = r.conkey[1]
        JOIN pg_attribute b ON b.attrelid = r.confrelid AND b.attnum = r.confkey[1]
        WHERE a.attname NOT IN ('client_id', 'organization_id') OR b.attname <> a.attname
    """
    assert await rows(catalog, query) == []


@pytest.mark.parametrize("role", LOGIN_ROLES)
async def test_the_roles_have_no_powers(database: Database, role: Role) -> None:
    """No process works under a role that owns tables, passes by the walls, or can become one that does."""
    async with database.connection(role) as connection:
        cursor = await connection.execute(
            """
            SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication,
                   EXISTS (SELECT FROM pg_class WHERE relowner = r.oid),
                   ARRAY(SELECT o.rolname FROM pg_roles o WHERE o.oid <> r.oid AND pg_has_role(r.oid, o.oid, 'MEMBER'))
            FROM pg_roles r WHERE rolname = current_user
            """
        )
        assert await cursor.fetchone() == (False, False, [])


async def test_nothing_runs_with_other_rights_unseen(catalog: psycopg.AsyncConnection[Any]) -> None:
    """Materialized views and views of a privileged owner would leak, and so would definer functions."""
    views = """
        SELECT relname FROM pg_class c WHERE relnamespace = 'public'::regnamespace
        AND (relkind = 'm' OR relkind = 'v' AND NOT coalesce(reloptions::text LIKE '%%security_invoker=true%%', false))
    """
    functions = """
        SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
    """
    fixed_path = """
        SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
        AND NOT coalesce(proconfig::text LIKE '%%search_path=%%', false)
    """
    assert await rows(catalog, views) == []
    assert {name for (name,) in await rows(catalog, functions)} == DEFINER_FUNCTIONS.keys()
    assert await rows(catalog, fixed_path) == []


async def test_definer_functions_are_the_worker_s_alone(
    catalog: psycopg.AsyncConnection[Any], installation: Installation
) -> None:
    """Nobody but the worker makes or drops tables through a function."""
    query = """
        SELECT p.proname, r.rolname FROM pg_proc p CROSS JOIN pg_roles r
        WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef AND NOT r.rolsuper
          AND has_function_privilege(r.oid, p.oid, 'EXECUTE') AND r.oid <> p.proowner
          AND r.rolname = ANY (%s)
    """
    names = [installation.access.user(role) for role in LOGIN_ROLES]
    found = {role for _, role in await rows(catalog, query, (names,))}
    assert found == {installation.access.user(Role.WORKER)}


async def test_partitions_are_reached_through_their_parent_only(
    catalog: psycopg.AsyncConnection[Any],
) -> None:
    """The walls stand on the parent; a grant on a partition would be a door beside them."""
    query = """
        SELECT c.relname, g.grantee::regrole FROM pg_class c, aclexplode(c.relacl) g
        WHERE c.relispartition AND g.grantee <> c.relowner
    """
    assert await rows(catalog, query) == []


async def test_nobody_may_truncate_or_read_everything(
    catalog: psycopg.AsyncConnection[Any], installation: Installation
) -> None:
    """TRUNCATE ignores row-level security; references and triggers are ways around it as well."""
    query = """
        SELECT c.relname, g.grantee::regrole::text, g.privilege_type FROM pg_class c, aclexplode(c.relacl) g
        WHERE c.relnamespace = 'public'::regnamespace AND g.grantee <> c.relowner
          AND (g.privilege_type IN ('TRUNCATE', 'REFERENCES', 'TRIGGER') OR g.grantee = 0)
    """
    assert await rows(catalog, query) == []


async def test_the_look_up_role_sees_no_data(
    catalog: psycopg.AsyncConnection[Any], installation: Installation
) -> None:
    """Whoever takes over the look-ups of credentials still reads no order, contact or receipt."""
    query = """
        SELECT c.relname FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
          AND has_any_column_privilege(%s, c.oid, 'SELECT')
    """
    found = {name for (name,) in await rows(catalog, query, (installation.access.user(Role.AUTH),))}
    assert found == {
        "api_keys",
        "clients",
        "organizations",
        "schema_migrations",
        "sessions",
        "setup_tokens",
        "token_grants",
        "users",
    }


async def test_without_a_scope_there_are_no_rows(database: Database) -> None:
    """A forgotten scope shows nothing, and garbage in its place is an error."""
    async with database.transaction() as transaction:
        for table in ("clients", "organizations", "users", "orders", "api_keys"):
            assert await transaction.scalar(f"SELECT count(*) FROM {table}") == 0
    async with database.connection(Role.APP) as connection:
        await connection.execute("SET app.clients = 'nonsense'")
        try:
            with pytest.raises(psycopg.DataError):
                await connection.execute("SELECT count(*) FROM orders")
        finally:
            await connection.execute("RESET app.clients")
